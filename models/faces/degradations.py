"""Labelled faces as bad rooms and cameras show them: small, blurred, dark, noisy, turned, covered.

A face is found again after it was degraded, as the loop would find it, or its box is kept and
moved a little, as a tracker's may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.smile import smilenet
from laughtrack.models.data import image_files
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import wide_crops
from laughtrack.models.faces.wide_crops import FaceFinder
from laughtrack.tracker.boxes import overlap

WIDTHS_PX = (9, 96)  # faces are made this wide, all as often in proportion
SAME = 0.3  # a box that overlaps the face by so much is the face
REDETECT_SHARE = 0.6  # the share found again; the rest keep their box, moved


class DegradedFaces(NamedTuple):
    """N faces: what `edge.smile.crops.quality` gets, and which picture each comes from.

    `crops` (N, SIZE, SIZE) uint8; `boxes` (N, 4) px; `confidence` (N,); `picture_index` (N,) int.
    """

    crops: np.ndarray
    boxes: np.ndarray
    confidence: np.ndarray
    picture_index: np.ndarray


def degraded_faces(
    pictures: Sequence[Picture], copies: int, finder: FaceFinder | None = None
) -> DegradedFaces:
    """Find the face of each picture, and again in degraded copies of it.

    Parameters
    ----------
    pictures : list of Picture
    copies : int
        How many of each picture, the first as it is.
    finder : function, optional
        From a picture to (boxes (M, 4), confidence (M,)); the loop's whole-picture scan by default.

    Returns
    -------
    DegradedFaces
        Without faces that weren't found; the same each time.

    Raises
    ------
    ValueError
        If a picture can't be read, naming it; or no face is found in any.
    """
    finder = finder or wide_crops.whole_picture_finder()
    rows: list[tuple[np.ndarray, np.ndarray, float, int]] = []
    for number, picture in enumerate(pictures):
        image = image_files.read(picture.path)
        boxes, confidences = finder(image)
        box = wide_crops.main_face(boxes, confidences, image.shape)
        if box is None:
            continue
        confidence = float(confidences[np.argmin(np.abs(boxes - box).sum(axis=1))])
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        rows.append((smilenet.crop_faces(grey, box[None])[0], box, confidence, number))
        for copy in range(1, copies):
            rng = np.random.default_rng((number, copy))
            degraded, degraded_box = degrade(grey, box, rng)
            found = _redetect(degraded, degraded_box, confidence, finder, rng)
            if found is not None:
                rows.append((smilenet.crop_faces(degraded, found[0][None])[0], *found, number))
    if not rows:
        raise ValueError(f"no face was found in {len(pictures)} pictures")
    return DegradedFaces(*(np.array(column) for column in zip(*rows, strict=True)))


def degrade(
    grey: np.ndarray, box: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Degrade a picture: by chance turned, covered, blurred, shrunk, darkened, noisy, compressed.

    Parameters
    ----------
    grey : ndarray, shape (height, width), uint8
    box : ndarray, shape (4,), the face's x1 y1 x2 y2 in pixels
    rng : numpy.random.Generator

    Returns
    -------
    picture : ndarray, shape (height, width), uint8
    box : ndarray, shape (4,), in pixels of that picture
    """
    side = float(box[2] - box[0] + box[3] - box[1]) / 2
    if rng.random() < 0.25:
        middle = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
        grey = rotate(grey, middle, rng.normal(0, 15))
    if rng.random() < 0.1:
        grey = _occlude(grey, box, side, rng)
    if rng.random() < 0.35:
        grey = _blur(grey, side, rng)
    if rng.random() < 0.75:
        grey, box = _downscale(grey, box, np.exp(rng.uniform(*np.log(WIDTHS_PX))) / side)
    if rng.random() < 0.25:
        contrast = rng.uniform(0.1, 1)
        grey = _to_uint8(grey * contrast + rng.uniform(0, 255 * (1 - contrast)))
    if rng.random() < 0.25:
        grey = _to_uint8(grey + rng.standard_normal(grey.shape) * rng.uniform(1, 12))
    if rng.random() < 0.3:
        encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 85))])
        grey = np.asarray(cv2.imdecode(encoded[1], cv2.IMREAD_GRAYSCALE))
    return grey, box


def rotate(grey: np.ndarray, middle: tuple[float, float], degrees: float) -> np.ndarray:
    """Turn a picture in its plane, against the clock, around a point; edges are repeated.

    Parameters
    ----------
    grey : ndarray, shape (height, width), uint8
    middle : tuple of float, x and y, px
    degrees : float

    Returns
    -------
    ndarray, shape (height, width), uint8
    """
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1)
    return cv2.warpAffine(grey, matrix, grey.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def _occlude(
    grey: np.ndarray, box: np.ndarray, side: float, rng: np.random.Generator
) -> np.ndarray:
    """Put something flat in front of a part: a hand, a cup, a neighbour's head."""
    width, height = (rng.uniform(0.15, 0.5, 2) * side).astype(int)
    x, y = np.maximum(box[:2] + rng.uniform(0, 0.8, 2) * side, 0).astype(int)
    grey = grey.copy()
    grey[y : y + height, x : x + width] = rng.integers(20, 235)
    return grey


def _blur(grey: np.ndarray, side: float, rng: np.random.Generator) -> np.ndarray:
    """Blur: out of focus, or moved along a line; as parts of the face's side."""
    if rng.random() < 0.6:
        return cv2.GaussianBlur(grey, (0, 0), side * np.exp(rng.uniform(*np.log((0.01, 0.15)))))
    length = max(2, round(side * np.exp(rng.uniform(*np.log((0.04, 0.4))))))
    line: np.ndarray = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    middle = ((length - 1) / 2,) * 2
    matrix = cv2.getRotationMatrix2D(middle, rng.uniform(0, 180), 1)
    line = cv2.warpAffine(line, matrix, (length, length))
    return cv2.filter2D(grey, -1, np.asarray(line / max(float(line.sum()), 1e-3)))


def _downscale(grey: np.ndarray, box: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    if scale >= 1:
        return grey, box
    height, width = (max(8, round(side * scale)) for side in grey.shape)
    exact = np.tile([width / grey.shape[1], height / grey.shape[0]], 2)
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), box * exact


def _redetect(
    grey: np.ndarray,
    box: np.ndarray,
    confidence: float,
    finder: FaceFinder,
    rng: np.random.Generator,
) -> tuple[np.ndarray, float] | None:
    """Box and confidence as the loop would have them, or None where it would find no face."""
    if rng.random() < REDETECT_SHARE:
        boxes, confidences = finder(grey)
        alike = overlap(boxes, box[None])[:, 0]
        if not len(alike) or alike.max() < SAME:
            return None
        best = int(alike.argmax())
        return boxes[best], float(confidences[best])
    middle = (box[:2] + box[2:]) / 2
    side = float(box[2] - box[0])
    middle = middle + rng.normal(0, 0.04, 2) * side
    half = side * np.exp(rng.normal(0, 0.06)) / 2
    return np.concatenate([middle - half, middle + half]), confidence


def _to_uint8(grey: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)
