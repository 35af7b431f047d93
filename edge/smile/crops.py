"""Crops of faces: where they are cut, and how far the score of one can be trusted.

A covered mouth is told in `quality` alone: whoever scores or reads faces treats it as every other
face that cannot be judged.

`crop_faces` is the one crop function: training cuts its faces with it too.
"""

from __future__ import annotations

import math
from typing import Callable

import cv2
import numpy as np

from laughtrack.edge.readings import MIN_QUALITY as MIN_QUALITY
from laughtrack.edge.smile.mouth import mouth_is_hidden
from laughtrack.edge.smile.quality import trust

SIZE = 64  # a crop's height and width, px
WIDEN = 1.2  # a crop shows this many times the box's side: Haar's boxes lack chin and cheeks


def crop_faces(image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Cut faces out of a frame: square, grey, all of one size.

    The square has the box's centre, and `WIDEN` times the mean of its width and height as its side.
    It is cut to a fraction of a pixel; large faces are averaged down, and beyond the frame's edge
    the edge is repeated.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3) BGR or (height, width) grey, uint8
    boxes : ndarray, shape (N, 4), x1 y1 x2 y2 in pixels of `image`

    Returns
    -------
    ndarray, shape (N, SIZE, SIZE), uint8
        No boxes give shape (0, SIZE, SIZE).

    Raises
    ------
    ValueError
        If the image is not as above, or a box is not finite or has no area.
    """
    image = np.asarray(image)
    if (
        image.dtype != np.uint8
        or image.ndim not in (2, 3)
        or (image.ndim == 3 and image.shape[2] != 3)
    ):
        raise ValueError(
            "image must be uint8, (height, width, 3) or (height, width), "
            f"not {image.dtype} {image.shape}"
        )
    boxes = _check_boxes(boxes)
    crops = np.empty((len(boxes), SIZE, SIZE), np.uint8)
    if len(boxes) and 0 in image.shape:
        raise ValueError(f"image is empty: {image.shape}")
    for crop, (x1, y1, x2, y2) in zip(crops, boxes):
        side = WIDEN * (x2 - x1 + y2 - y1) / 2
        crop[:] = _crop(image, (x1 + x2 - side) / 2, (y1 + y2 - side) / 2, side)
    return crops


def quality(
    crops: np.ndarray,
    boxes: np.ndarray,
    confidence: np.ndarray,
    hidden: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """How far a face's score can be trusted, by size, blur, light, turn and detector confidence.

    Twice as much as `edge.smile.quality.trust` is above one half: 0 where the score would be no
    better than a coin, 1 where it would always be right. Even the best faces have a little less.
    So a face whose mouth is behind a mask, a hand or a cup has 0 (`edge.smile.mouth`).

    Parameters
    ----------
    crops : ndarray, shape (N, SIZE, SIZE), uint8
    boxes : ndarray, shape (N, 4), x1 y1 x2 y2 in pixels
    confidence : ndarray, shape (N,), in [0, 1]
    hidden : function, optional
        From rows, shape (M,), int, of those that could be scored, to whose mouth is hidden, (M,)
        bool; by default each crop by itself tells.

    Returns
    -------
    ndarray, shape (N,), float64, in [0, 1]
        A face is scored from `MIN_QUALITY` on.

    Raises
    ------
    ValueError
        They are not as above or differ in number; MouthNet's weights are missing or damaged.
    """
    crops = check_crops(crops)
    boxes = _check_boxes(boxes)
    confidence = np.asarray(confidence, np.float64)
    if not len(crops) == len(boxes) == len(confidence):
        counts = (len(crops), len(boxes), len(confidence))
        raise ValueError(f"crops, boxes and confidence differ in number: {counts}")
    side_px = (boxes[:, 2:] - boxes[:, :2]).mean(axis=1)
    result = np.clip(2 * trust(crops, side_px, confidence) - 1, 0, 1)
    judged = np.flatnonzero(result >= MIN_QUALITY)
    result[judged[mouth_is_hidden(crops[judged]) if hidden is None else hidden(judged)]] = 0
    return result


def check_crops(crops: np.ndarray) -> np.ndarray:
    """Return crops as an array, or raise ValueError if they are not (N, SIZE, SIZE), uint8."""
    crops = np.asarray(crops)
    if crops.dtype != np.uint8 or crops.ndim != 3 or crops.shape[1:] != (SIZE, SIZE):
        raise ValueError(
            f"crops must be uint8, (N, {SIZE}, {SIZE}), not {crops.dtype} {crops.shape}"
        )
    return crops


def _check_boxes(boxes: np.ndarray) -> np.ndarray:
    boxes = np.asarray(boxes, np.float64)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must have shape (N, 4), not {boxes.shape}")
    good = np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(f"box {row} is not finite or has no area: {boxes[row].tolist()}")
    return boxes


def _crop(image: np.ndarray, left: float, top: float, side: float) -> np.ndarray:
    """One square of `side` px at (left, top), grey, SIZE x SIZE."""
    shrink = max(1, round(side / SIZE))  # whole number: averaged without shifting anything
    x, y = math.floor(left) - 1, math.floor(top) - 1
    cells = math.ceil((side + 3) / shrink) + 1
    patch = _patch(image, x, y, cells * shrink)
    if patch.ndim == 3:
        patch = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    if shrink > 1:
        patch = cv2.resize(patch, (cells, cells), interpolation=cv2.INTER_AREA)
    # Where in the patch the middle of the crop's pixel (0, 0) lies, and how far apart pixels are.
    step = side / SIZE / shrink
    x0 = (left - x) / shrink + step / 2 - 0.5
    y0 = (top - y) / shrink + step / 2 - 0.5
    return cv2.warpAffine(
        patch,
        np.array([[step, 0, x0], [0, step, y0]]),
        (SIZE, SIZE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _patch(image: np.ndarray, x: int, y: int, side: int) -> np.ndarray:
    """Square of whole pixels, the frame's edge repeated where it reaches beyond."""
    height, width = image.shape[:2]
    x1, x2 = min(max(x, 0), width - 1), min(max(x + side, 1), width)
    y1, y2 = min(max(y, 0), height - 1), min(max(y + side, 1), height)
    patch = image[y1:y2, x1:x2]
    if patch.shape[:2] == (side, side):
        return patch
    rows = np.clip(np.arange(y, y + side), 0, height - 1) - y1
    columns = np.clip(np.arange(x, x + side), 0, width - 1) - x1
    return patch[rows][:, columns]
