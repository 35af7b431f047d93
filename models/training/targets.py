"""What SmileNet is trained to say of each face: the labels, the soft labels, how the face moves.

Conventions
-----------
- `N` faces, as `wide_crops.load_faces` found them. NaN is "not known": nothing is learnt from it.
- A smile is taught by several definitions side by side, each by an output of its own, since each
  set has its own idea of a smile: "wide" (all sets, slight smiles too), "strict" (LFW's first hand
  label, mostly teeth showing), "own" (the one label of a set whose label means what the score
  means), and those of sets whose label is only a smile's kin: "mtfl" (liberal) and "votes"
  (FER+'s share of votes for happiness). What ships is the mean of `SHIPPED`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from laughtrack.models.data import labels
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import wide_crops
from laughtrack.models.faces.landmark_cache import FoundLandmarks
from laughtrack.models.faces.wide_crops import Faces
from laughtrack.models.training import soft_labels

DEFINITIONS = ("wide", "strict", "own", "mtfl", "votes")
DEFINITION_WEIGHTS = (1.0, 0.3, 0.4, 0.3, 0.3)
SHIPPED = ("wide", "own")
MAX_LOG_ODDS = 4.0  # a soft label beyond this counts as this
# How much the soft labels' log-odds count beside a label's.
SOFT = {"mtfl": 1.0, "aflw": 1.0, "ferplus": 0.4}
SOFT_OF_OTHERS = 0.8
# A face without a label is taught where the soft label is so sure, and then so much more of it.
CLEAR, CLEAR_SOFT = 1.0, 1.2
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

    `wide` (N, WIDE_PX, WIDE_PX) uint8; `smile` (N, len(DEFINITIONS)) probabilities; `weight` (N,)
    how much each face counts; `movement` (N, K) blendshapes of about unit spread; `points`
    (N, len(POINTS), 2), x y in pixels of the wide crop. float32 but for `wide`.
    """

    wide: np.ndarray
    smile: np.ndarray
    weight: np.ndarray
    movement: np.ndarray
    points: np.ndarray

    def pick(self, rows: np.ndarray) -> Targets:
        """Return the targets of some faces, by their numbers or by a mask."""
        return Targets(*(part[rows] for part in self))


def from_hand_labels(
    face_pictures: Sequence[Picture], faces: Faces, landmarks: FoundLandmarks, log_odds: np.ndarray
) -> Targets:
    """Make targets of the hand labels, believed less where the soft labels disagree.

    Parameters
    ----------
    face_pictures : list of Picture, N
    faces : wide_crops.Faces
    landmarks : FoundLandmarks
    log_odds : ndarray, shape (N,), soft labels, NaN for none

    Returns
    -------
    Targets
        Of all faces, whatever their split.
    """
    corner = (wide_crops.WIDE_PX - wide_crops.FACE_PX) / 2
    training = np.array([picture.split == "train" for picture in face_pictures], bool)
    return Targets(
        faces.wide,
        smile_targets(face_pictures, log_odds),
        np.array([labels.weight(picture) for picture in face_pictures], np.float32),
        soft_labels.blendshape_targets(landmarks.blendshapes, training),
        (corner + wide_crops.FACE_PX * landmarks.points[:, POINTS] - 0.5).astype(np.float32),
    )


def from_one_source(
    face_pictures: Sequence[Picture], faces: Faces, label_of: Callable[[Picture], float | None]
) -> Targets:
    """Make targets of one source of labels alone: no soft labels, no movement.

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
    movement = np.full((len(face_pictures), 1), np.nan, np.float32)
    points = np.full((len(face_pictures), len(POINTS), 2), np.nan, np.float32)
    return Targets(
        faces.wide, probabilities, np.ones(len(face_pictures), np.float32), movement, points
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
        Soft labels, NaN for none.

    Returns
    -------
    ndarray, shape (N, len(DEFINITIONS)), float32
    """
    probabilities = np.full((len(face_pictures), len(DEFINITIONS)), np.nan)
    added = np.clip(np.nan_to_num(log_odds), -MAX_LOG_ODDS, MAX_LOG_ODDS)
    for row, picture in enumerate(face_pictures):
        given = dict(_definitions(picture, float(added[row])))
        probabilities[row] = [given.get(name, np.nan) for name in DEFINITIONS]
    return probabilities.astype(np.float32)


def _definitions(picture: Picture, soft: float) -> Iterator[tuple[str, float]]:
    """Yield the definitions that a picture teaches, and the probability of a smile by each."""
    graded = labels.target(picture)
    if picture.strict:
        yield "strict", float(picture.strict)
    published = picture.published or picture.smile
    if picture.source in labels.LIBERAL and published:
        yield "mtfl", float(published)
    elif picture.source not in ("lfw", *labels.KIN) and picture.smile:
        yield "own", float(picture.smile)
    if graded is None:
        if abs(soft) > CLEAR:
            yield "wide", _sigmoid(CLEAR_SOFT * soft)
        return
    share = SOFT.get(picture.source, SOFT_OF_OTHERS)
    together = _sigmoid(math.log(graded / (1 - graded)) + share * soft)
    if picture.source == "ferplus":
        yield "votes", together
        # Small pictures teach the shipped meaning only where both agree.
        if not picture.smile or soft * (float(picture.smile) - 0.5) <= 0:
            return
    yield "wide", together


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
