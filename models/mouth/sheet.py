"""The sheet that covers are drawn on, and their outlines."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from laughtrack.models.mouth.cloth import cloth, lit, skin
from laughtrack.models.mouth.face_frame import FaceFrame

Drawer = Callable[["Sheet", np.random.Generator], None]


class Sheet:
    """What is drawn over a grey face: a layer and how much of it hides what is behind.

    Parameters
    ----------
    picture : ndarray, shape (S, S), uint8
    frame : FaceFrame
    """

    def __init__(self, picture: np.ndarray, frame: FaceFrame) -> None:
        self.side, self.frame = picture.shape[0], frame
        self.picture = picture.astype(np.float32)
        self.cover: np.ndarray = np.zeros(picture.shape, np.float32)

    @property
    def skin_level(self) -> float:
        """Grey level of the face between eyes and mouth."""
        x, y = self.frame.to_px(np.array([[-0.4, 0.45], [0.4, 0.45], [0.0, 0.3]])).astype(int).T
        rows, columns = np.clip(y, 0, self.side - 1), np.clip(x, 0, self.side - 1)
        return float(self.picture[rows, columns].mean())

    def lay(self, outline: np.ndarray, layer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Lay what is inside an outline (N, 2), units of the face, over all; return where."""
        shape: np.ndarray = np.zeros(self.cover.shape, np.float32)
        corners = np.rint(self.frame.to_px(outline) * 16).astype(np.int32)
        cv2.fillPoly(shape, [corners], 1.0, cv2.LINE_AA, 4)
        self.put(shape, layer, rng)
        return shape

    def put(self, shape: np.ndarray, layer: np.ndarray, rng: np.random.Generator) -> None:
        """Put a layer where `shape` (S, S) is 1; it may throw a shadow."""
        unit = self.frame.unit_px
        if rng.random() < 0.6:
            shadow = cv2.GaussianBlur(shape, (0, 0), max(0.4, unit * rng.uniform(0.02, 0.12)))
            down = np.array([[1, 0, 0], [0, 1, unit * rng.uniform(-0.03, 0.1)]])
            shadow = cv2.warpAffine(shadow, down, shape.shape)
            self.picture *= 1 - np.float32(rng.uniform(0.05, 0.5)) * shadow
        shape = cv2.GaussianBlur(shape, (0, 0), max(0.35, unit * 0.012))
        self.picture += (np.clip(layer, 0, 255) - self.picture) * shape
        self.cover = np.maximum(self.cover, shape)

    def line(self, places: np.ndarray, shade: float, wide: float) -> None:
        """Draw a line (N, 2), units of the face, over all; `wide` in units."""
        line: np.ndarray = np.zeros(self.cover.shape, np.float32)
        points = np.rint(self.frame.to_px(places) * 16).astype(np.int32)
        thick = max(1, round(wide * self.frame.unit_px))
        cv2.polylines(line, [points], False, 1.0, thick, cv2.LINE_AA, 4)
        self.picture += (np.float32(shade) - self.picture) * line

    def cloth(self, rng: np.random.Generator, folds: float = 0.4) -> np.ndarray:
        """Cloth as large as the sheet, in light; sometimes of about the skin's grey."""
        shade = self.skin_level * rng.uniform(0.75, 1.3) if rng.random() < 0.35 else None
        return lit(cloth(self.side, self.frame.unit_px, rng, folds, shade), rng)

    def draped(self, layer: np.ndarray, rng: np.random.Generator, pleats: bool) -> np.ndarray:
        """Cloth as it lies on a face: bright along the nose, darker to the cheeks, creased.

        Parameters
        ----------
        layer : ndarray, shape (S, S), grey levels
        rng : numpy Generator
        pleats : bool
            With folds from ear to ear.

        Returns
        -------
        ndarray, shape (S, S)
        """
        across, down = self.frame.across_and_down(self.side)
        light = 1 + rng.uniform(0, 0.25) * np.exp(-((across / rng.uniform(0.15, 0.5)) ** 2))
        light -= rng.uniform(0, 0.35) * np.clip(np.abs(across), 0, 1.2) ** 2
        light += rng.normal(0, 0.15) * across
        light -= rng.uniform(-0.1, 0.3) * np.clip(down - rng.uniform(0.9, 1.4), 0, 1)
        if pleats:
            bent = down - rng.uniform(-0.05, 0.25) * np.clip(1 - across**2, -1, 1)
            turns = bent / rng.uniform(0.16, 0.45) + rng.uniform()
            wave = turns % 1 - 0.5 if rng.random() < 0.5 else 0.5 * np.sin(2 * np.pi * turns)
            light += rng.uniform(0.04, 0.4) * wave * (rng.random() < 0.85)
        for _ in range(int(rng.integers(0, 4))):  # creases that run to where the loops pull
            slope, start = rng.normal(0, 0.5), rng.uniform(0.5, 1.6)
            away = down - start - slope * np.abs(across) * np.sign(rng.normal() + 0.8)
            depth = rng.uniform(-0.2, 0.2)
            light += depth * np.exp(-((away / rng.uniform(0.03, 0.12)) ** 2))
        return layer * np.clip(light, 0.2, 1.8).astype(np.float32)

    def skin(self, rng: np.random.Generator) -> np.ndarray:
        """Skin as large as the sheet, in light: the face's own, sometimes another's."""
        level = self.skin_level if rng.random() < 0.75 else float(rng.uniform(30, 220))
        return lit(skin(level, self.side, self.frame.unit_px, rng), rng)


def oval(middle: np.ndarray | tuple[float, float], wide: float, high: float) -> np.ndarray:
    """An oval's outline (N, 2), `wide` and `high` from its middle."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return np.stack([np.cos(angle) * wide, np.sin(angle) * high], 1) + np.asarray(middle)


def capsule(start: np.ndarray, end: np.ndarray, half: float) -> np.ndarray:
    """A finger's outline: rounded at both ends, `half` as thick as twice that."""
    along = np.asarray(end) - start
    angle = np.arctan2(along[1], along[0])
    first = np.linspace(angle + np.pi / 2, angle + 3 * np.pi / 2, 8)
    second = np.linspace(angle - np.pi / 2, angle + np.pi / 2, 8)
    around = [np.stack([np.cos(turn), np.sin(turn)], 1) * half for turn in (first, second)]
    return np.concatenate([around[0] + start, around[1] + end])
