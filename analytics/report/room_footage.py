"""Whether a film is the footage of the room, told by where faces are: nothing of a picture is kept.

Faces are looked for at some moments of the film. In the room's footage they are where the session's
viewers were, however it was scaled, cropped, mirrored, trimmed or encoded again: one map from the
room's picture to the film's (each axis by itself) takes the viewers' boxes to the faces, at one
shift of time. Actors' faces follow no such map from shot to shot.
`python -m tests.bench.room_footage` says how often that errs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.report.film_pictures import length_s, pictures_at

FindFaces = Callable[[np.ndarray], np.ndarray]

# Moments of the film that are looked at, and of those turned by quarters where few faces are found.
MOMENTS, TURNED = 24, 6
# A shift of time is tried in steps of this, or as many as this, whichever is fewer; then so much
# finer around the best of them.
_LAG_S, _MOST_LAGS, _FINER = 0.5, 60, 4
# Maps tried, of a pair of a viewer and a face each; those of them that are tried at every shift.
_MAPS, _BEST = 1000, 4
# Stretches of one axis against the other: none, and between pictures of 4:3 and 16:9.
_STRETCHES = (1.0, 0.75, 4 / 3)
# A face is a viewer's that overlaps so much; so large a part must, and so many at least.
_OVERLAP, _SHARE, _FEWEST = 0.4, 0.5, 6
# Fewer viewers than this could match by chance, and must overlap so much in the middle.
_VIEWERS, _CLOSE = 3, 0.62
# Of the viewers that the film would show, so many must be there; in a copy about as many as are
# found in the room's footage at all.
_SEEN = 0.45


class Look(NamedTuple):
    """A moment of the film: its time, its picture's (width, height), and the faces, (N, 4) px."""

    t_s: float
    size: tuple[int, int]
    boxes: np.ndarray


class _Map(NamedTuple):
    """From the room's picture to the film's: x' = ax x + bx, y' = ay y + by."""

    ax: float
    bx: float
    ay: float
    by: float

    def of(self, boxes: np.ndarray) -> np.ndarray:
        x = np.sort(self.ax * boxes[:, [0, 2]] + self.bx, axis=1)
        y = self.ay * boxes[:, [1, 3]] + self.by
        return np.column_stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]])


class _Room:
    """The session's viewers by time."""

    def __init__(self, readings: pd.DataFrame) -> None:
        table = readings.sort_values("t_s", kind="stable")
        self.t_s, starts = np.unique(table["t_s"].to_numpy(float), return_index=True)
        boxes = table[["x1", "y1", "x2", "y2"]].to_numpy(float)
        self._frames = np.split(boxes, starts[1:])
        self._ids = np.split(table["viewer_id"].to_numpy(), starts[1:])
        # Where each viewer was, in up to six parts of the session.
        part = np.clip((table["t_s"] - self.t_s[0]) / max(np.ptp(self.t_s), 1e-9) * 6, 0, 5)
        several = table.assign(part=part.astype(int)).groupby(["viewer_id", "part"])
        self.places = several[["x1", "y1", "x2", "y2"]].median().to_numpy(float)

    def at(self, t_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the boxes and the viewers at a time; none where nobody looked."""
        i = int(np.searchsorted(self.t_s, t_s))
        near = [k for k in (i - 1, i) if 0 <= k < len(self.t_s)]
        best = min(near, key=lambda k: abs(self.t_s[k] - t_s))
        if abs(self.t_s[best] - t_s) > 1.0:
            return np.zeros((0, 4)), np.zeros(0, int)
        return self._frames[best], self._ids[best]


def shows_room(turns: list[list[Look]], readings: pd.DataFrame) -> bool:
    """Whether a film is the footage that a session's readings were made of.

    Parameters
    ----------
    turns : list of list of Look
        From `faces_of`.
    readings : DataFrame
        The session's, with viewer_id, t_s and the boxes x1 y1 x2 y2 in pixels.

    Returns
    -------
    bool
        True where faces are where the viewers were; False where there are too few faces to tell.
    """
    if readings.empty:
        return False
    room = _Room(readings)
    return any(_matches(room, looks) for looks in turns)


def faces_of(path: str, find_faces: FindFaces) -> list[list[Look]]:
    """Look for faces at moments all over a film.

    Parameters
    ----------
    path : str
        Of a film.
    find_faces : function
        From a picture, BGR, to the boxes of faces in it, shape (N, 4), pixels.

    Returns
    -------
    list of list of Look
        The film as it is; where faces are few also turned by a quarter, a half and three.
    """
    known_s = length_s(path)
    stretch_s = known_s if known_s > 0 else 60.0
    pictures = list(pictures_at(path, (np.arange(MOMENTS) + 0.5) * stretch_s / MOMENTS))
    upright = [_look(t_s, picture, find_faces) for t_s, picture in pictures]
    found = [upright]
    if sum(len(each.boxes) > 0 for each in upright) < _FEWEST:
        some = pictures[:: max(1, len(pictures) // TURNED)]
        for turn in (1, 2, 3):
            turned = [(t_s, np.ascontiguousarray(np.rot90(each, turn))) for t_s, each in some]
            found.append([_look(t_s, each, find_faces) for t_s, each in turned])
    return found


def _look(t_s: float, picture: np.ndarray, find_faces: FindFaces) -> Look:
    boxes = np.asarray(find_faces(picture), float).reshape(-1, 4)
    return Look(t_s, (picture.shape[1], picture.shape[0]), boxes)


def _matches(room: _Room, looks: list[Look]) -> bool:
    """Whether one map and one shift of time take the viewers to the faces of the film."""
    faces = np.concatenate([np.zeros((0, 4)), *(each.boxes for each in looks)])
    if len(faces) < _FEWEST:
        return False
    maps, shifts = _likely_maps(room.places, faces), _shifts(room, looks)
    coarse = [_overlaps_sums(_aligned(room, looks, lag_s), maps) for lag_s in shifts]
    step_s = (shifts[1] - shifts[0]) / _FINER if len(shifts) > 2 else _LAG_S
    for along, best in zip(maps, np.argmax(coarse, axis=0), strict=True):
        finer = shifts[best] + step_s * np.arange(1 - _FINER, _FINER)
        near = [_aligned(room, looks, lag_s) for lag_s in finer]
        at = int(np.argmax([_overlaps_sums(each, [along])[0] for each in near]))
        for _ in range(2):
            along = _refined(near[at], along)
        if _is_room(near[at], along) and _seen(room, looks, along, finer[at]) >= _SEEN:
            return True
    return False


def _shifts(room: _Room, looks: list[Look]) -> np.ndarray:
    first, last = room.t_s[0] - looks[-1].t_s, room.t_s[-1] - looks[0].t_s
    count = int(np.clip((last - first) / _LAG_S, 1, _MOST_LAGS))
    return np.append(np.linspace(first, last, count), 0.0)


def _likely_maps(places: np.ndarray, faces: np.ndarray) -> list[_Map]:
    """Return the maps that take most viewers' places to faces, each made of one pair of them."""
    rng = np.random.default_rng(0)
    some = faces[rng.permutation(len(faces))[:50]]
    there = places[rng.permutation(len(places))[:60]]
    maps = []
    for _ in range(_MAPS):
        face, place = some[rng.integers(len(some))], there[rng.integers(len(there))]
        stretch = _STRETCHES[rng.integers(len(_STRETCHES))]
        scale = (face[3] - face[1]) / max(place[3] - place[1], 1.0)
        ax, ay = scale * np.sqrt(stretch) * rng.choice((1, -1)), scale / np.sqrt(stretch)
        bx, by = (face[:2] + face[2:] - (ax, ay) * (place[:2] + place[2:])) / 2
        maps.append(_Map(ax, bx, ay, by))
    counts = [_iou(each.of(there), some).max(axis=0).sum() for each in maps]
    chosen: list[_Map] = []
    for i in np.argsort(counts)[::-1]:
        # Of like ones, one.
        if all(abs(each.ax - maps[i].ax) > 0.1 * abs(maps[i].ax) for each in chosen):
            chosen.append(maps[i])
        if len(chosen) == _BEST:
            break
    return chosen


class _Aligned(NamedTuple):
    """Each face beside each viewer of its moment: boxes, faces, viewers; where each face begins."""

    boxes: np.ndarray
    faces: np.ndarray
    ids: np.ndarray
    starts: np.ndarray


def _aligned(room: _Room, looks: list[Look], lag_s: float) -> _Aligned:
    boxes, faces, ids, counts = [np.zeros((0, 4))], [np.zeros((0, 4))], [np.zeros(0, int)], [0]
    for each in looks:
        there, who = room.at(each.t_s + lag_s)
        if len(there) and len(each.boxes):
            boxes.append(np.tile(there, (len(each.boxes), 1)))
            ids.append(np.tile(who, len(each.boxes)))
            faces.append(np.repeat(each.boxes, len(there), axis=0))
            counts += [len(there)] * len(each.boxes)
    starts = np.cumsum(counts)[:-1]
    return _Aligned(np.concatenate(boxes), np.concatenate(faces), np.concatenate(ids), starts)


def _best_of(pairs: _Aligned, along: _Map) -> tuple[np.ndarray, np.ndarray]:
    """Return the row of each face's nearest viewer, and how much they overlap."""
    if not len(pairs.starts):
        return np.zeros(0, int), np.zeros(0)
    overlap = _overlap(along.of(pairs.boxes), pairs.faces)
    ends = np.append(pairs.starts[1:], len(overlap))
    several = zip(pairs.starts, ends, strict=True)
    rows = np.array([first + int(overlap[first:end].argmax()) for first, end in several])
    return rows, overlap[rows]


def _overlaps_sums(pairs: _Aligned, maps: list[_Map]) -> list[float]:
    """Return for each map the sum of the overlaps that count."""
    if not len(pairs.starts):
        return [0.0] * len(maps)
    sums = []
    for each in maps:
        overlap = _overlap(each.of(pairs.boxes), pairs.faces)
        best = np.maximum.reduceat(overlap, pairs.starts)
        sums.append(float(best[best > _OVERLAP].sum()))
    return sums


def _refined(pairs: _Aligned, along: _Map) -> _Map:
    """Fit the map to the pairs that overlap, both axes by themselves."""
    rows, overlap = _best_of(pairs, along)
    rows = rows[overlap > _OVERLAP / 2]
    boxes, faces = pairs.boxes[rows], pairs.faces[rows]
    if len(set(pairs.ids[rows].tolist())) < 2:
        return along
    lines = [(along.ax, along.bx), (along.ay, along.by)]
    for k in (0, 1):
        from_px, to_px = (each[:, [k, k + 2]].mean(axis=1) for each in (boxes, faces))
        if np.ptp(from_px) >= 2 * np.median(boxes[:, 2] - boxes[:, 0]):
            slope, start = np.polyfit(from_px, to_px, 1)
            lines[k] = float(slope), float(start)
    return _Map(*lines[0], *lines[1])


def _is_room(pairs: _Aligned, along: _Map) -> bool:
    rows, overlap = _best_of(pairs, along)
    good = overlap > _OVERLAP
    if good.sum() < _FEWEST or good.sum() < _SHARE * len(good):
        return False
    counts = np.unique(pairs.ids[rows[good]], return_counts=True)[1]
    return bool((counts > 1).sum() >= _VIEWERS or np.median(overlap[good]) >= _CLOSE)


def _seen(room: _Room, looks: list[Look], along: _Map, lag_s: float) -> float:
    """Return the share of the viewers that the film would show that are faces in it."""
    seen = shown = 0
    for each in looks:
        boxes, _ = room.at(each.t_s + lag_s)
        mapped = along.of(boxes)
        inside = (mapped[:, :2] > 0).all(axis=1) & (mapped[:, 2:] < each.size).all(axis=1)
        inside &= mapped[:, 3] - mapped[:, 1] > 24
        shown += int(inside.sum())
        if len(each.boxes) and inside.any():
            seen += int((_iou(mapped[inside], each.boxes).max(axis=1) > _OVERLAP).sum())
    return seen / shown if shown else 0.0


def _iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the overlap of each of (N, 4) boxes with each of (M, 4): shape (N, M)."""
    return _overlap(a[:, None], b[None])


def _overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the intersections over the unions of boxes in pairs, (..., 4) each."""
    shared = np.clip(
        np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None
    ).prod(axis=-1)
    areas = [(each[..., 2:] - each[..., :2]).prod(axis=-1) for each in (a, b)]
    return shared / np.maximum(areas[0] + areas[1] - shared, 1e-9)
