"""Faces of a session's frames by FinderNet, alone or beside the cascades.

A look at the whole picture is cheap, so that is all there is: nothing is searched for where it is
expected, and nothing of the picture is remembered but what tells a cut.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from laughtrack.edge.faces.change_detection import ChangeDetector
from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.faces.haar import Faces
from laughtrack.edge.faces.net import FinderNet, price_ms
from laughtrack.edge.faces.net_boxes import haar_like
from laughtrack.edge.faces.scan_schedule import SCAN_S
from laughtrack.edge.faces.tiles import cell_px, min_face_width
from laughtrack.tracker.boxes import contained
from laughtrack.tracker.detections import Detections


class NetFinder:
    """Finds faces in one session's frames by the net alone.

    Its boxes are squares like the cascades' (`edge.faces.net_boxes`): what follows, tracker, crops
    and readings, is the same for both.

    Parameters
    ----------
    net : FinderNet
    least_px : float, optional
        As for `FinderNet.find`.
    """

    def __init__(self, net: FinderNet, least_px: float | None = None) -> None:
        self._net, self._least_px = net, least_px
        self._cuts: ChangeDetector | None = None
        self._shape: tuple[int, ...] = ()
        self._cut_s: float | None = None

    def find(self, image: np.ndarray, expected: np.ndarray, t_s: float) -> Detections:
        """Find the faces of a frame: as `edge.faces.finder.Finder.find`, all of it searched."""
        grey = _grey(image)
        after_cut = self._observe(grey) and self._is_no_flash(t_s)
        found = self._find(grey)
        spent_ms = price_ms(grey.shape, len(found.boxes))
        return Detections(found.boxes, found.scores, after_cut=after_cut, spent_ms=spent_ms)

    def scan(self, image: np.ndarray) -> Faces:
        """Find the faces of one picture."""
        return self._find(_grey(image))

    def forget(self) -> None:
        """Nothing is remembered that could be forgotten: see `edge.faces.finder.Finder.forget`."""

    def recall(self, image: np.ndarray) -> None:
        """Take in the frame before a stop again, so that a cut right after it is told."""
        self._observe(_grey(image))

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types."""
        return {"cut_s": self._cut_s}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`, after `recall` as without a stop."""
        self._cut_s, self._cuts, self._shape = state["cut_s"], None, ()

    def _find(self, grey: np.ndarray) -> Faces:
        found = self._net.find(grey, self._least_px)
        return Faces(haar_like(found.boxes), found.scores)

    def _observe(self, grey: np.ndarray) -> bool:
        """Take in a frame; say whether it is the first after a cut, or of another size."""
        resized = self._shape not in ((), grey.shape)
        if self._cuts is None or resized:
            self._shape = grey.shape
            self._cuts = ChangeDetector(grey.shape, cell_px(min_face_width(grey.shape)))
        return self._cuts.observe(grey) or resized

    def _is_no_flash(self, t_s: float) -> bool:
        """Whether a cut is none of many at once, as flashing light makes them."""
        if self._cut_s is not None and t_s - self._cut_s < SCAN_S / 2:
            return False
        self._cut_s = t_s
        return True


class BothFinder:
    """Finds faces by the net and by the cascades: whoever either finds.

    A face that both find is the net's, whose boxes are steadier; it is as sure as the surer of the
    two.

    Parameters
    ----------
    net : NetFinder
    haar : Finder
    """

    def __init__(self, net: NetFinder, haar: Finder) -> None:
        self._net, self._haar = net, haar

    def find(self, image: np.ndarray, expected: np.ndarray, t_s: float) -> Detections:
        """Find the faces of a frame: as `edge.faces.finder.Finder.find`, all of it searched."""
        grey = _grey(image)
        ours, theirs = self._net.scan(grey), self._haar.find(grey, expected, t_s)
        both = _union(ours, Faces(theirs.boxes, theirs.scores))
        spent_ms = theirs.spent_ms + price_ms(grey.shape, len(ours.boxes))
        again = {tuple(box) for box in theirs.boxes[theirs.retried].tolist()}
        retried = np.array([tuple(box) in again for box in both.boxes.tolist()], dtype=bool)
        return Detections(both.boxes, both.scores, None, theirs.after_cut, spent_ms, retried)

    def scan(self, image: np.ndarray) -> Faces:
        """Find the faces of one picture."""
        grey = _grey(image)
        return _union(self._net.scan(grey), self._haar.scan(grey))

    def forget(self) -> None:
        """Forget what the picture looked like, as `edge.faces.finder.Finder.forget`."""
        self._haar.forget()

    def recall(self, image: np.ndarray) -> None:
        """Take in the frame before a stop again, so that a cut right after it is told."""
        self._haar.recall(image)

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types: the cascades' part."""
        return self._haar.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`, as `edge.faces.finder.Finder.restore`."""
        self._haar.restore(state)


def _grey(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def _union(ours: Faces, theirs: Faces) -> Faces:
    """Join the net's faces and the cascades': of two that overlap by half of the smaller, ours."""
    inside = np.maximum(contained(theirs.boxes, ours.boxes), contained(ours.boxes, theirs.boxes).T)
    same = inside > 0.5
    scores = np.maximum(ours.scores, np.where(same, theirs.scores[:, None], 0).max(0, initial=0))
    new = ~same.any(axis=1)
    boxes = np.concatenate([ours.boxes, theirs.boxes[new]])
    return Faces(boxes, np.concatenate([scores, theirs.scores[new]]))
