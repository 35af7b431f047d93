"""Viewers whom the tracker gave a new ID in the same seat: their parts joined to one viewer.

Conventions
-----------
- A later ID is the same viewer where an earlier one was last seen, up to `LONGEST_GAP_S` before, in
  the same place and about as large, and the others were there before and after. Where most others
  change as well, the film was cut or the camera moved, and nobody's place says who it is; so it
  does not where nobody else is there.
- Both are never seen at once. Of several who might be meant it is the nearest. Two whom a person
  told apart are never one.
- The joined viewer has the first of the IDs. What is stored stays as it was recorded.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from laughtrack.analytics.messages import message
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.seating import seating
from laughtrack.analytics.timelines.smiles import rows_of_viewers

# Somebody else sits down in a seat that is free for longer, and may be the next one there.
LONGEST_GAP_S = 60.0
# In face widths: neighbours are more than twice as far. And how much larger a face may seem.
SAME_SEAT, SAME_SIZE = 0.6, 1.4
# Who was seen within so long before and after a gap was there throughout.
NEAR_S = 2.0


def join_fragments(session: Session) -> Session:
    """Join IDs that are of one viewer.

    Parameters
    ----------
    session : Session
        One whose `joined` is not None is left as it is.

    Returns
    -------
    Session
        Its readings with the first ID of each viewer; `joined` has which other became which.
    """
    if session.joined is not None:
        return session
    readings = session.readings
    parted = session.amended.parted
    found = _same(_parts(readings), _Presence(readings), parted) if len(readings) else {}
    if not found:
        return session._replace(joined=())
    ids, code = np.unique(readings["viewer_id"].to_numpy(dtype=np.int64), return_inverse=True)
    renamed = np.array([found.get(each, each) for each in ids.tolist()], dtype=np.int64)
    readings = readings.assign(viewer_id=renamed[code])
    readings = readings.sort_values(["t_s", "viewer_id"], kind="stable", ignore_index=True)
    return session._replace(readings=readings, joined=tuple(sorted(found.items())))


def _parts(readings: pd.DataFrame) -> pd.DataFrame:
    """Return a row an ID that has a place: when it was seen, where, how large; the first first."""
    seats, t_s = seating(readings), readings["t_s"].to_numpy(dtype=float)
    ends = np.array([(t_s[rows[0]], t_s[rows[-1]]) for rows in rows_of_viewers(readings)[1]])
    found = seats[["viewer_id", "x", "y", "width"]].assign(first_s=ends[:, 0], last_s=ends[:, 1])
    return found[found["width"] > 0].sort_values(["first_s", "viewer_id"], ignore_index=True)


class _Presence:
    """Who was seen when, in steps of `NEAR_S`."""

    def __init__(self, readings: pd.DataFrame) -> None:
        step = (readings["t_s"].to_numpy(dtype=float) // NEAR_S).astype(np.int64)
        viewer = readings["viewer_id"].to_numpy(dtype=np.int64)
        who, ids = pd.factorize(viewer)
        pairs = pd.unique(step * len(ids) + who)
        self._viewer = ids[pairs % len(ids)]
        self._edges = np.searchsorted(pairs // len(ids), np.arange(step[-1] + 2))

    def at(self, t_s: float) -> set[int]:
        """Return who was seen in the step of a time."""
        step = int(np.clip(t_s // NEAR_S, -1, len(self._edges) - 1))
        if not 0 <= step < len(self._edges) - 1:
            return set()
        return set(self._viewer[self._edges[step] : self._edges[step + 1]].tolist())

    def goes_on(self, last_s: float, first_s: float, but: set[int]) -> bool:
        """Whether most of the others seen before a gap were seen after it, and somebody was."""
        before = self.at(last_s - NEAR_S) - but
        stayed = before & (self.at(first_s) | self.at(first_s + NEAR_S))
        return len(stayed) > 0 and 2 * len(stayed) >= len(before)


def _same(
    parts: pd.DataFrame, presence: _Presence, parted: Collection[tuple[int, int]]
) -> dict[int, int]:
    """Return for each ID that goes on as another the first ID of that viewer."""
    ids, x, y, width, first_s, last_s = (
        parts[name].to_numpy() for name in ("viewer_id", "x", "y", "width", "first_s", "last_s")
    )
    ends, owner = last_s.copy(), np.arange(len(ids))
    open_ = np.ones(len(ids), dtype=bool)
    found: dict[int, int] = {}
    for k in range(1, len(ids)):
        before = np.flatnonzero(
            open_[:k] & (ends[:k] < first_s[k]) & (first_s[k] - ends[:k] <= LONGEST_GAP_S)
        )
        size = (width[before] + width[k]) / 2
        far = np.hypot(x[before] - x[k], y[before] - y[k]) / size
        ratio = np.maximum(width[before], width[k]) / np.minimum(width[before], width[k])
        for place in np.argsort(far, kind="stable"):
            earlier = before[place]
            if far[place] > SAME_SEAT:
                break
            if ratio[place] > SAME_SIZE:
                continue
            same = {int(ids[earlier]), int(ids[k])}
            one = ids[: k + 1][owner[: k + 1] == owner[earlier]].tolist()
            if any((min(each, ids[k]), max(each, ids[k])) in parted for each in one):
                continue
            if presence.goes_on(float(ends[earlier]), float(first_s[k]), same):
                owner[k] = owner[earlier]
                open_[earlier] = False
                found[int(ids[k])] = int(ids[owner[k]])
                break
    return found


def group_names(session: Session) -> dict[int, str]:
    """Return by viewer the group that a person named, also of those seen too briefly to count."""
    renamed = dict(session.joined or ())
    found: dict[int, str] = {}
    for viewer, name in session.amended.groups:
        found.setdefault(renamed.get(viewer, viewer), name)
    return found


def remark(session: Session) -> str:
    """Say how many IDs were joined, "" for none."""
    if not session.joined:
        return ""
    many = len(session.joined)
    into = len({kept for _, kept in session.joined})
    return message("{many:,} IDs joined to {into:,} by seat and time", many=many + into, into=into)
