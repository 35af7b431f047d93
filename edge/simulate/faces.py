"""Faces of people who don't exist: points among the principal components of many faces.

`faces_pca.npz` is made by `models/simulator/components.py`, which says what is in it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPONENTS = Path(__file__).resolve().parent / "faces_pca.npz"
HEIGHT, WIDTH = 108, 88  # px of a face in the components, hair to chin
COLOUR_STEP = 4
COLOUR_UNIT = 16.0
# Where Haar (frontalface_alt2) puts its box on a face in the components, x1 y1 x2 y2, measured.
BOX = (6.0, 18.0, 82.0, 94.0)
BOX_PX = BOX[2] - BOX[0]
# How far from the mean a person is drawn, in standard deviations: further looks odd, nearer alike.
SPREAD = (0.5, 0.7)
# How much of the mean broad smile is in a face, least and most; at a score of 0.5; and how that
# changes with the score. Scorers answer with a logistic of the amount; with its inverse here, the
# score asked for is about the one they give (half of SmileNet's range lies within 0.1 of 0.32
# broad smiles).
SMILE_LEAST, SMILE_MOST = -0.15, 1.0
SMILE_HALF, SMILE_SLOPE = 0.32, 0.115


class Face(NamedTuple):
    """A person's head at one size, in linear pieces: neutral + amount * smile.

    `neutral` and `smile` are (height, width, 3) float32 BGR; `back`, uint8, the head from behind;
    `alpha` (height, width) float32 in [0, 1] where the head is; `box` the face, x1 y1 x2 y2 in it.
    """

    neutral: np.ndarray
    smile: np.ndarray
    back: np.ndarray
    alpha: np.ndarray
    box: tuple[float, float, float, float]


def draw_people(widths_px: Sequence[float], seed: int) -> list[Face]:
    """Draw people, each with a face of the given width.

    Parameters
    ----------
    widths_px : sequence of float
        Width of each face (of Haar's box on it) in pixels.
    seed : int

    Returns
    -------
    list of Face
    """
    with np.load(str(COMPONENTS)) as table:
        parts = table["parts"] * table["scales"][:, None]
        mean, smile = table["mean"].astype(np.float32), table["smile"].astype(np.float32)
        across = table["across"]
    people = []
    for i, width_px in enumerate(widths_px):
        rng = np.random.RandomState([seed, 1, i])
        point = rng.randn(len(parts)) * rng.uniform(*SPREAD)
        # Nobody is drawn with a smile: that direction is the script's.
        point -= (point @ across) * across
        person = mean + point.astype(np.float32) @ parts
        people.append(_face(person + SMILE_LEAST * smile, smile, width_px, rng))
    return people


def with_smile(face: Face, score: float) -> np.ndarray:
    """Return the face with a smile of a score in [0, 1]: (height, width, 3) uint8 BGR."""
    score = min(max(score, 1e-6), 1 - 1e-6)
    amount = SMILE_HALF + SMILE_SLOPE * math.log(score / (1 - score))
    amount = min(max(amount, SMILE_LEAST), SMILE_MOST) - SMILE_LEAST
    picture = face.neutral + np.float32(amount) * face.smile
    return np.clip(picture, 0, 255).astype(np.uint8)


def _face(
    person: np.ndarray, smile: np.ndarray, width_px: float, rng: np.random.RandomState
) -> Face:
    contrast, brightness = rng.uniform(34, 42), rng.uniform(105, 125)
    neutral = _to_bgr(person, contrast) + np.float32(brightness)
    back = _back(neutral, rng)
    scale = width_px / BOX_PX
    size = (round(WIDTH * scale), round(HEIGHT * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    pieces = [
        cv2.resize(piece, size, interpolation=interpolation)
        for piece in (neutral, _to_bgr(smile, contrast), back, _alpha())
    ]
    across, down = size[0] / WIDTH, size[1] / HEIGHT
    box = (BOX[0] * across, BOX[1] * down, BOX[2] * across, BOX[3] * down)
    return Face(pieces[0], pieces[1], pieces[2], np.clip(pieces[3], 0, 1), box)


def _to_bgr(flat: np.ndarray, contrast: float) -> np.ndarray:
    """Turn a flat vector into (HEIGHT, WIDTH, 3) float32 BGR; linear, so that smiles add."""
    light = flat[: HEIGHT * WIDTH].reshape(HEIGHT, WIDTH) * contrast
    colour = flat[HEIGHT * WIDTH :].reshape(HEIGHT // COLOUR_STEP, WIDTH // COLOUR_STEP, 2)
    colour = cv2.resize(colour, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR) * COLOUR_UNIT
    red, blue = colour[..., 0], colour[..., 1]
    bgr = (light + 1.773 * blue, light - 0.714 * red - 0.344 * blue, light + 1.403 * red)
    return np.dstack(bgr).astype(np.float32)


def _alpha() -> np.ndarray:
    """Return the head's outline: an ellipse, narrower towards the chin."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    down = (y - 51) / 53
    half = 43 * (1 - 0.2 * np.clip(down, 0, 1) ** 1.5)
    radius = np.hypot((x - (WIDTH - 1) / 2) / half, down)
    return np.clip((1.0 - radius) / 0.12, 0, 1)


def _back(neutral: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """Return the head from behind: hair in strands, darker at the edge, and the neck below."""
    hair = np.clip(neutral[3:12, 30:58].reshape(-1, 3).mean(axis=0), 15, 110)
    skin = 0.6 * neutral[62:66, 30:58].reshape(-1, 3).mean(axis=0)
    strands = cv2.GaussianBlur(rng.randn(HEIGHT, WIDTH).astype(np.float32), (3, 31), 0)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    shade = 1.1 - 0.5 * (((x - WIDTH / 2) / 44) ** 2 + ((y - 46) / 60) ** 2)
    neck = np.clip((y - 84) / 8, 0, 1)[..., None]
    picture = hair * (shade + strands)[..., None] * (1 - neck) + skin * neck
    return np.clip(picture, 0, 255).astype(np.uint8)
