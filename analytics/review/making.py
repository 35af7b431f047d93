"""Making a correction of what a person says: checked against the session as they see it.

Each function takes a session (`reviewed.review`) and viewers by the IDs that results show, and
returns an amendment, which `record` adds to the list. What a person may mistake is refused here;
what is wrong in itself, in `store.amendments.entries`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from laughtrack.analytics.review.reviewed import Reviewed
from laughtrack.analytics.store.amendments import ledger
from laughtrack.analytics.store.amendments.entries import (
    FIRST_MADE,
    Amendment,
    Box,
    can_be_undone,
    in_effect,
    validate,
)
from laughtrack.analytics.timelines.fragments import SAME_SEAT

# Two who are seen at the same time for longer are two; for less, the tracker had two boxes on one.
MOST_TOGETHER_S = 1.0


def merge(seen: Reviewed, viewers: Sequence[int]) -> Amendment:
    """Say that several viewers are one, who has the first one's ID.

    Raises
    ------
    ValueError
        They are not there, or were seen at the same time.
    """
    members = seen.of(viewers)
    for k, each in enumerate(viewers):
        both_s = seen.together_s(seen.of(viewers[:k]), seen.of([each]))
        if both_s > MOST_TOGETHER_S:
            raise ValueError(
                f"viewer {each} and {' and '.join(map(str, viewers[:k]))} are seen at the same "
                f"time for {both_s:.1f} s: one viewer is not in two places; split or exclude what "
                "is wrong of them first"
            )
    return validate(Amendment("merge", members))


def split(seen: Reviewed, viewer: int, at_s: float) -> Amendment:
    """Say that a viewer is two: one until `at_s`, seconds of the session, and another from then on.

    Raises
    ------
    ValueError
        There is no such viewer, or nothing of them before or after.
    """
    members = seen.of([viewer])
    times = seen.times(members)
    if not times[0] < at_s <= times[-1]:
        raise ValueError(
            f"viewer {viewer} cannot be split at {at_s:g} s: expected a moment after "
            f"{times[0]:g} s, when they are first seen, up to {times[-1]:g} s"
        )
    # Also above those of splits that were undone: an ID means one thing.
    made = [each.made or 0 for each in seen.entries]
    known = int(seen.readings["viewer_id"].max())
    new = max(FIRST_MADE - 1, known, *made) + 1
    return validate(Amendment("split", members, from_s=at_s, made=new))


def exclude(
    seen: Reviewed,
    viewers: Sequence[int],
    from_s: float | None = None,
    to_s: float | None = None,
) -> Amendment:
    """Say that viewers do not count, in [from_s, to_s) or wholly.

    Raises
    ------
    ValueError
        They are not there, or never in that span.
    """
    entry = validate(Amendment("exclude", seen.of(viewers), from_s, to_s))
    for each in viewers:
        _check_span(seen.times(seen.of([each])), f"viewer {each}", entry)
    return entry


def group(seen: Reviewed, name: str, viewers: Sequence[int]) -> Amendment:
    """Say that viewers are a group of that name, and of no other; "" takes them out of theirs.

    Raises
    ------
    ValueError
        They are not there, or the name is none.
    """
    return validate(Amendment("group", seen.of(viewers), name=name.strip()))


def opt_out(
    seen: Reviewed,
    where: Box | int,
    from_s: float | None = None,
    to_s: float | None = None,
) -> Amendment:
    """Say that nothing of a seat counts, in [from_s, to_s) or ever, nor is stored from now on.

    Parameters
    ----------
    seen : Reviewed
    where : tuple of int, or int
        A region of the picture, x1 y1 x2 y2 in pixels; or the viewer who sits there.
    from_s, to_s : float, optional

    Raises
    ------
    ValueError
        It is no region, or the viewer is not there or sits nowhere.
    """
    box = where if isinstance(where, tuple) else seat_of(seen, where)
    return validate(Amendment("opt-out", from_s=from_s, to_s=to_s, box=box))


def seat_of(seen: Reviewed, viewer: int) -> Box:
    """Return the region of the picture that is a viewer's seat, x1 y1 x2 y2 in pixels.

    It reaches to where the next seat begins: the middle of nobody's face but theirs is in it.

    Raises
    ------
    ValueError
        There is no such viewer, or their boxes are not known.
    """
    rows = np.isin(seen.readings["viewer_id"].to_numpy(), seen.of([viewer]))
    x1, y1, x2, y2 = (seen.readings[name].to_numpy()[rows] for name in ("x1", "y1", "x2", "y2"))
    width = float(np.median(x2 - x1))
    if width <= 0:
        raise ValueError(f"viewer {viewer} has no boxes, and so no seat: name it as x1 y1 x2 y2")
    x, y, reach = float(np.median(x1 + x2)) / 2, float(np.median(y1 + y2)) / 2, SAME_SEAT * width
    return round(x - reach), round(y - reach), round(x + reach), round(y + reach)


def undo(seen: Reviewed, number: int | None = None) -> Amendment:
    """Say that an entry of the list is not to be, the last one in effect if none is named.

    Raises
    ------
    ValueError
        There is none, or it is undone already.
    """
    name = seen.session.name
    if number is None:
        effective = in_effect(seen.entries)
        if not effective:
            raise ValueError(f"{name!r} has no correction in effect: there is nothing to undo")
        number = effective[-1].number
    if not 0 < number <= len(seen.entries):
        raise ValueError(f"no correction {number} of {name!r}: there are {len(seen.entries)}")
    if number not in can_be_undone(seen.entries):
        raise ValueError(f"correction {number} of {name!r} is undone already")
    return validate(Amendment("undo", of=number))


def record(store: str, seen: Reviewed, entry: Amendment, who: str, why: str = "") -> Amendment:
    """Add an amendment to the list of the session that it was made of.

    Parameters
    ----------
    store : str
    seen : Reviewed
        What it was made of: somebody else's that came since refuses it.
    entry : Amendment
    who, why : str
        Up to 300 characters.

    Returns
    -------
    Amendment
        As it is in the list.

    Raises
    ------
    ListChanged, ValueError, UnknownSession, StoreError
        As of `ledger.add`.
    """
    said = entry._replace(who=who.strip(), why=why.strip())
    session = seen.session
    return ledger.add(store, session.name, session.device, said, seen.version)


def _check_span(times: np.ndarray, whose: str, entry: Amendment) -> None:
    start, end = entry.from_s or 0.0, np.inf if entry.to_s is None else entry.to_s
    if not ((times >= start) & (times < end)).any():
        until = "the end" if entry.to_s is None else f"{end:g} s"
        raise ValueError(
            f"nothing of {whose} from {start:g} s to {until}: expected a span within "
            f"{times[0]:g} to {times[-1]:g} s"
        )
