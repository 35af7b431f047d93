"""Putting parts of pictures into a picture, and where their faces then are."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.models.finder.canvas import DOUBTFUL, Canvas, Pyramid
from laughtrack.models.finder.teacher import SURE

MOST_ROLL = 60.0  # degrees either way that a face is still to be found at
# A face's head, hair and neck about its box.
HEAD = 1.55


class Placed(NamedTuple):
    """Where a part of a picture goes.

    `turn` (2, 3) maps the source's pixels onto the canvas, `roll` and `scale` are that map's;
    `window` is the canvas' x0, y0, x1, y1 that it may fill; `oval` (centre, axes), in the canvas'
    pixels, is the part's outline where it is laid with a soft edge.
    """

    turn: np.ndarray
    roll: float
    scale: float
    window: tuple[int, int, int, int]
    oval: tuple[float, float, float, float]

    @classmethod
    def tile(
        cls,
        at: tuple[float, float, float],
        canvas_side: int,
        pyramid: Pyramid,
        rng: np.random.Generator,
    ) -> Placed:
        """A picture that fills a square `at` x, y, side: moved, turned and larger than it."""
        x, y, side = at
        height, width = pyramid.levels[0].shape
        roll = _some_roll(rng, 0.35)
        # A turned picture must be larger to fill its square.
        least = side / min(height, width) * (1 + 0.35 * abs(np.sin(np.radians(roll))))
        scale = least * np.exp(rng.uniform(0.0, 0.55))
        if side == canvas_side and rng.random() < 0.3:
            scale *= rng.uniform(1.3, 3.5)  # parts of a face or thing that fills the picture
        if not len(pyramid.faces):
            scale = max(scale, rng.uniform(0.5, 1.2))
        spare = np.maximum(0, np.array([width, height]) * scale - side) / 2
        middle = np.array([x, y]) + side / 2 + rng.uniform(-1, 1, 2) * spare * 0.9
        turn = _turn((width / 2, height / 2), roll, scale, middle)
        window = (round(x), round(y), round(x + side), round(y + side))
        return cls(turn, roll, scale, window, (0.0, 0.0, 0.0, 0.0))

    @classmethod
    def face(cls, size: float, side: int, pyramid: Pyramid, rng: np.random.Generator) -> Placed:
        """The surest face of a picture, `size` pixels large, somewhere in a picture."""
        x, y, w, h = pyramid.faces[0, :4]
        scale = size / float(np.sqrt(max(w * h, 1.0)))
        roll = _some_roll(rng, 0.4)
        middle = rng.uniform(0.05, 0.95, 2) * side
        turn = _turn((x + w / 2, y + h * 0.45), roll, scale, middle)
        head = HEAD * rng.uniform(0.95, 1.35)
        axes = (float(w * scale * head / 2), float(h * scale * head / 2))
        return cls(
            turn, roll, scale, (0, 0, side, side), (float(middle[0]), float(middle[1]), *axes)
        )

    @classmethod
    def patch(
        cls, size: float, side: int, pyramid: Pyramid, rng: np.random.Generator
    ) -> Placed | None:
        """A part of a picture without a face; None if none was found at once."""
        height, width = pyramid.levels[0].shape
        cut = rng.uniform(0.15, 0.4) * min(height, width)
        centre = rng.uniform([cut / 2, cut / 2], [width - cut / 2, height - cut / 2])
        for face in pyramid.faces:
            gap = np.abs(centre - (face[:2] + face[2:4] / 2)) - face[2:4] / 2
            if (gap < cut / 2).all():
                return None
        middle = rng.uniform(0.0, 1.0, 2) * side
        scale = size / cut
        turn = _turn(tuple(centre), 0.0, scale, middle)
        axes = (size / 2, size / 2 * rng.uniform(0.8, 1.3))
        return cls(
            turn, 0.0, scale, (0, 0, side, side), (float(middle[0]), float(middle[1]), *axes)
        )

    @classmethod
    def about(
        cls, place: np.ndarray, middle: np.ndarray, side: int, rng: np.random.Generator
    ) -> Placed:
        """A place of a picture (x, y, side) with what is around it, put at `middle`."""
        scale = _size_for(place[2], rng) / place[2]
        roll = _some_roll(rng, 0.3)
        turn = _turn((place[0], place[1]), roll, scale, middle)
        axes = place[2] * scale * rng.uniform(0.7, 1.6, 2)
        return cls(
            turn,
            roll,
            scale,
            (0, 0, side, side),
            (float(middle[0]), float(middle[1]), float(axes[0]), float(axes[1])),
        )

    @classmethod
    def tile_about(
        cls,
        place: np.ndarray,
        at: tuple[float, float, float],
        pyramid: Pyramid,
        rng: np.random.Generator,
    ) -> Placed:
        """A square `at` x, y, side, filled by what is about a place (x, y, side) of a picture."""
        x, y, side = at
        height, width = pyramid.levels[0].shape
        # Not smaller than what there is to fill the square.
        scale = max(_size_for(place[2], rng) / place[2], side / min(height, width))
        middle = np.array([x, y]) + side * rng.uniform(0.3, 0.7, 2)
        low = np.array([x, y]) + side - scale * (np.array([width, height]) - place[:2])
        high = np.array([x, y]) + scale * place[:2]
        middle = np.clip(middle, low, high)
        turn = _turn((place[0], place[1]), 0.0, scale, middle)
        window = (round(x), round(y), round(x + side), round(y + side))
        return cls(turn, 0.0, scale, window, (0.0, 0.0, 0.0, 0.0))


def _size_for(side: float, rng: np.random.Generator) -> float:
    """About the size at which something looked like a face."""
    return float(np.clip(side * np.exp(rng.normal(0, 0.35)), 7.0, 160.0))


def lay(canvas: Canvas, pyramid: Pyramid, place: Placed, soft: bool = False) -> None:
    """Lay a part of a picture over a canvas, with its faces."""
    x0, y0, x1, y1 = place.window
    if soft:
        cx, cy, ax, ay = place.oval
        reach = max(ax, ay) * 1.3 + 3
        x0, y0 = max(x0, int(cx - reach)), max(y0, int(cy - reach))
        x1, y1 = min(x1, int(cx + reach) + 1), min(y1, int(cy + reach) + 1)
    if x1 <= x0 or y1 <= y0:
        return
    part = _warped(pyramid, place, (x0, y0, x1, y1))
    under = canvas.picture[y0:y1, x0:x1]
    opaque = np.zeros(canvas.picture.shape, bool)
    if soft:
        alpha = _oval(place, (x0, y0, x1, y1))
        under[:] = np.round(under + (part.astype(np.float32) - under) * alpha).astype(np.uint8)
        opaque[y0:y1, x0:x1] = alpha > 0.5
    else:
        under[:] = part
        opaque[y0:y1, x0:x1] = True
    canvas.cover(opaque)
    _add_faces(canvas, pyramid, place, opaque)


def _add_faces(canvas: Canvas, pyramid: Pyramid, place: Placed, opaque: np.ndarray) -> None:
    side = canvas.picture.shape[0]
    for face in pyramid.faces:
        moved = _moved(face, place)
        if face[14] < SURE or abs(place.roll) > MOST_ROLL:
            moved[14] = DOUBTFUL
        x, y, w, h = moved[:4]
        if x > side or y > side or x + w < 0 or y + h < 0:
            continue
        oval = np.zeros((side, side), np.uint8)
        middle = (round(float(x + w / 2) * 16), round(float(y + h / 2) * 16))
        axes = (max(8, round(float(w) * 8)), max(8, round(float(h) * 8)))
        cv2.ellipse(oval, middle, axes, 0, 0, 360, 1, -1, shift=4)
        canvas.add(moved, float(np.pi / 4 * w * h), (oval > 0) & opaque)


def _moved(face: np.ndarray, place: Placed) -> np.ndarray:
    """A face's row once it is placed: an upright box about the turned oval of the face."""
    moved = face.copy()
    points = np.concatenate([[face[:2] + face[2:4] / 2], face[4:14].reshape(5, 2)])
    points = points @ place.turn[:, :2].T + place.turn[:, 2]
    cos, sin = np.cos(np.radians(place.roll)), np.sin(np.radians(place.roll))
    w, h = face[2] * place.scale, face[3] * place.scale
    moved[2], moved[3] = np.hypot(w * cos, h * sin), np.hypot(w * sin, h * cos)
    moved[:2] = points[0] - moved[2:4] / 2
    moved[4:14] = points[1:].ravel()
    return moved


def _warped(pyramid: Pyramid, place: Placed, box: tuple[int, int, int, int]) -> np.ndarray:
    level = int(np.clip(np.floor(np.log2(1 / place.scale) + 0.3), 0, len(pyramid.levels) - 1))
    picture = pyramid.levels[level]
    shrink = np.array(pyramid.levels[0].shape[::-1]) / np.array(picture.shape[::-1])
    turn = place.turn.copy()
    # Pixels are squares whose middle is at one half, at every level.
    turn[:, 2] += turn[:, :2] @ (0.5 * shrink) - 0.5 - np.array(box[:2])
    turn[:, :2] = turn[:, :2] * shrink
    size = (box[2] - box[0], box[3] - box[1])
    return cv2.warpAffine(
        picture, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _oval(place: Placed, box: tuple[int, int, int, int]) -> np.ndarray:
    """How opaque a part with a soft, oval edge is: 1 inside, 0 outside."""
    cx, cy, ax, ay = place.oval
    rows, columns = np.mgrid[box[1] : box[3], box[0] : box[2]].astype(np.float32)
    dx, dy = columns + 0.5 - cx, rows + 0.5 - cy
    cos, sin = np.cos(np.radians(place.roll)), np.sin(np.radians(place.roll))
    across, along = (dx * cos + dy * sin) / max(ax, 1), (-dx * sin + dy * cos) / max(ay, 1)
    far = np.hypot(across, along)
    return np.clip((1.0 - far) / 0.18 + 0.5, 0, 1)


def _turn(centre: tuple[float, float], roll: float, scale: float, middle: np.ndarray) -> np.ndarray:
    """The map (2, 3) that turns by `roll` degrees, scales, and brings `centre` to `middle`."""
    cos, sin = np.cos(np.radians(roll)) * scale, np.sin(np.radians(roll)) * scale
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    turn[:, 2] = middle - turn[:, :2] @ np.asarray(centre)
    return turn


def _some_roll(rng: np.random.Generator, share: float) -> float:
    return float(rng.triangular(-65, 0, 65)) if rng.random() < share else float(rng.normal(0, 4))
