"""How small a difference could have been found: what a comparison without one does not rule out.

Both are for 80 % power at 5 %, two-tailed, with the viewers at hand. In synthetic audiences, a
stretch of 10 s that differs by as much as is said here is found in 79 to 85 of 100 if viewers are
independent viewers, in 70 to 87 where neighbours' moods correlate by 0.4, in 50 to 70 where by 0.8.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import ALPHA, POWER
from laughtrack.analytics.stats.bootstrap import Pool
from laughtrack.analytics.stats.nulls.cluster_permutation import Clusters, largest_mass, student_t

STRETCHES_S = (1, 2, 5, 10, 30)
TRIES = 300
DETECTABLE = ("stretch_s", "least_difference")


class Tries(NamedTuple):
    """N tries at finding a difference: V viewers in a stretch of S steps.

    `values`: (N, V, S), NaN where not judged. `drawn`: (N, V) bool, who is in the first group.
    `luck`: (N, V) uniform in [0, 1], who smiles first. `limit`: (N, S), |t| a cluster needs.
    `scale`: what t is to be multiplied by, as in the test.
    """

    values: np.ndarray
    drawn: np.ndarray
    luck: np.ndarray
    limit: np.ndarray
    scale: float


def detectable_effect(error: np.ndarray, many_a: float, many_b: float) -> np.ndarray:
    """Return the smallest true difference that a t test would have shown.

    Parameters
    ----------
    error : ndarray
        Standard errors of differences; NaN or 0 for one that is not known.
    many_a, many_b : float
        Independent viewers in each group.

    Returns
    -------
    ndarray
        In the unit of `error`, NaN where that is not known.
    """
    from statsmodels.stats.power import TTestIndPower

    if min(many_a, many_b) < 2:
        return np.full(np.shape(error), np.nan)
    asked = {"nobs1": many_a, "ratio": many_b / many_a, "alpha": ALPHA, "power": POWER}
    deviations = TTestIndPower().solve_power(effect_size=None, **asked)
    error = np.where(np.asarray(error) > 0, error, np.nan)
    return float(np.squeeze(deviations)) * error / np.sqrt(1 / many_a + 1 / many_b)


def detectable_in_stretches(
    data: np.ndarray, pool: Pool, test: Clusters, opens: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Find by trial how much more of one group must smile through a stretch to make a cluster.

    The groups are permuted, so that there is no difference; then so many of the first group's
    viewers are made to smile through a stretch anywhere that its share rises by a known amount:
    neighbours together as far as their design effect has them smile together.

    Parameters
    ----------
    data : ndarray, shape (V, T)
        Shares in [0, 1] a step of 1 s, NaN where not judged.
    pool : Pool
        From `bootstrap`.
    test : Clusters
        Of the same.
    opens : ndarray, shape (T,), bool
    rng : numpy Generator

    Returns
    -------
    DataFrame
        `stretch_s`; `least_difference` in share, (0, 1], of which 80 % make a cluster of p <= 0.05,
        NaN where not even everybody's smile does. Only stretches that fit in.
    """
    # Of the sign that the first group's smiles give; half of the chance is of the other.
    others = np.sort(test.null[1:, 0])[::-1]
    rank = int(ALPHA / 2 * len(test.null)) - 1
    found = []
    for stretch in STRETCHES_S:
        starts = _places(data, opens, stretch)
        if len(starts):
            tried = _tries(data, pool, test.threshold, (starts, stretch), rng)
            needed = others[rank] if 0 <= rank < len(others) else np.inf
            found.append((stretch, _least(tried, needed)))
    return pd.DataFrame(found, columns=[*DETECTABLE]).astype(float)


def _places(data: np.ndarray, opens: np.ndarray, stretch: int) -> np.ndarray:
    """Return the steps from which a stretch runs on unbroken, with somebody judged in each."""
    steps = data.shape[1]
    broken = opens.copy()
    broken[:1] = False
    breaks = np.append(0, np.cumsum(broken))
    blind = np.append(0, np.cumsum(np.isfinite(data).sum(axis=0) < 4))
    first = np.arange(max(steps - stretch + 1, 0))
    whole = breaks[first + stretch] == breaks[first + 1]
    return first[whole & (blind[first + stretch] == blind[first])]


def _tries(
    data: np.ndarray,
    pool: Pool,
    limit: np.ndarray,
    where: tuple[np.ndarray, int],
    rng: np.random.Generator,
) -> Tries:
    """Draw permutations, stretches of time and each viewer's luck."""
    starts, stretch = where
    tries = min(TRIES, max(50, 3_000_000 // (data.shape[0] * stretch)))
    columns = rng.choice(starts, tries)[:, None] + np.arange(stretch)
    values = np.moveaxis(data[:, columns], 0, 1)
    drawn = pool.assignments[
        rng.integers(min(1, len(pool.assignments) - 1), len(pool.assignments), tries)
    ]
    return Tries(values, drawn, _luck(pool, tries, rng), limit[columns], pool.scale)


def _luck(pool: Pool, tries: int, rng: np.random.Generator) -> np.ndarray:
    """Return (tries, V) uniform numbers, alike in a block as far as the design effects tell."""
    block = np.unique(pool.assignments, axis=1, return_inverse=True)[1].ravel()
    viewers, blocks = len(block), int(block.max(initial=0)) + 1
    effect = float(np.mean([each.effect for each in pool.draws]))
    within_block = min(max(effect - 1, 0) / max(viewers / blocks - 1, 1), 0.95)
    shared, own = rng.random((tries, blocks))[:, block], rng.random((tries, viewers))
    # Two of a block follow it, and so smile together, with the probability `within_block`.
    return np.where(rng.random((tries, viewers)) < np.sqrt(within_block), shared, own)


def _least(tried: Tries, needed: float) -> float:
    """Halve the interval in which 80 % of the tries begin to be found."""

    def power(rise: float) -> float:
        return float((_mass(tried, rise) > needed).mean())

    if power(1.0) < POWER:
        return np.nan
    low, high = 0.0, 1.0
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high


def _mass(tried: Tries, rise: float) -> np.ndarray:
    """Return each try's largest mass when the first group's share is higher by `rise`."""
    values, drawn, luck, limit, scale = tried
    known = np.isfinite(values)
    first = drawn[:, :, None] & known
    many = np.maximum(known.sum(axis=(1, 2)), 1)
    usual = np.where(known, values, 0.0).sum(axis=(1, 2)) / many
    chance = np.clip(rise / np.maximum(1 - usual, 1e-9), 0, 1)
    raised = np.where(first & (luck < chance[:, None])[:, :, None], 1.0, values)
    # Dealt blocks differ by less than audiences do, by the same as in the test.
    t = _t(raised, first, known) + (scale - 1) * _t(values, first, known)
    return largest_mass(t, limit, np.zeros(t.shape[1], dtype=bool))[:, 0]


def _t(values: np.ndarray, first: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the (tries, T) t of each try."""
    judged = known.sum(axis=1)
    x = np.where(known, values, 0.0)
    mean = x.sum(axis=1) / np.maximum(judged, 1)
    x = np.where(known, x - mean[:, None, :], 0.0)
    return student_t((x * first).sum(axis=1), first.sum(axis=1), judged, (x**2).sum(axis=1))
