"""A percentile and a median, each with the 95 % interval that so many sessions allow."""

from __future__ import annotations

import functools

import numpy as np
from scipy.special import bdtr

from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.stats.proportions import of_share

# Of five, all lie on the same side of the median of all in 6 % of cases: it has no 95 % interval.
LEAST = 6


def percentile(
    known: np.ndarray, value: np.ndarray, is_among: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say what part of all sessions such as the others lies below values, in percent.

    Parameters
    ----------
    known : ndarray, shape (N,)
        In order, without NaN.
    value : ndarray, shape (M,)
    is_among : ndarray of bool, shape (M,)
        Whether the value is one of `known`: it is none of its own others.

    Returns
    -------
    (rank, low, high)
        The share of the others below each, ties counting half, in 0 to 100; Wilson's 95 % interval
        for as many (`proportions.of_share`), which is of the others being so few, and takes the
        value as it is. NaN for fewer than `LEAST` others, or a value of NaN.
    """
    others = len(known) - is_among
    below = np.searchsorted(known, value) + np.searchsorted(known, value, "right") - is_among
    has = (others >= LEAST) & ~np.isnan(value)
    many = np.where(has, others, LEAST)
    share = np.where(has, below / (2 * many), 0.5)
    low, high = (np.where(has, 100 * end, np.nan) for end in of_share(share, many))
    return np.where(has, 100 * share, np.nan), low, high


def median(values: np.ndarray) -> tuple[float, float, float]:
    """Return the median of sessions, and its 95 % interval.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Without NaN.

    Returns
    -------
    (median, low, high)
        From one of the values to another: beyond either lies the median of all sessions such as
        these in at most 2.5 % of cases, whatever their distribution (W. J. Conover 1999, Practical
        nonparametric statistics, 3.2). NaN for fewer than `LEAST`.
    """
    if len(values) < LEAST:
        return np.nan, np.nan, np.nan
    low, high = np.sort(values)[[*median_places(len(values))]]
    return float(np.median(values)), float(low), float(high)


@functools.cache
def median_places(many: int) -> tuple[int, int]:
    """Return from which to which of so many values in order, from 0, the median's interval goes.

    Both are -1 for fewer than `LEAST`.
    """
    if many < LEAST:
        return -1, -1
    # As `scipy.stats.quantile_test`, whose import alone takes longer than all norms do.
    low = int((bdtr(np.arange(many), many, 0.5) <= (1 - LEVEL) / 2).sum()) - 1
    return low, many - 1 - low
