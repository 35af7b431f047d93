"""A Haar cascade at work: on a piece of the picture, and around one expected face."""

import os
import threading
from typing import NamedTuple

import cv2
import numpy as np

from tracker.boxes import overlap

# The least size, after scaling, of the faces an octave looks for. The cascades' window is 20 px
# wide, and OpenCV tries every place only for faces above twice that, every other one below. So only
# the smallest faces, for which the picture would have to be enlarged, are looked for at 22 px: with
# all octaves at 22 px 443 of 508 GENKI-4K faces were found, so 476, by a plain scan 479.
LEAST_PX = (22, 44)
# Each octave of face size is scanned a little beyond its double, so that a face at the border of
# two still gathers its neighbours in one of them.
OCTAVE = 2.15
# A scan's steps of size, and how many hits make a face. Steps of 1.1 and 3 hits found 480, not 476,
# and took 1.4 times as long.
SCAN_STEP, SCAN_NEIGHBOURS = 1.15, 2
# A tile's side in least sizes: larger ones waste less on overlaps, smaller ones spread better.
TILE = 15
# A look's working sizes: the face is scaled to 32 px, within a patch of 1.6 times its width, and
# sizes near the expected one are tried; then, where that missed, the same at 50 px. Of 745 expected
# faces 94 % were found at the first, 99 % at the second, which takes three times as long (1.5 ms).
LOOK_FACES_PX = (32, 50)
LOOK_STEP, LOOK_NEIGHBOURS = 1.1, (2, 3)
LOOK_WIDTH = 1.6
LOOK_SIZES = (0.8, 1.3)

NO_FACES = (np.zeros((0, 4)), np.zeros(0))


class Part(NamedTuple):
    """A piece of the picture to scan: x1 y1 x2 y2 in pixels, and how.

    It is scaled by `scale`; its smallest faces are then `least_px` wide, and it `work_px` large.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    scale: float
    least_px: int
    work_px: float


def plan(shape, min_face_px):
    """Cut a picture into parts: octaves of face size, in tiles that overlap by a face.

    Parameters
    ----------
    shape : tuple of int
        Height and width in pixels.
    min_face_px : float
        Least width of a face.

    Returns
    -------
    list of Part
        Smallest faces first.
    """
    height, width = shape
    least, parts = min_face_px, []
    while least <= min(height, width):
        least_px = LEAST_PX[1] if parts else LEAST_PX[0]
        scale, tile, shared = least_px / least, TILE * least, round(OCTAVE * least)
        for y1, y2 in _spans(height, tile, shared):
            for x1, x2 in _spans(width, tile, shared):
                work_px = (y2 - y1) * (x2 - x1) * scale**2
                parts.append(Part(x1, y1, x2, y2, scale, least_px, work_px))
        least *= 2
    return parts


def _spans(length, tile, shared):
    """Split [0, length) evenly into spans of about `tile` that overlap by at least `shared`."""
    step = max(tile - shared, shared)
    count = max(1, -(-(length - shared) // step))
    size = (length + (count - 1) * shared) / count
    return [
        (round(i * (size - shared)), min(length, round(i * (size - shared) + size)))
        for i in range(count)
    ]


class Haar:
    """One cascade, loaded once for each thread that uses it, since it is not safe to share.

    Parameters
    ----------
    name : str
        As for `edge.faces.Finder`.

    Raises
    ------
    ValueError
        No such cascade, or an empty one (OpenCV 5 ships none and loads it without a word).
    """

    def __init__(self, name):
        self._name = name
        self._threshold = _load(name)[1]
        self._own = threading.local()

    def scan(self, grey, part):
        """Find the faces in one part of a grey picture; boxes and scores as `Finder.find` does."""
        patch = grey[part.y1 : part.y2, part.x1 : part.x2]
        size = [max(1, round(side * part.scale)) for side in patch.shape[::-1]]
        sizes = part.least_px, round(OCTAVE * part.least_px)
        faces, scores = self._detect(_resize(patch, size), sizes, SCAN_STEP, SCAN_NEIGHBOURS)
        return faces / part.scale + np.tile([part.x1, part.y1], 2), scores

    def look(self, grey, box):
        """Look around one expected face; the likeliest face near its place, if there is one."""
        width = max(float(box[2] - box[0]), 1.0)
        half = width * LOOK_WIDTH / 2
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        x1, y1 = (max(0, round(float(v - half))) for v in (x, y))
        patch = grey[y1 : max(0, round(float(y + half))), x1 : max(0, round(float(x + half)))]
        for face_px, neighbours in zip(LOOK_FACES_PX, LOOK_NEIGHBOURS):
            scale = face_px / width
            size = [round(side * scale) for side in patch.shape[::-1]]
            if min(size) < LEAST_PX[0]:
                continue
            sizes = [round(share * face_px) for share in LOOK_SIZES]
            faces, scores = self._detect(_resize(patch, size), sizes, LOOK_STEP, neighbours)
            if len(faces):
                faces = faces / scale + np.tile([x1, y1], 2)
                near = overlap(np.asarray(box, np.float64)[None], faces)[0]
                best = [int(np.argmax(near + 0.2 * scores))]
                return faces[best], scores[best]
        return NO_FACES

    def _detect(self, grey, sizes, step, neighbours):
        """Run the cascade; sorted, since OpenCV's threads deliver in any order."""
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
        if len(found) == 0:
            return NO_FACES
        margin = np.maximum(np.ravel(weights) - self._threshold, 0.0)
        boxes = np.hstack([found[:, :2], found[:, :2] + found[:, 2:]]).astype(np.float64)
        order = np.lexsort(boxes.T)
        # The last stage's margin: about 0.5 for chance hits, 2.5 for clear faces with alt2.
        return boxes[order], (margin / (margin + 1.0))[order]


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
