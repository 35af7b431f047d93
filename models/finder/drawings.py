"""Drawn things that are no faces: letters, logos, emoji, clocks, frames, blobs of light, textures.

Cascades and nets alike take them for faces, so they are drawn into pictures to learn from.
"""

from __future__ import annotations

import string

import cv2
import numpy as np

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
LETTERS = string.ascii_letters + string.digits + "&@#%?!"


def draw_something(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Draw one thing that is no face into a grey picture.

    Parameters
    ----------
    picture : (H, W) uint8
        Drawn into.
    at : x, y, side
        The square to draw in, pixels; it may reach over the edge.
    rng : numpy Generator
    """
    kind = KINDS[rng.integers(len(KINDS))]
    kind(picture, at, rng)


def _shade(rng: np.random.Generator) -> int:
    return int(rng.integers(256))


def _letters(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    x, y, side = at
    count = int(rng.integers(1, 8))
    text = "".join(rng.choice(list(LETTERS), count))
    font = int(FONTS[rng.integers(len(FONTS))])
    scale = side / 22.0 / (1 if count < 3 else count / 2)
    thick = max(1, round(scale * rng.uniform(1, 4)))
    if rng.random() < 0.4:
        cv2.rectangle(picture, (x, y), (x + side, y + side), _shade(rng), -1)
    cv2.putText(
        picture, text, (x, y + round(side * 0.8)), font, scale, _shade(rng), thick, cv2.LINE_AA
    )


def _emoji(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    x, y, side = at
    face, ink = _shade(rng), _shade(rng)
    middle = (x + side // 2, y + side // 2)
    radius = max(2, side // 2)
    cv2.circle(picture, middle, radius, face, -1, cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.circle(picture, middle, radius, ink, max(1, side // 24), cv2.LINE_AA)
    eye = max(1, round(side * rng.uniform(0.04, 0.1)))
    for dx in (-0.18, 0.18):
        centre = (round(x + side * (0.5 + dx)), round(y + side * 0.4))
        axes = (eye, max(1, round(eye * rng.uniform(0.3, 1.8))))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, ink, -1, cv2.LINE_AA)
    mouth = (round(x + side * 0.5), round(y + side * rng.uniform(0.55, 0.75)))
    axes = (
        max(1, round(side * rng.uniform(0.1, 0.3))),
        max(1, round(side * rng.uniform(0.03, 0.2))),
    )
    start = float(rng.choice([0, 180]))
    thick = -1 if rng.random() < 0.3 else max(1, side // 16)
    cv2.ellipse(picture, mouth, axes, 0, start, start + 180, ink, thick, cv2.LINE_AA)


def _logo(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    x, y, side = at
    for _ in range(int(rng.integers(1, 6))):
        centre = (x + int(rng.integers(side + 1)), y + int(rng.integers(side + 1)))
        axes = (1 + int(rng.integers(side // 2 + 1)), 1 + int(rng.integers(side // 2 + 1)))
        thick = -1 if rng.random() < 0.6 else max(1, side // 10)
        shape = rng.integers(3)
        if shape == 0:
            angle = float(rng.uniform(0, 180))
            cv2.ellipse(picture, centre, axes, angle, 0, 360, _shade(rng), thick, cv2.LINE_AA)
        elif shape == 1:
            corner = (centre[0] + axes[0], centre[1] + axes[1])
            cv2.rectangle(picture, centre, corner, _shade(rng), thick)
        else:
            points = rng.integers(0, side + 1, (int(rng.integers(3, 7)), 2)) + np.array([x, y])
            cv2.fillPoly(picture, [points.astype(np.int32)], _shade(rng), cv2.LINE_AA)


def _lights(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Soft discs, as lamps out of focus give."""
    x, y, side = at
    layer = picture.astype(np.float32)
    for _ in range(int(rng.integers(1, 5))):
        disc: np.ndarray = np.zeros(picture.shape, np.float32)
        centre = (x + int(rng.integers(side + 1)), y + int(rng.integers(side + 1)))
        cv2.circle(disc, centre, max(2, round(side * rng.uniform(0.15, 0.5))), 1.0, -1, cv2.LINE_AA)
        disc = cv2.GaussianBlur(disc, (0, 0), max(0.5, side * rng.uniform(0.02, 0.15)))
        layer += disc * rng.uniform(-120, 160)
    picture[:] = np.clip(layer, 0, 255).astype(np.uint8)


def _texture(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    x, y, side = at
    part = picture[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)]
    if part.size == 0:
        return
    rows, columns = np.mgrid[: part.shape[0], : part.shape[1]].astype(np.float32)
    angle, wave = rng.uniform(0, np.pi), rng.uniform(3, max(4.0, side / 2))
    across = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / wave)
    if rng.random() < 0.5:  # checks and weaves
        across *= np.sin((rows * np.cos(angle) - columns * np.sin(angle)) * 2 * np.pi / wave)
    if rng.random() < 0.4:
        across = np.sign(across)
    grey = rng.uniform(40, 210) + across * rng.uniform(10, 90)
    part[:] = np.clip(grey, 0, 255).astype(np.uint8)


def _clock(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Draw a round dial on a wall: rim, marks or numbers, hands; a plate where it has none."""
    x, y, side = at
    dial, ink = _shade(rng), _shade(rng)
    middle, radius = (x + side // 2, y + side // 2), max(3, side // 2)
    axes = (radius, max(2, round(radius * rng.uniform(0.75, 1))))
    cv2.ellipse(picture, middle, axes, 0, 0, 360, dial, -1, cv2.LINE_AA)
    if rng.random() < 0.8:
        rim = max(1, round(side * rng.uniform(0.02, 0.12)))
        cv2.ellipse(picture, middle, axes, 0, 0, 360, _shade(rng), rim, cv2.LINE_AA)

    def place(part: float, hour: float) -> tuple[int, int]:
        angle = hour * np.pi / 6
        across, up = np.sin(angle) * part * axes[0], np.cos(angle) * part * axes[1]
        return round(middle[0] + across), round(middle[1] - up)

    thick = max(1, side // 40)
    marks, size = rng.random(), side / 260
    for hour in range(12) if marks < 0.8 else ():
        if marks < 0.4:
            cv2.line(picture, place(0.75, hour), place(0.88, hour), ink, thick, cv2.LINE_AA)
        else:
            column, row = place(0.72, hour)
            corner = (round(column - 8 * size), round(row + 8 * size))
            font, text = cv2.FONT_HERSHEY_DUPLEX, str(hour or 12)
            cv2.putText(picture, text, corner, font, size, ink, thick, cv2.LINE_AA)
    for length in (0.5, 0.75, 0.8)[: int(rng.integers(4))]:
        end = place(length, rng.uniform(0, 12))
        cv2.line(picture, middle, end, ink, max(1, side // 30), cv2.LINE_AA)


def _frame(picture: np.ndarray, at: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Draw a frame on a wall, with a mount and blots for a picture."""
    x, y, side = at
    width = round(side * rng.uniform(0.6, 1))
    cv2.rectangle(picture, (x, y), (x + width, y + side), _shade(rng), -1)
    rim = max(1, round(side * rng.uniform(0.05, 0.25)))
    inside = (x + rim, y + rim), (x + width - rim, y + side - rim)
    cv2.rectangle(picture, *inside, _shade(rng), -1)
    for _ in range(int(rng.integers(0, 5))):
        centre = (int(rng.integers(x, x + width + 1)), int(rng.integers(y, y + side + 1)))
        axes = (1 + int(rng.integers(width // 3 + 1)), 1 + int(rng.integers(side // 3 + 1)))
        turn = float(rng.uniform(0, 180))
        cv2.ellipse(picture, centre, axes, turn, 0, 360, _shade(rng), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (x, y), (x + width, y + side), _shade(rng), rim)


KINDS = (_letters, _letters, _emoji, _logo, _logo, _clock, _frame, _lights, _texture)
