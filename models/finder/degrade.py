"""What cameras and rooms do to a picture: light, contrast, blur, noise, compression.

Done after a picture has its boxes, so that what is hard to see is still known to be there.
"""

from __future__ import annotations

import cv2
import numpy as np


def degrade(
    picture: np.ndarray, smallest_px: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Spoil a grey picture as much as its smallest faces can stand.

    Parameters
    ----------
    picture : (H, W) uint8
    smallest_px : float
        Side of the smallest face to be found; large where there is none.
    rng : numpy Generator

    Returns
    -------
    picture : (H, W) uint8
    signal : (H, W) float32
        How much of it is no noise: the picture before noise, in units of what an eye can tell
        apart in it (three grey levels, or half of the noise).
    """
    if rng.random() < 0.4:
        picture = _blur(picture, smallest_px, rng)
    light = picture.astype(np.float32)
    if rng.random() < 0.6:
        light = 255.0 * (light / 255.0) ** np.exp(rng.normal(0, 0.4))
    if rng.random() < 0.45:
        light = _uneven(light, rng)
    if rng.random() < 0.6:  # dim rooms and flat contrast are commoner than glare
        contrast = np.exp(rng.uniform(np.log(0.15), np.log(1.3)))
        light = (light - light.mean()) * contrast
        room = min(110.0, 1.2 * float(light.std()))
        light += rng.uniform(room, 255.0 - room)
    light = np.clip(light, 0, 255)
    noise = 0.0
    if rng.random() < 0.5:
        noise = rng.uniform(0, 3.0 + 9.0 * min(1.0, smallest_px / 40.0))
    spoilt = light + rng.normal(0, 1, light.shape).astype(np.float32) * noise
    picture = np.clip(np.round(spoilt), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(25 if smallest_px > 20 else 50, 95))
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE))
    return picture, light / max(3.0, 0.5 * noise)


def _blur(picture: np.ndarray, smallest_px: float, rng: np.random.Generator) -> np.ndarray:
    most = float(np.clip(smallest_px / 14.0, 0.4, 3.0))
    if rng.random() < 0.7:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.2, most))
    length = max(2, round(rng.uniform(1.2, 1.2 + 2.6 * most)))
    kernel = np.zeros((length, length), np.float32)
    if rng.random() < 0.7:
        kernel[length // 2] = 1.0  # heads and cameras mostly move sideways
    else:
        np.fill_diagonal(kernel, 1.0)
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def _uneven(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light from one side: a slope, a lamp or a shadow's edge."""
    height, width = light.shape
    coarse = np.exp(rng.normal(0, 0.5, (3, 3))).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        edge = rng.uniform(0.2, 0.8) * width
        across = 1 / (1 + np.exp(-(np.arange(width) - edge) / rng.uniform(1, 20)))
        field = field * (1 - rng.uniform(0.2, 0.75) * across)
    return light * np.clip(field, 0.2, 2.0).astype(np.float32)
