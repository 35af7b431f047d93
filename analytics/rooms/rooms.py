"""One film in several rooms: its curve, peaks and scores over rooms, and how the rooms differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.correction.session_correction import (
    CURVE_BANDS,
    Correction,
    with_corrected,
)
from laughtrack.analytics.defaults import LEAST_COMPARED, SEED
from laughtrack.analytics.messages import message
from laughtrack.analytics.rooms.between_rooms import Film, RoomCurves, film_of
from laughtrack.analytics.rooms.clusters import (
    LeftOut,
    Room,
    doubtful,
    joined_curve,
    joined_scores,
    rooms_of,
    too_few,
    too_short,
)
from laughtrack.analytics.rooms.film_bands import bands_of
from laughtrack.analytics.rooms.film_correction import film_correction
from laughtrack.analytics.rooms.film_peaks import film_peaks
from laughtrack.analytics.rooms.film_scores import rooms_table, scores_table
from laughtrack.analytics.rooms.film_steps import FilmSteps
from laughtrack.analytics.rooms.measures import Curve, Scores, curve_of, scores_of
from laughtrack.analytics.rooms.random_effects import LEAST_ROOMS
from laughtrack.analytics.timelines.session_tables import SessionTables

CURVE = (
    *("t_s", "rooms", "judged", "share"),
    *("share_low", "share_high", "share_all_low", "share_all_high"),
)


class Facts(NamedTuple):
    """What was put together, and how.

    `title`, of the film; `rooms`, a row each: `room`, `sessions` (names), `viewers` judged,
    `seconds` of the film shown; `left_out`; `how` aligned; `step_s`; `first_s`, `last_s`, the time
    of the film that all rooms show, of which the scores are; `tau2` of the logit of the share over
    the curve; `widened`, the band of all steps beside the pointwise one;
    `notes`, sentences; `min_viewers`; `withholds`, figures of few are withheld.
    """

    title: str
    rooms: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    how: str
    step_s: float
    first_s: float
    last_s: float
    tau2: float
    widened: float
    notes: tuple[str, ...]
    min_viewers: int
    withholds: bool


class FilmInRooms(NamedTuple):
    """What came of it, as tables; shares in [0, 1], times in seconds of the film.

    `curve`: a row a step: `t_s`; `rooms` with a share; `judged` viewers in all; `share`, mean over
    rooms, NaN where fewer than `LEAST_ROOMS` have one; its 95 % bands `share_low`, `share_high`,
    pointwise, and `share_all_low`, `share_all_high`, for all steps; the same put right for the
    scorer's errors. `by_room`: (K, T) the rooms' curves. `peaks`: from `film_peaks`. `scores`,
    `rooms`: from `film_scores`. `correction`, `facts`.
    """

    curve: pd.DataFrame
    by_room: np.ndarray
    peaks: pd.DataFrame
    scores: pd.DataFrame
    rooms: pd.DataFrame
    correction: Correction
    facts: Facts


class _Measured(NamedTuple):
    """The rooms that count, their curves, and the scores of each of their sessions."""

    rooms: list[Room]
    curves: list[Curve]
    scores: list[list[Scores]]


def outline_of(tables: SessionTables) -> SessionTables:
    """Return what is known of a session without its readings: its name, length, film time, marks.

    Many sessions' readings would fill the memory.
    """
    session = tables.everyone.session
    return SessionTables(session._replace(readings=session.readings.iloc[:0].copy()))


def film_in_rooms(
    outlines: Sequence[SessionTables],
    steps: FilmSteps,
    load: Callable[[int], SessionTables],
    min_viewers: int = LEAST_COMPARED,
    seed: int = SEED,
) -> FilmInRooms:
    """Put the sessions of one film together, their rooms as clusters.

    Parameters
    ----------
    outlines : sequence of SessionTables
        From `outline_of`, or whole.
    steps : FilmSteps
        Of these sessions, from `film_steps`.
    load : callable
        From a session's number, from 0, its tables. Each is asked for once, and is not kept. Where
        they withhold figures of few, each counts as what its stand-ins tell.
    min_viewers : int
        Sessions with fewer judged viewers do not count; from 2.
    seed : int
        Of all draws.

    Raises
    ------
    ValueError
        Fewer than `LEAST_ROOMS` rooms are left, or no moment is in all of them; saying why.
    """
    out = too_short(outlines, steps)
    _refuse_few(outlines, out)
    common = _common(outlines, steps, [k for k, why in enumerate(out) if why is None])
    curves: dict[int, Curve] = {}
    scores: dict[int, Scores] = {}
    withholds = False
    for k, why in enumerate(out):
        if why is not None:
            continue
        tables = load(k)
        withholds |= tables.withholds
        least = max(min_viewers, tables.min_viewers)
        curves[k] = curve_of(tables, steps.starts[k], steps.ends[k])
        out[k] = too_few(tables.name, curves[k].viewers, least)
        if out[k] is None:
            ends = float(steps.starts[k, common][0]), float(steps.ends[k, common][-1])
            scores[k] = scores_of(tables, *ends)
    rooms = _refuse_few(outlines, out)
    found = _Measured(
        rooms,
        [joined_curve([curves[k] for k in room.at]) for room in rooms],
        [[scores[k] for k in room.at] for room in rooms],
    )
    facts = _facts(outlines, steps, found, common)
    facts = facts._replace(
        left_out=tuple(each for each in out if each), min_viewers=min_viewers, withholds=withholds
    )
    return _result(found, steps, facts, seed)


def _refuse_few(outlines: Sequence[SessionTables], out: Sequence[LeftOut | None]) -> list[Room]:
    """Return the rooms of the sessions that count; refuse too few."""
    kept = [k for k, why in enumerate(out) if why is None]
    found = [
        Room(room.name, tuple(kept[k] for k in room.at))
        for room in rooms_of([outlines[k] for k in kept])
    ]
    if len(found) < LEAST_ROOMS:
        why = "".join(f"; {each.name!r} is left out: {each.reason}" for each in out if each)
        same = f" of {len(kept)} sessions" if len(kept) > len(found) else ""
        raise ValueError(
            f"{len(found)} room{'' if len(found) == 1 else 's'}{same}: at least {LEAST_ROOMS} are "
            f"needed to tell how rooms differ, and two are compared by `laughtrack compare`{why}"
        )
    return found


def _common(outlines: Sequence[SessionTables], steps: FilmSteps, kept: list[int]) -> slice:
    """Return the steps from the first to the last that all sessions show."""
    shown = np.flatnonzero(np.isfinite(steps.starts[kept]).all(axis=0))
    if not len(shown):
        names = ", ".join(repr(outlines[k].name) for k in kept[:5])
        raise ValueError(
            f"no moment of the film is in all of {names}{', ...' if len(kept) > 5 else ''}: leave "
            "out those that show another part of it, or align them by marks (--by-markers)"
        )
    return slice(int(shown[0]), int(shown[-1]) + 1)


def _result(found: _Measured, steps: FilmSteps, facts: Facts, seed: int) -> FilmInRooms:
    rooms = RoomCurves(*(np.array([each[at] for each in found.curves]) for at in (0, 2)))
    film = film_of(rooms, LEAST_ROOMS)
    bands = bands_of(film, seed=seed)
    tables = [joined_scores([each.table for each in room]) for room in found.scores]
    units = found.scores[0][0].units
    names = [room.name for room in found.rooms]
    right = film_correction(
        [name for name, room in zip(names, found.scores, strict=True) for _ in room],
        [each.correction for room in found.scores for each in room],
    )
    curve = pd.DataFrame(
        {
            "t_s": steps.t_s,
            "rooms": np.isfinite(rooms.share).sum(axis=0),
            "judged": np.sum([each.judged for each in found.curves], axis=0),
            "share": film.share,
            **dict(zip(CURVE[4:], bands[:4], strict=True)),
        },
        columns=[*CURVE],
    )
    return FilmInRooms(
        with_corrected(curve, right, "share", CURVE_BANDS),
        rooms.share,
        film_peaks(rooms, film, curve, steps.step_s, seed),
        scores_table(tables, units, right),
        rooms_table(names, tables, units),
        right,
        facts._replace(tau2=film.tau2, widened=bands.widened, notes=(*facts.notes, *_notes(film))),
    )


def _notes(film: Film) -> list[str]:
    missing = np.isnan(film.share).mean()
    if missing > 0:
        return [
            message(
                "For {part:.0f} % of the film fewer than {least} rooms have a share: nothing is "
                "said there.",
                part=100 * missing,
                least=LEAST_ROOMS,
            )
        ]
    return []


def _facts(
    outlines: Sequence[SessionTables], steps: FilmSteps, found: _Measured, common: slice
) -> Facts:
    """Return the facts, but for what is known later."""
    shown = np.isfinite(steps.starts).sum(axis=1) * steps.step_s
    rows = [
        (
            room.name,
            [outlines[k].name for k in room.at],
            curve.viewers,
            float(max(shown[k] for k in room.at)),
        )
        for room, curve in zip(found.rooms, found.curves, strict=True)
    ]
    titles = [str(outlines[k].info.get("title") or "") for room in found.rooms for k in room.at]
    return Facts(
        title=max(titles, key=titles.count),
        rooms=pd.DataFrame(rows, columns=["room", "sessions", "viewers", "seconds"]),
        left_out=(),
        how=steps.how,
        step_s=steps.step_s,
        first_s=float(steps.t_s[common][0]),
        last_s=float(steps.t_s[common][-1] + steps.step_s),
        tau2=np.nan,
        widened=np.nan,
        notes=(*steps.notes, *doubtful([outlines[k] for room in found.rooms for k in room.at])),
        min_viewers=0,
        withholds=False,
    )
