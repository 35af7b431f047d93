"""Who teaches and who is judged: people are dealt to folds, and nobody does both at once."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from laughtrack.models.data import labels

FOLDS = 5


class FaceLabels(NamedTuple):
    """What is known of N faces, and on which side each stands.

    `smile`, `labelled`, `training` (N,) bool; `fold` (N,) int, 0 to FOLDS - 1; `weight` (N,).
    """

    smile: np.ndarray
    labelled: np.ndarray
    training: np.ndarray
    fold: np.ndarray
    weight: np.ndarray


def assign_folds(people, count=FOLDS):
    """Deal people to folds: all pictures of a person, and of any set, to one.

    Parameters
    ----------
    people : list of str
    count : int, how many folds

    Returns
    -------
    ndarray, shape (N,), int, 0 to count - 1
    """
    # Other digits than those that choose the split, or a split would miss some folds.
    names = [hashlib.sha256(name.encode("utf-8")).hexdigest()[8:16] for name in people]
    return np.array([int(name, 16) % count for name in names], int)


def face_labels(people):
    """Put pictures in arrays: labels, splits, folds and weights.

    Parameters
    ----------
    people : list of Picture

    Returns
    -------
    Sides
    """
    return FaceLabels(
        smile=np.array([p.smile == "1" for p in people], bool),
        labelled=np.array([p.smile != "" for p in people], bool),
        training=np.array([p.split == "train" for p in people], bool),
        fold=assign_folds([p.person for p in people]),
        weight=np.array([1.0 if p.source == "lfw" else labels.GENKI_WEIGHT for p in people]),
    )


def why_too_few(people):
    """Say why these pictures are too few to learn from.

    Parameters
    ----------
    people : list of Picture

    Returns
    -------
    str, "" if they will do
    """
    side = face_labels(people)
    learn = side.training & side.labelled
    persons = {p.person for p, counts in zip(people, learn, strict=True) if counts}
    if len(persons) < FOLDS:
        return f"{len(persons)} labelled training people with a mesh, {FOLDS} are needed"
    for fold in range(FOLDS):
        smiles = side.smile[learn & (side.fold != fold)]
        if not 0 < smiles.sum() < len(smiles):
            return "the labelled training people must be several who smile and several who don't"
    return ""
