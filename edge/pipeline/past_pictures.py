"""The last seconds' pictures: what was at a place before somebody was found there."""

from __future__ import annotations

from typing import Iterator

import cv2
import numpy as np

from laughtrack.edge.pipeline.face_pieces import piece

# So many pictures are kept, so many seconds apart; wider ones are made so wide.
KEPT, APART_S, WIDTH_PX = 5, 0.65, 1280


class PastPictures:
    """Keeps a few pictures of the last seconds, in memory alone."""

    def __init__(self) -> None:
        self._kept: list[tuple[float, float, np.ndarray]] = []

    def note(self, grey: np.ndarray, t_s: float) -> None:
        """Keep a picture, (H, W) uint8, of a time later than at the last call, if one is due."""
        if self._kept and t_s - self._kept[-1][0] < APART_S - 1e-6:
            return
        scale = min(1.0, WIDTH_PX / grey.shape[1])
        size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
        small = grey if scale == 1 else cv2.resize(grey, tuple(size), interpolation=cv2.INTER_AREA)
        self._kept = [*self._kept[1 - KEPT :], (t_s, scale, small)]

    def pieces(
        self, place: tuple[float, float, float]
    ) -> Iterator[tuple[float, np.ndarray | None]]:
        """Times, the oldest first, and what was at a place then, as `face_pieces.piece`."""
        x, y, side = place
        for t_s, scale, grey in self._kept:
            yield t_s, piece(grey, (x * scale, y * scale, side * scale))
