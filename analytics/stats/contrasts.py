"""Differences of two audiences' figures, with intervals, p-values and what could not be found.

Conventions
-----------
- A difference is the first audience's figure less the second's.
- p is from dealing the viewers, or whole blocks of neighbours, anew to the two audiences, two-sided
  and corrected by Holm for the number of figures compared at once.
- The interval is 95 %: the estimate, less the bias that the bootstrap shows (a maximum over time is
  too high, the more so with few viewers), and Student's t times the bootstrap's standard error. As
  neighbours laugh together, viewers count for as many strangers as their design effect says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student

from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.stats.bootstrap import Draws, Pool
from laughtrack.analytics.stats.power import least_effect

MOST_STEPS, MOST_DEALINGS = 2000, 1000  # are plenty for one number
CONTRASTS = ("a", "b", "difference", "low", "high", "p", "p_holm", "least_difference")


def dealing_stretch(data: np.ndarray, dealt: np.ndarray, taken: Sequence[Draws]) -> float:
    """Return what makes the dealings' differences as wide as neighbours alike make the true ones.

    Parameters
    ----------
    data : ndarray, shape (V, T)
    dealt : ndarray, shape (N, V), bool
    taken : two bootstrap.Draws

    Returns
    -------
    float
        At least 1: the root of the variance of the difference of means, as the design effects have
        it, over that among the dealings. Both are means over time, of what viewers differ from
        their own audience, so that a true difference does not count.
    """
    some = data[:, :: max(1, data.shape[1] // MOST_STEPS)]
    off, expected = np.array(some), np.zeros(some.shape[1])
    for mine, draws in zip((dealt[0], ~dealt[0]), taken, strict=True):
        part = some[mine]
        many = np.isfinite(part).sum(axis=0)
        off[mine] = part - means(np.ones((1, len(part))), part)
        square = np.nansum(off[mine] ** 2, axis=0)
        wider = draws.effect * draws.caution
        expected = expected + wider * square / np.maximum(many - 1, 1) / np.maximum(many, 1)
    drawn = dealt[:MOST_DEALINGS].astype(float)
    apart = (means(drawn, off) - means(1 - drawn, off)) ** 2
    known = np.isfinite(apart)
    # What was taken off, each audience's own mean, left the dealt blocks one less to vary by.
    blocks = np.unique(dealt, axis=1).shape[1]
    spread = apart[known].sum() / max(known.sum(), 1) * (blocks - 1) / max(blocks - 2, 1)
    seen = np.isfinite(some).any(axis=0)
    return max(1.0, float(np.sqrt(expected[seen].mean() / spread))) if spread > 0 else 1.0


def means(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return weighted means over viewers of (V, K) values, (N, K); NaN is left out, none is NaN."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weights @ np.where(known, values, 0.0)) / (weights @ known.astype(float))


class Trials(NamedTuple):
    """K figures under all draws: `dealt`, `drawn` pairs of (N, K) and (R, K), one an audience."""

    dealt: tuple[np.ndarray, ...]
    drawn: tuple[np.ndarray, ...]


def of_viewers(values: np.ndarray, pool: Pool) -> Trials:
    """Return the `Trials` of figures that are means over viewers; `values` is (V, K)."""
    first = pool.dealt[0]
    dealt = means(pool.dealt.astype(float), values), means((~pool.dealt).astype(float), values)
    sides = zip(pool.taken, (first, ~first), strict=True)
    return Trials(dealt, tuple(means(each.weights, values[mine]) for each, mine in sides))


def contrasts(trials: Trials, pool: Pool, floor: float | np.ndarray = 0.0) -> pd.DataFrame:
    """Compare K figures of two audiences.

    Parameters
    ----------
    trials : Trials
        The observed dealing first.
    pool : Pool
    floor : float or ndarray, shape (K,)
        Least standard error: what a bootstrap of few, all alike, cannot know.

    Returns
    -------
    DataFrame
        A row a figure with the columns `CONTRASTS`: the figures `a` and `b` of the two audiences;
        `difference`, `low`, `high`; `p`, `p_holm` in (0, 1]; `least_difference`, the smallest true
        one that had been found with 80 % power. NaN where there is no ground for one.
    """
    a, b = (side[0] for side in trials.dealt)
    difference = a - b
    chance = trials.dealt[0] - trials.dealt[1]
    # About their middle: of a maximum it is not 0 where one audience is smaller.
    middle = chance.mean(axis=0)
    chance[1:] = middle + pool.stretch * (chance[1:] - middle)
    near = 1e-9 * np.maximum(np.abs(difference), 1e-3)
    tails = (chance >= difference - near).mean(axis=0), (chance <= difference + near).mean(axis=0)
    p = np.where(np.isfinite(difference), np.minimum(1, 2 * np.minimum(*tails)), np.nan)
    centres, errors = zip(*map(_spread, trials.drawn, pool.taken), strict=True)
    bias = centres[0] - centres[1] - difference
    error = np.maximum(np.hypot(*errors), floor)
    error = np.where(error > 0, error, np.nan)
    reach = student.ppf((1 + LEVEL) / 2, max(sum(pool.many) - 2, 1)) * error
    low, high = difference - bias - reach, difference - bias + reach
    least = least_effect(error, *pool.many)
    columns = a, b, difference, low, high, p, holm(p), least
    return pd.DataFrame(dict(zip(CONTRASTS, columns, strict=True)))


def _spread(drawn: np.ndarray, taken: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return the (K,) means and standard errors of one audience's draws, NaN where none has any.

    As wide as neighbours alike make them, but not moved by that.
    """
    known = np.isfinite(drawn)
    many = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    mean = np.where(known, drawn, 0.0).sum(axis=0) / many
    square = np.where(known, (drawn - mean) ** 2, 0.0).sum(axis=0) / many
    return mean, taken.stretch * np.sqrt(taken.caution * square)


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values corrected by Holm for how many there are; NaN stays and does not count."""
    from statsmodels.stats.multitest import multipletests

    known, corrected = np.isfinite(p), np.full(len(p), np.nan)
    if known.any():
        corrected[known] = multipletests(p[known], method="holm")[1]
    return corrected
