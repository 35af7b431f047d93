"""Hard places: where a net takes something for a face that the teacher does not see.

They are cut from the training part alone, and composed pictures show them often (`compose`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from laughtrack.models.finder.teacher import corners
from laughtrack.tracker.boxes import overlap

# A place is a row: number of the source, its middle's x and y and its side in the source's pixels,
# and how sure the net was.
COLUMNS = 5
# The net looks at a picture at these sizes.
LOOKS = (1.0, 0.5, 2.0)
# A larger picture is not enlarged.
LARGEST_ENLARGED = 260
# What touches a face by more is a part of it, and no place of nobody.
TOUCHES = 0.02
# A picture has no more than so many hard places.
MOST_EACH = 12
SAME = 0.4


def hard_places(
    find: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    sources: Sequence[tuple[np.ndarray, str]],
    faces: Sequence[np.ndarray],
) -> np.ndarray:
    """Find what a net takes for a face and the teacher does not.

    Parameters
    ----------
    find : function
        From a grey picture (H, W) uint8 to boxes (N, 4) x1 y1 x2 y2, the surest first, and
        confidence (N,).
    sources : sequence of (picture, kind)
        As `pictures.read_pack` reads them. Only scenes and what shows nobody are looked at: the
        rim of a picture of a person often holds half of another face.
    faces : sequence of (M, 15)
        What the teacher sees in each, doubtful faces too.

    Returns
    -------
    (N, COLUMNS) float32
    """
    places = [np.empty((0, COLUMNS), np.float32)]
    for number, ((picture, kind), known) in enumerate(zip(sources, faces, strict=True)):
        if kind in ("scene", "empty"):
            boxes, sure = _nobody(find, picture, corners(known))
            middle, side = (boxes[:, :2] + boxes[:, 2:]) / 2, np.ptp(boxes.reshape(-1, 2, 2), 1)
            sides = np.sqrt(side.prod(axis=1))
            rows = np.column_stack([np.full(len(boxes), number), middle, sides, sure])
            places.append(rows.astype(np.float32))
    return np.concatenate(places)


def _nobody(
    find: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    picture: np.ndarray,
    known: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and confidence of a picture's hard places, the surest first."""
    found = []
    for scale in LOOKS:
        if scale > 1 and max(picture.shape) > LARGEST_ENLARGED:
            continue
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        boxes, sure = find(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way))
        found.append(np.column_stack([boxes / scale, sure]))
    every = np.concatenate(found)
    every = every[np.argsort(-every[:, 4], kind="stable")]
    every = every[overlap(every[:, :4], known).max(axis=1, initial=0.0) <= TOUCHES]
    alike = np.triu(overlap(every[:, :4], every[:, :4]) > SAME, 1)
    kept = every[~alike.any(axis=0)][:MOST_EACH]
    return kept[:, :4], kept[:, 4]
