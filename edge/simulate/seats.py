"""Where the simulated audience sits: staggered rows, larger towards the front, for any number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MIN_FACE_PX = 24
HEAD_PITCH = 1.8  # faces between the middles of neighbours, across and down
MARGIN = 0.04  # of the picture's width, left and right
BACK_ROW = 0.86  # size of the last row's faces, of the first row's
LARGEST = 0.128  # a face's width at most, of the picture's height


class Rows(NamedTuple):
    """How many rows there are, and how wide the front row's faces are, in pixels."""

    rows: int
    face_px: float


class Seat(NamedTuple):
    """Where a viewer sits: row from the back, x y of the face's middle and its width, in pixels."""

    row: int
    x: float
    y: float
    face_px: float


def arrange_seats(viewers: int, size: tuple[int, int]) -> list[Seat]:
    """Place viewers in staggered rows, larger towards the front, as large as fits.

    Parameters
    ----------
    viewers : int
    size : tuple of int
        Width and height of the picture in pixels.

    Returns
    -------
    list of Seat
        From the back row to the front, left to right.

    Raises
    ------
    ValueError
        If a face would be less than `MIN_FACE_PX` wide, saying how many viewers fit.
    """
    rows, face_px = _best_rows(viewers, size)
    if face_px * BACK_ROW < MIN_FACE_PX:
        most = min(viewers, size[0] * size[1] // MIN_FACE_PX**2)
        fit = next((n for n in range(most, 0, -1) if _fits(n, size)), 0)
        raise ValueError(
            f"{viewers} viewers do not fit into {size[0]}x{size[1]} with faces of {MIN_FACE_PX} px:"
            f" at most {fit} do"
        )
    # The front rows take what does not divide: they have room for as many as the others.
    counts = [viewers // rows + (row >= rows - viewers % rows) for row in range(rows)]
    width, height = size
    seats: list[Seat] = []
    for row, count in enumerate(counts):
        depth = row / (rows - 1) if rows > 1 else 1.0
        px = face_px * (BACK_ROW + (1 - BACK_ROW) * depth)
        top, bottom = 1.05 * face_px, height - 1.25 * face_px
        y = top + (bottom - top) * depth if rows > 1 else (top + bottom) / 2
        step = width * (1 - 2 * MARGIN) / (max(counts) + 0.5)
        shift = 0.25 * step * (1 if row % 2 else -1)
        first = width / 2 - step * (count - 1) / 2 + shift
        seats.extend(Seat(row, first + step * i, y, px) for i in range(count))
    return seats


def _best_rows(viewers: int, size: tuple[int, int]) -> Rows:
    """The largest faces; of those, seats about as far apart both ways."""
    best = (0.0, 0.0, 1)
    for rows in range(1, min(viewers, size[1] // MIN_FACE_PX) + 1):
        step = size[0] * (1 - 2 * MARGIN) / (-(-viewers // rows) + 0.5)
        pitch = size[1] / (2.3 / HEAD_PITCH + rows - 1)
        face_px = min(step / HEAD_PITCH, pitch / HEAD_PITCH, size[1] * LARGEST)
        best = max(best, (round(face_px, 3), -abs(np.log(step / pitch)), rows))
    return Rows(best[2], best[0])


def _fits(viewers: int, size: tuple[int, int]) -> bool:
    return _best_rows(viewers, size).face_px * BACK_ROW >= MIN_FACE_PX
