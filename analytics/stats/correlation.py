"""How alike each viewer's timeline is to the mean of the others', with some moments missing.

Conventions
-----------
- A viewer's own mean is taken off first, so that a cheerful face coming into view is no common
  movement. A correlation does not change by that where nothing is missing.
- A viewer is compared in the steps in which both the viewer and somebody else could be judged, with
  the mean of those others (pairwise-complete).
- A timeline that never moves has no correlation: NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft

# Fewer steps in common say nothing.
LEAST_STEPS = 10
# A degree whose standard deviation stays below this did not move: readings are of 3 decimals.
STILL = 1e-3


class Timelines(NamedTuple):
    """V timelines of T steps, each less its own mean; 0 where missing.

    `known`: (V, T), 1 where a viewer was judged, else 0. `moved`: (V, T). Both of one float type.
    """

    known: np.ndarray
    moved: np.ndarray


def centre(values: np.ndarray) -> Timelines:
    """Return `Timelines` of (V, T) values, NaN where missing."""
    values = np.asarray(values, dtype=float)
    known = ~np.isnan(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return Timelines(known.astype(float), np.where(known, values - mean[:, None], 0.0))


def varying(timelines: Timelines) -> np.ndarray:
    """Return (V,) bool: known in enough steps, and not the same throughout."""
    count = timelines.known.sum(axis=1)
    spread = np.sqrt((timelines.moved**2).sum(axis=1) / np.maximum(count, 1))
    return (count >= LEAST_STEPS) & (spread >= STILL)


def circular_shifter(timelines: Timelines) -> Callable[[np.ndarray], Timelines]:
    """Return a function that moves each timeline round in a circle by its own number of steps.

    ``turn(shifts)`` takes (V,) whole numbers and returns `Timelines`.
    """
    steps = timelines.known.shape[1]
    rows = np.arange(len(timelines.known))
    # Two copies after one another: a shifted timeline is then one unbroken stretch of memory.
    views = [
        np.lib.stride_tricks.sliding_window_view(np.concatenate([each, each], axis=1), steps, 1)
        for each in timelines
    ]
    return lambda shifts: Timelines(*(view[rows, -shifts % steps] for view in views))


def leave_one_out(
    timelines: Timelines, window: int, without: int | np.ndarray | None = None
) -> np.ndarray:
    """Correlate each viewer with the mean of the others, in windows and over all.

    Parameters
    ----------
    timelines : Timelines
    window : int
        Steps a window; the last one may be shorter.
    without : int or ndarray of int, optional
        The places of viewers who take no part.

    Returns
    -------
    ndarray, shape (W + 1, V), float
        A row a window, then one over all steps; NaN where there is no correlation.
    """
    known, moved = timelines
    others, total = known.sum(axis=0) - 1, moved.sum(axis=0)
    if without is not None:
        gone = np.atleast_1d(without)
        others, total = others - known[gone].sum(axis=0), total - moved[gone].sum(axis=0)
    somebody = (others > 0.5).astype(known.dtype)
    per = somebody / np.maximum(others, 1)
    # Where a viewer is known, the others' mean is (total - moved) * per: all that a correlation
    # needs are sums over time of products, which are a few products of small matrices: of large
    # ones with so few columns, BLAS's threads wait for each other longer than they compute.
    mean = per * total
    counts = _sums(known, np.stack([somebody, mean, mean**2], axis=1), window)
    firsts = _sums(moved, np.stack([somebody, per, mean, mean * per], axis=1), window)
    squares = _sums(moved**2, np.stack([somebody, per, per**2], axis=1), window)
    count = counts[..., 0]
    own, own_2 = firsts[..., 0], squares[..., 0]
    rest = counts[..., 1] - firsts[..., 1]
    rest_2 = counts[..., 2] - 2 * firsts[..., 3] + squares[..., 2]
    both = firsts[..., 2] - squares[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread, rest_spread = own_2 - own**2 / count, rest_2 - rest**2 / count
        r = (both - own * rest / count) / np.sqrt(spread * rest_spread)
        still = (spread < STILL**2 * count) | (rest_spread < 1e-10 * count)
    r = np.where((count < LEAST_STEPS - 0.5) | still, np.nan, np.clip(r, -1, 1))
    if without is not None:
        r[:, gone] = np.nan
    return r


def _sums(rows: np.ndarray, columns: np.ndarray, window: int) -> np.ndarray:
    """Sum rows (V, T) times columns (T, K) over each window, then all: (W + 1, V, K)."""
    viewers, steps = rows.shape
    whole = steps // window
    cut = whole * window
    parts = rows[:, :cut].reshape(viewers, whole, window).swapaxes(0, 1)
    parts_of_all = [parts @ columns[:cut].reshape(whole, window, columns.shape[1])]
    if cut < steps:
        parts_of_all.append((rows[:, cut:] @ columns[cut:])[None])
    sums = np.concatenate(parts_of_all)
    return np.concatenate([sums, sums.sum(axis=0, keepdims=True)])


def at_every_shift(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate two series at every circular shift of the first.

    Parameters
    ----------
    first, second : ndarray, shape (..., T), float
        NaN where missing; the steps in which both are known count.

    Returns
    -------
    ndarray, shape (..., T), float
        At place k the first is moved k steps later, round in a circle; NaN where fewer than
        `LEAST_STEPS` steps are in common or one of them does not move.
    """

    def spectra(values: np.ndarray) -> list[np.ndarray]:
        known = ~np.isnan(values)
        count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
        mean = np.where(known, values, 0.0).sum(axis=-1, keepdims=True) / count
        own = np.where(known, values - mean, 0.0)
        return [fft.rfft(each) for each in (known.astype(float), own, own**2)]

    one, own, own_2 = spectra(np.asarray(first, dtype=float))
    other, rest, rest_2 = spectra(np.asarray(second, dtype=float))
    steps = np.shape(first)[-1]

    def over(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return fft.irfft(np.conj(a) * b, n=steps)

    count = np.round(over(one, other))
    safe = np.maximum(count, 1)
    x, y = over(own, other), over(one, rest)
    spread = over(own_2, other) - x**2 / safe
    other_spread = over(one, rest_2) - y**2 / safe
    bad = (count < LEAST_STEPS) | (np.minimum(spread, other_spread) < 1e-10 * safe)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (over(own, rest) - x * y / safe) / np.sqrt(spread * other_spread)
    return np.where(bad, np.nan, np.clip(r, -1, 1))


def mean_correlation(correlations: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the mean of correlations through Fisher's z, those that are NaN left out."""
    z = fisher_z(correlations)
    count = (~np.isnan(z)).sum(axis=axis)
    with np.errstate(invalid="ignore"):
        return np.tanh(np.nansum(z, axis=axis) / np.where(count, count, np.nan))


def fisher_z(correlations: npt.ArrayLike) -> np.ndarray:
    """Return Fisher's z, a correlation of 1 drawn just below it so that it stays a number."""
    return np.arctanh(np.clip(np.asarray(correlations, dtype=float), -1 + 1e-12, 1 - 1e-12))
