"""The faces of one picture that belongs to no film: found, and their smiles scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.smile.crops import MIN_QUALITY, crop_faces, quality

if TYPE_CHECKING:
    from laughtrack.edge.faces.choice import AnyFinder


class StillFace(NamedTuple):
    """A face in a picture.

    Attributes
    ----------
    box : tuple of int
        x1 y1 x2 y2 in pixels.
    smile : float or None
        In [0, 1]; None where the face cannot be scored.
    quality : float
        How far a score can be trusted, in [0, 1]: see `edge.smile.crops.quality`.
    """

    box: tuple[int, int, int, int]
    smile: float | None
    quality: float


def still_faces(
    image: np.ndarray, score: Callable[[np.ndarray], np.ndarray], finder: AnyFinder
) -> list[StillFace]:
    """Find and score the faces of a picture. Nothing is kept of it.

    Without a film there is nothing to steady a score by: it is what a film's readings call `raw`.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3) or (H, W), uint8, BGR or grey
    score : function
        As for `edge.pipeline.frame_pipeline.FramePipeline`.
    finder : what `edge.faces.choice.finder_maker` makes

    Returns
    -------
    list of StillFace
        From left to right.
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    found = finder.scan(grey)
    order = np.lexsort((found.boxes[:, 1], found.boxes[:, 0]))
    boxes, confidence = found.boxes[order], found.scores[order]
    crops = crop_faces(grey, boxes)
    qualities = quality(crops, boxes, confidence)
    scored = qualities >= MIN_QUALITY
    smiles = np.full(len(boxes), np.nan)
    smiles[scored] = score(crops[scored])
    faces = []
    for box, smile, trusted in zip(boxes, smiles, qualities):
        x1, y1, x2, y2 = (int(v) for v in np.rint(box))
        value = None if np.isnan(smile) else float(smile)
        faces.append(StillFace((x1, y1, x2, y2), value, float(trusted)))
    return faces
