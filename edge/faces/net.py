"""FinderNet: the faces of a grey picture by a small net of our own, in OpenVINO.

The net sees the picture scaled so that the least face is as wide as the smallest that it was
trained for, and never more pixels than `MOST_PX`; what it takes for a face is looked at again
(`second_look.py`). The same picture gives the same faces on any machine, busy or not.
Above 720 lines that makes a least face of a sixtieth of the height.
"""

from __future__ import annotations

import math
from typing import Callable, NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.faces.net_settings import NetSettings
from laughtrack.edge.faces.second_look import SecondLook, confidence_of
from laughtrack.tracker.boxes import contained

# Pixels the net is given at most; in float32 a look at so many costs about `MOST_PX * PIXEL_MS` on
# one core, less than what the cascades may spend on a thirtieth of a second; in eight bits less
# than half of it. With 854 x 480 people in the back rows would be missed.
MOST_PX = 1280 * 720
PIXEL_MS = 27e-6
# What a face costs that is looked at again.
PLACE_MS = 0.25
# The net sees so many pixels at once, either way: a face that is larger is seen by another look at
# the picture made `SMALLER` times as small, and there from `AGAIN_PX` on.
FIELD_PX = 240
SMALLER = 4
AGAIN_PX = 24
# Boxes of one face overlap by more than this, or of one so much lies in the other; those of two
# people seldom do.
SAME_FACE_IOU = 0.4
MOST_WITHIN = 0.5
# Of all places that look like a face, the surest so many are compared: enough for thousands of
# people, and a net gone mad does not take minutes.
MOST_HITS = 10_000
STRIDES = (4, 8, 16, 32)
VALUES, POINTS = 15, 5


class NetFaces(NamedTuple):
    """Faces that the net found, the surest first.

    `boxes` (N, 4) float64, x1 y1 x2 y2 in pixels, from brow to chin and cheek to cheek, partly
    outside the picture where the face is; `scores` (N,) calibrated confidence in [0, 1]; `points`
    (N, 5, 2) x y in pixels: right eye, left eye, nose tip, right and left corner of the mouth, of
    the person.
    """

    boxes: np.ndarray
    scores: np.ndarray
    points: np.ndarray


class FinderNet:
    """Finds the faces of a picture; remembers nothing of it.

    Parameters
    ----------
    grids_of : function
        From a picture, float32 (1, 1, H, W), sides multiples of 32, to a grid for each of
        `STRIDES`: (VALUES, H / stride, W / stride).
    settings : NetSettings
    second : SecondLook, optional
        Looks again at what the net takes for a face; without it the net alone decides.
    """

    def __init__(
        self,
        grids_of: Callable[[np.ndarray], Sequence[np.ndarray]],
        settings: NetSettings,
        second: SecondLook | None = None,
    ) -> None:
        self._grids_of, self._settings, self._second = grids_of, settings, second

    def find(self, grey: np.ndarray, least_px: float | None = None) -> NetFaces:
        """Find the faces of a picture.

        Parameters
        ----------
        grey : ndarray, shape (H, W), uint8
        least_px : float, optional
            Least width of a face in pixels; by default the smallest that the net finds well.

        Returns
        -------
        NetFaces
            Those whose middle is in the picture.
        """
        height, width = net_size(grey.shape, least_px, self._settings.smallest_px)
        boxes, confidence, points = self._look(grey, (height, width), 0.0)
        if max(height, width) > 2 * FIELD_PX:
            smaller = (max(1, height // SMALLER), max(1, width // SMALLER))
            more = self._look(grey, smaller, AGAIN_PX)
            boxes, confidence, points = (
                np.concatenate(both) for both in zip((boxes, confidence, points), more)
            )
        rows = _surest(boxes, confidence)
        scores = self._judged(grey, boxes[rows], confidence[rows])
        least = 0.0 if self._second is None else self._second.settings.least
        rows, scores = rows[scores >= least], scores[scores >= least]
        order = np.argsort(-scores, kind="stable")
        order = order[_is_apart(boxes[rows[order]])]
        return NetFaces(boxes[rows[order]], scores[order], points[rows[order]])

    def _judged(self, grey: np.ndarray, boxes: np.ndarray, confidence: np.ndarray) -> np.ndarray:
        """How sure it is of each place, by a second look if there is one, calibrated."""
        logit = np.log(confidence / (1 - confidence))
        if self._second is not None:
            return self._second.confidence(grey, boxes, logit)
        return confidence_of(self._settings.slope * logit + self._settings.intercept)

    def _look(
        self, grey: np.ndarray, size: tuple[int, int], least_px: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Boxes, confidence and points in the picture seen at a height and width.

        Faces are those at least `least_px` wide there, with their middle in the picture.
        """
        height, width = size
        scale = np.array([width / grey.shape[1], height / grey.shape[0]])
        shrinks = min(scale) < 1
        picture = np.zeros((1, 1, -(-height // 32) * 32, -(-width // 32) * 32), np.float32)
        picture[0, 0, :height, :width] = cv2.resize(
            grey, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        boxes, confidence, points = _decode(self._grids_of(picture), self._settings.threshold)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        # What is next to the picture was never seen.
        use = ((middle >= 0) & (middle < (width, height))).all(axis=1)
        use &= boxes[:, 2] - boxes[:, 0] >= least_px
        return boxes[use] / np.tile(scale, 2), confidence[use], points[use] / scale


def net_size(shape: tuple[int, ...], least_px: float | None, smallest_px: float) -> tuple[int, int]:
    """Return the height and width at which the net sees a picture.

    Parameters
    ----------
    shape : tuple of int
        The picture's height and width.
    least_px : float or None
        Least width of a face to find; None: `smallest_px`, so that the picture is as it is.
    smallest_px : float
        The width at which the net finds a face well.

    Returns
    -------
    tuple of int
        Not more than `MOST_PX` pixels, but for the filling up to multiples of 32.
    """
    wanted = smallest_px / (least_px or smallest_px)
    scale = min(wanted, math.sqrt(MOST_PX / (shape[0] * shape[1])))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def price_ms(shape: tuple[int, ...], faces: int) -> float:
    """Return what a look at a picture costs, ms on one core of a small machine.

    Parameters
    ----------
    shape : tuple of int
        The picture's height and width.
    faces : int
        How many were found there.

    Returns
    -------
    float
    """
    return PIXEL_MS * min(shape[0] * shape[1], MOST_PX) + PLACE_MS * faces


def _decode(
    grids: Sequence[np.ndarray], threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return boxes (M, 4), confidence (M,) and points (M, 5, 2) of all cells above a threshold."""
    boxes, confidence, points = [np.zeros((0, 4))], [np.zeros(0)], [np.zeros((0, POINTS, 2))]
    for stride, grid in zip(STRIDES, grids):
        # Of one long row: twenty times as fast as by rows and columns.
        places = np.flatnonzero(grid[0] >= threshold)
        rows, columns = np.divmod(places, grid.shape[2])
        values = grid.reshape(VALUES, -1)[:, places].astype(np.float64).T
        cells = np.column_stack([columns, rows]) + 0.5
        middle = (cells + values[:, 1:3]) * stride
        # Beyond any picture is far enough.
        half = stride * np.exp(np.clip(values[:, 3:5], -10, 10)) / 2
        boxes.append(np.hstack([middle - half, middle + half]))
        confidence.append(np.clip(values[:, 0], 1e-6, 1 - 1e-6))
        points.append((cells[:, None] + values[:, 5:VALUES].reshape(-1, POINTS, 2)) * stride)
    return np.concatenate(boxes), np.concatenate(confidence), np.concatenate(points)


def _surest(boxes: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Return the rows of the faces, one a face, the surest first (non-maximum suppression)."""
    if not len(boxes):
        return np.zeros(0, np.int64)
    corners_and_sizes = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    found = cv2.dnn.NMSBoxes(
        corners_and_sizes.tolist(), confidence.tolist(), 0.0, SAME_FACE_IOU, 1.0, MOST_HITS
    )
    return np.asarray(found, np.int64).ravel()


def _is_apart(boxes: np.ndarray) -> np.ndarray:
    """Say which boxes, the surest first, have little in common with any surer one.

    No face has another one within it: a mouth or a chin is none, nor is what holds a face.
    """
    within = contained(boxes, boxes) > MOST_WITHIN
    return np.logical_not(np.triu(within | within.T, 1).any(axis=0))
