"""Which moment of one session corresponds to which of another: by film time.

A piece is a stretch of session A and the stretch of session B that shows the same of the film;
between their ends time runs evenly. What belongs to no piece is in one of the cuts alone, and is
not compared. `analytics.comparison.edit_alignment` makes pieces of an editor's lists,
`analytics.comparison.mark_pairs` of marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.formatting import clock
from laughtrack.analytics.messages import message
from laughtrack.analytics.timelines.session_tables import SessionTables

PIECES = ("a_start_s", "a_end_s", "b_start_s", "b_end_s")
NEAR_S = 1e-3  # times are whole milliseconds


class Alignment(NamedTuple):
    """How two sessions correspond.

    `pieces`: float64 `a_start_s`, `a_end_s`, `b_start_s`, `b_end_s`, seconds of each session, in
    order of A, without overlap in either, inside both. `how`: "film time", "edit list" or "marks".
    `notes`: sentences on what was left out or is doubtful.
    """

    pieces: pd.DataFrame
    how: str
    notes: tuple[str, ...] = ()


def by_film_time(a: SessionTables, b: SessionTables) -> Alignment:
    """Let the same time of the film correspond: session time and its `media_offset_s`.

    Parameters
    ----------
    a, b : SessionTables
        Of the same cut.

    Returns
    -------
    Alignment
        Of one piece.

    Raises
    ------
    ValueError
        If they have no film time in common.
    """
    offset_a, offset_b = a.offset_s, b.offset_s
    piece = [0.0, a.length_s, offset_a - offset_b, offset_a - offset_b + a.length_s]
    notes: tuple[str, ...] = ()
    if "media_offset_s" not in a.info and "media_offset_s" not in b.info:
        notes = (
            message("Neither session says when its film began: both are taken to begin with it."),
        )
    found = Alignment(pieces([piece]), "film time", notes)
    return within(found, a, b)


def pieces(rows: Sequence[Any] | np.ndarray) -> pd.DataFrame:
    """Return rows of `PIECES` as the table of an `Alignment`, in order of A."""
    table = pd.DataFrame(rows, columns=[*PIECES], dtype=float)
    return table.sort_values("a_start_s", ignore_index=True)


def within(found: Alignment, a: SessionTables, b: SessionTables) -> Alignment:
    """Cut an alignment to what was recorded of both sessions.

    Raises
    ------
    ValueError
        If nothing is left, or two pieces overlap in a session.
    """
    for name, session in (("a", a), ("b", b)):
        _refuse_overlap(found, name, session.name)
    kept, lost = [], 0.0
    for piece in found.pieces.itertuples(index=False):
        low, high = _inside(piece, a.length_s, b.length_s)
        lasts, b_lasts = piece.a_end_s - piece.a_start_s, piece.b_end_s - piece.b_start_s
        lost += lasts * (1 - max(0.0, high - low))
        if (high - low) * lasts > NEAR_S:
            in_a = (piece.a_start_s + lasts * part for part in (low, high))
            kept.append([*in_a, *(piece.b_start_s + b_lasts * part for part in (low, high))])
    if not kept:
        raise ValueError(_nothing(found, a, b))
    notes = found.notes
    if lost > 1 and found.how == "edit list":
        notes += (
            message(
                "{seconds:.0f} s of the edit list lie outside what was recorded: they were left "
                "out.",
                seconds=lost,
            ),
        )
    return Alignment(pieces(kept), found.how, notes)


def _inside(piece: Any, a_length: float, b_length: float) -> tuple[float, float]:
    """Return the part of a piece, from 0 to 1, that lies in both sessions."""
    low, high = 0.0, 1.0
    for start, end, length in (
        (piece.a_start_s, piece.a_end_s, a_length),
        (piece.b_start_s, piece.b_end_s, b_length),
    ):
        if not end > start:
            return 0.0, 0.0
        low = max(low, -start / (end - start))
        high = min(high, (length - start) / (end - start))
    return low, high


def _refuse_overlap(found: Alignment, name: str, session: str) -> None:
    table = found.pieces.sort_values(f"{name}_start_s")
    start, end = table[f"{name}_start_s"].to_numpy(), table[f"{name}_end_s"].to_numpy()
    wrong = np.flatnonzero(start[1:] < end[:-1] - NEAR_S)
    if len(wrong):
        k = wrong[0]
        raise ValueError(
            f"two stretches of the edit list overlap in {session!r}: {start[k]:.3f} to "
            f"{end[k]:.3f} s, and from {start[k + 1]:.3f} s; let each moment be in one of them"
        )


def _nothing(found: Alignment, a: SessionTables, b: SessionTables) -> str:
    if found.how == "film time":
        spans = [
            f"{each.name!r} has film time {clock(each.offset_s)} to "
            f"{clock(each.offset_s + each.length_s)}"
            for each in (a, b)
        ]
        return (
            f"{spans[0]}, {spans[1]}: they have none in common; for two cuts give an edit list "
            "with --edits, or --by-markers"
        )
    lengths = " and ".join(f"{each.name!r} ({clock(each.length_s)})" for each in (a, b))
    return f"no stretch of the {found.how} lies in both {lengths}: is it of these two cuts?"
