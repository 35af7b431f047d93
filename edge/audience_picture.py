"""Drawing the pretend auditorium: hall, seats, bodies, heads, walkers, and the camera's faults."""

from __future__ import annotations

import cv2
import numpy as np

from edge.audience_faces import at_degree

NOISE = 2.2  # grey levels
SEAT = (38, 28, 92)
DEGREE_STEPS = 64


class Hall:
    """Draws frames; remembers the still parts and what was drawn last of each face.

    Parameters
    ----------
    script : Script
    faces : list of Face
    size : tuple of int
        Width and height in pixels.
    seed : int
    """

    def __init__(self, script, faces, size, seed):
        self._seats, self._faces, self._size = script.seats, faces, size
        self._random = np.random.RandomState([seed, 3])
        self._wall = _wall(size, self._random)
        self._grain = _texture(size, self._random)
        self._clothes = self._random.uniform(20, 120, (len(faces), 3))
        self._noise = _noise(size, self._random)
        self._still, self._present = None, None
        self._drawn = [(None, None)] * len(faces)

    def frame(self, poses, walkers, gain):
        """Draw a frame.

        Parameters
        ----------
        poses : list of Pose
            One for each viewer.
        walkers : list of tuple
            Row, and x1 y1 x2 y2 in pixels of whoever walks there.
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
            for _, box in (walker for walker in walkers if walker[0] == row):
                _walker(image, box)
        return self._camera(image, gain)

    def _camera(self, image, gain):
        height, width = image.shape[:2]
        y, x = self._random.randint(64, size=2)
        noise = self._noise[y : y + height, x : x + width]
        # The noise is kept with 32 added, since pictures have no negative numbers.
        return cv2.addWeighted(image, gain, noise, 1.0, -32.0)

    def _furnish(self, present):
        image = self._wall.copy()
        for row in range(self._seats[-1].row + 1):
            line = [i for i, seat in enumerate(self._seats) if seat.row == row]
            for i in line:
                _seat(image, self._seats[i])
            for i in line:
                if present[i]:
                    _body(image, self._seats[i], self._faces[i], self._clothes[i])
        return cv2.multiply(image, self._grain, scale=1 / 128)

    def _head(self, image, i, pose):
        face = self._faces[i]
        step = int(round(pose.degree * DEGREE_STEPS))
        if self._drawn[i][0] != step:
            self._drawn[i] = (step, at_degree(face, step / DEGREE_STEPS))
        head = self._drawn[i][1]
        if pose.yaw or pose.pitch:
            head = _turned(head, face, pose.yaw, pose.pitch)
        left, top = (
            pose.x - (face.box[0] + face.box[2]) / 2,
            pose.y - (face.box[1] + face.box[3]) / 2,
        )
        _paste(image, head, face.alpha, left, top)


def _paste(image, head, alpha, left, top):
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


def _turned(head, face, yaw, pitch):
    """Turn a head as a ball: front and back of it lie side by side, and each pixel looks up one."""
    height, width = face.alpha.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    u, v = (x - (width - 1) / 2) / (width / 2), (y - (height - 1) / 2) / (height / 2)
    z = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    cos, sin = np.float32(np.cos(pitch)), np.float32(np.sin(pitch))
    v, z = v * cos + z * sin * -1, z * cos + v * sin
    cos, sin = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
    u, z = u * cos - z * sin, z * cos + u * sin
    both = np.hstack([head, np.clip(face.back, 0, 255).astype(np.uint8)])
    map_x = (u * 0.97 + 1) * (width / 2) - 0.5 + np.where(z < 0, np.float32(width), 0)
    map_y = (v * 0.97 + 1) * (height / 2) - 0.5
    return cv2.remap(both, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR)


def _wall(size, random):
    """Panels, a light on them, and stains: nothing flat for a detector to rest on."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    light = 62 - 26 * y / height + 9 * np.cos(6 * x / width - 1)
    light += 5 * np.sign(np.sin(x * 2 * np.pi / (0.11 * width)))
    stains = cv2.resize(
        random.randn(12, 20).astype(np.float32), size, interpolation=cv2.INTER_CUBIC
    )
    light += 5 * stains
    return np.clip(light[..., None] * (0.75, 0.9, 1.0), 0, 255).astype(np.uint8)


def _texture(size, random):
    grain = cv2.GaussianBlur(random.randn(size[1], size[0]).astype(np.float32), (0, 0), 1.2)
    grain = np.clip(128 + 22 * grain, 0, 255).astype(np.uint8)
    return cv2.merge([grain] * 3)


def _noise(size, random):
    noise = random.randn(size[1] + 64, size[0] + 64, 3) * NOISE + 32
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def _seat(image, seat):
    px, x, y = seat.face_px, seat.x, seat.y
    _block(image, (x - 0.82 * px, y - 0.28 * px, x + 0.82 * px, y + 3 * px), 0.3 * px, SEAT, 1.0)
    _block(image, (x - 0.66 * px, y - 0.1 * px, x + 0.66 * px, y + 3 * px), 0.2 * px, SEAT, 1.25)


def _body(image, seat, face, clothes):
    px, x, y = seat.face_px, seat.x, seat.y
    neck = face.straight[int(face.box[3]) - 6 : int(face.box[3]) - 2].mean(axis=(0, 1)) * 0.7
    _block(image, (x - 0.27 * px, y + 0.2 * px, x + 0.27 * px, y + 0.9 * px), 0.1 * px, neck, 1.0)
    _block(image, (x - 0.8 * px, y + 0.72 * px, x + 0.8 * px, y + 3 * px), 0.42 * px, clothes, 1.0)


def _walker(image, box):
    x1, y1, x2, y2 = box
    middle, wide = (x1 + x2) / 2, x2 - x1
    coat = (30, 27, 26)
    _block(image, (x1, y1 + 0.62 * wide, x2, y2), 0.3 * wide, coat, 1.0)
    _block(
        image,
        (middle - 0.27 * wide, y1, middle + 0.27 * wide, y1 + 0.8 * wide),
        0.27 * wide,
        (16, 18, 22),
        1.0,
    )


def _block(image, box, round_px, colour, shade):
    """Fill a box whose upper corners are round."""
    x1, y1, x2, y2 = box
    turn = np.linspace(0, np.pi / 2, 9)
    left = np.column_stack([x1 + round_px * (1 - np.cos(turn)), y1 + round_px * (1 - np.sin(turn))])
    right = np.column_stack([x1 + x2 - left[::-1, 0], left[::-1, 1]])
    outline = np.concatenate([left, right, [(x2, y2), (x1, y2)]])
    colour = [float(np.clip(shade * c, 0, 255)) for c in colour]
    cv2.fillPoly(image, [np.rint(outline * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
