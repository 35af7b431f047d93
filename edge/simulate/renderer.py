"""Drawing frames of the simulated room: heads and walkers, and the camera's faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.simulate.faces import with_smile
from laughtrack.edge.simulate.room import (
    Sitter,
    clothes_colour,
    draw_block,
    draw_row,
    draw_wall,
    grain,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laughtrack.edge.simulate.faces import Face
    from laughtrack.edge.simulate.motion import Pose, Walker
    from laughtrack.edge.simulate.script import Script

NOISE = 2.2  # grey levels
COAT, HAIR = (40, 35, 33), (17, 20, 26)  # BGR
SMILE_STEPS = 64


class DrawnHead(NamedTuple):
    """A head as it was drawn last, and the step of its smile score, of `SMILE_STEPS`."""

    step: int
    image: np.ndarray


class Renderer:
    """Draws frames; remembers the still parts and what was drawn last of each face.

    Parameters
    ----------
    script : Script
    faces : list of Face
    size : tuple of int
        Width and height in pixels.
    seed : int
    """

    def __init__(
        self, script: Script, faces: Sequence[Face], size: tuple[int, int], seed: int
    ) -> None:
        self._seats, self._faces, self._size = script.seats, faces, size
        self._rng = np.random.RandomState([seed, 3])
        self._wall = draw_wall(size, self._rng)
        self._grain = grain(size, self._rng)
        self._clothes = [clothes_colour(self._rng) for _ in faces]
        self._noise = _noise(size, self._rng)
        self._still = self._wall
        self._present: tuple[bool, ...] = ()
        self._drawn: dict[int, DrawnHead] = {}

    def frame(self, poses: Sequence[Pose], walkers: Sequence[Walker], gain: float) -> np.ndarray:
        """Draw a frame.

        Parameters
        ----------
        poses : list of Pose
            One for each viewer.
        walkers : list of Walker
        gain : float
            Brightness, 1 is usual.

        Returns
        -------
        ndarray, shape (height, width, 3), uint8, BGR
        """
        present = tuple(pose.present for pose in poses)
        if present != self._present:
            self._still, self._present = self._furnish(present), present
        image = self._still.copy()
        for row in range(self._seats[-1].row + 1):
            for i, (seat, pose) in enumerate(zip(self._seats, poses)):
                if seat.row == row and pose.present:
                    self._head(image, i, pose)
            for walker in walkers:
                if walker.row == row:
                    _draw_walker(image, walker)
        return self._as_filmed(image, gain)

    def _as_filmed(self, image: np.ndarray, gain: float) -> np.ndarray:
        height, width = image.shape[:2]
        y, x = self._rng.randint(64, size=2)
        noise = self._noise[y : y + height, x : x + width]
        # The noise is kept with 32 added, since pictures have no negative numbers.
        return cv2.addWeighted(image, gain, noise, 1.0, -32.0)

    def _furnish(self, present: Sequence[bool]) -> np.ndarray:
        image = self._wall.copy()
        for row in range(self._seats[-1].row + 1):
            viewers = [i for i, seat in enumerate(self._seats) if seat.row == row]
            sitters = [
                Sitter(self._seats[i], self._faces[i], self._clothes[i])
                for i in viewers
                if present[i]
            ]
            draw_row(image, [self._seats[i] for i in viewers], sitters)
        return cv2.multiply(image, self._grain, scale=1 / 128)

    def _head(self, image: np.ndarray, i: int, pose: Pose) -> None:
        face = self._faces[i]
        step = round(pose.smile * SMILE_STEPS)
        if i not in self._drawn or self._drawn[i].step != step:
            self._drawn[i] = DrawnHead(step, with_smile(face, step / SMILE_STEPS))
        head = self._drawn[i].image
        if pose.yaw or pose.pitch:
            head = _turned(head, face, pose.yaw, pose.pitch)
        left, top = (
            pose.x - (face.box[0] + face.box[2]) / 2,
            pose.y - (face.box[1] + face.box[3]) / 2,
        )
        _paste(image, head, face.alpha, left, top)


def _paste(image: np.ndarray, head: np.ndarray, alpha: np.ndarray, left: float, top: float) -> None:
    """Lay a head over the picture, to a quarter of a pixel, cut at the picture's edge."""
    x, y = int(np.floor(left)), int(np.floor(top))
    shift = np.array([[1, 0, round(4 * (left - x)) / 4], [0, 1, round(4 * (top - y)) / 4]])
    height, width = alpha.shape
    if shift[:, 2].any():
        head = cv2.warpAffine(head, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.warpAffine(alpha, shift, (width, height))
    x1, y1 = max(x, 0), max(y, 0)
    x2, y2 = min(x + width, image.shape[1]), min(y + height, image.shape[0])
    if x1 >= x2 or y1 >= y2:
        return
    part = (slice(y1 - y, y2 - y), slice(x1 - x, x2 - x))
    under, over = image[y1:y2, x1:x2], alpha[part]
    image[y1:y2, x1:x2] = cv2.blendLinear(
        np.ascontiguousarray(head[part]), np.ascontiguousarray(under), over + 0.0, 1.0 - over
    )


def _turned(head: np.ndarray, face: Face, yaw: float, pitch: float) -> np.ndarray:
    """Turn a head like a ball, its face painted on the front and its hair on the back."""
    height, width = face.alpha.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    u, v = (x - (width - 1) / 2) / (width / 2), (y - (height - 1) / 2) / (height / 2)
    z = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    cos, sin = np.float32(np.cos(pitch)), np.float32(np.sin(pitch))
    v, z = v * cos - z * sin, z * cos + v * sin
    cos, sin = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
    u, z = u * cos - z * sin, z * cos + u * sin
    map_x, map_y = (u * 0.97 + 1) * (width / 2) - 0.5, (v * 0.97 + 1) * (height / 2) - 0.5
    front = cv2.remap(head, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    back = cv2.remap(face.back, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # The face ends in hair, gradually; all the less so the less the head is turned.
    hair = 1 - np.clip((z - 0.05) / 0.4, 0, 1)
    hair = np.where(z > 0, hair * min(1.0, max(abs(yaw), pitch) / 0.5), 1).astype(np.float32)
    return cv2.blendLinear(front, back, 1 - hair, hair)


def _noise(size: tuple[int, int], rng: np.random.RandomState) -> np.ndarray:
    noise = rng.randn(size[1] + 64, size[0] + 64, 3) * NOISE + 32
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def _draw_walker(image: np.ndarray, walker: Walker) -> None:
    x1, y1, x2, y2 = walker.box
    middle, wide = (x1 + x2) / 2, x2 - x1
    for inset, shade in ((0.0, 0.8), (0.1, 1.1)):
        shoulder = (x1 + inset * wide, y1 + (0.52 + inset / 3) * wide, x2 - inset * wide, y2)
        draw_block(image, shoulder, 0.32 * wide, COAT, shade)
    head = (middle, y1 + 0.36 * wide), (0.5 * wide, 0.72 * wide), 0
    cv2.ellipse(image, head, HAIR, -1, cv2.LINE_AA)
