"""Folds of people, so that nobody is scored by what was trained on them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from laughtrack.models.data import labels
from laughtrack.models.data.labels import Picture

FOLDS = 5


class FaceLabels(NamedTuple):
    """The labels of N faces, and the split and fold of each.

    `smile`, `labelled`, `training` (N,) bool; `fold` (N,) int, 0 to FOLDS - 1; `weight` (N,).
    """

    smile: np.ndarray
    labelled: np.ndarray
    training: np.ndarray
    fold: np.ndarray
    weight: np.ndarray


def assign_folds(people: Sequence[str], count: int = FOLDS) -> np.ndarray:
    """Assign people to folds: all pictures of a person, and of any set, to one.

    Parameters
    ----------
    people : list of str
    count : int, how many folds

    Returns
    -------
    ndarray, shape (N,), int, 0 to count - 1
    """
    # Other digits than those that choose the split, or a split would miss some folds.
    digests = [hashlib.sha256(name.encode("utf-8")).hexdigest()[8:16] for name in people]
    return np.array([int(name, 16) % count for name in digests], int)


def face_labels(pictures: Sequence[Picture]) -> FaceLabels:
    """Put pictures in arrays: labels, splits, folds and weights.

    Parameters
    ----------
    pictures : list of Picture

    Returns
    -------
    FaceLabels
    """
    return FaceLabels(
        smile=np.array([p.smile == "1" for p in pictures], bool),
        labelled=np.array([p.smile != "" for p in pictures], bool),
        training=np.array([p.split == "train" for p in pictures], bool),
        fold=assign_folds([p.person for p in pictures]),
        weight=np.array([labels.SET_WEIGHTS.get(p.source, labels.GENKI_WEIGHT) for p in pictures]),
    )


def why_too_few(pictures: Sequence[Picture]) -> str:
    """Say why these pictures are too few to learn from.

    Parameters
    ----------
    pictures : list of Picture

    Returns
    -------
    str, "" if they will do
    """
    known = face_labels(pictures)
    usable = known.training & known.labelled
    persons = {p.person for p, counts in zip(pictures, usable, strict=True) if counts}
    if len(persons) < FOLDS:
        return f"{len(persons)} labelled training people with a mesh, {FOLDS} are needed"
    for fold in range(FOLDS):
        smiles = known.smile[usable & (known.fold != fold)]
        if not 0 < smiles.sum() < len(smiles):
            return "the labelled training people must be several who smile and several who don't"
    return ""
