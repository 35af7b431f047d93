"""Room motion: how the picture of the room has moved since some time ago, because the camera did.

Corners outside the faces are followed from then to now; most of a room agrees on one shift, turn
and zoom when the camera moves, and on none when it stands still. Small pictures of the room are
kept in memory alone, for as long as somebody asks for their time.
"""

from __future__ import annotations

from typing import Iterable, Sequence

import cv2
import numpy as np

# Pictures are kept this wide: corners are followed to a tenth of a pixel.
WIDTH_PX = 320
# So many corners at most; of them, so many and this share must agree to within a pixel.
MAX_CORNERS, MIN_CORNERS, MIN_SHARE = 120, 12, 0.5
# How far beyond its box, in its widths, a face's own corners reach: hair, neck and shoulders.
MARGIN = 0.8
_STILL = np.eye(2, 3)


class RoomMotion:
    """Remembers small pictures of the room."""

    def __init__(self) -> None:
        self._small: np.ndarray | None = None
        self._scale = 1.0
        self._kept: dict[float, tuple[np.ndarray, np.ndarray]] = {}
        self._moves: dict[float, np.ndarray | None] = {}
        self._before: dict[float, np.ndarray] = {}
        self._t_s = 0.0

    def observe(self, grey: np.ndarray, faces: Sequence[np.ndarray], t_s: float) -> bool:
        """Take in a frame; say whether it differs from the one before at all.

        Parameters
        ----------
        grey : ndarray, shape (H, W), uint8
        faces : sequence of ndarray, shape (4,)
            x1 y1 x2 y2 in pixels.
        t_s : float
        """
        self._scale = min(1.0, WIDTH_PX / grey.shape[1])
        size = [max(1, round(side * self._scale)) for side in grey.shape[::-1]]
        small = cv2.resize(grey, tuple(size), interpolation=cv2.INTER_AREA)
        before, self._small, self._t_s = self._small, small, t_s
        if before is not None and before.shape != small.shape:
            self._kept = {}
        free = np.full(small.shape, 255, np.uint8)
        for box in faces:
            x1, y1, x2, y2 = np.asarray(box) * self._scale
            margin = MARGIN * (x2 - x1)
            corners = x1 - margin, y1 - margin, x2 + margin, y2 + 2 * margin
            left, top, right, bottom = (max(0, int(v)) for v in corners)
            free[top:bottom, left:right] = 0
        self._kept[t_s] = small, free
        self._moves = {}
        return before is None or not np.array_equal(before, small)

    def keep(self, times_s: Iterable[float]) -> None:
        """Forget all pictures but those of these times."""
        wanted = set(times_s)
        self._kept = {t_s: kept for t_s, kept in self._kept.items() if t_s in wanted}
        self._before = {t_s: move for t_s, move in self._before.items() if t_s in wanted}

    def since(
        self, t_s: float, place: tuple[float, float, float]
    ) -> tuple[float, float, float] | None:
        """Say where a place of the room is now.

        Parameters
        ----------
        t_s : float
            When it was at `place`: a time that was kept.
        place : tuple of float
            x y side, pixels of the full frame.

        Returns
        -------
        tuple of float or None
            None where nothing tells how the camera moved, or whether.
        """
        if t_s not in self._moves:
            self._moves[t_s] = self._move(t_s)
        move = self._moves[t_s]
        if move is None:
            return None
        self._before[t_s] = move
        x, y, side = place
        now = move @ np.array([x * self._scale, y * self._scale, 1.0])
        zoom = float(np.hypot(move[0, 0], move[1, 0]))
        return float(now[0]) / self._scale, float(now[1]) / self._scale, side * zoom

    def _move(self, t_s: float) -> np.ndarray | None:
        """Shift, turn and zoom since then, shape (2, 3), in the small picture; None: unknown."""
        if t_s not in self._kept or self._small is None or t_s == self._t_s:
            return None
        then, free = self._kept[t_s]
        corners = cv2.goodFeaturesToTrack(then, MAX_CORNERS, 0.02, 6, mask=free)
        if corners is None or len(corners) < MIN_CORNERS:
            return None
        # From where they were at the last look on: a camera that pans soon moves too far at once.
        guess = cv2.transform(corners, self._before.get(t_s, _STILL)).astype(np.float32)
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            then, self._small, corners, guess, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
        )
        there = found.ravel() == 1
        if there.sum() < MIN_CORNERS:
            return None
        move, agree = cv2.estimateAffinePartial2D(
            corners[there], moved[there], method=cv2.RANSAC, ransacReprojThreshold=1.0
        )
        if move is None or agree.sum() < max(MIN_CORNERS, MIN_SHARE * len(corners)):
            return None
        return np.asarray(move, dtype=np.float64)
