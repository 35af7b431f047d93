"""How small a difference could have been found: what a comparison without one does not rule out.

Both are for 80 % power at 5 %, two-tailed, with the viewers at hand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.clusters import largest, student_t

POWER, ALPHA = 0.8, 0.05
STRETCHES_S = (1, 2, 5, 10, 30)
TRIES = 300
FINDABLE = ("stretch_s", "least_difference")


def least_effect(error, many_a, many_b):
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


def least_in_stretches(data, dealt, test, opens, rng):
    """Find by trial how much more of one group must smile through a stretch to make a cluster.

    The groups are dealt anew, so that there is no difference; then so many of the first group's
    viewers are made to smile through a stretch anywhere that its share rises by a known amount.

    Parameters
    ----------
    data : ndarray, shape (V, T)
        Shares in [0, 1] a step of 1 s, NaN where not judged.
    dealt : ndarray, shape (N, V), bool
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
    others = np.sort(test.null[1:])[::-1]
    rank = int(ALPHA * len(test.null)) - 1
    found = []
    for stretch in STRETCHES_S:
        starts = _places(data, opens, stretch)
        if len(starts):
            tried = _tries(data, dealt, test.threshold, (starts, stretch), rng)
            needed = others[rank] if 0 <= rank < len(others) else np.inf
            found.append((stretch, _least(tried, needed)))
    return pd.DataFrame(found, columns=[*FINDABLE]).astype(float)


def _places(data, opens, stretch):
    """Return the steps from which a stretch runs on unbroken, with somebody judged in each."""
    steps = data.shape[1]
    broken = opens.copy()
    broken[:1] = False
    breaks = np.append(0, np.cumsum(broken))
    blind = np.append(0, np.cumsum(np.isfinite(data).sum(axis=0) < 4))
    first = np.arange(max(steps - stretch + 1, 0))
    whole = breaks[first + stretch] == breaks[first + 1]
    return first[whole & (blind[first + stretch] == blind[first])]


def _tries(data, dealt, limit, where, rng):
    """Draw dealings, stretches and each viewer's luck: (values, in first group, luck, limit)."""
    starts, stretch = where
    tries = min(TRIES, max(50, 3_000_000 // (data.shape[0] * stretch)))
    columns = rng.choice(starts, tries)[:, None] + np.arange(stretch)
    values = np.moveaxis(data[:, columns], 0, 1)
    drawn = dealt[rng.integers(min(1, len(dealt) - 1), len(dealt), tries)]
    return values, drawn, rng.random(drawn.shape), limit[columns]


def _least(tried, needed):
    """Halve the interval in which 80 % of the tries begin to be found."""

    def power(rise):
        return float((_mass(tried, rise) > needed).mean())

    if power(1.0) < POWER:
        return np.nan
    low, high = 0.0, 1.0
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high


def _mass(tried, rise):
    """Return each try's largest mass when the first group's share is higher by `rise`."""
    values, drawn, luck, limit = tried
    known = np.isfinite(values)
    mine = drawn[:, :, None] & known
    with np.errstate(invalid="ignore"):
        usual = np.nanmean(np.where(known, values, np.nan), axis=(1, 2))
    chance = np.clip(rise / np.maximum(1 - usual, 1e-9), 0, 1)
    turned = np.where(mine & (luck < chance[:, None])[:, :, None], 1.0, values)
    judged = known.sum(axis=1)
    x = np.where(known, turned, 0.0)
    x = np.where(known, x - (x.sum(axis=1) / judged)[:, None, :], 0.0)
    sum_a, total = (x * mine).sum(axis=1), (x**2).sum(axis=1)
    t = student_t(sum_a, mine.sum(axis=1), judged, total)
    return largest(np.where(t > 0, t, 0.0), limit, np.zeros(t.shape[1], dtype=bool))
