"""One figure of several rooms: its mean, how much rooms differ, what a next one will show.

Conventions
-----------
- Each room brings a value and the variance of it that its own viewers' chance makes. The mean is
  statsmodels' of a random-effects meta-analysis, `tau2` by Paule and Mandel.
- Its variance is that of Hartung and Knapp (2001, Statistics in Medicine 20:1771) with Student's t
  on one less than the rooms: it rests on how the rooms scatter, which holds for few of them (J.
  IntHout et al. 2014, BMC Medical Research Methodology 14:25). It is not kept at that of the
  viewers' chance or above (C. Roever et al. 2015, BMC Medical Research Methodology 15:99): rooms of
  unlike sizes are weighed by these, so that it holds without.
- What a next room will show is what such a room of the usual number of viewers will, its viewers'
  chance included: for rooms of one size Student's interval of one more observation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, expit, logit, stdtr, stdtrit

from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.stats.proportions import Z, of_share

LEAST_ROOMS = 3
# Rooms that agree to the last viewer are no more certain than if they scattered by this part of
# their viewers' chance.
LEAST_SCALE, LEAST_VARIANCE = 0.01, 1e-8
# A share varies by no less than one so near 0 or 1.
LEAST_SHARE = 1e-3


class RandomEffects(NamedTuple):
    """A figure over K rooms.

    `mean` with its 95 % interval `low`, `high`; `next_low`, `next_high` of what a next room will
    show; `tau2` the variance between rooms, `i2` in [0, 1] the part of their scatter that is not
    chance, `q` Cochran's and `q_p` its p-value; `rooms` K. NaN where there are fewer rooms than
    `LEAST_ROOMS`, and but for the mean where no viewer differs from any other.
    """

    mean: float
    low: float
    high: float
    next_low: float
    next_high: float
    tau2: float
    i2: float
    q: float
    q_p: float
    rooms: int


class Residuals(NamedTuple):
    """What each of K rooms shows beside the others, each (K,) float64.

    `difference` from the mean of the others, with its 95 % interval `low`, `high`, that of a room
    which is one of them; `p`, two-sided, of each by itself.
    """

    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


class _Pooled(NamedTuple):
    mean: float
    variance: float
    tau2: float
    scale: float
    q: float
    i2: float


def random_effects(
    values: np.ndarray, variances: np.ndarray, most: float | None = None
) -> RandomEffects:
    """Return a figure's mean over rooms and how they differ.

    Parameters
    ----------
    values, variances : ndarray, shape (K,)
        NaN where a room has none: it is left out.
    most : float, optional
        It is a share, in [0, 1], of no more independent viewers than so many, which may be
        infinite: intervals stay there, Wilson's on as many viewers as would vary as much (Korn and
        Graubard 1998, Survey Methodology 24:193).
    """
    known = np.isfinite(values) & np.isfinite(variances)
    many = int(known.sum())
    if many < LEAST_ROOMS:
        return _nothing(np.nan, many)
    if not (variances[known] > LEAST_VARIANCE).any():
        # Nobody ever did it, or all did throughout: there is nothing to tell a spread from.
        return _nothing(float(values[known].mean()), many)
    own = np.maximum(variances[known], LEAST_VARIANCE)
    found = _pooled(values[known], own)
    t = float(stdtrit(many - 1, (1 + LEVEL) / 2))
    one = found.scale * (found.tau2 + float(np.median(own))) + found.variance
    if most is not None:
        ends = _of_share(found.mean, found.variance, t, most)
        following = _next_share(found.mean, one, t)
    else:
        ends = _beside(found.mean, found.variance, t)
        following = _beside(found.mean, one, t)
    p = float(chdtrc(many - 1, found.q))
    return RandomEffects(found.mean, *ends, *following, found.tau2, found.i2, found.q, p, many)


def _nothing(mean: float, rooms: int) -> RandomEffects:
    nan = np.nan
    return RandomEffects(mean, nan, nan, nan, nan, nan, nan, nan, nan, rooms)


def residuals(values: np.ndarray, variances: np.ndarray, is_share: bool = False) -> Residuals:
    """Return how far each room is from the others.

    Studentized deleted residuals (W. Viechtbauer and M. Cheung 2010, Research Synthesis Methods
    1:112), with the variance of Hartung and Knapp and Student's t on two less than the rooms. All
    NaN with fewer than one more than `LEAST_ROOMS`: of two others nothing is known.

    Parameters
    ----------
    values, variances : ndarray, shape (K,)
        As of `random_effects`.
    is_share : bool
        Rooms are compared by their logits: a lively room has so many times the smiles of another,
        so that shares of many rooms are skewed, and the highest of forty would stand out too often.
    """
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(variances))
    difference, low, high, p = np.full((4, len(values)), np.nan)
    if len(known) <= LEAST_ROOMS or not (variances[known] > LEAST_VARIANCE).any():
        return Residuals(difference, low, high, p)
    own = np.maximum(variances, LEAST_VARIANCE)
    at, spread = _logits(values, own, known) if is_share else (values, own)
    t = float(stdtrit(len(known) - 2, (1 + LEVEL) / 2))
    for room in known:
        others = known[known != room]
        found = _pooled(at[others], spread[others])
        one = np.sqrt(found.scale * (found.tau2 + spread[room]) + found.variance)
        ends = found.mean + np.array([0.0, -t * one, t * one])
        usual = expit(ends) if is_share else ends
        difference[room], high[room], low[room] = values[room] - usual
        p[room] = 2 * float(stdtr(len(known) - 2, -abs(at[room] - found.mean) / one))
    return Residuals(difference, low, high, p)


def _logits(
    values: np.ndarray, variances: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of shares and their variances, of nobody's and everybody's those of a
    quarter of a viewer.

    By the delta method at each room's own share: a room that smiles half as much is twice as unsure
    in its logit, and else would stand out too often.
    """
    mean = float(np.clip(values[known].mean(), LEAST_SHARE, 1 - LEAST_SHARE))
    binary = mean * (1 - mean)
    least = np.minimum(0.25 * variances / binary, 0.25)
    at = np.clip(values, least, 1 - least)
    return logit(at), variances / (binary * at * (1 - at))


def _pooled(values: np.ndarray, variances: np.ndarray) -> _Pooled:
    # It takes half a second to import.
    from statsmodels.stats.meta_analysis import combine_effects

    # Rooms that agree to the last viewer have a Q of 0, over which statsmodels divides.
    with np.errstate(divide="ignore"):
        found = combine_effects(values, variances, method_re="pm", use_t=True)
    scale = max(float(found.scale_hksj_re), LEAST_SCALE)
    variance = scale / float(found.w_total_re)
    i2 = max(float(found.i2), 0.0) if found.q > 0 else 0.0
    return _Pooled(
        float(found.mean_effect_re), variance, float(found.tau2), scale, float(found.q), i2
    )


def _beside(mean: float, variance: float, t: float) -> tuple[float, float]:
    far = t * np.sqrt(variance)
    return mean - far, mean + far


def _of_share(mean: float, variance: float, t: float, most: float) -> tuple[float, float]:
    mean = float(np.clip(mean, 0, 1))
    pulled = float(np.clip(mean, LEAST_SHARE, 1 - LEAST_SHARE))
    many = min(pulled * (1 - pulled) / variance, most) * (Z / t) ** 2
    low, high = of_share(mean, many)
    return float(low), float(high)


def _next_share(mean: float, variance: float, t: float) -> tuple[float, float]:
    """Return the interval about a share on the scale on which its variance is the same anywhere."""
    mean = float(np.clip(mean, LEAST_SHARE, 1 - LEAST_SHARE))
    at, far = np.arcsin(np.sqrt(mean)), t * np.sqrt(variance / (4 * mean * (1 - mean)))
    low, high = np.sin(np.clip([at - far, at + far], 0, np.pi / 2)) ** 2
    return float(low), float(high)
