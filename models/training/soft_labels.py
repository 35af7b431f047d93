"""Soft labels: a second opinion of each picture, to temper its hand label.

Hand labels of smiles are noisy, and each set has its own idea of one. How a face moves (the
blendshapes of `models.faces.landmarker`, which learnt from none of these labels) says by a logistic
regression how likely a person would call it a smile. It is fitted on the training people of the
sets whose label means that (`labels.MEANS_A_SMILE`); a set of pictures too small for the landmarker
to see as it sees others (`labels.SMALL_PICTURES`) has a regression of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from scipy.special import logit

from laughtrack.models.data import labels
from laughtrack.models.data.labels import Picture
from laughtrack.models.data.logistic import logistic_fit

# Blendshapes nearer to 0 and 1 count as this.
LEAST = 1e-4
# Holds the coefficients of blendshapes that go together.
RIDGE = 2e-3
# With fewer labelled training faces, or of one kind only, there is no second opinion.
FEWEST = 50


def smile_log_odds(pictures: Sequence[Picture], blendshapes: np.ndarray) -> np.ndarray:
    """Say for each face how likely a person would call it a smile.

    Parameters
    ----------
    pictures : list of Picture, N
        Each face's.
    blendshapes : ndarray, shape (N, BLENDSHAPES), in [0, 1]
        NaN where no landmarks were found.

    Returns
    -------
    ndarray, shape (N,), float64
        Log-odds. NaN without landmarks, and where there are too few labels to learn from.
    """
    result = np.full(len(pictures), np.nan)
    known = np.isfinite(blendshapes).all(axis=1)
    source = np.array([picture.source for picture in pictures], str)
    small = np.isin(source, labels.SMALL_PICTURES)
    meant = ~np.isin(source, labels.KIN)
    for scored, taught in ((~small, meant), *((source == s,) * 2 for s in labels.SMALL_PICTURES)):
        rows = np.flatnonzero(scored & known)
        if len(rows):
            result[rows] = _scored(pictures, blendshapes, rows, np.flatnonzero(taught & known))
    return result


def _scored(
    pictures: Sequence[Picture], blendshapes: np.ndarray, rows: np.ndarray, taught: np.ndarray
) -> np.ndarray:
    """Log-odds of some rows by what the labelled training people among others teach."""
    use = [i for i in taught if pictures[i].split == "train" and pictures[i].smile]
    smile = np.array([pictures[i].smile == "1" for i in use], bool)
    if len(use) < FEWEST or smile.all() or not smile.any():
        logging.warning("no second opinion of the labels: %d labelled training faces", len(use))
        return np.full(len(rows), np.nan)
    columns = logit(np.clip(blendshapes.astype(np.float64), LEAST, 1 - LEAST))
    columns = (columns - columns[use].mean(axis=0)) / np.maximum(columns[use].std(axis=0), 1e-6)
    columns = np.column_stack([columns, np.ones(len(columns))])
    weight = np.array([labels.weight(pictures[i]) for i in use])
    ridge = np.append(np.full(columns.shape[1] - 1, RIDGE), 0.0)
    return np.asarray(columns[rows] @ logistic_fit(columns[use], smile, weight, ridge))


def blendshape_targets(blendshapes: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Bring blendshapes to mean 0 and about unit spread, for the net to learn beside the smile.

    Parameters
    ----------
    blendshapes : ndarray, shape (N, BLENDSHAPES)
        NaN where not known.
    training : ndarray, shape (N,), bool
        Whose mean and spread.

    Returns
    -------
    ndarray, shape (N, BLENDSHAPES), float32
    """
    known = blendshapes[training & np.isfinite(blendshapes).all(axis=1)].astype(np.float64)
    if not len(known):
        return np.full(blendshapes.shape, np.nan, np.float32)
    # Some hardly ever move: a little is added, so that their noise is not made large.
    return ((blendshapes - known.mean(axis=0)) / (known.std(axis=0) + 0.02)).astype(np.float32)
