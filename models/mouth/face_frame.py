"""A face's own coordinates, from its five points: where a cover is drawn.

The unit is the distance of the eyes, or that from eyes to mouth where the head is turned; (0, 0) is
between the eyes, x goes to the right of the picture, y to the chin: the mouth is at about y = 1,
the chin at about 1.7, a cheek at x = 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MOUTH_HALF = (0.36, 0.2)  # half of the mouth's width and height


class FaceFrame(NamedTuple):
    """Where a face lies.

    `origin`, `right`, `down` (2,) px: of a unit. `turn`: how far the nose is to the right of the
    middle, in units; about 0.5 in a half profile. `mouth` (2,): its middle, in units.
    """

    origin: np.ndarray
    right: np.ndarray
    down: np.ndarray
    turn: float
    mouth: np.ndarray

    @classmethod
    def of_points(cls, points: np.ndarray) -> FaceFrame:
        """From five points (5, 2), x y px: eyes, nose, mouth's corners, as FinderNet gives them."""
        points = np.asarray(points, np.float64)
        eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
        long = mouth - eyes
        unit = max(float(np.hypot(*(points[1] - points[0]))), 0.95 * float(np.hypot(*long)), 1.0)
        across = (points[1] - points[0]) + (points[4] - points[3])
        # Upright in the picture by both: eyes alone lie, where a head is turned far.
        down = long + 0.5 * np.array([-across[1], across[0]])
        down *= unit / max(float(np.hypot(*down)), 1e-6)
        right = np.array([down[1], -down[0]])
        turn = float(np.clip((points[2] - eyes - 0.5 * long) @ right / unit**2, -0.6, 0.6))
        at = np.array([(mouth - eyes) @ right, (mouth - eyes) @ down]) / unit**2
        return cls(eyes, right, down, turn, at)

    @property
    def unit_px(self) -> float:
        """Pixels of a unit."""
        return float(np.hypot(*self.down))

    def to_px(self, places: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of places (N, 2) in the flat face, which lie on a head that may be turned.

        What is in front of the face moves with the nose; the cheek it turns to gets narrower.
        """
        x, y = np.asarray(places, np.float64).reshape(-1, 2).T
        # On a round head: in front at x = 0, at its side at x = 1.
        front = 1 - np.clip(np.abs(x), 0, 1.2) ** 2 * 0.7
        x = x * (1 - 0.25 * abs(self.turn)) + self.turn * front
        return self.origin + x[:, None] * self.right + y[:, None] * self.down

    def across_and_down(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Units across and down the face of each pixel of a square picture; (S, S) float32 each."""
        y, x = np.mgrid[:side, :side].astype(np.float32)
        x, y = x - np.float32(self.origin[0]), y - np.float32(self.origin[1])
        size = np.float32(self.unit_px**2)
        right, down = (axis.astype(np.float32) / size for axis in (self.right, self.down))
        return x * right[0] + y * right[1] - np.float32(self.turn), x * down[0] + y * down[1]

    def seen_of_mouth(self, cover: np.ndarray) -> float:
        """How much of the mouth a cover (H, W), 0 to 1, leaves to be seen, 0 to 1."""
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        ring = np.concatenate([np.stack([np.cos(angle), np.sin(angle)], 1) * r for r in (1, 0.6)])
        places = np.concatenate([ring, [[0, 0]]]) * MOUTH_HALF + self.mouth
        x, y = (self.origin + places[:, :1] * self.right + places[:, 1:] * self.down).T
        rows = np.clip(np.rint(y).astype(int), 0, cover.shape[0] - 1)
        columns = np.clip(np.rint(x).astype(int), 0, cover.shape[1] - 1)
        return 1 - float(cover[rows, columns].mean())
