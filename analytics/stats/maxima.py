"""Maxima of a series, how far they rise above what is around them, and how wide they are.

Maxima, distances, prominences and widths are those of `scipy.signal.find_peaks` and `peak_widths`,
which tests compare them with; importing `scipy.signal` takes longer than most reports do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_ROWS = 4096  # maxima that are looked at together, each with all its surroundings


class Maxima(NamedTuple):
    """K maxima of a series of T steps.

    `place`: (K,) int, the step of each, the middle one of a level top. `rise`: (K,) float64, how
    far it is above the higher of the two lowest values around it, before the series is higher
    again. `left`, `right`: (K,) int, the steps of these lowest values.
    """

    place: np.ndarray
    rise: np.ndarray
    left: np.ndarray
    right: np.ndarray


def maxima(level: np.ndarray, reach: int, least_rise: float = 0.0, apart: float = 1.0) -> Maxima:
    """Find the maxima of a series.

    Parameters
    ----------
    level : ndarray, shape (T,), float64
        Its ends are no maxima.
    reach : int
        How many steps to each side a maximum is compared with.
    least_rise : float
        Lower ones are left out.
    apart : float
        Least distance in steps; of two that are closer the higher one stays.
    """
    place = _apart(level, _tops(level), int(np.ceil(apart)))
    parts = [
        _with_rise(level, place[at : at + _ROWS], reach)
        for at in range(0, max(len(place), 1), _ROWS)
    ]
    found = Maxima(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    return Maxima(*(each[found.rise >= least_rise] for each in found))


def half_widths(level: np.ndarray, found: Maxima) -> tuple[np.ndarray, np.ndarray]:
    """Return where the series passes the middle of each rise, before and after: (K,) in steps."""
    before, after = np.zeros((2, len(found.place)))
    for k, (top, rise, first, last) in enumerate(zip(*found, strict=True)):
        middle = level[top] - 0.5 * rise
        before[k] = top - _steps_down(level[first : top + 1][::-1], middle)
        after[k] = top + _steps_down(level[top : last + 1], middle)
    return before, after


def _steps_down(level: np.ndarray, to: float) -> float:
    """Return after how many steps, interpolated, a series has come down to a value."""
    below = level <= to
    if not below.any():
        return float(len(level) - 1)
    step = int(below.argmax())
    return step - float((to - level[step]) / (level[step - 1] - level[step])) if step else 0.0


def _tops(level: np.ndarray) -> np.ndarray:
    """Return the steps at which a series neither rises nor falls and that lie above both sides."""
    starts = np.flatnonzero(np.diff(level, prepend=np.nan) != 0)  # of stretches of one value
    value = level[starts]
    ends = np.append(starts[1:], len(level)) - 1
    top = np.flatnonzero((value[1:-1] > value[:-2]) & (value[1:-1] > value[2:])) + 1
    return (starts[top] + ends[top]) // 2


def _apart(level: np.ndarray, place: np.ndarray, apart: int) -> np.ndarray:
    """Leave out maxima that lie closer than so many steps to a higher one that stays."""
    if apart <= 2:  # a maximum has a lower step on each side
        return place
    stays = np.ones(len(place), dtype=bool)
    for k in np.argsort(level[place])[::-1]:
        if stays[k]:
            first, last = np.searchsorted(place, [place[k] - apart + 1, place[k] + apart])
            stays[first:last] = False
            stays[k] = True
    return place[stays]


def _with_rise(level: np.ndarray, place: np.ndarray, reach: int) -> Maxima:
    left, low_left = _lowest_beside(level, place, reach, -1)
    right, low_right = _lowest_beside(level, place, reach, 1)
    return Maxima(place, level[place] - np.maximum(low_left, low_right), left, right)


def _lowest_beside(
    level: np.ndarray, place: np.ndarray, reach: int, side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the step and value of the lowest on a side (-1, 1) before it is higher than a place.

    Of equal ones, the nearest.
    """
    steps = place[:, None] + side * np.arange(min(reach, len(level) - 1) + 1)
    outside = (steps < 0) | (steps >= len(level))
    near = level[np.clip(steps, 0, len(level) - 1)]
    ended = np.logical_or.accumulate(outside | (near > near[:, :1]), axis=1)
    at = np.where(ended, np.inf, near).argmin(axis=1)
    rows = np.arange(len(place))
    return steps[rows, at], near[rows, at]
