"""Faces by Haar cascade: scan the whole picture bit by bit, look closely where a face is expected.

A full scan of a large picture costs many times what a look around every known face does. So each
call of `Finder.find` looks around the expected faces and scans only a part of the picture; the
parts go round so that the whole is covered at least every `SCAN_S` seconds. What is left of a fixed
amount of work goes to more parts: a small picture is scanned whole each time. The work is counted
in pixels, never measured in time, so that the same frames give the same faces on any machine.
"""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from edge.haar import NO_FACES, Haar, plan
from tracker.boxes import covered

CASCADE = "haarcascade_frontalface_alt2"
SCAN_S = 2.0
# Pixels (after scaling) that one call may scan: an eleventh of a 1080p picture's.
WORK_PX = 300_000
# A look costs about as much as this many scanned pixels.
LOOK_PX = 10_000
# A cut in the film: mean change of the small grey picture, of its own spread.
CUT = 0.6


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
        self._haar = Haar(cascade)
        # OpenCV cannot share out work this small between its threads: whole looks are.
        self._pool = ThreadPoolExecutor(max(1, cv2.getNumThreads()))
        self._min_face_px = min_face_px
        self._shape = None
        self._parts = []
        self._next = 0
        self._credit_px = 0.0
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
        looks = self._pool.map(lambda box: self._haar.look(grey, box), expected)
        scans = self._pool.map(lambda part: self._haar.scan(grey, part), parts)
        return _merge([*looks, *scans])

    def scan(self, image):
        """Find the faces of one picture by scanning all of it, as `find` does in parts."""
        grey = _grey(image)
        scans = self._pool.map(lambda part: self._haar.scan(grey, part), self._plan(grey.shape))
        return _merge([*scans])

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        return {
            "next": self._next,
            "credit_px": self._credit_px,
            "last_s": self._last_s,
            "shape": self._shape,
            "thumb": None if self._thumb is None else self._thumb.tolist(),
        }

    def restore(self, state):
        """Go on from a `state`; the frames that follow are found as if there had been no break."""
        self._next, self._credit_px = state["next"], state["credit_px"]
        self._last_s = state["last_s"]
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
        # What a part takes beyond the work due is taken off the next call's.
        self._credit_px += max(whole * step_s / SCAN_S, WORK_PX - LOOK_PX * looks)
        chosen = []
        while self._credit_px > 0 and len(chosen) < len(self._parts):
            chosen.append(self._parts[self._next % len(self._parts)])
            self._next = (self._next + 1) % len(self._parts)
            self._credit_px -= chosen[-1].work_px
        self._credit_px = min(self._credit_px, 0.0)
        return chosen

    def _cut(self, grey):
        thumb = cv2.resize(grey, (16, 9), interpolation=cv2.INTER_AREA).astype(np.float64)
        # Without mean and spread, so that flickering light is no cut.
        thumb = (thumb - thumb.mean()) / max(thumb.std(), 1.0)
        before, self._thumb = self._thumb, thumb
        return before is None or float(np.abs(thumb - before).mean()) > CUT

    def _plan(self, shape):
        return plan(shape, self._min_face_px or max(20, round(shape[0] / 40)))


def _grey(image):
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def _merge(found):
    """Join detections; of any that overlap by half of the smaller one, keep the surest."""
    boxes = np.concatenate([NO_FACES[0]] + [b for b, _ in found])
    scores = np.concatenate([NO_FACES[1]] + [s for _, s in found])
    inside = covered(boxes, boxes)
    same = np.maximum(inside, inside.T) > 0.5
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if not same[i, kept].any():
            kept.append(i)
    return boxes[kept].reshape(-1, 4), scores[kept]
