"""Faces by Haar cascade: look closely where a face is expected, scan where something new may be.

A full scan of a large picture costs hundreds of times what a look at a known face does. So each
call of `Finder.find` looks around the expected faces (`edge.faces.local_search`) and scans what
changed elsewhere, within `scan_s` seconds at the latest (`edge.faces.scan_schedule`).

A call's work has a budget of milliseconds. It is kept by prices, not by a clock: each kind of look
and each scanned pixel costs what it was once measured to take on one core of a small machine (two
cores, 2.6 GHz). So the same frames and times give the same faces on any machine, busy or not, with
any number of threads; a slower machine takes longer by as much as it is slower. What the budget
doesn't allow waits: faces take turns, those that waited longest first, and scans come later.
"""

import cv2
import numpy as np

from laughtrack.edge.faces.haar import NO_FACES, Haar
from laughtrack.edge.faces.local_search import Looks
from laughtrack.edge.faces.scan_schedule import SCAN_S, Scans
from laughtrack.edge.faces.tiles import least_face, plan
from laughtrack.tracker.boxes import contained
from laughtrack.tracker.detections import Detections

__all__ = ["BUDGET_MS", "CASCADE", "SCAN_S", "Finder"]

CASCADE = "haarcascade_frontalface_alt2"
# Work a call may do, for each `FRAME_S` since the last one: two cores have more than twice that.
BUDGET_MS = 40.0
FRAME_S = 1 / 30
# Half of less than this is not enough for the scan of one tile.
LEAST_MS = 28.0
# A small picture, the scan of which costs no more than this, is scanned whole each time, where the
# budget allows: a face missed at one look is often found at the next, in clips of 480 x 270 in 58 %
# of the seconds, not 50 %.
SMALL_MS = 40.0
# Scans leave looks at least the rest of the budget.
SCAN_SHARE = 0.5


class Finder:
    """Finds faces in one session's frames; remembers where they were missed and what changed.

    Parameters
    ----------
    cascade : str
        Name of a frontal-face cascade among OpenCV's, without ``.xml``.
    min_face_px : int, optional
        Least width of a face in pixels; by default a fortieth of the picture's height, at least 20.
    scan_s : float
        A newcomer's face is looked for within so many seconds, above 0.
    budget_ms : float
        Priced work of one call, at least `LEAST_MS`; as many times that as the call comes
        thirtieths of a second after the last one, if that is more. The first frame and the first
        after a cut are scanned whole, whatever that costs.
    retries : bool
        Whether a face missed upright is tried turned, from the side and evened out.

    Raises
    ------
    ValueError
        No such cascade, or an empty one (OpenCV 5 ships none and loads it without a word); or a
        number out of its range.
    """

    def __init__(
        self, cascade=CASCADE, min_face_px=None, scan_s=SCAN_S, budget_ms=BUDGET_MS, retries=True
    ):
        if not 0 < scan_s < float("inf"):
            raise ValueError(f"scan_s: expected seconds above 0, got {scan_s}")
        if not budget_ms >= LEAST_MS:
            raise ValueError(f"budget_ms: expected at least {LEAST_MS:g}, got {budget_ms}")
        self._haar = Haar(cascade)
        self._looks = Looks(self._haar, retries)
        self._scans = Scans(min_face_px, scan_s)
        self._min_face_px, self._scan_s, self._budget_ms = min_face_px, scan_s, budget_ms
        self._last_s = self._cut_s = None

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
        Detections
            Scores are in [0, 1), below 0.35 for a face that was found only when tried again.
            `searched` has one value for each row of `expected`.
        """
        grey = _grey(image)
        step_s = self._scan_s if self._last_s is None else min(t_s - self._last_s, self._scan_s)
        budget_ms = self._budget_ms * max(1.0, step_s / FRAME_S)
        whole = self._scans.see(grey) and self._worth_it(t_s)
        after_cut = whole and self._last_s is not None
        self._last_s = t_s
        need_ms = min(self._scans.need_ms(t_s, step_s), SCAN_SHARE * budget_ms)
        found, searched, spent_ms = self._looks.run(grey, expected, t_s, budget_ms - need_ms)
        known = np.concatenate([NO_FACES[0], *(boxes for boxes, _ in found)])
        self._scans.note(known, t_s)
        small_ms = min(SMALL_MS, budget_ms - spent_ms)
        if whole or self._scans.whole_ms <= small_ms:
            whole = True
            due = list(enumerate(self._scans.all(t_s)))
        else:
            due = self._scans.due(t_s, step_s, budget_ms - spent_ms)
        scanned = self._scan(grey, [each for _, each in due])
        spent_ms += float(sum(each.price_ms for _, each in due))
        for (tile, _), (boxes, _) in [] if whole else zip(due, scanned):
            self._scans.learn(tile, bool((contained(boxes, known) < 0.5).all(axis=1).any()))
        return Detections(*_merge(found + scanned), searched, after_cut, spent_ms)

    def scan(self, image):
        """Find the faces of one picture by scanning all of it, however large, part by part."""
        grey = _grey(image)
        parts = plan(grey.shape, least_face(grey.shape, self._min_face_px))
        return _merge(self._scan(grey, parts, still=True))

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        return {
            "last_s": self._last_s,
            "cut_s": self._cut_s,
            "looks": self._looks.state(),
            "scans": self._scans.state(),
        }

    def restore(self, state):
        """Go on from a `state`; the frames that follow are found as if there had been no break."""
        self._last_s, self._cut_s = state["last_s"], state["cut_s"]
        self._looks.restore(state["looks"])
        self._scans.restore(state["scans"])

    def _worth_it(self, t_s):
        """Whether to scan the whole after a cut: not where flashing light passes for many cuts."""
        if self._last_s is None:
            return True
        if self._cut_s is not None and t_s - self._cut_s < self._scan_s / 2:
            return False
        self._cut_s = t_s
        return True

    def _scan(self, grey, parts, still=False):
        return list(self._looks.pool.map(lambda part: self._haar.scan(grey, part, still), parts))


def _grey(image):
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def _merge(found):
    """Join detections; of any that overlap by half of the smaller one, keep the surest."""
    boxes = np.concatenate([NO_FACES[0]] + [b for b, _ in found])
    scores = np.concatenate([NO_FACES[1]] + [s for _, s in found])
    inside = contained(boxes, boxes)
    same = np.maximum(inside, inside.T) > 0.5
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if not same[i, kept].any():
            kept.append(i)
    return boxes[kept].reshape(-1, 4), scores[kept]
