"""Drawing the pretend auditorium: hall, seats, bodies, heads, walkers, and the camera's faults."""

from __future__ import annotations

import cv2
import numpy as np

from edge.audience_faces import at_degree
from edge.audience_moves import DESK

NOISE = 2.2  # grey levels
# BGR.
SEAT, WOOD, COAT, HAIR = (38, 28, 92), (44, 66, 92), (40, 35, 33), (17, 20, 26)
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
        self._clothes = [_cloth(self._random) for _ in faces]
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
            _terrace(image, self._seats[line[0]])
            for x in _chairs([self._seats[i] for i in line], self._size[0]):
                _chair(image, x, self._seats[line[0]])
            for i in line:
                if present[i]:
                    _body(image, self._seats[i], self._faces[i], self._clothes[i])
            _desk(image, self._seats[line[0]])
        return cv2.multiply(image, self._grain, scale=1 / 128)

    def _head(self, image, i, pose):
        face = self._faces[i]
        step = round(pose.degree * DEGREE_STEPS)
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
        _block(image, box, 0.3 * px, SEAT, shade)
    for side in (-0.83, 0.83):
        box = (x + (side - 0.09) * px, y + 1.15 * px, x + (side + 0.09) * px, bottom)
        _block(image, box, 0.08 * px, SEAT, 0.45)


def _cloth(random):
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
        _block(image, box, 0.5 * px, clothes, shade)
    _block(image, (x - 0.26 * px, y, x + 0.26 * px, y + 0.76 * px), 0.1 * px, cheek, 0.55)
    collar = [(-0.3, 0.68), (0.3, 0.68), (0.0, 1.05)]
    points = [(round((x + a * px) * 16), round((y + b * px) * 16)) for a, b in collar]
    cv2.fillPoly(image, [np.int32(points)], [0.55 * c for c in cheek.tolist()], cv2.LINE_AA, 4)


def _desk(image, seat):
    """Draw the desk before a row: it hides what is below the chest."""
    px, width = seat.face_px, image.shape[1]
    for top, bottom, shade in ((0, 0.07, 1.5), (0.07, 0.2, 1.1), (0.2, 6, 0.55)):
        first, last = seat.y + (DESK + top) * px, seat.y + (DESK + bottom) * px
        _block(image, (-1, first, width + 1, last), 0.01, WOOD, shade)
    for x in np.arange(0.3 * px, width, 2.6 * px):
        box = (x, seat.y + (DESK + 0.3) * px, x + 2.3 * px, seat.y + (DESK + 4) * px)
        _block(image, box, 0.05 * px, WOOD, 0.65)


def _walker(image, box):
    x1, y1, x2, y2 = box
    middle, wide = (x1 + x2) / 2, x2 - x1
    for inset, shade in ((0.0, 0.8), (0.1, 1.1)):
        shoulder = (x1 + inset * wide, y1 + (0.52 + inset / 3) * wide, x2 - inset * wide, y2)
        _block(image, shoulder, 0.32 * wide, COAT, shade)
    head = (middle, y1 + 0.36 * wide), (0.5 * wide, 0.72 * wide), 0
    cv2.ellipse(image, head, HAIR, -1, cv2.LINE_AA)


def _block(image, box, round_px, colour, shade):
    """Fill a box whose upper corners are round."""
    x1, y1, x2, y2 = box
    turn = np.linspace(0, np.pi / 2, 9)
    left = np.column_stack([x1 + round_px * (1 - np.cos(turn)), y1 + round_px * (1 - np.sin(turn))])
    right = np.column_stack([x1 + x2 - left[::-1, 0], left[::-1, 1]])
    outline = np.concatenate([left, right, [(x2, y2), (x1, y2)]])
    colour = [float(np.clip(shade * c, 0, 255)) for c in colour]
    cv2.fillPoly(image, [np.rint(outline * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
