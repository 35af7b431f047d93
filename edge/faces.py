"""Faces by Haar cascade: scan the whole picture bit by bit, look closely where a face is expected.

A full scan of a large picture costs many times what a look around every known face does. So each
call of `Finder.find` looks around the expected faces and scans only a part of the picture; the
parts go round so that the whole is covered at least every `SCAN_S` seconds. What is left of a fixed
amount of work goes to more parts: a small picture is scanned whole each time. The work is counted
in pixels, never measured in time, so that the same frames give the same faces on any machine.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np

from tracker.boxes import covered, overlap

CASCADE = "haarcascade_frontalface_alt2"
SCAN_S = 2.0
# Pixels (after scaling) that one call may scan: a third of a second's worth of a 1080p picture.
WORK_PX = 300_000
# A look costs about as much as this many scanned pixels (its patch, and calling the detector).
LOOK_PX = 10_000
# The cascades' window is 20 px wide; a little more than that finds more (recall at 20 px is poor).
WINDOW_PX = 22
# Each octave of face size is scanned a little beyond its double, so that a face at the border of
# two still gathers its neighbours in one of them.
OCTAVE = 2.4
# A look's working size: the face is scaled to 32 px, within a patch of 1.6 times its width, and
# sizes near the expected one are tried. Against 36 px, 1.8 times and wider sizes this found as many
# of 697 expected faces (98.6 %), fitted them better (overlap 0.92, not 0.81), in half the time.
LOOK_FACE_PX = 32
LOOK_WIDTH = 1.6
LOOK_SIZES = (0.8, 1.3)
TILE_PX = 320
# A cut in the film: mean change of the small grey picture, of its own spread.
CUT = 0.6


class Part(NamedTuple):
    """A piece of the picture to scan: x1 y1 x2 y2 in pixels, scaled by `scale` before scanning."""

    x1: int
    y1: int
    x2: int
    y2: int
    scale: float
    work_px: float


class Finder:
    """Finds faces in one session's frames; remembers where its scan stands.

    Parameters
    ----------
    cascade : str
        Name of a frontal-face cascade among OpenCV's, without ``.xml``.
    min_face_px : int, optional
        Least width of a face in pixels; by default a fortieth of the picture's height, at least 20.

    Raises
    ------
    ValueError
        No such cascade, or an empty one (OpenCV 5 ships none and loads it without a word).
    """

    def __init__(self, cascade=CASCADE, min_face_px=None):
        self._name = cascade
        self._threshold = _load(cascade)[1]
        # OpenCV cannot share out work this small: whole looks are, each thread with its cascade.
        self._pool = ThreadPoolExecutor(max(1, cv2.getNumThreads()))
        self._own = threading.local()
        self._min_face_px = min_face_px
        self._shape = None
        self._parts = []
        self._next = 0
        self._last_s = None
        self._thumb = None

    def find(self, image, expected, t_s):
        """Find the faces of a frame.

        Parameters
        ----------
        image : ndarray, shape (H, W, 3) or (H, W), uint8, BGR or grey
        expected : ndarray, shape (N, 4)
            Where faces are expected, x1 y1 x2 y2 in pixels.
        t_s : float
            The frame's time in seconds, later than at the last call.

        Returns
        -------
        boxes : ndarray, shape (M, 4), float64, x1 y1 x2 y2 in pixels
        scores : ndarray, shape (M,), float64 in [0, 1)
            The detector's confidence.
        """
        grey = _grey(image)
        parts = self._due(grey, len(expected), t_s)
        looks = self._pool.map(lambda box: self._look(grey, box), expected)
        scans = self._pool.map(lambda part: self._scan_part(grey, part), parts)
        return _merge([*looks, *scans])

    def scan(self, image):
        """Find the faces of one picture by scanning all of it, as `find` does in parts."""
        grey = _grey(image)
        parts = self._plan(grey.shape)
        return _merge([*self._pool.map(lambda part: self._scan_part(grey, part), parts)])

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        thumb = None if self._thumb is None else self._thumb.tolist()
        return {"next": self._next, "last_s": self._last_s, "shape": self._shape, "thumb": thumb}

    def restore(self, state):
        """Go on from a `state`; the frames that follow are found as if there had been no break."""
        self._next, self._last_s = state["next"], state["last_s"]
        if state["shape"] is not None:
            self._shape = tuple(state["shape"])
            self._parts = self._plan(self._shape)
            self._thumb = np.array(state["thumb"])

    def _due(self, grey, looks, t_s):
        """Choose the parts to scan now: all after a cut, else as many as time and work allow."""
        if grey.shape != self._shape:
            self._shape, self._parts, self._thumb = grey.shape, self._plan(grey.shape), None
        cut = self._cut(grey)
        step_s = SCAN_S if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        if cut:
            return self._parts
        whole = sum(part.work_px for part in self._parts)
        work = max(whole * step_s / SCAN_S, WORK_PX - LOOK_PX * looks)
        chosen = []
        while work > 0 and len(chosen) < len(self._parts):
            chosen.append(self._parts[self._next % len(self._parts)])
            self._next = (self._next + 1) % len(self._parts)
            work -= chosen[-1].work_px
        return chosen

    def _cut(self, grey):
        thumb = cv2.resize(grey, (16, 9), interpolation=cv2.INTER_AREA).astype(np.float64)
        # Without mean and spread, so that flickering light is no cut.
        thumb = (thumb - thumb.mean()) / max(thumb.std(), 1.0)
        before, self._thumb = self._thumb, thumb
        return before is None or float(np.abs(thumb - before).mean()) > CUT

    def _plan(self, shape):
        """Cut the picture into parts: octaves of face size, in tiles that overlap by a face."""
        height, width = shape
        least = self._min_face_px or max(20, round(height / 40))
        parts = []
        while least <= min(height, width):
            scale = WINDOW_PX / least
            rows = _spans(height, round(TILE_PX / scale), round(OCTAVE * least))
            columns = _spans(width, round(TILE_PX / scale), round(OCTAVE * least))
            for y1, y2 in rows:
                for x1, x2 in columns:
                    work_px = (y2 - y1) * (x2 - x1) * scale**2
                    parts.append(Part(x1, y1, x2, y2, scale, work_px))
            least *= 2
        return parts

    def _scan_part(self, grey, part):
        patch = grey[part.y1 : part.y2, part.x1 : part.x2]
        size = [max(1, round(side * part.scale)) for side in patch.shape[::-1]]
        faces, scores = self._detect(_resize(patch, size), 3, WINDOW_PX, round(OCTAVE * WINDOW_PX))
        return faces / part.scale + np.tile([part.x1, part.y1], 2), scores

    def _look(self, grey, box):
        """Look around one expected face; the likeliest face near its place, if there is one."""
        width = max(float(box[2] - box[0]), 1.0)
        half = width * LOOK_WIDTH / 2
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        x1, y1 = (max(0, round(float(v - half))) for v in (x, y))
        patch = grey[y1 : max(0, round(float(y + half))), x1 : max(0, round(float(x + half)))]
        scale = LOOK_FACE_PX / width
        size = [round(side * scale) for side in patch.shape[::-1]]
        if min(size) < WINDOW_PX:
            return _NONE
        least, most = (round(share * LOOK_FACE_PX) for share in LOOK_SIZES)
        faces, scores = self._detect(_resize(patch, size), 2, least, most)
        if len(faces) == 0:
            return _NONE
        faces = faces / scale + np.tile([x1, y1], 2)
        best = [int(np.argmax(overlap(np.asarray(box, float)[None], faces)[0] + 0.2 * scores))]
        return faces[best], scores[best]

    def _detect(self, grey, neighbours, least_px, most_px):
        """Run the cascade; sorted, since OpenCV's threads deliver in any order."""
        if not hasattr(self._own, "cascade"):
            self._own.cascade = _load(self._name)[0]
        found, _, weights = self._own.cascade.detectMultiScale3(
            grey,
            scaleFactor=1.1,
            minNeighbors=neighbours,
            minSize=(least_px, least_px),
            maxSize=(most_px, most_px),
            outputRejectLevels=True,
        )
        if len(found) == 0:
            return _NONE
        margin = np.maximum(np.ravel(weights) - self._threshold, 0.0)
        boxes = np.hstack([found[:, :2], found[:, :2] + found[:, 2:]]).astype(np.float64)
        order = np.lexsort(boxes.T)
        # The last stage's margin: about 0.5 for chance hits, 2.5 for clear faces with alt2.
        return boxes[order], (margin / (margin + 1.0))[order]


_NONE = (np.zeros((0, 4)), np.zeros(0))


def _load(name):
    path = os.path.join(cv2.data.haarcascades, name + ".xml")
    cascade = cv2.CascadeClassifier(path) if os.path.exists(path) else None
    if cascade is None or cascade.empty():
        raise ValueError(
            f"no cascade {name!r} in OpenCV {cv2.__version__}: name one of {cv2.data.haarcascades}"
            " or install opencv-contrib-python-headless below 5"
        )
    # A node is read out of its storage, which must outlive it.
    storage = cv2.FileStorage(path, cv2.FILE_STORAGE_READ)
    stages = storage.getNode("cascade").getNode("stages")
    return cascade, stages.at(stages.size() - 1).getNode("stageThreshold").real()


def _grey(image):
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def _resize(patch, size):
    shrinking = size[0] < patch.shape[1]
    return cv2.resize(patch, tuple(size), interpolation=3 if shrinking else 1)


def _spans(length, tile, overlap):
    """Split [0, length) evenly into spans of about `tile` that overlap by at least `overlap`."""
    step = max(tile - overlap, overlap)
    count = max(1, -(-(length - overlap) // step))
    size = (length + (count - 1) * overlap) / count
    return [
        (round(i * (size - overlap)), min(length, round(i * (size - overlap) + size)))
        for i in range(count)
    ]


def _merge(found):
    """Join detections; of any that overlap by half of the smaller one, keep the surest."""
    boxes = np.concatenate([_NONE[0]] + [b for b, _ in found])
    scores = np.concatenate([_NONE[1]] + [s for _, s in found])
    inside = covered(boxes, boxes)
    same = np.maximum(inside, inside.T) > 0.5
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if not same[i, kept].any():
            kept.append(i)
    return boxes[kept].reshape(-1, 4), scores[kept]
