"""How good scores are: pure functions of scores and truth.

Conventions
-----------
Scores are probabilities of a smile, truth is whether there is one. Fewer faces than a figure needs
give NaN, not 0.

Metrics
-------
`auc`, area under the ROC curve; `ece`, expected calibration error.
"""

from __future__ import annotations

import numpy as np


def auc(scores, truth):
    """Area under the ROC curve: how often a smile scores above a face without, ties half.

    Parameters
    ----------
    scores : ndarray, shape (N,)
    truth : ndarray, shape (N,), bool

    Returns
    -------
    float in [0, 1], NaN if only one kind is there
    """
    scores, truth = np.asarray(scores, float), np.asarray(truth, bool)
    with_smile, without = scores[truth], np.sort(scores[~truth])
    if not len(with_smile) or not len(without):
        return float("nan")
    below = np.searchsorted(without, with_smile, "left")
    tied = np.searchsorted(without, with_smile, "right") - below
    return float((below + tied / 2).mean() / len(without))


def ece(scores, truth, bins=10):
    """Expected calibration error: mean distance of a bin's mean score from its share of smiles.

    Parameters
    ----------
    scores : ndarray, shape (N,), in [0, 1]
    truth : ndarray, shape (N,), bool
    bins : int, of equal width

    Returns
    -------
    float in [0, 1], NaN for no scores
    """
    scores, truth = np.asarray(scores, float), np.asarray(truth, bool)
    if not len(scores):
        return float("nan")
    which = np.minimum((scores * bins).astype(int), bins - 1)
    off = [abs((scores - truth)[which == b].sum()) for b in range(bins)]
    return float(sum(off) / len(scores))
