"""Haar cascades at work: on a piece of the picture, and around one expected face."""

import math
import os
import threading
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.faces.tiles import OCTAVE

# A scan's steps of size, and how many hits beyond the first make a face: in film, where a tracker
# waits for more sights of it, and in a still, where nobody asks again. Steps of 1.15 and 2 hits
# found 198, not 199 of 203 GENKI-4K faces, and in film half as many turned ones and ones of 25 px,
# at 1.4 times the cost. Of 43 faces in group photos and those found that are none: 39 and 4, 39 and
# 1 in stills.
SCAN_STEP = 1.2
SCAN_NEIGHBOURS, STILL_NEIGHBOURS = 1, 2
# A look's sizes beside the expected one, and their steps. Each window that looks like a face costs
# about 5 us, whatever it is part of: fewer of them are all that makes looks cheaper.
LOOK_SIZES = (0.8, 1.3)
LOOK_STEP = 1.2
# Patches smaller than the cascades' window show nothing.
WINDOW_PX = 20
# A hit whose middle is farther from the expected one than this, in face widths, is another face.
LOOK_REACH = 0.5

NO_FACES = (np.zeros((0, 4)), np.zeros(0))


class How(NamedTuple):
    """A way to look at an expected face.

    The face is scaled to `face_px`, the patch is `width` times as wide, more than `neighbours` hits
    make a face. The patch may be turned by `turn_deg`, mirrored, and evened out.
    """

    face_px: int
    width: float
    neighbours: int
    turn_deg: float = 0.0
    mirror: bool = False
    even: bool = False


# Found of 288 GENKI-4K faces within 4 % of where expected, and what a look took: 85 % in 0.4 ms and
# 99 % in 1.1 ms. Before, 99 % took 0.99 ms (32 px wide within 1.6 widths in steps of 1.1, then
# 50 px). Of simulated faces the first finds all but 1 in 1,000. It tries 0.83, 1 and 1.2 times the
# expected size: at 26 px (0.92 and 1.1) it took two thirds, but boxes shrank from look to look.
COARSE = How(24, 1.4, 1)
FINE = How(44, 1.5, 1)


class Haar:
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

    def __init__(self, name):
        self._name = name
        self._threshold = _load(name)[1]
        self._own = threading.local()

    def scan(self, grey, part, still=False):
        """Find the faces in one part of a grey picture; boxes and scores as `Finder.find` does."""
        patch = grey[part.y1 : part.y2, part.x1 : part.x2]
        size = [max(1, round(side * part.scale)) for side in patch.shape[::-1]]
        sizes = part.least_px, round(OCTAVE * part.least_px)
        neighbours = STILL_NEIGHBOURS if still else SCAN_NEIGHBOURS
        found, weights = self._detect(_resize(patch, size), sizes, SCAN_STEP, neighbours)
        if not len(found):
            return NO_FACES
        boxes = np.hstack([found[:, :2], found[:, :2] + found[:, 2:]]).astype(np.float64)
        order = np.lexsort(boxes.T)  # OpenCV's threads deliver in any order
        scores = [self._score(float(weight)) for weight in np.ravel(weights)]
        return boxes[order] / part.scale + np.tile([part.x1, part.y1], 2), np.array(scores)[order]

    def look(self, grey, box, ways=(COARSE, FINE)):
        """Look around one expected face; the likeliest face near its place, if there is one.

        Parameters
        ----------
        grey : ndarray, shape (H, W), uint8
        box : sequence of float
            x1 y1 x2 y2 in pixels, at least partly in the picture.
        ways : sequence of How
            The first that finds one ends the search.

        Returns
        -------
        boxes : ndarray, shape (N, 4), float64, x1 y1 x2 y2 in pixels, N is 0 or 1
            Upright, around the face's middle, however the head is turned.
        scores : ndarray, shape (N,), float64 in [0, 1)
        """
        width = max(float(box[2] - box[0]), 1.0)
        middle = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
        for how in ways:
            patch, at, scale = _patch(grey, middle, width, how)
            if patch is None:
                continue
            sizes = [round(share * how.face_px) for share in LOOK_SIZES]
            found, weights = self._detect(patch, sizes, LOOK_STEP, how.neighbours)
            best = self._nearest(found, weights, at, how)
            if best is not None:
                return _upright(best, at, scale, middle, how)
        return NO_FACES

    def _nearest(self, found, weights, at, how):
        """Return score and x y side in the patch of the hit nearest to `at`, None if far."""
        best = None
        # Sorted, since OpenCV's threads deliver in any order.
        for hit, weight in sorted(zip(map(tuple, found), np.ravel(weights))):
            x, y, side = (float(v) for v in hit[:3])
            far = math.hypot(x + side / 2 - at[0], y + side / 2 - at[1]) / how.face_px
            score = self._score(float(weight))
            if far < LOOK_REACH and (best is None or 0.4 * score - far > best[0]):
                best = 0.4 * score - far, score, x, y, side
        return best and best[1:]

    def _detect(self, grey, sizes, step, neighbours):
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

    def _score(self, weight):
        # The last stage's margin: about 0.5 for chance hits, 2.5 for clear faces with alt2.
        margin = max(weight - self._threshold, 0.0)
        return margin / (margin + 1.0)


def _patch(grey, middle, width, how):
    """Cut out an expected face as `how` has it: patch, the face's middle in it, its scale."""
    scale = how.face_px / width
    turn = math.radians(how.turn_deg)
    reach = abs(math.cos(turn)) + abs(math.sin(turn))  # a turned square reaches farther
    half = width * how.width / 2 * reach
    x1, y1, x2, y2 = (round(v) for v in _around(middle, half))
    x1, y1 = max(0, x1), max(0, y1)
    patch = grey[y1 : max(0, y2), x1 : max(0, x2)]
    size = [round(side * scale) for side in patch.shape[::-1]]
    if min(size) < WINDOW_PX:
        return None, None, scale
    patch = _resize(patch, size)
    at = (middle[0] - x1) * scale, (middle[1] - y1) * scale
    if how.turn_deg:
        side = round(how.face_px * how.width)
        turned = cv2.getRotationMatrix2D(at, how.turn_deg, 1.0)
        turned[:, 2] += side / 2 - np.array(at)
        patch = cv2.warpAffine(patch, turned, (side, side), borderMode=cv2.BORDER_REPLICATE)
        at = side / 2, side / 2
    if how.even:
        patch = cv2.equalizeHist(patch)
    if how.mirror:
        patch, at = np.ascontiguousarray(patch[:, ::-1]), (patch.shape[1] - at[0], at[1])
    return patch, at, scale


def _upright(best, at, scale, middle, how):
    """Turn a hit in a patch into a box of the picture and its score."""
    score, x, y, side = best
    dx, dy = x + side / 2 - at[0], y + side / 2 - at[1]
    if how.mirror:
        dx = -dx
    turn = math.radians(how.turn_deg)
    dx, dy = dx * math.cos(turn) - dy * math.sin(turn), dx * math.sin(turn) + dy * math.cos(turn)
    moved = middle[0] + dx / scale, middle[1] + dy / scale
    return np.array([_around(moved, side / 2 / scale)]), np.array([score])


def _around(middle, half):
    return middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half


def _load(name):
    folders = [os.path.join(os.path.dirname(__file__), "cascades")]  # where packages bring it
    if hasattr(cv2, "data"):  # the wheels have it, a system's own OpenCV has not
        folders.append(cv2.data.haarcascades)
    paths = (os.path.join(folder, name + ".xml") for folder in folders)
    path = next(filter(os.path.exists, paths), None)
    cascade = cv2.CascadeClassifier(path) if path else None
    if cascade is None or cascade.empty():
        raise ValueError(
            f"no cascade {name!r} in OpenCV {cv2.__version__}: name one of {folders[-1]}"
            " or install opencv-contrib-python-headless below 5"
        )
    # A node is read out of its storage, which must outlive it.
    storage = cv2.FileStorage(path, cv2.FILE_STORAGE_READ)
    stages = storage.getNode("cascade").getNode("stages")
    return cascade, stages.at(stages.size() - 1).getNode("stageThreshold").real()


def _resize(patch, size):
    shrinking = size[0] < patch.shape[1]
    return cv2.resize(
        patch, tuple(size), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    )
