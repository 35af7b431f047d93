"""Doubtful places: where something beside a viewer passed for a face while the viewer was seen.

Whatever is found there later is not that viewer, though it is found just when the viewer looks away
or is hidden: a logo behind the shoulder, a hand, a face on a cup. So it never takes that viewer's
face or ID.

Conventions
-----------
Rows of tracks are those of `track_table.py`; places are rows of `PLACE`, one for each viewer that a
place is beside. Centre forms ``cx cy w h`` in pixels; distances are in box sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from laughtrack.tracker.boxes import to_centre
from laughtrack.tracker.match import Matches, distance, near_pairs
from laughtrack.tracker.settings import TrackerSettings

if TYPE_CHECKING:
    from laughtrack.tracker.lifecycle import Observation

PLACE = np.dtype(
    [
        ("box", np.float64, (4,)),  # mean of what was found there
        ("viewer_id", np.int64),  # whom it is beside
        ("times", np.int64),  # looks that showed both
        ("seen_s", np.float64),  # the last of them
    ]
)
COLUMNS = tuple(PLACE.names or ())


def new_places(count: int = 0) -> np.ndarray:
    """Return `count` places of zeros."""
    return np.zeros(count, dtype=PLACE)


def note(places: np.ndarray, rows: np.ndarray, t_s: float, settings: TrackerSettings) -> np.ndarray:
    """Note which tentative faces are seen beside viewers who are seen too.

    Parameters
    ----------
    places : structured ndarray, shape (K,)
    rows : structured ndarray, shape (N,)
        Tracks after a look.
    t_s : float
        The look's time, seconds.
    settings : TrackerSettings

    Returns
    -------
    structured ndarray
        The places from now on.
    """
    if len(places):
        places = places[t_s - places["seen_s"] <= settings.doubt_memory_s]
    seen = rows["seen_s"] == t_s
    new = np.flatnonzero(seen & (rows["viewer_id"] == 0))
    if not len(new):
        return places
    known = np.flatnonzero(seen & (rows["viewer_id"] != 0))
    found, viewers = to_centre(rows["box"][new]), to_centre(rows["box"][known])
    if not len(known):
        return places
    first, second = near_pairs(
        found, viewers, settings.doubt_reach * max(found[:, 2:].max(), viewers[:, 2:].max())
    )
    off = distance(found[first], viewers[second])
    beside = (off > settings.doubt_least) & (off <= settings.doubt_reach)
    boxes, ids = found[first[beside]], np.abs(rows["viewer_id"][known[second[beside]]])
    for box, viewer_id in zip(boxes, ids):
        places = _add(places, box, int(viewer_id), t_s, settings.doubt_at)
    return places[-settings.doubt_places :]


def _add(
    places: np.ndarray, box: np.ndarray, viewer_id: int, t_s: float, reach: float
) -> np.ndarray:
    own = np.flatnonzero(places["viewer_id"] == viewer_id)
    if len(own):
        off = distance(places["box"][own], np.tile(box, (len(own), 1)))
        nearest = int(np.argmin(off))
        if off[nearest] <= reach:
            place = places[own[nearest] : own[nearest] + 1].copy()
            place["times"] += 1
            place["box"] += (box - place["box"]) / np.minimum(place["times"], 10)
            place["seen_s"] = t_s
            return np.concatenate([np.delete(places, own[nearest]), place])
    place = new_places(1)
    place["box"], place["viewer_id"], place["times"], place["seen_s"] = box, viewer_id, 1, t_s
    return np.concatenate([places, place])


def refuses(
    places: np.ndarray,
    viewer_ids: np.ndarray,
    boxes: np.ndarray,
    expected: np.ndarray,
    settings: TrackerSettings,
) -> np.ndarray:
    """Say which boxes are at a place beside the viewer that each was taken for.

    Parameters
    ----------
    places : structured ndarray, shape (K,)
    viewer_ids : ndarray, shape (N,), int
    boxes, expected : ndarray, shape (N, 4), float64
        What was found, and where the viewer was expected: whoever is nearer to that than to the
        place may be the viewer.
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (N,), bool
    """
    refused = np.zeros(len(boxes), dtype=bool)
    places = places[places["times"] >= settings.doubt_times]
    if not len(places) or not len(boxes):
        return refused
    for i in np.flatnonzero(np.isin(np.abs(viewer_ids), places["viewer_id"])):
        own = places["box"][places["viewer_id"] == abs(viewer_ids[i])]
        off = distance(own, np.tile(boxes[i], (len(own), 1))).min()
        refused[i] = (
            off <= settings.doubt_at and off < distance(boxes[i : i + 1], expected[i : i + 1])[0]
        )
    return refused


def without_takeovers(
    matches: Matches,
    places: np.ndarray,
    rows: np.ndarray,
    observation: Observation,
    expected: np.ndarray,
) -> Matches:
    """Take apart pairs of a viewer who was not seen in the last look with what is beside them.

    Who sits and was hidden for longer is not paired with anything off the seat either: it is a
    tentative face first, and must have evidence enough to claim the seat.

    Parameters
    ----------
    matches : Matches
        Of `rows` and `boxes`.
    places : structured ndarray, shape (K,)
    rows : structured ndarray, shape (N,)
        Tracks before the look.
    observation : Observation
        The look.
    expected : ndarray, shape (N, 4), float64
        Where the tracks were expected.

    Returns
    -------
    Matches
    """
    pairs, settings = matches.pairs, observation.settings
    unseen_s = observation.t_s - observation.step_s - rows["seen_s"][pairs[:, 0]]
    hidden = np.flatnonzero((unseen_s > 1e-9) & (rows["viewer_id"][pairs[:, 0]] != 0))
    if not len(hidden):
        return matches
    own, found = pairs[hidden, 0], observation.boxes[pairs[hidden, 1]]
    off_seat = rows["still"][own] & (unseen_s[hidden] > settings.hidden_s)
    off_seat &= distance(found, expected[own]) > settings.hidden_off_seat
    apart = off_seat | refuses(places, rows["viewer_id"][own], found, expected[own], settings)
    if not apart.any():
        return matches
    own, others = pairs[hidden[apart], 0], pairs[hidden[apart], 1]
    others = others[~observation.retried[others]]
    return Matches(
        np.delete(pairs, hidden[apart], axis=0),
        np.union1d(matches.lost, own),
        np.union1d(matches.new, others),
    )


def to_lists(places: np.ndarray) -> dict[str, list[Any]]:
    """Turn places into a dict of lists, one a column."""
    return {name: places[name].tolist() for name in COLUMNS}


def from_lists(lists: dict[str, list[Any]]) -> np.ndarray:
    """Turn what `to_lists` gave into places; ValueError or KeyError if it is something else."""
    places = new_places(len(lists["viewer_id"]))
    for name in COLUMNS:
        places[name] = np.array(lists[name], PLACE[name].base).reshape(places[name].shape)
    return places
