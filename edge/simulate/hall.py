"""The still parts of the pretend auditorium: wall, chairs, desks, and bodies."""

from __future__ import annotations

import cv2
import numpy as np

from laughtrack.edge.simulate.moves import DESK

SEAT, WOOD = (38, 28, 92), (44, 66, 92)  # BGR


def draw_wall(size, random):
    """Return panels, a light on them, and stains: nothing is flat. (height, width, 3) uint8."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    light = 62 - 26 * y / height + 9 * np.cos(6 * x / width - 1)
    light += 5 * np.sign(np.sin(x * 2 * np.pi / (0.11 * width)))
    stains = cv2.resize(
        random.randn(12, 20).astype(np.float32), size, interpolation=cv2.INTER_CUBIC
    )
    light += 5 * stains
    return np.clip(light[..., None] * (0.75, 0.9, 1.0), 0, 255).astype(np.uint8)


def grain(size, random):
    """Return what all surfaces are multiplied with, 128 for 1: (height, width, 3) uint8."""
    rough = cv2.GaussianBlur(random.randn(size[1], size[0]).astype(np.float32), (0, 0), 1.2)
    rough = np.clip(128 + 22 * rough, 0, 255).astype(np.uint8)
    return cv2.merge([rough] * 3)


def draw_row(image, seats, sitting):
    """Draw a row's chairs, whoever sits there up to the neck, and the desk before them.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3), uint8, BGR
        Drawn on.
    seats : list of Seat
        The row's seats, at least one.
    sitting : list of tuple
        Seat, Face, and colour of the clothes of each viewer who is there.
    """
    _terrace(image, seats[0])
    for x in _chairs(seats, image.shape[1]):
        _chair(image, x, seats[0])
    for seat, face, clothes in sitting:
        _body(image, seat, face, clothes)
    _desk(image, seats[0])


def _terrace(image, seat):
    """The step that a row stands on, dark under the row behind."""
    top, height = int(seat.y + 0.35 * seat.face_px), image.shape[0]
    part = image[max(top, 0) : min(int(seat.y + 6 * seat.face_px), height)]
    fade = np.linspace(0.55, 1.0, len(part), dtype=np.float32)[:, None, None]
    part[:] = (part * fade).astype(np.uint8)


def _chairs(line, width):
    """Return the middles of a row's chairs: the viewers' own, and empty ones between and beside."""
    px = line[0].face_px
    step = line[1].x - line[0].x if len(line) > 1 else 2 * px
    step /= max(1, int(step / (1.72 * px)))
    first = line[0].x - step * np.ceil((line[0].x + px) / step)
    return np.arange(first, width + px, step)


def _chair(image, x, seat):
    px, y, bottom = seat.face_px, seat.y, seat.y + 4 * seat.face_px
    for inset, shade in ((0.0, 0.7), (0.05, 1.0), (0.14, 1.15), (0.2, 0.95)):
        box = (x - (0.8 - inset) * px, y + (inset - 0.3) * px, x + (0.8 - inset) * px, bottom)
        draw_block(image, box, 0.3 * px, SEAT, shade)
    for side in (-0.83, 0.83):
        box = (x + (side - 0.09) * px, y + 1.15 * px, x + (side + 0.09) * px, bottom)
        draw_block(image, box, 0.08 * px, SEAT, 0.45)


def cloth(random):
    """Return a muted colour, BGR."""
    hsv = np.uint8([[[random.randint(180), random.randint(20, 110), random.randint(40, 125)]]])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].tolist()


def _body(image, seat, face, clothes):
    px, x, y, bottom = seat.face_px, seat.x, seat.y, seat.y + 2 * seat.face_px
    middle = face.straight.shape[1] // 2
    cheek = face.straight[int(0.6 * len(face.straight)), middle - 3 : middle + 3].mean(axis=0)
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


def _desk(image, seat):
    """Draw the desk before a row: it hides what is below the chest."""
    px, width = seat.face_px, image.shape[1]
    for top, bottom, shade in ((0, 0.07, 1.5), (0.07, 0.2, 1.1), (0.2, 6, 0.55)):
        first, last = seat.y + (DESK + top) * px, seat.y + (DESK + bottom) * px
        draw_block(image, (-1, first, width + 1, last), 0.01, WOOD, shade)
    for x in np.arange(0.3 * px, width, 2.6 * px):
        box = (x, seat.y + (DESK + 0.3) * px, x + 2.3 * px, seat.y + (DESK + 4) * px)
        draw_block(image, box, 0.05 * px, WOOD, 0.65)


def draw_block(image, box, round_px, colour, shade):
    """Fill a box whose upper corners are round."""
    x1, y1, x2, y2 = box
    turn = np.linspace(0, np.pi / 2, 9)
    left = np.column_stack([x1 + round_px * (1 - np.cos(turn)), y1 + round_px * (1 - np.sin(turn))])
    right = np.column_stack([x1 + x2 - left[::-1, 0], left[::-1, 1]])
    outline = np.concatenate([left, right, [(x2, y2), (x1, y2)]])
    colour = [float(np.clip(shade * c, 0, 255)) for c in colour]
    cv2.fillPoly(image, [np.rint(outline * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
