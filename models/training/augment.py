"""What cameras and trackers do to faces, done to training crops.

Every function takes and gives grey pictures, uint8, and draws from the generator it is handed.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.smile import smilenet
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import targets


class AugmentedCrop(NamedTuple):
    """A crop for training, and where its points lie.

    `crop` (SIZE, SIZE) uint8; `points` (len(POINTS), 2), from -0.5 to 0.5 across the crop.
    """

    crop: np.ndarray
    points: np.ndarray


def augment(wide: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> AugmentedCrop:
    """Cut one training crop: turned, moved, small, blurred, lit, noisy, compressed, by chance.

    Parameters
    ----------
    wide : ndarray, shape (WIDE_PX, WIDE_PX), uint8
        A face as `wide_crops.cut_wide` leaves it.
    points : ndarray, shape (len(targets.POINTS), 2), x y in its pixels
    rng : numpy.random.Generator

    Returns
    -------
    AugmentedCrop
    """
    picture, points = _rotate(wide, points, rng)
    if rng.random() < 0.6:
        picture = _relight(picture, rng)
    if rng.random() < 0.12:
        picture = _blur(picture, rng)
    if rng.random() < 0.04:
        picture = _occlude(picture, rng)
    scale = 1.0
    if rng.random() < 0.2:
        scale = np.exp(rng.uniform(np.log(16), np.log(46))) / wide_crops.FACE_PX
        side = max(8, round(wide_crops.WIDE_PX * scale))
        scale = side / wide_crops.WIDE_PX
        picture = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.12:
        picture = _add_noise(picture, rng)
    if rng.random() < 0.15:
        picture = _compress(picture, rng)
    box = _jittered_box(rng)
    crop = smilenet.crop_faces(picture, (box * scale)[None])[0]
    side = smilenet.WIDEN * (box[2] - box[0])
    return AugmentedCrop(crop, (points + 0.5 - (box[:2] + box[2:]) / 2) / side)


def _rotate(
    picture: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Flip half of them; turn in the picture's plane, 6 degrees typically, a quarter by more."""
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
        points = points[targets.MIRRORED, :] * (-1, 1) + (wide_crops.WIDE_PX - 1, 0)
    middle = (wide_crops.WIDE_PX - 1) / 2
    degrees = rng.normal(0, 6) + (rng.normal(0, 14) if rng.random() < 0.25 else 0)
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1)
    size = (wide_crops.WIDE_PX, wide_crops.WIDE_PX)
    picture = cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return picture, points @ matrix[:, :2].T + matrix[:, 2]


def _relight(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change gamma and gain, and now and then light it from one side."""
    curve = (np.arange(256) / 255.0) ** np.exp(rng.normal(0, 0.25))
    curve = (curve - 0.5) * rng.uniform(0.5, 1.3) + 0.5 + rng.normal(0, 0.1)
    picture = cv2.LUT(picture, np.clip(curve * 255, 0, 255).astype(np.uint8))
    if rng.random() < 0.25:
        slope = np.linspace(-1, 1, wide_crops.WIDE_PX) * rng.normal(0, 0.35)
        shade = 1 + (slope if rng.random() < 0.7 else slope[:, None])
        picture = np.clip(picture * shade, 0, 255).astype(np.uint8)
    return picture


def _blur(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur: out of focus, or moved along a line."""
    if rng.random() < 0.6:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.8))
    length = int(rng.integers(3, 8))
    kernel: np.ndarray = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    matrix = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, matrix, (length, length))
    return cv2.filter2D(picture, -1, np.asarray(kernel / max(float(kernel.sum()), 1e-3)))


def _occlude(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put something flat in front of a part: a hand, a cup, a neighbour's head."""
    picture = picture.copy()
    width, height = (rng.uniform(0.12, 0.4, 2) * wide_crops.FACE_PX).astype(int)
    x, y = (
        rng.integers(10, wide_crops.WIDE_PX - 10 - width),
        rng.integers(10, wide_crops.WIDE_PX - 10),
    )
    picture[y : y + height, x : x + width] = rng.integers(20, 235)
    return picture


def _add_noise(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(1, 7)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _compress(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    quality = int(rng.integers(25, 85))
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))


def _jittered_box(rng: np.random.Generator) -> np.ndarray:
    """Draw the box a tracker might hand over: 4 % off in place and 6 % in size, typically."""
    box = wide_crops.wide_box()
    middle = (box[:2] + box[2:]) / 2 + rng.normal(0, 0.04, 2).clip(-0.12, 0.12) * wide_crops.FACE_PX
    size = wide_crops.FACE_PX * np.exp(rng.normal(0, 0.06, 2).clip(-0.15, 0.15).mean())
    return np.concatenate([middle - size / 2, middle + size / 2])
