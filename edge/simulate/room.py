"""The still parts of the simulated room: wall, chairs, desks, and bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.simulate.motion import DESK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laughtrack.edge.simulate.faces import Face
    from laughtrack.edge.simulate.seats import Seat

SEAT, WOOD = (38, 28, 92), (44, 66, 92)  # BGR


class Sitter(NamedTuple):
    """A viewer who is there: seat, face, and the colour of the clothes, BGR."""

    seat: Seat
    face: Face
    clothes: list[float]


def draw_wall(size: tuple[int, int], rng: np.random.RandomState) -> np.ndarray:
    """Return panels, a light on them, and stains: nothing is flat. (height, width, 3) uint8."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    light = 62 - 26 * y / height + 9 * np.cos(6 * x / width - 1)
    light += 5 * np.sign(np.sin(x * 2 * np.pi / (0.11 * width)))
    stains = cv2.resize(rng.randn(12, 20).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    light += 5 * stains
    return np.clip(light[..., None] * (0.75, 0.9, 1.0), 0, 255).astype(np.uint8)


def grain(size: tuple[int, int], rng: np.random.RandomState) -> np.ndarray:
    """Return what all surfaces are multiplied with, 128 for 1: (height, width, 3) uint8."""
    rough = cv2.GaussianBlur(rng.randn(size[1], size[0]).astype(np.float32), (0, 0), 1.2)
    rough = np.clip(128 + 22 * rough, 0, 255).astype(np.uint8)
    return cv2.merge([rough] * 3)


def draw_row(image: np.ndarray, seats: Sequence[Seat], sitters: Sequence[Sitter]) -> None:
    """Draw a row's chairs, those who sit there up to the neck, and the desk before them.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3), uint8, BGR
        Drawn on.
    seats : list of Seat
        The row's seats, at least one.
    sitters : list of Sitter
    """
    _terrace(image, seats[0])
    for x in _chairs(seats, image.shape[1]):
        _chair(image, x, seats[0])
    for sitter in sitters:
        _body(image, *sitter)
    _desk(image, seats[0])


def _terrace(image: np.ndarray, seat: Seat) -> None:
    """The step that a row stands on, dark under the row behind."""
    top, height = int(seat.y + 0.35 * seat.face_px), image.shape[0]
    part = image[max(top, 0) : min(int(seat.y + 6 * seat.face_px), height)]
    fade = np.linspace(0.55, 1.0, len(part), dtype=np.float32)[:, None, None]
    part[:] = (part * fade).astype(np.uint8)


def _chairs(seats: Sequence[Seat], width: int) -> np.ndarray:
    """Return the middles of a row's chairs: the viewers' own, and empty ones between and beside."""
    px = seats[0].face_px
    step = seats[1].x - seats[0].x if len(seats) > 1 else 2 * px
    step /= max(1, int(step / (1.72 * px)))
    first = seats[0].x - step * np.ceil((seats[0].x + px) / step)
    return np.arange(first, width + px, step)


def _chair(image: np.ndarray, x: float, seat: Seat) -> None:
    px, y, bottom = seat.face_px, seat.y, seat.y + 4 * seat.face_px
    for inset, shade in ((0.0, 0.7), (0.05, 1.0), (0.14, 1.15), (0.2, 0.95)):
        box = (x - (0.8 - inset) * px, y + (inset - 0.3) * px, x + (0.8 - inset) * px, bottom)
        draw_block(image, box, 0.3 * px, SEAT, shade)
    for side in (-0.83, 0.83):
        box = (x + (side - 0.09) * px, y + 1.15 * px, x + (side + 0.09) * px, bottom)
        draw_block(image, box, 0.08 * px, SEAT, 0.45)


def clothes_colour(rng: np.random.RandomState) -> list[float]:
    """Return a muted colour, BGR."""
    hsv = np.array([[[rng.randint(180), rng.randint(20, 110), rng.randint(40, 125)]]], np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].tolist()


def _body(image: np.ndarray, seat: Seat, face: Face, clothes: Sequence[float]) -> None:
    px, x, y, bottom = seat.face_px, seat.x, seat.y, seat.y + 2 * seat.face_px
    middle = face.neutral.shape[1] // 2
    cheek = face.neutral[int(0.6 * len(face.neutral)), middle - 3 : middle + 3].mean(axis=0)
    for inset, shade in ((0.0, 0.75), (0.06, 0.9), (0.2, 1.0)):
        box = (
            x - (0.86 - inset) * px,
            y + (0.62 + inset / 3) * px,
            x + (0.86 - inset) * px,
            bottom,
        )
        draw_block(image, box, 0.5 * px, clothes, shade)
    draw_block(image, (x - 0.26 * px, y, x + 0.26 * px, y + 0.76 * px), 0.1 * px, cheek, 0.55)
    neckline = (x, y + 0.7 * px), (0.62 * px, 0.3 * px), 0
    cv2.ellipse(image, neckline, [0.5 * c for c in cheek.tolist()], -1, cv2.LINE_AA)


def _desk(image: np.ndarray, seat: Seat) -> None:
    """Draw the desk before a row: it hides what is below the chest."""
    px, width = seat.face_px, image.shape[1]
    for top, bottom, shade in ((0, 0.07, 1.5), (0.07, 0.2, 1.1), (0.2, 6, 0.55)):
        first, last = seat.y + (DESK + top) * px, seat.y + (DESK + bottom) * px
        draw_block(image, (-1, first, width + 1, last), 0.01, WOOD, shade)
    for x in np.arange(0.3 * px, width, 2.6 * px):
        box = (x, seat.y + (DESK + 0.3) * px, x + 2.3 * px, seat.y + (DESK + 4) * px)
        draw_block(image, box, 0.05 * px, WOOD, 0.65)


def draw_block(
    image: np.ndarray,
    box: tuple[float, float, float, float],
    round_px: float,
    colour: Sequence[float],
    shade: float,
) -> None:
    """Fill a box whose upper corners are round."""
    x1, y1, x2, y2 = box
    turn = np.linspace(0, np.pi / 2, 9)
    left = np.column_stack([x1 + round_px * (1 - np.cos(turn)), y1 + round_px * (1 - np.sin(turn))])
    right = np.column_stack([x1 + x2 - left[::-1, 0], left[::-1, 1]])
    outline = np.concatenate([left, right, [(x2, y2), (x1, y2)]])
    shaded = [float(np.clip(shade * c, 0, 255)) for c in colour]
    cv2.fillPoly(image, [np.rint(outline * 16).astype(np.int32)], shaded, cv2.LINE_AA, 4)
