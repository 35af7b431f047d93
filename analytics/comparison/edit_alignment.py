"""An editor's lists: which stretch of cut A is which of cut B.

- CSV with the columns `a_start_s`, `a_end_s`, `b_start_s`, and `b_end_s` if it runs faster there.
  Seconds of film time.
- One CMX3600 EDL or OpenTimelineIO file: the timeline is cut B, its source is cut A. Record times
  are B's, from the first event on; source times are A's. With several reels, A is the one that
  most of B comes from; the others are new to B.
- Two such files, one a cut, made from the same reels: what both took from one reel corresponds.

Film time becomes session time by each session's `media_offset_s`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from laughtrack.analytics.comparison.alignment import NEAR_S, Alignment, pieces, within
from laughtrack.analytics.formatting import clock
from laughtrack.analytics.inputs import csv_table
from laughtrack.analytics.inputs.otio_timelines import Event, events
from laughtrack.analytics.messages import message
from laughtrack.analytics.timelines.session_tables import SessionTables

NEEDED = ("a_start_s", "a_end_s", "b_start_s")
HOUR_S = 3600.0
# Start and end in A, then in B: seconds.
Piece = tuple[float, float, float, float]


def by_edits(
    a: SessionTables, b: SessionTables, files: Sequence[str | Path], fps: float | None = None
) -> Alignment:
    """Let two cuts correspond as an edit list says.

    Parameters
    ----------
    a, b : SessionTables
    files : sequence of one or two paths
        See above.
    fps : float, optional
        Frames a second of an EDL's time codes, which does not say so itself; else 24, and 29.97 of
        drop-frame.

    Returns
    -------
    Alignment

    Raises
    ------
    ValueError
        Naming file and row: what cannot be read, ends before it begins, overlaps another row in a
        cut, or has nothing to do with what was recorded.
    """
    paths = [Path(file) for file in files]
    notes: list[str] = []
    if len(paths) == 1 and paths[0].suffix.lower() == ".csv":
        rows = _read_csv(paths[0])
    elif len(paths) == 1:
        rows, notes = _from_a(events(paths[0], fps), a.offset_s + a.length_s)
    elif len(paths) == 2:
        rows, notes = _from_reels(events(paths[0], fps), events(paths[1], fps), paths)
    else:
        raise ValueError(f"{len(paths)} edit lists: expected one of B made from A, or one a cut")
    found = np.reshape(np.array(rows, dtype=float), (-1, 4))
    found[:, :2] -= a.offset_s
    found[:, 2:] -= b.offset_s
    return within(Alignment(pieces(found), "edit list", tuple(notes)), a, b)


def _read_csv(path: Path) -> list[Piece]:
    try:
        table = csv_table.read(path)
    except ValueError as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise ValueError(f"{path}: not a CSV edit list ({reason})") from None
    names = [csv_table.column(table, (name,), path) for name in NEEDED]
    last = csv_table.optional_column(table, ("b_end_s",), path)
    times = [csv_table.numbers(table, name, path) for name in names]
    times.append(
        csv_table.numbers(table, last, path, allow_empty=True)
        if last
        else np.full(len(table), np.nan)
    )
    found = [
        _piece(f"{path}, line {line}", *map(float, row))
        for line, *row in zip(table.index, *times, strict=True)
    ]
    if not found:
        raise ValueError(f"{path}: no rows; expected a row for each stretch that is in both cuts")
    return found


def _piece(where: str, a_start: float, a_end: float, b_start: float, b_end: float) -> Piece:
    if np.isnan(b_end):
        b_end = b_start + a_end - a_start
    for name, start, end in (("a", a_start, a_end), ("b", b_start, b_end)):
        if not end > start:
            raise ValueError(
                f"{where}: {name}_end_s is {end:g}, not after {name}_start_s {start:g}"
            )
    return a_start, a_end, b_start, b_end


def _from_a(shown: Sequence[Event], a_end_s: float) -> tuple[list[Piece], list[str]]:
    """Return the pieces of a timeline made from cut A, and notes."""
    lasts = pd.Series([each.end_s - each.start_s for each in shown], dtype=float)
    reel = lasts.groupby([each.reel for each in shown]).sum().idxmax()
    of_reel = [each for each in shown if each.reel == reel]
    notes: list[str] = []
    if len(of_reel) < len(shown):
        notes.append(
            message(
                "Reel {reel} of the edit list is taken to be the first cut; all else is new.",
                reel=reel,
            )
        )
    first = min(each.from_s for each in of_reel)
    zero = 0.0
    # A film's time code commonly begins at a whole hour, and an EDL does not say at which.
    if max(each.from_s for each in of_reel) >= a_end_s and first >= HOUR_S:
        zero = first // HOUR_S * HOUR_S
        notes.append(
            message(
                "The edit list's source time code {time} is taken to be time 0.", time=clock(zero)
            )
        )
    found = [(e.from_s - zero, e.to_s - zero, e.start_s, e.end_s) for e in of_reel]
    return found, notes


def _from_reels(
    shown_a: Sequence[Event], shown_b: Sequence[Event], files: Sequence[Path]
) -> tuple[list[Piece], list[str]]:
    """Return the pieces that two timelines have in common, and notes."""
    found = []
    for one in shown_a:
        for other in shown_b:
            low, high = max(one.from_s, other.from_s), min(one.to_s, other.to_s)
            if one.reel == other.reel and high - low > NEAR_S:
                found.append((*_shown(one, low, high), *_shown(other, low, high)))
    if not found:
        raise ValueError(f"{files[0]} and {files[1]}: no reel's stretch is in both")
    # A shot used twice could be laid on either; the longest counts, each moment once.
    found.sort(key=lambda piece: piece[0] - piece[1])
    kept: list[Piece] = []
    for piece in found:
        if not any(_overlap(piece, other) for other in kept):
            kept.append(piece)
    twice = len(found) - len(kept)
    said = message("Shots used more than once were compared once ({twice} left out).", twice=twice)
    return kept, [said] * (twice > 0)


def _shown(event: Event, low: float, high: float) -> tuple[float, float]:
    """Return when an event shows a stretch of its reel."""
    speed = (event.end_s - event.start_s) / (event.to_s - event.from_s)
    first, last = (event.start_s + speed * (edge - event.from_s) for edge in (low, high))
    return first, last


def _overlap(one: Piece, other: Piece) -> bool:
    return any(one[k] < other[k + 1] - NEAR_S and other[k] < one[k + 1] - NEAR_S for k in (0, 2))
