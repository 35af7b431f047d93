"""What covers are made of: grey layers with weave, print, folds and light of their own."""

from __future__ import annotations

import cv2
import numpy as np


def cloth(
    side: int, unit_px: float, rng: np.random.Generator, folds: float, shade: float | None
) -> np.ndarray:
    """A layer of cloth or paper: a shade, maybe with a print, folds and a weave.

    Parameters
    ----------
    side : int
        Of the square layer, px.
    unit_px : float
        Distance of the face's eyes: prints and folds are as large as on a real one.
    rng : numpy Generator
    folds : float
        How often it has folds, 0 to 1.
    shade : float or None
        Its grey level; None: as cloth mostly has.

    Returns
    -------
    ndarray, shape (side, side), float32, grey levels, not clipped
    """
    layer = np.full((side, side), _shade(rng) if shade is None else shade, np.float32)
    if rng.random() < 0.35:
        layer += printed(side, unit_px, rng)
    if rng.random() < folds:
        layer += wrinkles(side, unit_px, rng) * np.float32(rng.uniform(4, 30))
    if rng.random() < 0.5:
        layer += rng.standard_normal(layer.shape).astype(np.float32) * np.float32(rng.uniform(1, 6))
    return layer


def skin(level: float, side: int, unit_px: float, rng: np.random.Generator) -> np.ndarray:
    """A layer of skin of about a grey level: hands have the face's own, in other light."""
    layer = np.full((side, side), level * np.exp(rng.normal(0, 0.18)), np.float32)
    layer += wrinkles(side, unit_px, rng) * np.float32(rng.uniform(2, 10))
    return layer + rng.standard_normal(layer.shape).astype(np.float32) * np.float32(2)


def lit(layer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A layer in light from a side, as much as rooms have."""
    rows, columns = np.mgrid[-1 : 1 : 1j * layer.shape[0], -1 : 1 : 1j * layer.shape[1]]
    angle = rng.uniform(0, 2 * np.pi)
    along = (rows * np.sin(angle) + columns * np.cos(angle)).astype(np.float32)
    round_off = (1 - np.float32(rng.uniform(0, 1.2)) * columns.astype(np.float32) ** 2).clip(0.2, 1)
    return layer * (1 + np.float32(rng.uniform(0, 0.5)) * along) * round_off


def printed(side: int, unit_px: float, rng: np.random.Generator) -> np.ndarray:
    """A print about 0: stripes, checks, dots, blots, letters or a drawn grin."""
    depth = np.float32(rng.uniform(8, 90) * rng.choice([-1, 1]))
    kind = rng.integers(5)
    if kind <= 1:
        wave = max(3.0, unit_px * rng.uniform(0.06, 0.5))
        angle = rng.uniform(0, np.pi)
        rows, columns = np.mgrid[:side, :side].astype(np.float32)
        across = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / wave)
        if kind:
            across *= np.sin((rows * np.cos(angle) - columns * np.sin(angle)) * 2 * np.pi / wave)
        sharp = rng.uniform(1, 6)
        return np.clip(across * sharp, -1, 1).astype(np.float32) * depth / 2
    layer: np.ndarray = np.zeros((side, side), np.float32)
    if kind == 2:
        coarse = rng.standard_normal((int(rng.integers(4, 20)),) * 2).astype(np.float32)
        blots = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
        return np.clip(blots * 2, -1, 1) * depth / 2
    for _ in range(int(rng.integers(1, 25))):
        at = tuple(int(v) for v in rng.integers(0, side, 2))
        size = max(1, round(unit_px * rng.uniform(0.02, 0.2)))
        if kind == 3:
            cv2.circle(layer, at, size, float(depth), -1, cv2.LINE_AA)
        else:
            text = "".join(rng.choice(list("ABCDEFGKMNRSTXZ0123"), int(rng.integers(1, 6))))
            cv2.putText(layer, text, at, int(rng.integers(0, 5)), size / 14, float(depth), 1)
    return layer


def wrinkles(side: int, unit_px: float, rng: np.random.Generator) -> np.ndarray:
    """Folds about 0, of height 1: long and soft, in one direction more than in others."""
    long, short = max(2, round(side / unit_px / 1.2)), max(4, round(side / unit_px * 4))
    coarse = rng.standard_normal((short, long)).astype(np.float32)
    folds = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    middle = ((side - 1) / 2,) * 2
    matrix = cv2.getRotationMatrix2D(middle, float(rng.normal(0, 40)), 1.3)
    return cv2.warpAffine(folds, matrix, (side, side), borderMode=cv2.BORDER_REFLECT)


def _shade(rng: np.random.Generator) -> float:
    """Of cloth: white and light blue as masks mostly are, black, or any."""
    chance = rng.random()
    if chance < 0.4:
        return float(rng.uniform(150, 250))
    return float(rng.uniform(8, 60) if chance < 0.65 else rng.uniform(20, 240))
