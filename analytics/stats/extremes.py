"""The highest and lowest of a curve, less what searching for them adds.

Of ten viewers, the highest of 300 seconds is one in which more smiled than usually do there: it is
15 points above the highest that a very large audience would have shown. Resampled audiences show by
how much: their highest lies above the audience's own, on average, by as much as that above the
truth (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 10).
"""

from __future__ import annotations

import numpy as np

from laughtrack.analytics.defaults import LEAST_VIEWERS
from laughtrack.analytics.stats import proportions
from laughtrack.analytics.stats.bootstrap import Draws
from laughtrack.analytics.timelines.grid import mean_over

# Resampled curves are made of so many steps at once: of a long film all would fill the memory.
STEPS = 5000


def curve_extreme(
    values: np.ndarray, audiences: Draws, highest: bool
) -> tuple[float, float, float]:
    """Return the highest or lowest of an audience's curve, and its 95 % interval.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        Viewers' shares in [0, 1], NaN where missing.
    audiences : Draws
        From `bootstrap.draws` of `values`.
    highest : bool
        Else the lowest.

    Returns
    -------
    value, low, high : float
        Of the steps in which at least `LEAST_VIEWERS` were judged; without such a step the curve's
        own highest or lowest, not corrected and without an interval; NaN where nobody was judged.
        The interval is Wilson's of the corrected share, on the viewers of its step divided by
        their design effect.
    """
    many = (~np.isnan(values)).sum(axis=0)
    curve = mean_over(values)
    if not many.any():
        return np.nan, np.nan, np.nan
    ground = many >= LEAST_VIEWERS
    if not ground.any():
        return float(np.nanmax(curve) if highest else np.nanmin(curve)), np.nan, np.nan
    sign = 1 if highest else -1
    steps = np.flatnonzero(ground)
    at = steps[np.argmax(sign * curve[steps])]
    drawn = np.full(len(audiences.weights), -np.inf)
    for first in range(0, len(steps), STEPS):
        some = steps[first : first + STEPS]
        curves = sign * _drawn(values[:, some], curve[some], audiences)
        drawn = np.maximum(drawn, curves.max(axis=1))
    bias = float(drawn.mean()) - sign * curve[at]
    value = float(np.clip(curve[at] - sign * bias, 0, 1))
    low, high = proportions.of_share(value, many[at] / audiences.effect)
    return value, float(low), float(high)


def _drawn(values: np.ndarray, curve: np.ndarray, audiences: Draws) -> np.ndarray:
    """Return the resampled curves, (R, T), as wide about the audience's own as neighbours make
    them."""
    known = (~np.isnan(values)).astype(np.float32)
    total = audiences.weights @ np.nan_to_num(values).astype(np.float32)
    many = audiences.weights @ known
    off = np.where(many > 0, total / np.maximum(many, 1e-6) - curve, 0.0)
    return curve + audiences.scale * np.sqrt(audiences.inflation) * off
