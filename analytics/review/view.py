"""What the review page draws: viewers with their times and seats, and the boxes of a moment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.analytics.brief_viewers import look_s
from laughtrack.analytics.review.reviewed import Reviewed
from laughtrack.analytics.review.wording import in_words
from laughtrack.analytics.store.amendments.entries import Box, can_be_undone
from laughtrack.analytics.timelines.fragments import group_names
from laughtrack.analytics.timelines.session_time import length_s
from laughtrack.analytics.timelines.smiles import GAP_S

# More bars than a screen has room for are joined where the gaps are shortest.
MOST_SPANS = 200
# A box is shown for so long after its look, s; the camera's usual step, where that is longer.
BOX_S = 1.0


class ViewerView(NamedTuple):
    """A viewer: `members` are the recorded IDs that count as them, `spans` when they were seen.

    `seat` is the usual middle of the face and its width, x, y, width in pixels, None without boxes.
    `brief` says that they were seen too briefly to count.
    """

    viewer: int
    members: list[int]
    spans: list[tuple[float, float]]
    seat: tuple[float, float, float] | None
    group: str
    brief: bool


class CorrectionView(NamedTuple):
    """An entry of the list, in words; `box` and the span are an opt-out's."""

    number: int
    when_utc: str
    who: str
    kind: str
    what: str
    why: str
    holds: bool
    box: Box | None
    from_s: float | None
    to_s: float | None


class View(NamedTuple):
    """All that the page needs but the boxes of a moment, which reach to `width`, `height`, px."""

    version: int
    length_s: float
    width: int
    height: int
    viewers: list[ViewerView]
    corrections: list[CorrectionView]


def view(seen: Reviewed) -> View:
    """Return what the page draws of a session.

    Viewers are in order of when they were first seen, those seen too briefly to count behind.
    """
    readings = seen.readings
    ids = readings["viewer_id"].to_numpy()
    owner = {part: viewer for viewer, parts in seen.members.items() for part in parts}
    known, code = np.unique(ids, return_inverse=True)
    whose = np.array([owner[each] for each in known.tolist()], dtype=np.int64)[code]
    order = np.argsort(whose, kind="stable")
    viewers, first = np.unique(whose[order], return_index=True)
    parts = np.split(order, first[1:]) if len(viewers) else []
    t_s = readings["t_s"].to_numpy(dtype=float)
    boxes = readings[["x1", "y1", "x2", "y2"]].to_numpy()
    groups, brief = group_names(seen.session), {*seen.session.brief}
    step_s = look_s(seen.session.spans)
    found = []
    for viewer, rows in zip(viewers.tolist(), parts, strict=True):
        members, group = [*seen.members[viewer]], groups.get(viewer, "")
        spans, seat = _spans(t_s[rows], step_s), _seat(boxes[rows])
        found.append(ViewerView(viewer, members, spans, seat, group, viewer in brief))
    found.sort(key=lambda each: (each.brief, each.spans[0][0], each.viewer))
    width, height = (0 if readings.empty else int(readings[x].max()) for x in ("x2", "y2"))
    length = length_s(seen.session)
    return View(seen.version, length, width, height, found, _corrections(seen))


def _corrections(seen: Reviewed) -> list[CorrectionView]:
    held = {*can_be_undone(seen.entries)}
    return [
        CorrectionView(
            *(each.number, each.when_utc, each.who, each.kind, in_words(each), each.why),
            *(each.number in held, each.box, each.from_s, each.to_s),
        )
        for each in seen.entries
    ]


def _spans(t_s: np.ndarray, step_s: float) -> list[tuple[float, float]]:
    """Return when somebody was seen, [start, end) each, without gaps of up to `GAP_S`."""
    gaps = np.diff(t_s)
    edges = np.flatnonzero(gaps > GAP_S)
    if len(edges) >= MOST_SPANS:
        edges = np.sort(edges[np.argsort(-gaps[edges], kind="stable")[: MOST_SPANS - 1]])
    starts, ends = np.append(t_s[:1], t_s[edges + 1]), np.append(t_s[edges], t_s[-1:])
    return [*zip(starts.round(3).tolist(), (ends + step_s).round(3).tolist(), strict=True)]


def _seat(boxes: np.ndarray) -> tuple[float, float, float] | None:
    x1, y1, x2, y2 = np.median(boxes, axis=0).tolist()
    return ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1) if x2 > x1 else None


def boxes_at(seen: Reviewed, t_s: float) -> list[tuple[int, Box]]:
    """Return who is where at a moment, seconds of the session: each viewer's last box before it."""
    times = seen.readings["t_s"].to_numpy(dtype=float)
    reach_s = max(BOX_S, look_s(seen.session.spans))
    first, end = np.searchsorted(times, (t_s - reach_s, t_s + 1e-6), side="right")
    owner = {part: viewer for viewer, parts in seen.members.items() for part in parts}
    found: dict[int, Box] = {}
    rows = seen.readings[["viewer_id", "x1", "y1", "x2", "y2"]].iloc[first:end]
    for viewer, x1, y1, x2, y2 in rows.to_numpy(dtype=np.int64).tolist():
        found[owner[viewer]] = (x1, y1, x2, y2)
    return sorted(found.items())
