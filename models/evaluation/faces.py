"""Find and score the face of each picture, as it is and at smaller sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.smile import crops, smilenet
from laughtrack.models.data import image_files
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import wide_crops
from laughtrack.models.faces.wide_crops import FaceFinder, roomy

# From crops (N, SIZE, SIZE), uint8, to scores (N,).
Scorer = Callable[[np.ndarray], np.ndarray]
FACE_PX = (16, 24, 32, 48, 64, 96)


class ScoredPictures(NamedTuple):
    """What the scorer made of N pictures.

    `pictures`, those that could be read; `scores` and `quality`, ndarrays of
    shape (N, 1 + len(FACE_PX)), float64, in [0, 1]: of the face as it is, then as wide as each of
    `FACE_PX`; NaN where none was found, and where the face is smaller than that. `unreadable`:
    what could not be read, and why.
    """

    pictures: list[Picture]
    scores: np.ndarray
    quality: np.ndarray
    unreadable: list[str]

    def subset(self, flags: Iterable[bool]) -> ScoredPictures:
        """Return the same of some pictures: of those whose flag of N is set."""
        rows = np.fromiter(flags, bool, len(self.pictures))
        chosen = [picture for picture, kept in zip(self.pictures, rows, strict=True) if kept]
        return ScoredPictures(chosen, self.scores[rows], self.quality[rows], self.unreadable)

    def found(self) -> np.ndarray:
        """Return where a face was found: ndarray, shape (N,), bool."""
        return ~np.isnan(self.scores[:, 0])

    def truth(self) -> np.ndarray:
        """Return where `Picture.smile` says yes: ndarray, shape (N,), bool."""
        return np.array([picture.smile == "1" for picture in self.pictures], bool)

    def people(self) -> np.ndarray:
        """Return who is who, whatever the set: ndarray, shape (N,), of str."""
        return np.array([f"{p.source}/{p.person}" for p in self.pictures], str)


def score_pictures(
    pictures: Sequence[Picture],
    finder: FaceFinder | None,
    score: Scorer,
    progress: Callable[[int], object] | None = None,
) -> ScoredPictures:
    """Find and score the face of each picture.

    The sizes are those of the box found in the picture as it is: the picture and its box are shrunk
    together, so that what a small size does to the score is kept apart from what it does to the
    finder.

    Parameters
    ----------
    pictures : list of Picture
    finder : function, or None for ready crops
        Picture to (boxes (M, 4), confidence (M,)). A ready crop is a face as `crop_faces` cuts it:
        nothing is searched for, and it counts as a face.
    score : function, crops (N, SIZE, SIZE) to (N,)
    progress : function, optional
        Called after each picture with how many are done.

    Returns
    -------
    ScoredPictures
    """
    read, rows, unreadable = [], [], []
    for number, picture in enumerate(pictures, start=1):
        try:
            image = image_files.read(picture.path)
        except image_files.UnreadableImage as error:
            unreadable.append(str(error))
        else:
            read.append(picture)
            rows.append(_score_face(image if finder is None else roomy(image), finder, score))
        if progress:
            progress(number)
    shape = (len(read), 2, 1 + len(FACE_PX))
    both = np.stack(rows) if rows else np.zeros(shape)
    return ScoredPictures(read, both[:, 0], both[:, 1], unreadable)


def _score_face(image: np.ndarray, finder: FaceFinder | None, score: Scorer) -> np.ndarray:
    """Scores and quality of a picture's face, shape (2, 1 + len(FACE_PX))."""
    result = np.full((2, 1 + len(FACE_PX)), np.nan)
    box: np.ndarray | None
    if finder is None:
        box, confidence = _crop_box(image), 1.0
    else:
        boxes, confidences = finder(image)
        box = wide_crops.main_face(boxes, confidences, image.shape)
        if box is None:
            return result
        confidence = confidences[np.flatnonzero((boxes == box).all(axis=1))[0]]
    scales = np.array([1.0] + [px / float(box[2] - box[0]) for px in FACE_PX])
    kept = np.flatnonzero(scales <= 1)
    shrunk = [_downscale(image, box, scales[i]) for i in kept]
    cropped = np.concatenate(
        [crops.crop_faces(small, box_there[None]) for small, box_there in shrunk]
    )
    result[0, kept] = score(cropped)
    boxes = np.stack([box_there for _, box_there in shrunk])
    result[1, kept] = crops.quality(cropped, boxes, np.full(len(kept), confidence))
    return result


def _crop_box(image: np.ndarray) -> np.ndarray:
    """Box of the face in a ready crop: what the crop was cut around."""
    size = np.array(image.shape[1::-1], float)
    return np.concatenate(
        [size / 2 - size / 2 / smilenet.WIDEN, size / 2 + size / 2 / smilenet.WIDEN]
    )


def _downscale(image: np.ndarray, box: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the picture at a smaller scale, and the box in it."""
    if scale == 1:
        return image, box
    height, width = (max(8, round(side * scale)) for side in image.shape[:2])
    exact = np.tile([width / image.shape[1], height / image.shape[0]], 2)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), box * exact
