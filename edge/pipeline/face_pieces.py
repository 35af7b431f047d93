"""Small pictures of faces with what is around them, and how much two of them differ.

A place is x y side of a face, pixels of the full frame; its piece is `REACH` times as wide.
"""

from __future__ import annotations

import cv2
import numpy as np

# A face is this many pixels wide, in a piece of the room of so many times its width.
FACE_PX, REACH = 20, 1.6
# Of the face's pixels: all, and those that a drawn face fills, in a disc of so many of its widths.
SQUARE = np.ones((FACE_PX, FACE_PX), bool)
DISC_WIDTH = 0.8
DISC = np.hypot(*(np.mgrid[:FACE_PX, :FACE_PX] - (FACE_PX - 1) / 2)) < DISC_WIDTH * FACE_PX / 2


def piece(grey: np.ndarray, place: tuple[float, float, float]) -> np.ndarray | None:
    """Cut out a place of the room, x y side of the face; None where too little is in view."""
    x, y, side = place
    half = side * REACH / 2
    x1, y1, x2, y2 = (round(v) for v in (x - half, y - half, x + half, y + half))
    height, width = grey.shape
    inside = grey[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)]
    # A face at the edge is half in: what is left must still hold the face itself.
    if inside.size < 0.6 * (x2 - x1) * (y2 - y1):
        return None
    whole = cv2.copyMakeBorder(
        inside,
        max(0, -y1),
        max(0, y2 - height),
        max(0, -x1),
        max(0, x2 - width),
        cv2.BORDER_REPLICATE,
    )
    size = round(FACE_PX * REACH)
    shrinks = size < whole.shape[0]
    small = cv2.resize(
        whole, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    return cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0)


def difference(first: np.ndarray, second: np.ndarray, part: np.ndarray = SQUARE) -> float:
    """How much the face in the middle of two pieces differs, at equal light and contrast."""
    edge = (first.shape[0] - FACE_PX) // 2
    pair = [each[edge : edge + FACE_PX, edge : edge + FACE_PX][part] for each in (first, second)]
    a, b = ((each - each.mean()) / max(float(each.std()), 1.0) for each in pair)
    return float(np.sqrt(np.mean((a - b) ** 2)))


def aligned(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, float]:
    """Shift the second piece onto the first; return it and by how many pixels."""
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F)
    # Of copies: OpenCV lays the window over what it is given.
    (dx, dy), _ = cv2.phaseCorrelate(first.copy(), second.copy(), window)
    matrix = np.array([[1, 0, -dx], [0, 1, -dy]], dtype=np.float64)
    size = first.shape[::-1]
    moved: np.ndarray = cv2.warpAffine(second, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return moved, float(np.hypot(dx, dy))
