"""Faces by Haar cascade: search closely where a face is expected, scan where one may be new.

A full scan of a large picture costs hundreds of times what a search for a known face does. So each
call of `Finder.find` searches around the expected faces (`edge.faces.local_search`) and scans what
changed elsewhere, within `scan_s` seconds at the latest (`edge.faces.scan_schedule`).

A call's work has a budget of milliseconds. It is kept by prices, not by a clock: each kind of
search and each scanned pixel costs what it was once measured to take on one core of a small machine
(two cores, 2.6 GHz). So the same frames and times give the same faces on any machine, busy or not,
with any number of threads; a slower machine takes longer by as much as it is slower. What the
budget doesn't allow waits: faces take turns, those that waited longest first, and scans come later.
"""

from __future__ import annotations

from typing import Any, Sequence

import cv2
import numpy as np

from laughtrack.edge.faces.haar import NO_FACES, Faces, HaarCascade, RetriedFaces
from laughtrack.edge.faces.local_search import LocalSearch
from laughtrack.edge.faces.scan_schedule import SCAN_S, ScanSchedule
from laughtrack.edge.faces.tiles import Region, min_face_width, whole_picture
from laughtrack.tracker.boxes import contained
from laughtrack.tracker.detections import Detections

__all__ = ["BUDGET_MS", "CASCADE", "SCAN_S", "Finder"]

CASCADE = "haarcascade_frontalface_alt2"
# Work a call may do, for each `FRAME_S` since the last one: two cores have more than twice that.
BUDGET_MS = 40.0
FRAME_S = 1 / 30
# Half of less than this is not enough for the scan of one tile.
MIN_BUDGET_MS = 28.0
# A small picture, the scan of which costs no more than this, is scanned whole each time, where the
# budget allows: a face missed in one frame is often found in the next, in clips of 480 x 270 in
# 58 % of the seconds, not 50 %.
SMALL_MS = 40.0
# Local searches get at least the rest of the budget.
MAX_SCAN_SHARE = 0.5


class Finder:
    """Finds faces in one session's frames; remembers where they were missed and what changed.

    Parameters
    ----------
    cascade : str
        Name of a frontal-face cascade among OpenCV's, without ``.xml``.
    min_face_px : int, optional
        Least width of a face in pixels; by default a fortieth of the picture's height, at least 20.
    scan_s : float
        A newcomer's face is looked for within so many seconds, above 0; half as many more where
        `forget` comes between.
    budget_ms : float
        Priced work of one call, at least `MIN_BUDGET_MS`; as many times that as the call comes
        thirtieths of a second after the last one, if that is more. The first frame and the first
        after a cut are scanned whole, whatever that costs.
    retries : bool
        Whether a face missed upright is tried again turned, from the side and equalized.

    Raises
    ------
    ValueError
        No such cascade, or an empty one (OpenCV 5 ships none and loads it without a word); or a
        number out of its range.
    """

    def __init__(
        self,
        cascade: str = CASCADE,
        min_face_px: float | None = None,
        scan_s: float = SCAN_S,
        budget_ms: float = BUDGET_MS,
        retries: bool = True,
    ) -> None:
        if not 0 < scan_s < float("inf"):
            raise ValueError(f"scan_s: expected seconds above 0, got {scan_s}")
        if not budget_ms >= MIN_BUDGET_MS:
            raise ValueError(f"budget_ms: expected at least {MIN_BUDGET_MS:g}, got {budget_ms}")
        self._haar = HaarCascade(cascade)
        self._search = LocalSearch(self._haar, retries)
        self._schedule = ScanSchedule(min_face_px, scan_s)
        self._min_face_px, self._scan_s, self._budget_ms = min_face_px, scan_s, budget_ms
        self._last_s: float | None = None
        self._cut_s: float | None = None

    def find(self, image: np.ndarray, expected: np.ndarray, t_s: float) -> Detections:
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
        cut = self._schedule.observe(grey)
        whole = (cut or self._last_s is None) and self._may_scan_whole(t_s)
        after_cut = whole and self._last_s is not None
        self._last_s = t_s
        required_ms = min(self._schedule.required_ms(t_s, step_s), MAX_SCAN_SHARE * budget_ms)
        found, searched, spent_ms = self._search.run(grey, expected, t_s, budget_ms - required_ms)
        known = np.concatenate([NO_FACES.boxes, *(faces.boxes for faces in found)])
        self._schedule.note_changes(known, t_s)
        small_ms = min(SMALL_MS, budget_ms - spent_ms)
        whole = whole or self._schedule.whole_ms <= small_ms
        due = [] if whole else self._schedule.due(t_s, step_s, budget_ms - spent_ms)
        regions = self._schedule.whole_picture(t_s) if whole else [each.region for each in due]
        scanned = self._scan(grey, regions)
        spent_ms += float(sum(each.price_ms for each in regions))
        for each, faces in zip(due, scanned):
            is_new = (contained(faces.boxes, known) < 0.5).all(axis=1)
            self._schedule.note_result(each.tile, bool(is_new.any()))
        merged, retried = _merge(found + scanned)
        return Detections(merged.boxes, merged.scores, searched, after_cut, spent_ms, retried)

    def scan(self, image: np.ndarray) -> Faces:
        """Find the faces of one picture by scanning all of it, however large, region by region."""
        grey = _grey(image)
        regions = whole_picture(grey.shape, min_face_width(grey.shape, self._min_face_px))
        return _merge(self._scan(grey, regions, still=True))[0]

    def forget(self) -> None:
        """Forget what the picture looked like: at the next call all of it waits for a scan."""
        self._schedule.forget()

    def recall(self, image: np.ndarray) -> None:
        """Take in the frame before a stop again, so that a cut right after it is told."""
        self._schedule.observe(_grey(image))

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types: nothing of the picture."""
        return {
            "last_s": self._last_s,
            "cut_s": self._cut_s,
            "looks": self._search.state(),
            # For version 0.1, which kept a picture there, should an update to this be undone.
            "scans": {"shape": None},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` as after `forget`; the picture that version 0.1 kept is left out.

        The frames that follow are found as by a finder that forgot at the same moment, but for a
        cut right after the stop, which is not told without `recall`.
        """
        self._last_s, self._cut_s = state["last_s"], state["cut_s"]
        self._search.restore(state["looks"])
        self._schedule = ScanSchedule(self._min_face_px, self._scan_s)

    def _may_scan_whole(self, t_s: float) -> bool:
        """Whether to scan the whole after a cut: not where flashing light passes for many cuts."""
        if self._last_s is None:
            return True
        if self._cut_s is not None and t_s - self._cut_s < self._scan_s / 2:
            return False
        self._cut_s = t_s
        return True

    def _scan(
        self, grey: np.ndarray, regions: Sequence[Region], still: bool = False
    ) -> list[Faces]:
        return list(
            self._search.pool.map(lambda region: self._haar.scan(grey, region, still), regions)
        )


def _grey(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def _merge(found: Sequence[Faces]) -> tuple[Faces, np.ndarray]:
    """Join detections; of any that overlap by half of the smaller one, keep the surest.

    Returns them, and for each, shape (N,) bool, whether it was retried.
    """
    boxes = np.concatenate([NO_FACES.boxes] + [faces.boxes for faces in found])
    scores = np.concatenate([NO_FACES.scores] + [faces.scores for faces in found])
    again = [isinstance(each, RetriedFaces) for each in found]
    retried = np.repeat(again, [len(each.boxes) for each in found])
    inside = contained(boxes, boxes)
    same = np.maximum(inside, inside.T) > 0.5
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        if not same[i, kept].any():
            kept.append(int(i))
    return Faces(boxes[kept].reshape(-1, 4), scores[kept]), retried[kept].astype(bool)
