"""The film's time in steps, and where each of them lies in every session that shows it.

Conventions
-----------
- All sessions are laid on one film: by the film's time that each tells of itself, or by marks, as
  two sessions are compared. What a session lacks of the film is missing there, never a reason to
  cut the film.
- Steps are half-open, [t_s, t_s + step_s).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.comparison.mark_pairs import by_marks
from laughtrack.analytics.formatting import clock
from laughtrack.analytics.messages import message
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import check_size, curve_step

NEAR_S = 1e-3  # times are whole milliseconds


class FilmSteps(NamedTuple):
    """T steps of a film in K sessions.

    `t_s`: (T,) where each begins, seconds of the film. `step_s`: seconds a step. `starts`, `ends`:
    (K, T), the same in seconds of each session, NaN where it does not show them. `how`: "film time"
    or "marks". `notes`: sentences on what is doubtful.
    """

    t_s: np.ndarray
    step_s: float
    starts: np.ndarray
    ends: np.ndarray
    how: str
    notes: tuple[str, ...] = ()


def by_film_time(sessions: Sequence[SessionTables]) -> FilmSteps:
    """Let the same time of the film correspond: session time and its `media_offset_s`.

    Parameters
    ----------
    sessions : sequence of SessionTables
        One or more, of one cut.

    Raises
    ------
    TooLarge
        The film is too long to be worked out at once.
    """
    longest = max(sessions, key=lambda each: each.length_s)
    first_s = min(each.offset_s for each in sessions)
    last_s = max(each.offset_s + each.length_s for each in sessions)
    t_s, step_s = _steps(longest, first_s, last_s)
    starts = np.array([t_s - each.offset_s for each in sessions])
    ends = starts + step_s
    silent = [each.name for each in sessions if "media_offset_s" not in each.info]
    notes: tuple[str, ...] = ()
    if silent and len({each.offset_s for each in sessions}) == 1:
        notes = (
            message("No session says when its film began: all are taken to begin with it.")
            if len(silent) == len(sessions)
            else message("Sessions that do not say when their film began begin with it."),
        )
    return _inside(sessions, FilmSteps(t_s, step_s, starts, ends, "film time", notes))


def by_common_marks(sessions: Sequence[SessionTables]) -> FilmSteps:
    """Let marks of the same text correspond, those of each session with those of one of them.

    That is the one with the most marks; of several, the longest. Between two marks time runs
    evenly, as where two sessions are compared by marks.

    Raises
    ------
    ValueError
        A session has no mark in common with that one, or they come in another order.
    """
    first = max(sessions, key=lambda each: (len(each.info.get("marks", ())), each.length_s))
    t_s, step_s = _steps(first, first.offset_s, first.offset_s + first.length_s)
    own = t_s - first.offset_s
    starts, ends = np.full((2, len(sessions), len(t_s)), np.nan)
    notes: list[str] = []
    for k, each in enumerate(sessions):
        if each is first:
            starts[k], ends[k] = own, own + step_s
            continue
        if not _texts(first) & _texts(each):
            raise ValueError(
                f"no mark is in both {first.name!r} and {each.name!r}: leave one of them out, or "
                "lay them together by film time, without --by-markers"
            )
        found = by_marks(first, each)
        notes += [note for note in found.notes if note not in notes]
        starts[k], ends[k] = _through(found.pieces, own, step_s)
    return _inside(sessions, FilmSteps(t_s, step_s, starts, ends, "marks", tuple(notes)))


def _texts(tables: SessionTables) -> set[str]:
    return {str(mark["text"]) for mark in tables.info.get("marks", ())}


def _steps(anchor: SessionTables, first_s: float, last_s: float) -> tuple[np.ndarray, float]:
    """Return the steps of a stretch of the film, one of which begins with a session."""
    step_s = curve_step(last_s - first_s)
    before = int(np.floor((anchor.offset_s - first_s) / step_s + 1e-6))
    count = int(np.ceil((last_s - anchor.offset_s) / step_s - 1e-6)) + before
    check_size(anchor.name, 1, count, step_s)
    return np.round(anchor.offset_s + (np.arange(count) - before) * step_s, 6), step_s


def _through(pieces: pd.DataFrame, own: np.ndarray, step_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where steps of the first session lie in the second, NaN where in no piece of both."""
    starts, ends = np.full((2, len(own)), np.nan)
    for piece in pieces.itertuples(index=False):
        inside = (own + step_s / 2 >= piece.a_start_s) & (own + step_s / 2 < piece.a_end_s)
        pace = (piece.b_end_s - piece.b_start_s) / (piece.a_end_s - piece.a_start_s)
        starts[inside] = piece.b_start_s + (own[inside] - piece.a_start_s) * pace
        ends[inside] = starts[inside] + step_s * pace
    return starts, ends


def _inside(sessions: Sequence[SessionTables], found: FilmSteps) -> FilmSteps:
    """Leave out of each session what lies before its begin, or by more than half after its end."""
    length = np.array([each.length_s for each in sessions])[:, None]
    half = (found.ends - found.starts) / 2
    there = (found.starts >= -NEAR_S) & (found.ends - half <= length + NEAR_S)
    starts, ends = (np.where(there, each, np.nan) for each in (found.starts, found.ends))
    for each, row in zip(sessions, there, strict=True):
        if not row.any():
            where = clock(each.offset_s), clock(each.offset_s + each.length_s)
            raise ValueError(
                f"{each.name!r} has film time {where[0]} to {where[1]} and nothing in common with "
                "the others: leave it out, or give its film's begin (--media-offset)"
            )
    return found._replace(starts=starts, ends=ends)
