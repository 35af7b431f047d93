"""How viewers look, so that one who shows up after a cut in the film is known again.

Of each viewer a few small grey pictures are kept, of the face and what is around it, evened in
light, and of each shot its first and last moments, with where viewers were. After a cut the faces
found are compared with those viewers who have not been seen since, and who was met first in the new
shot is compared for a moment longer; what becomes of that is the tracker's to say
(`laughtrack.tracker.identity.appearance`), which gets numbers alone.

All is in memory alone, has no state to be saved, and `forget` is called as often as a restart would
forget it. Who was not seen again by then is known by the seat alone.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.pipeline.shots import Shots, evened
from laughtrack.edge.smile.crops import WIDEN, crop_faces
from laughtrack.tracker.boxes import contained
from laughtrack.tracker.detections import Appearance, Detections
from laughtrack.tracker.tracks import Track

# A picture shows so many times the width of the box, in so many pixels across. It is looked for in
# a larger one around a face, at all these sizes and every second pixel up, down and sideways; where
# it is likest, then at sizes and pixels between: finders put their boxes a fifth of a face off.
REACH, SIZE, MARGIN = 1.6, 24, 4
SIZES, FINER_SIZES = (0.8, 0.9, 1.0, 1.12, 1.25), (0.93, 1.0, 1.07)
SHIFTS = [(y, x) for y in range(0, 2 * MARGIN + 1, 2) for x in range(0, 2 * MARGIN + 1, 2)]
# It is looked for finely in so many of a face's likest viewers, from this likeness on.
LIKEST, MAYBE = 2, 0.45
# Light is evened over so many pixels; differences among greys darker than this say little.
EVEN_PX, DARK = 4.0, 8.0
# A picture is taken so often, of more than a few viewers less often; so many are kept of each.
PICTURE_S, FEW, PICTURES = 0.5, 20, 4
# A face that has this share of its box in that of a viewer in view is that viewer's.
IN_VIEW = 0.5
# A face less like a viewer than this, where all around has changed at once, is another's.
STILL_THERE = 0.5
# Whoever shows up within so many seconds after a cut may have come along with those known again.
COMPANY_S = 1.0
# Who was met first in a shot may for so long turn out to be somebody of before it: a head that is
# turned away right after a cut is like nobody, and a moment later it is.
MAYBE_S = 0.5
# Where no face is found, what is around must have less to do with what was there before: somebody
# who walks past changes much too.
GONE = 0.1


class _Viewer(NamedTuple):
    """A viewer's pictures, (K, 2 * SIZE * SIZE); when the last was taken, and in which shot."""

    pictures: np.ndarray
    taken_s: float
    shot: int


class ViewerLooks:
    """Remembers how viewers look."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget all pictures."""
        self._viewers: dict[int, _Viewer] = {}
        self._shots = Shots()
        self._in_view: dict[int, np.ndarray] = {}
        # Of this shot: viewers known again, and since when those are followed who were not.
        self._returned: set[int] = set()
        self._new: dict[int, float] = {}
        self._last_s = self._cut_s = 0.0

    def compare(self, image: np.ndarray, detections: Detections) -> Appearance | None:
        """Compare faces found with viewers who have not been seen since a cut.

        Parameters
        ----------
        image : ndarray, shape (H, W, 3) or (H, W), uint8, BGR or grey
            The frame, later than those before.
        detections : Detections
            What was found in it.

        Returns
        -------
        Appearance or None
            None where there is nobody to compare with, as in a film without cuts.
        """
        boxes = np.asarray(detections.boxes, dtype=np.float64)
        changed = self._shots.see(image, self._in_view, detections.after_cut)
        replaced = [n for n, alike in changed.items() if not self._stays(image, boxes, n, alike)]
        if len(replaced) == 1 and not self._are_there(boxes, replaced[0]).any():
            # A hand, more likely than another picture.
            replaced = []
        if detections.after_cut or (replaced and self._shots.changed):
            self._shots.cut()
            self._returned, self._new, self._cut_s = set(), {}, float("inf")
        else:
            for number in replaced:
                if number in self._viewers:
                    self._viewers[number] = self._viewers[number]._replace(shot=-1)
        in_view = [] if detections.after_cut else self._in_view.items()
        unsure = {n for n, since_s in self._new.items() if self._last_s - since_s < MAYBE_S}
        taken = [box for n, box in in_view if n not in unsure and n not in replaced]
        away = {n: each for n, each in self._viewers.items() if each.shot != self._shots.number}
        if not away and not replaced:
            return None
        unknown = (contained(boxes, np.array(taken).reshape(-1, 4)) < IN_VIEW).all(axis=1)
        likeness = np.full((len(boxes), len(away)), np.nan)
        if away and unknown.any():
            known = [each.pictures for each in away.values()]
            likeness[unknown] = _likeness(image, boxes[unknown], known)
        nowhere = np.full(4, np.nan)
        places = [
            nowhere if each.shot < 0 else self._shots.places.get(n, nowhere)
            for n, each in away.items()
        ]
        return Appearance(
            np.array(list(away), dtype=np.int64),
            likeness,
            np.array(places).reshape(-1, 4),
            np.array(replaced, dtype=np.int64),
            len(self._returned) if self._last_s - self._cut_s <= COMPANY_S else 0,
        )

    def _stays(self, image: np.ndarray, boxes: np.ndarray, viewer_id: int, alike: float) -> bool:
        """Whether a viewer may still be where it has changed, by the face there if one is."""
        here = self._are_there(boxes, viewer_id)
        if not here.any() or viewer_id not in self._viewers:
            return alike >= GONE
        pictures = self._viewers[viewer_id].pictures
        # Mostly the camera moves, and the face is as it was.
        if (_shifted(_cut_out(image, boxes[here]), SHIFTS) @ pictures.T).max() >= STILL_THERE:
            return True
        return bool(_likeness(image, boxes[here], [pictures]).max() >= STILL_THERE)

    def _are_there(self, boxes: np.ndarray, viewer_id: int) -> np.ndarray:
        """Which of the boxes found are where a viewer was in the last frame."""
        return contained(boxes, self._in_view[viewer_id][None])[:, 0] > 0

    def observe(self, image: np.ndarray, tracks: Sequence[Track], t_s: float) -> None:
        """Take pictures of the viewers seen in a frame, where it is time to.

        Parameters
        ----------
        image : ndarray, shape (H, W, 3) or (H, W), uint8, BGR or grey
        tracks : sequence of Track
            Who is where in it.
        t_s : float
            Its time, seconds.
        """
        self._in_view = {track.viewer_id: np.asarray(track.box) for track in tracks}
        self._last_s, self._cut_s = t_s, min(t_s, self._cut_s)
        seen = [track for track in tracks if track.seen]
        self._shots.note({track.viewer_id: track.box for track in seen})
        every_s = PICTURE_S * max(1.0, len(seen) / FEW)
        due = [track for track in seen if self._is_due(track.viewer_id, t_s, every_s)]
        if not due:
            return
        boxes = np.array([track.box for track in due])
        for track, picture in zip(due, _shifted(_cut_out(image, boxes), [(MARGIN, MARGIN)])[:, 0]):
            known = self._viewers.get(track.viewer_id)
            if known is None:
                self._new[track.viewer_id] = t_s
            elif known.shot != self._shots.number:
                self._returned.add(track.viewer_id)
            earlier = [] if known is None else [known.pictures[1 - PICTURES :]]
            pictures = np.concatenate([*earlier, picture[None]])
            self._viewers[track.viewer_id] = _Viewer(pictures, t_s, self._shots.number)

    def _is_due(self, viewer_id: int, t_s: float, every_s: float) -> bool:
        known = self._viewers.get(viewer_id)
        if known is None or known.shot != self._shots.number:
            return True
        return t_s - known.taken_s > every_s - 1e-6


def _likeness(image: np.ndarray, boxes: np.ndarray, known: Sequence[np.ndarray]) -> np.ndarray:
    """How like each face is to each viewer's likest picture; shape (N, V), in [-1, 1]."""
    pictures, count = np.concatenate(known), len(boxes)
    tried = np.stack(
        [_shifted(_cut_out(image, _scaled(boxes, size)), SHIFTS) @ pictures.T for size in SIZES],
        axis=1,
    ).reshape(count, -1, len(pictures))
    best, where = tried.max(axis=1), tried.argmax(axis=1)
    ends = np.cumsum([len(each) for each in known])[:-1]
    likeness = _of_viewers(best, ends)
    owner = np.repeat(np.arange(len(known)), [len(each) for each in known])
    for i, values in enumerate(likeness):
        for viewer in np.argsort(-values, kind="stable")[:LIKEST]:
            if values[viewer] < MAYBE:
                break
            own = np.flatnonzero(owner == viewer)
            size, shift = divmod(int(where[i, own[best[i, own].argmax()]]), len(SHIFTS))
            box = _scaled(boxes[i : i + 1], SIZES[size])
            finer = _finer(image, box, SHIFTS[shift], pictures[own])
            values[viewer] = max(values[viewer], finer)
    return likeness


def _finer(
    image: np.ndarray, box: np.ndarray, shift: tuple[int, int], pictures: np.ndarray
) -> float:
    """How like a face is to the likest picture, near a size and a shift."""
    y, x = shift
    near = [
        (y + up, x + aside)
        for up in (-1, 0, 1)
        for aside in (-1, 0, 1)
        if 0 <= y + up <= 2 * MARGIN and 0 <= x + aside <= 2 * MARGIN
    ]
    wide = np.concatenate([_cut_out(image, _scaled(box, size)) for size in FINER_SIZES])
    return float((_shifted(wide, near) @ pictures.T).max())


def _of_viewers(values: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Of pictures in columns, the best of each viewer's."""
    return np.stack([each.max(axis=1) for each in np.split(values, ends, axis=1)], axis=1)


def _scaled(boxes: np.ndarray, size: float) -> np.ndarray:
    middles, halves = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    return np.hstack([middles - size * halves, middles + size * halves])


def _shifted(wide: np.ndarray, shifts: Sequence[tuple[int, int]]) -> np.ndarray:
    """Cut pictures out of wider ones: (N, S, 2 * SIZE * SIZE), as `_normed`."""
    moved = [_normed(wide[:, :, y : y + SIZE, x : x + SIZE]) for y, x in shifts]
    return np.stack(moved, axis=1)


def _cut_out(image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Pictures of faces and what is around them, with `MARGIN`, each in two ways.

    Shape (N, 2, side, side), float32: light and contrast evened, which shows shapes, and the
    logarithm of the light, which shows what is dark and what is bright: hair, skin, clothes, wall.
    """
    side = SIZE + 2 * MARGIN
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    # `crop_faces` widens boxes by a little of its own: of a box of this size it cuts what we want.
    half = REACH * side / SIZE / WIDEN * (boxes[:, 2:] - boxes[:, :2]).mean(axis=1)[:, None] / 2
    crops = crop_faces(image, np.hstack([middle - half, middle + half]))
    small = [cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA) for crop in crops]
    ways = [[evened(each, EVEN_PX), np.log(each.astype(np.float32) + DARK)] for each in small]
    return np.array(ways, dtype=np.float32).reshape(-1, 2, side, side)


def _normed(pictures: np.ndarray) -> np.ndarray:
    """Rows (N, 2 * SIZE * SIZE) of which products are the mean of both ways' correlations."""
    rows = pictures.reshape(len(pictures), 2, -1)
    rows = rows - rows.mean(axis=2, keepdims=True)
    rows /= np.maximum(np.linalg.norm(rows, axis=2, keepdims=True), 1e-6) * np.sqrt(2, dtype="f4")
    normed: np.ndarray = rows.reshape(len(rows), -1)
    return normed
