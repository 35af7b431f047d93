"""Pictures put together out of faces whose boxes are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from laughtrack.tracker.boxes import overlap
from tests.bench.finders.engines import YuNet
from tests.bench.finders.faces import TEACHER_SURE, Face
from tests.bench.finders.matching import Judged

CANVAS = 480, 640
# A picture placed is cut to so many widths of its face.
WIDEST = 2.2
# Sigma of the noise that every composed picture has, grey levels.
NOISE = 2.0


def sized(face: Face, face_px: float) -> Face:
    """Shrink or enlarge a face's picture until its box is so wide."""
    scale = face_px / (face.box[2] - face.box[0])
    size = [max(4, round(scale * side)) for side in face.grey.shape[::-1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scales = np.tile(np.array(size) / face.grey.shape[::-1], 2)
    return face._replace(grey=cv2.resize(face.grey, size, interpolation=how), box=face.box * scales)


def rolled(face: Face, degrees: float) -> Face:
    """Turn a picture around the middle of the face; the box is that of the turned oval."""
    (x1, y1, x2, y2), height, width = face.box, *face.grey.shape
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    turn = cv2.getRotationMatrix2D((x, y), degrees, 1.0)
    grey = cv2.warpAffine(face.grey, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    middle = np.array([x, y])
    half = np.hypot((x2 - x1) * np.array([cos, sin]), (y2 - y1) * np.array([sin, cos])) / 2
    return face._replace(grey=grey, box=np.concatenate([middle - half, middle + half]))


def cropped(face: Face, side: int) -> Face:
    """Cut a picture down to a square around the face, where it is larger."""
    left, top = ((face.box[:2] + face.box[2:] - side) / 2).astype(int).clip(0)
    grey = face.grey[top : top + side, left : left + side]
    return face._replace(grey=grey, box=moved(face.box, -left, -top))


def moved(box: np.ndarray, x: float, y: float) -> np.ndarray:
    """Move a box."""
    return box + np.array([x, y, x, y])


def placed(
    faces: Sequence[Face],
    face_px: float,
    scenes: Sequence[np.ndarray],
    seed: int,
    gap: float = 0.0,
    change: Callable[[np.ndarray], np.ndarray] = lambda grey: grey,
) -> list[Judged]:
    """Put faces side by side on plain grey and on scenes, in turns.

    Parameters
    ----------
    faces : sequence of Face
    face_px : float
        Width of each face's box.
    scenes : sequence of ndarray
        Pictures without a face.
    seed : int
        Of the noise and the scenes' order.
    gap : float
        Between pictures, in widths of a face, beside 8 px.
    change : function
        Done to every whole picture.

    Returns
    -------
    list of Judged
        Each face's labels have "plain" or "scene" added.
    """
    random = np.random.RandomState(seed)
    faces = [cropped(sized(face, face_px), round(WIDEST * face_px)) for face in faces]
    cell = 8 + round(gap * face_px) + max(max(face.grey.shape) for face in faces)
    height, width = (max(side, cell) for side in CANVAS)
    across, down = width // cell, height // cell
    result = []
    for n, first in enumerate(range(0, len(faces), across * down)):
        ground, kind = np.full((height, width), random.randint(60, 200), np.uint8), "plain"
        if n % 2:
            scene = scenes[random.randint(len(scenes))]
            ground, kind = cv2.resize(scene, (width, height)), "scene"
        boxes, labels = [], []
        for i, face in enumerate(faces[first : first + across * down]):
            y, x = cell * (i // across) + 4, cell * (i % across) + 4
            ground[y : y + face.grey.shape[0], x : x + face.grey.shape[1]] = face.grey
            boxes.append(moved(face.box, x, y))
            labels.append((*face.labels, kind))
        result.append(Judged(_noisy(change(ground), random), np.array(boxes), labels))
    return result


def _noisy(grey: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    noise = random.normal(0, NOISE, grey.shape)
    return np.clip(np.rint(grey + noise), 0, 255).astype(np.uint8)


def dark(grey: np.ndarray) -> np.ndarray:
    """Take 0.3 of the light."""
    return (0.3 * grey).astype(np.uint8)


def flat(grey: np.ndarray) -> np.ndarray:
    """Take 0.3 of the contrast."""
    return (128 + 0.3 * (grey.astype(np.float32) - 128)).astype(np.uint8)


def crowds(faces: Sequence[Face], teacher: YuNet, many: int, seed: int) -> list[Judged]:
    """Make dense crowds: whole pictures edge to edge, faces of 10 to 20 px; truth is the teacher's.

    A box of the teacher's that holds no face that was put there does not count.
    """
    random = np.random.RandomState(seed)
    result = []
    for _ in range(many):
        face_px = random.uniform(10, 20)
        tile = round(2.2 * face_px)
        ground, put = np.zeros(CANVAS, np.uint8), []
        for y in range(0, CANVAS[0], tile):
            for x in range(0, CANVAS[1], tile):
                face = sized(faces[random.randint(len(faces))], face_px * random.uniform(0.9, 1.1))
                part = cropped(face, tile)
                grey = part.grey[: CANVAS[0] - y, : CANVAS[1] - x]
                ground[y : y + grey.shape[0], x : x + grey.shape[1]] = grey
                put.append(moved(part.box, x, y))
        ground = _noisy(ground, random)
        boxes = teacher(ground).above(TEACHER_SURE).boxes
        boxes = boxes[overlap(boxes, np.array(put)).max(axis=1, initial=0) >= 0.3]
        result.append(Judged(ground, boxes, [()] * len(boxes)))
    return result
