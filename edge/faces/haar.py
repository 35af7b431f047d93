"""Haar cascades at work: on a piece of the picture, and around one expected face."""

from __future__ import annotations

import math
import os
import threading
from typing import NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.faces.tiles import OCTAVE, Region

# A scan's steps of size, and how many hits beyond the first make a face: in film, where a tracker
# waits for more sights of it, and in a still, where nobody asks again. Steps of 1.15 and 2 hits
# found 198, not 199 of 203 GENKI-4K faces, and in film half as many turned ones and ones of 25 px,
# at 1.4 times the cost. Of 43 faces in group photos and those found that are none: 39 and 4, 39 and
# 1 in stills.
SCAN_STEP = 1.2
SCAN_NEIGHBOURS, STILL_NEIGHBOURS = 1, 2
# The sizes of a local search beside the expected one, and their steps. Each window that resembles a
# face costs about 5 us, whatever it is part of: only fewer of them make a search cheaper.
SEARCH_SIZES = (0.8, 1.3)
SEARCH_STEP = 1.2
# Patches smaller than the cascades' window show nothing.
WINDOW_PX = 20
# A hit whose middle is farther from the expected one than this, in face widths, is another face.
MAX_OFFSET = 0.5


class Faces(NamedTuple):
    """Faces found: `boxes` (N, 4) float64, x1 y1 x2 y2 in pixels, and `scores` (N,) in [0, 1)."""

    boxes: np.ndarray
    scores: np.ndarray


class RetriedFaces(Faces):
    """Faces that were found only when tried again: see `laughtrack.tracker.detections`."""


NO_FACES = Faces(np.zeros((0, 4)), np.zeros(0))


class Variant(NamedTuple):
    """A variant of the search around an expected face.

    The face is scaled to `face_px`, the patch is `width` times as wide, more than `neighbours` hits
    make a face. The patch may be turned by `turn_deg`, mirrored, and its histogram equalized.
    """

    face_px: int
    width: float
    neighbours: int
    turn_deg: float = 0.0
    mirror: bool = False
    equalize: bool = False


# Found of 288 GENKI-4K faces within 4 % of where expected, and what it took: 85 % in 0.4 ms and
# 99 % in 1.1 ms. Before, 99 % took 0.99 ms (32 px wide within 1.6 widths in steps of 1.1, then
# 50 px). Of simulated faces the first finds all but 1 in 1,000. It tries 0.83, 1 and 1.2 times the
# expected size: at 26 px (0.92 and 1.1) it took two thirds, but boxes shrank from frame to frame.
COARSE = Variant(24, 1.4, 1)
FINE = Variant(44, 1.5, 1)


class HaarCascade:
    """One cascade, loaded once for each thread that uses it, since it is not safe to share.

    Parameters
    ----------
    name : str
        Of a cascade among OpenCV's, without ``.xml``.

    Raises
    ------
    ValueError
        No such cascade, or an empty one (OpenCV 5 ships none and loads it without a word).
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._threshold = _load(name)[1]
        self._own = threading.local()

    def scan(self, grey: np.ndarray, region: Region, still: bool = False) -> Faces:
        """Find the faces in one region of a grey picture."""
        patch = grey[region.y1 : region.y2, region.x1 : region.x2]
        size = [max(1, round(side * region.scale)) for side in patch.shape[::-1]]
        sizes = region.scaled_min_px, round(OCTAVE * region.scaled_min_px)
        neighbours = STILL_NEIGHBOURS if still else SCAN_NEIGHBOURS
        found, weights = self._detect(_resize(patch, size), sizes, SCAN_STEP, neighbours)
        if not len(found):
            return NO_FACES
        boxes = np.hstack([found[:, :2], found[:, :2] + found[:, 2:]]).astype(np.float64)
        order = np.lexsort(boxes.T)  # OpenCV's threads deliver in any order
        scores = [self._score(float(weight)) for weight in np.ravel(weights)]
        boxes = boxes[order] / region.scale + np.tile([region.x1, region.y1], 2)
        return Faces(boxes, np.array(scores)[order])

    def search(
        self,
        grey: np.ndarray,
        box: Sequence[float] | np.ndarray,
        variants: Sequence[Variant] = (COARSE, FINE),
    ) -> Faces:
        """Search around one expected face; the likeliest face near its place, if there is one.

        Parameters
        ----------
        grey : ndarray, shape (H, W), uint8
        box : sequence of float
            x1 y1 x2 y2 in pixels, at least partly in the picture.
        variants : sequence of Variant
            The first that finds one ends the search.

        Returns
        -------
        Faces
            None or one; its box is upright, around the face's middle, however the head is turned.
        """
        width = max(float(box[2] - box[0]), 1.0)
        middle = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
        for variant in variants:
            patch = _patch(grey, middle, width, variant)
            if patch is None:
                continue
            sizes = [round(share * variant.face_px) for share in SEARCH_SIZES]
            found, weights = self._detect(patch.grey, sizes, SEARCH_STEP, variant.neighbours)
            best = self._nearest(found, weights, patch.at, variant)
            if best is not None:
                return _to_picture(best, patch, middle, variant)
        return NO_FACES

    def _nearest(
        self, found: np.ndarray, weights: np.ndarray, at: tuple[float, float], variant: Variant
    ) -> _Hit | None:
        """Return the hit nearest to `at`, None if all are far."""
        best, best_rank = None, 0.0
        # Sorted, since OpenCV's threads deliver in any order.
        for hit, weight in sorted(zip(map(tuple, found), np.ravel(weights))):
            x, y, side = (float(v) for v in hit[:3])
            far = math.hypot(x + side / 2 - at[0], y + side / 2 - at[1]) / variant.face_px
            score = self._score(float(weight))
            rank = 0.4 * score - far
            if far < MAX_OFFSET and (best is None or rank > best_rank):
                best, best_rank = _Hit(score, x, y, side), rank
        return best

    def _detect(
        self, grey: np.ndarray, sizes: Sequence[int], step: float, neighbours: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Run the cascade; squares x y side side (ints), and the last stage's sums."""
        if not hasattr(self._own, "cascade"):
            self._own.cascade = _load(self._name)[0]
        found, _, weights = self._own.cascade.detectMultiScale3(
            grey,
            scaleFactor=step,
            minNeighbors=neighbours,
            minSize=(sizes[0], sizes[0]),
            maxSize=(sizes[1], sizes[1]),
            outputRejectLevels=True,
        )
        return found, weights

    def _score(self, weight: float) -> float:
        # The last stage's margin: about 0.5 for chance hits, 2.5 for clear faces with alt2.
        margin = max(weight - self._threshold, 0.0)
        return margin / (margin + 1.0)


class _Patch(NamedTuple):
    """A piece of the picture, scaled by `scale`, where the expected face has its middle `at`."""

    grey: np.ndarray
    at: tuple[float, float]
    scale: float


class _Hit(NamedTuple):
    """What the cascade found in a patch: a square at x, y, and its score."""

    score: float
    x: float
    y: float
    side: float


def _patch(
    grey: np.ndarray, middle: tuple[float, float], width: float, variant: Variant
) -> _Patch | None:
    """Cut out an expected face as `variant` says; None where too little of it is visible."""
    scale = variant.face_px / width
    turn = math.radians(variant.turn_deg)
    reach = abs(math.cos(turn)) + abs(math.sin(turn))  # a turned square reaches farther
    half = width * variant.width / 2 * reach
    x1, y1, x2, y2 = (round(v) for v in _box_around(middle, half))
    x1, y1 = max(0, x1), max(0, y1)
    patch = grey[y1 : max(0, y2), x1 : max(0, x2)]
    size = [round(side * scale) for side in patch.shape[::-1]]
    if min(size) < WINDOW_PX:
        return None
    patch = _resize(patch, size)
    at = (middle[0] - x1) * scale, (middle[1] - y1) * scale
    if variant.turn_deg:
        side = round(variant.face_px * variant.width)
        turned: np.ndarray = cv2.getRotationMatrix2D(at, variant.turn_deg, 1.0)
        turned[:, 2] += side / 2 - np.array(at)
        patch = cv2.warpAffine(patch, turned, (side, side), borderMode=cv2.BORDER_REPLICATE)
        at = side / 2, side / 2
    if variant.equalize:
        patch = cv2.equalizeHist(patch)
    if variant.mirror:
        patch, at = np.ascontiguousarray(patch[:, ::-1]), (patch.shape[1] - at[0], at[1])
    return _Patch(patch, at, scale)


def _to_picture(best: _Hit, patch: _Patch, middle: tuple[float, float], variant: Variant) -> Faces:
    """Turn a hit in a patch into a box of the picture and its score."""
    score, x, y, side = best
    dx, dy = x + side / 2 - patch.at[0], y + side / 2 - patch.at[1]
    if variant.mirror:
        dx = -dx
    turn = math.radians(variant.turn_deg)
    dx, dy = dx * math.cos(turn) - dy * math.sin(turn), dx * math.sin(turn) + dy * math.cos(turn)
    moved = middle[0] + dx / patch.scale, middle[1] + dy / patch.scale
    return Faces(np.array([_box_around(moved, side / 2 / patch.scale)]), np.array([score]))


def _box_around(middle: tuple[float, float], half: float) -> tuple[float, float, float, float]:
    return middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half


def _load(name: str) -> tuple[cv2.CascadeClassifier, float]:
    folders = [os.path.join(os.path.dirname(__file__), "cascades")]  # where packages bring it
    if hasattr(cv2, "data"):  # the wheels have it, a system's own OpenCV has not
        folders.append(cv2.data.haarcascades)
    paths = (os.path.join(folder, name + ".xml") for folder in folders)
    path = next(filter(os.path.exists, paths), None)
    cascade = None if path is None else cv2.CascadeClassifier(path)
    if path is None or cascade is None or cascade.empty():
        raise ValueError(
            f"no cascade {name!r} in OpenCV {cv2.__version__}: name one of {folders[-1]}"
            " or install opencv-contrib-python-headless below 5"
        )
    # A node is read out of its storage, which must outlive it.
    storage = cv2.FileStorage(path, cv2.FILE_STORAGE_READ)
    stages = storage.getNode("cascade").getNode("stages")
    return cascade, stages.at(stages.size() - 1).getNode("stageThreshold").real()


def _resize(patch: np.ndarray, size: Sequence[int]) -> np.ndarray:
    shrinking = size[0] < patch.shape[1]
    return cv2.resize(
        patch, tuple(size), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    )
