"""A band for all of two audiences' difference at once: it holds the whole curve in 95 of 100 pairs.

Newcombe's interval of a difference of shares, at a level at which, of pairs of audiences resampled,
it misses the difference that they were drawn about anywhere at all in 5 of 100 (Westfall and Young
1993, Resampling-Based Multiple Testing). They are drawn about curves that are drawn towards each
session's mean (`smoothed_bootstrap`), and the level is never above that of single steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.stats.proportions import beside_difference
from laughtrack.analytics.stats.smoothed_bootstrap import SmoothedDraws

# Halvings of the range in which the level's normal quantile is looked for, and where that ends.
HALVINGS, MOST_Z = 10, 10.0
STEPS = 500  # looked at at once: of a long film all would fill the memory


def beside_whole_difference(
    pair: Sequence[SmoothedDraws], share: Sequence[np.ndarray], many: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the band of the whole difference reaches below and above it, (T,) each.

    Parameters
    ----------
    pair : two of SmoothedDraws
        As many draws of each audience, T steps.
    share, many : two of ndarray, shape (T,)
        The shares seen, in [0, 1], and of how many independent viewers each is; at steps of 0 or
        NaN there is no band: NaN.
    """
    known = np.all([each > 0 for each in many], axis=0)
    at = np.flatnonzero(known)
    below, above = np.full((2, len(known)), np.nan)
    if len(at):
        z = _quantile(pair, [each[at] for each in many], at)
        ends = beside_difference([each[at] for each in share], [each[at] for each in many], z)
        below[at], above[at] = ends
    return below, above


def _quantile(pair: Sequence[SmoothedDraws], many: Sequence[np.ndarray], at: np.ndarray) -> float:
    """Return the least quantile, from the pointwise one, at which enough pairs are held whole."""
    low, high = float(-ndtri((1 - LEVEL) / 2)), MOST_Z
    if _missed(pair, many, at, low) <= 1 - LEVEL:
        return low
    for _ in range(HALVINGS):
        z = (low + high) / 2
        low, high = (z, high) if _missed(pair, many, at, z) > 1 - LEVEL else (low, z)
    return high


def _missed(
    pair: Sequence[SmoothedDraws], many: Sequence[np.ndarray], at: np.ndarray, z: float
) -> float:
    """Return the part of the pairs of draws whose band misses the centres' difference anywhere."""
    missed = np.zeros(len(pair[0].drawn), dtype=bool)
    for first in range(0, len(at), STEPS):
        some = at[first : first + STEPS]
        drawn = [each.drawn[:, some] for each in pair]
        of = [each[first : first + STEPS].astype(np.float32) for each in many]
        true = pair[0].centre[some] - pair[1].centre[some]
        off = drawn[0] - drawn[1] - true.astype(np.float32)
        below, above = beside_difference(drawn, of, z)
        missed |= ((off > below + 1e-6) | (-off > above + 1e-6)).any(axis=1)
    return float(missed.mean())
