"""A picture being composed, and what it is composed of."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

# In a face's last column: its own label is in doubt.
DOUBTFUL = -1.0


class Pyramid(NamedTuple):
    """A picture at full size, halved, quartered ... so that it can be shrunk without aliasing."""

    levels: list[np.ndarray]
    faces: np.ndarray


def shrunk(picture: np.ndarray, faces: np.ndarray) -> Pyramid:
    """The pyramid of a grey picture with its faces (M, 15), down to some 8 pixels."""
    levels = [picture]
    while min(levels[-1].shape) >= 16:
        height, width = levels[-1].shape
        size = ((width + 1) // 2, (height + 1) // 2)
        levels.append(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA))
    return Pyramid(levels, faces)


class Canvas:
    """A picture being composed: its faces, how much of each is still seen, and what is drawn."""

    def __init__(self, side: int) -> None:
        self.picture = np.full((side, side), 128, np.uint8)
        self.drawn: list[tuple[int, int, int, int]] = []
        self._faces: list[np.ndarray] = []
        self._masks: list[tuple[int, int, np.ndarray]] = []
        self._areas: list[float] = []

    def cover(self, mask: np.ndarray) -> None:
        """Something opaque (H, W) bool is laid over all that was there."""
        for x, y, face in self._masks:
            over = mask[y : y + face.shape[0], x : x + face.shape[1]]
            face &= ~over

    def add(self, face: np.ndarray, area: float, visible: np.ndarray) -> None:
        """A face is laid: its row, its oval's pixels, and which of the picture's are of it."""
        rows, columns = np.nonzero(visible)
        if not len(rows):
            return
        x, y = int(columns.min()), int(rows.min())
        self._faces.append(face)
        self._masks.append((x, y, visible[y : rows.max() + 1, x : columns.max() + 1].copy()))
        self._areas.append(area)

    def known(self) -> np.ndarray:
        """Faces (N, 15); the last column is the share of each that is to be seen."""
        rows = np.empty((len(self._faces), 15), np.float32)
        for i, (face, (_, _, mask), area) in enumerate(
            zip(self._faces, self._masks, self._areas, strict=True)
        ):
            rows[i] = face
            if face[14] != DOUBTFUL:
                rows[i, 14] = min(1.0, mask.sum() / max(area, 1.0))
        return rows

    def is_clear(self, x: int, y: int, side: int) -> bool:
        """No face lies in a square, but for its rim."""
        return all(
            x + side < face[0] + 0.1 * face[2]
            or y + side < face[1] + 0.1 * face[3]
            or x > face[0] + 0.9 * face[2]
            or y > face[1] + 0.9 * face[3]
            for face in self._faces
        )

    def is_drawn(self, face: np.ndarray) -> bool:
        """The middle of a box lies in something that was drawn."""
        x, y = face[0] + face[2] / 2, face[1] + face[3] / 2
        return any(a <= x <= a + w and b <= y <= b + h for a, b, w, h in self.drawn)
