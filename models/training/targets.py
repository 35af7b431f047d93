"""What SmileNet is taught about each face: the labels, the teacher's opinion, and the face's shape.

Conventions
-----------
- `N` faces, as `wide_crops.load_faces` found them. NaN is "nobody said": nothing is learnt from it.
- Three opinions are taught side by side, each by an output of its own, since each set has its own
  idea of a smile: "wide" (all sets, slight smiles too), "strict" (LFW's first hand label, mostly
  teeth showing) and "own" (the one label of a set other than LFW). What ships is their mean.
- A face's shape is its mesh turned to the front and brought to one size; see
  `models.training.soft_labels`.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from laughtrack.models.data import labels
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import mesh_cache, soft_labels

DEFINITIONS = ("wide", "strict", "own")
DEFINITION_WEIGHTS = (1.0, 0.4, 0.5)
MAX_LOG_ODDS = 6.0  # log-odds: a teacher surer than this is believed this much
# Points of MediaPipe's face mesh: the lips' outer and inner line, cheeks, jaw, eyes, chin ...
POINTS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409)
POINTS += (13, 14, 78, 308, 82, 312, 87, 317, 50, 280, 205, 425, 116, 345, 33, 133, 263, 362, 152)
POINTS += (172, 397)
# ... and where each lies in the mirror.
_MIRROR = (291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 61, 409, 270, 269, 267, 0, 37, 39, 40)
_MIRROR += (185, 13, 14, 308, 78, 312, 82, 317, 87, 280, 50, 425, 205, 345, 116, 263, 362, 33, 133)
_MIRROR += (152, 397, 172)
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

    def pick(self, rows):
        """Return the lessons of some faces, by their numbers or by a mask."""
        return Targets(*(part[rows] for part in self))


def from_hand_labels(listed, faces, work, odds):
    """Lessons from the hand labels, believed less where a teacher disagrees.

    Parameters
    ----------
    listed : list of Picture
    faces : datasets.Faces
    work : path, where the meshes are kept
    odds : ndarray, shape (N,), log-odds to add to the label's, NaN for none

    Returns
    -------
    Lessons
        Of all faces, whatever their split.
    """
    shown = [listed[i] for i in faces.picture_index]
    mesh = mesh_cache.find_meshes(listed, faces, work)[:, POINTS, :2]
    corner = (wide_crops.WIDE_PX - wide_crops.FACE_PX) / 2
    return Targets(
        faces.wide,
        smile_targets(shown, odds),
        np.array([labels.weight(picture) for picture in shown], np.float32),
        soft_labels.shape_coefficients(listed, faces, work).astype(np.float32),
        (corner + wide_crops.FACE_PX * mesh - 0.5).astype(np.float32),
    )


def from_one_source(shown, faces, said):
    """Lessons from one source of labels alone: no teacher, no shape.

    Parameters
    ----------
    shown : list of Picture, N
    faces : datasets.Faces
    said : function of Picture
        Gives the probability of a smile, or None where this source says nothing.

    Returns
    -------
    Lessons
        Of all faces.
    """
    told = [said(picture) for picture in shown]
    taught = np.full((len(shown), len(DEFINITIONS)), np.nan, np.float32)
    taught[:, 0] = [np.nan if one is None else one for one in told]
    shape = np.full((len(shown), 1), np.nan, np.float32)
    points = np.full((len(shown), len(POINTS), 2), np.nan, np.float32)
    return Targets(faces.wide, taught, np.ones(len(shown), np.float32), shape, points)


def labels_digest(shown):
    """Name what the labels say: other labels, or labels of other pictures, have another name.

    Parameters
    ----------
    shown : list of Picture

    Returns
    -------
    str, 12 hex digits
        The same wherever the pictures lie.
    """
    named = repr([picture._replace(path=picture.path.name) for picture in shown])
    return hashlib.sha256(named.encode()).hexdigest()[:12]


def smile_targets(shown, odds):
    """Probabilities of the three opinions.

    Parameters
    ----------
    shown : list of Picture, N
    odds : ndarray, shape (N,)
        Log-odds to add to the wide opinion's, NaN for none.

    Returns
    -------
    ndarray, shape (N, 3), float32
    """
    taught = np.full((len(shown), len(DEFINITIONS)), np.nan)
    heard = np.clip(np.nan_to_num(odds), -MAX_LOG_ODDS, MAX_LOG_ODDS)
    for row, picture in enumerate(shown):
        graded = labels.target(picture)
        if graded is not None:
            both = np.log(graded / (1 - graded)) + heard[row]
            taught[row, 0] = 1 / (1 + np.exp(-both))
        if picture.strict:
            taught[row, 1] = float(picture.strict)
        if picture.source != "lfw" and picture.smile:
            taught[row, 2] = float(picture.smile)
    return taught.astype(np.float32)
