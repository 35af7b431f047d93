"""Crops to learn from: faces with and without covers, as rooms and cameras show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.smile import quality
from laughtrack.edge.smile.crops import MIN_QUALITY, SIZE, crop_faces
from laughtrack.models.finder.degrade import degrade
from laughtrack.models.mouth.face_frame import FaceFrame
from laughtrack.models.mouth.sheet import Drawer, Sheet

WIDTHS_PX = (18.0, 110.0)
HIDDEN, SEEN = 0.2, 0.75  # of the mouth: between them nothing is said
SPOILT = 0.4  # of them by light, blur, noise or compression
LEAST_SIGNAL = 2.5  # times what an eye can tell apart: of less nothing is learnt
PATCH = 2.0  # a base's picture shows this many times the box's side
CONFIDENCE = 0.9  # of the finder: whatever it is, covers hide mouths


class Base(NamedTuple):
    """A face to draw on: `patch` (S, S) uint8, `PATCH` times its box, and five points (5, 2) px."""

    patch: np.ndarray
    points: np.ndarray


class Lesson(NamedTuple):
    """A crop (SIZE, SIZE) uint8, whether its mouth is hidden, and its box's side in pixels."""

    crop: np.ndarray
    hidden: bool
    width_px: float


def lesson(base: Base, kinds: Sequence[Drawer], rng: np.random.Generator) -> Lesson | None:
    """A face with one of so many things drawn over it, or with none, seen by a camera.

    Parameters
    ----------
    base : Base
    kinds : sequence of drawers
        Of `models.mouth.covers`; none: the face as it is.
    rng : numpy Generator

    Returns
    -------
    Lesson or None
        None where half a mouth is to be seen, or where the loop would not score the face anyway.
    """
    hidden, picture = False, base.patch
    if kinds:
        frame = FaceFrame.of_points(base.points)
        sheet = Sheet(base.patch, frame)
        kinds[int(rng.integers(len(kinds)))](sheet, rng)
        seen = frame.seen_of_mouth(sheet.cover)
        if HIDDEN < seen < SEEN:
            return None
        hidden = seen <= HIDDEN
        picture = np.clip(np.rint(sheet.picture), 0, 255).astype(np.uint8)
    return seen_in_a_room(picture, hidden, rng)


def seen_in_a_room(picture: np.ndarray, hidden: bool, rng: np.random.Generator) -> Lesson | None:
    """The crop of a face as a camera sees it from somewhere; None where it is not scored."""
    side = picture.shape[0] / PATCH
    width = float(np.exp(rng.uniform(*np.log(WIDTHS_PX))))
    # Boxes are off, and larger or smaller than they should be: around a covered face much so.
    shift = rng.normal(0, 0.08, 2)
    around = float(np.exp(rng.normal(0.1, 0.17)))
    scale = width / (side * around)
    room = int(np.ceil(1.7 * width))
    if scale < 0.8:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale)
    matrix = cv2.getRotationMatrix2D((0, 0), float(rng.normal(0, 8)), scale)
    middle = np.full(2, picture.shape[0] / 2 - 0.5) + shift * side
    matrix[:, 2] = room / 2 - 0.5 - matrix[:, :2] @ middle
    seen = cv2.warpAffine(picture, matrix, (room, room), borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < SPOILT:
        seen, signal = degrade(seen, width, rng)
        if signal.std() < LEAST_SIGNAL:
            return None
    if rng.random() < 0.5:
        seen = np.ascontiguousarray(seen[:, ::-1])
    corners = [room / 2 - width / 2] * 2 + [room / 2 + width / 2] * 2
    crop = crop_faces(seen, np.array([corners]))[0]
    return Lesson(crop, hidden, width) if is_scored(crop, width) else None


def is_scored(crop: np.ndarray, width_px: float) -> bool:
    """Whether the loop scores such a face, whatever is seen of its mouth."""
    trust = quality.trust(crop[None], np.array([width_px]), np.array([CONFIDENCE]))
    return bool(2 * trust[0] - 1 >= MIN_QUALITY)


def stacked(lessons: Sequence[Lesson]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Crops (N, SIZE, SIZE) uint8, hidden (N,) bool, widths (N,) px."""
    crops = np.array([each.crop for each in lessons], np.uint8).reshape(-1, SIZE, SIZE)
    hidden = np.array([each.hidden for each in lessons], bool)
    return crops, hidden, np.array([each.width_px for each in lessons], np.float64)
