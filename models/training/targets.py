"""What SmileNet is trained to say of each face: the labels, the soft labels, the face's shape.

Conventions
-----------
- `N` faces, as `wide_crops.load_faces` found them. NaN is "not known": nothing is learnt from it.
- A smile is taught by three definitions side by side, each by an output of its own, since each set
  has its own idea of a smile: "wide" (all sets, slight smiles too), "strict" (LFW's first hand
  label, mostly teeth showing) and "own" (the one label of a set other than LFW). What ships is
  their mean.
- A face's shape is its mesh turned to the front and brought to one size; see
  `models.training.soft_labels`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from laughtrack.models.data import labels
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import mesh_cache, wide_crops
from laughtrack.models.faces.wide_crops import Faces
from laughtrack.models.training import soft_labels

DEFINITIONS = ("wide", "strict", "own")
DEFINITION_WEIGHTS = (1.0, 0.4, 0.5)
MAX_LOG_ODDS = 6.0  # a soft label beyond this counts as this
# Points of MediaPipe's face mesh: the lips' outer and inner line, cheeks, jaw, eyes, chin ...
POINTS: tuple[int, ...] = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(13, 14, 78, 308, 82, 312, 87, 317, 50, 280, 205, 425, 116, 345, 33, 133, 263, 362, 152),
    *(172, 397),
)
# ... and where each lies in the mirror.
_MIRROR: tuple[int, ...] = (
    *(291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 61, 409, 270, 269, 267, 0, 37, 39, 40),
    *(185, 13, 14, 308, 78, 312, 82, 317, 87, 280, 50, 425, 205, 345, 116, 263, 362, 33, 133),
    *(152, 397, 172),
)
MIRRORED = tuple(POINTS.index(point) for point in _MIRROR)


class Targets(NamedTuple):
    """Faces with all that is taught about them.

    `wide` (N, WIDE_PX, WIDE_PX) uint8; `smile` (N, 3) probabilities, in the order of `DEFINITIONS`;
    `weight` (N,) how much each face counts; `shape` (N, K) coefficients of spread one; `points`
    (N, len(POINTS), 2), x y in pixels of the wide crop. float32 but for `wide`.
    """

    wide: np.ndarray
    smile: np.ndarray
    weight: np.ndarray
    shape: np.ndarray
    points: np.ndarray

    def pick(self, rows: np.ndarray) -> Targets:
        """Return the targets of some faces, by their numbers or by a mask."""
        return Targets(*(part[rows] for part in self))


def from_hand_labels(
    pictures: Sequence[Picture], faces: Faces, work: str | Path, log_odds: np.ndarray
) -> Targets:
    """Make targets of the hand labels, believed less where the soft labels disagree.

    Parameters
    ----------
    pictures : list of Picture
    faces : wide_crops.Faces
    work : path, where the meshes are kept
    log_odds : ndarray, shape (N,), log-odds to add to the label's, NaN for none

    Returns
    -------
    Targets
        Of all faces, whatever their split.
    """
    face_pictures = [pictures[i] for i in faces.picture_index]
    mesh = mesh_cache.find_meshes(pictures, faces, work)[:, POINTS, :2]
    corner = (wide_crops.WIDE_PX - wide_crops.FACE_PX) / 2
    return Targets(
        faces.wide,
        smile_targets(face_pictures, log_odds),
        np.array([labels.weight(picture) for picture in face_pictures], np.float32),
        soft_labels.shape_coefficients(pictures, faces, work).astype(np.float32),
        (corner + wide_crops.FACE_PX * mesh - 0.5).astype(np.float32),
    )


def from_one_source(
    face_pictures: Sequence[Picture], faces: Faces, label_of: Callable[[Picture], float | None]
) -> Targets:
    """Make targets of one source of labels alone: no soft labels, no shape.

    Parameters
    ----------
    face_pictures : list of Picture, N
    faces : wide_crops.Faces
    label_of : function of Picture
        Gives the probability of a smile, or None where this source has none.

    Returns
    -------
    Targets
        Of all faces.
    """
    given = [label_of(picture) for picture in face_pictures]
    probabilities = np.full((len(face_pictures), len(DEFINITIONS)), np.nan, np.float32)
    probabilities[:, 0] = [np.nan if one is None else one for one in given]
    shape = np.full((len(face_pictures), 1), np.nan, np.float32)
    points = np.full((len(face_pictures), len(POINTS), 2), np.nan, np.float32)
    return Targets(
        faces.wide, probabilities, np.ones(len(face_pictures), np.float32), shape, points
    )


def labels_digest(face_pictures: Sequence[Picture]) -> str:
    """Name a set of labels: other labels, or labels of other pictures, have another name.

    Parameters
    ----------
    face_pictures : list of Picture

    Returns
    -------
    str, 12 hex digits
        The same wherever the pictures lie.
    """
    # A name for a path: the digest is the same wherever the pictures lie.
    fields: list[dict[str, Any]] = [{"path": picture.path.name} for picture in face_pictures]
    named = repr([p._replace(**field) for p, field in zip(face_pictures, fields, strict=True)])
    return hashlib.sha256(named.encode()).hexdigest()[:12]


def smile_targets(face_pictures: Sequence[Picture], log_odds: np.ndarray) -> np.ndarray:
    """Return the probability of a smile by each of `DEFINITIONS`.

    Parameters
    ----------
    face_pictures : list of Picture, N
    log_odds : ndarray, shape (N,)
        Log-odds to add to the wide definition's, NaN for none.

    Returns
    -------
    ndarray, shape (N, 3), float32
    """
    probabilities = np.full((len(face_pictures), len(DEFINITIONS)), np.nan)
    added = np.clip(np.nan_to_num(log_odds), -MAX_LOG_ODDS, MAX_LOG_ODDS)
    for row, picture in enumerate(face_pictures):
        graded = labels.target(picture)
        if graded is not None:
            total = np.log(graded / (1 - graded)) + added[row]
            probabilities[row, 0] = 1 / (1 + np.exp(-total))
        if picture.strict:
            probabilities[row, 1] = float(picture.strict)
        if picture.source != "lfw" and picture.smile:
            probabilities[row, 2] = float(picture.smile)
    return probabilities.astype(np.float32)
