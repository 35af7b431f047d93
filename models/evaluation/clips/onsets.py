"""Smiles timed by eye, and when the score rises beside them.

Conventions
-----------
- Truth is a CSV of `COLUMNS`. Frames of transitions are in no interval.
- An onset is looked for in the gap between a neutral interval and the smile that follows it, of one
  person. The score rises when it first stays above one half for `STAYS_S`, or until the smile ends,
  and is still up after the neutral interval. It is off by the time from there to the gap, 0 inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from laughtrack.models.data import csv_files
from laughtrack.tracker.mot.text_numbers import number

STAYS_S = 0.5
NEAR_S = 0.4
COLUMNS = ("clip", "fps", "person", "first_frame", "last_frame", "label")


class Interval(NamedTuple):
    """Frames first to last, both counted, of one clip, with what they show."""

    clip: str
    fps: float
    person: str
    first: int
    last: int
    label: str  # "smile" or "neutral"


def read_intervals(path: Path) -> list[Interval]:
    """Read the truth.

    Parameters
    ----------
    path : path
        A CSV with `COLUMNS`. Rows of other labels than smile and neutral are left out.

    Returns
    -------
    list of Interval

    Raises
    ------
    ValueError
        A column is missing, or a number is none, naming the line.
    """
    rows = csv_files.read(path, COLUMNS, complete=True)
    return [_interval(path, row) for row in rows if row.cells["label"] in ("smile", "neutral")]


def _interval(path: Path, row: csv_files.Row) -> Interval:
    cells = row.cells
    try:
        fps, first, last = (number(cells[name]) for name in ("fps", "first_frame", "last_frame"))
    except ValueError as error:
        raise ValueError(f"{path}, line {row.line}: {error}") from None
    if not fps > 0 or not 0 <= first <= last or first % 1 or last % 1:
        raise ValueError(f"{path}, line {row.line}: {fps:g} fps, frames {first:g} to {last:g}")
    return Interval(cells["clip"], fps, cells["person"], int(first), int(last), cells["label"])


def onsets(smoothed: Mapping[int, float], intervals: Sequence[Interval]) -> list[dict[str, Any]]:
    """Time the rise of the score at each smile that follows a neutral interval.

    Parameters
    ----------
    smoothed : dict of float by int
        Smoothed score of each frame with a face.
    intervals : list of Interval, of one clip

    Returns
    -------
    list of dict
        `person`; `gap_s`, the truth's gap, seconds from the clip's start; `rise_s`, where the score
        rises, or None if it never does; `off_s`, how far outside the gap, and `near`, whether that
        is at most `NEAR_S`.
    """
    found = []
    for person in dict.fromkeys(each.person for each in intervals):
        of_person = sorted(
            (e for e in intervals if e.person == person), key=lambda each: each.first
        )
        for before, after in pairwise(of_person):
            if (before.label, after.label) == ("neutral", "smile"):
                found.append(_onset(smoothed, before, after))
    return found


def _onset(smoothed: Mapping[int, float], before: Interval, after: Interval) -> dict[str, Any]:
    gap_s = [before.last / before.fps, after.first / after.fps]
    rise = _rise(smoothed, before, after)
    rise_s, off_s = None, None
    if rise is not None:
        rise_s = rise / before.fps
        off_s = max(0.0, gap_s[0] - rise_s, rise_s - gap_s[1])
    return {
        "person": before.person,
        "gap_s": [_rounded(t_s) for t_s in gap_s],
        "rise_s": _rounded(rise_s),
        "off_s": _rounded(off_s),
        "near": off_s is not None and off_s <= NEAR_S,
    }


def _rise(smoothed: Mapping[int, float], before: Interval, after: Interval) -> int | None:
    """First frame of the score's stay above one half; None if it never stays."""
    start = None
    for frame in range(before.first, after.last + 1):
        if frame not in smoothed:
            continue
        if smoothed[frame] <= 0.5:
            start = None
        elif start is None:
            start = frame
        if start is not None and frame > before.last:
            # The stay may end with the smile: a later frame can't tell.
            left = after.last - start
            if frame - start >= min(STAYS_S * before.fps, left):
                return start
    return None


def _rounded(t_s: float | None) -> float | None:
    return None if t_s is None else round(t_s, 4)
