"""How good scores are: pure functions of scores and truth.

Conventions
-----------
- Scores are probabilities of a smile, truth is whether there is one. A score of one half or more
  says smile.
- `counts` says how often each face counts: once each by default. Of shape (B, N) they are B
  samples at once, and the figure has shape (B,).
- Fewer faces than a figure needs give NaN, not 0.

Metrics
-------
`right`, the share on the right side of one half; `balanced`, the mean of that share among smiles
and among the rest; `f1`; `auc`, area under the ROC curve; `ece`, expected calibration error;
`reliability`, the table behind it.
"""

from __future__ import annotations

import numpy as np


def right(scores, truth, counts=None):
    """Share of faces on the right side of one half.

    Parameters
    ----------
    scores : ndarray, shape (N,), in [0, 1]
    truth : ndarray, shape (N,), bool
    counts : ndarray, shape (N,) or (B, N), optional
        How often each face counts; at least 0.

    Returns
    -------
    float in [0, 1], or ndarray of shape (B,)
    """
    scores, truth, counts = _checked(scores, truth, counts)
    return mean((scores >= 0.5) == truth, counts)


def balanced(scores, truth, counts=None):
    """Balanced accuracy: the mean of the shares right among smiles and among the rest.

    Parameters and result as for `right`; NaN if only one kind is there.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    good = (scores >= 0.5) == truth
    halves = [mean(good[kind], counts[..., kind]) for kind in (truth, ~truth)]
    return _plain((halves[0] + halves[1]) / 2)


def f1(scores, truth, counts=None):
    """F1 of smiles: twice those rightly said, over those said and those there together.

    Parameters and result as for `right`; NaN where no smile is there and none is said.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    said = scores >= 0.5
    both = counts @ (said & truth).astype(float)
    return _over(2 * both, counts @ (said.astype(float) + truth))


def auc(scores, truth, counts=None):
    """Area under the ROC curve: how often a smile scores above a face without, ties half.

    Parameters and result as for `right`, but scores may have any range; NaN if only one kind is
    there.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    if not len(scores):
        return _plain(np.full(counts.shape[:-1], np.nan))
    order = np.argsort(scores, kind="stable")
    counts, truth = counts[..., order], truth[order]
    first = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))  # of each run of equal scores
    smiles = np.add.reduceat(counts * truth, first, axis=-1)
    others = np.add.reduceat(counts * ~truth, first, axis=-1)
    below = np.cumsum(others, axis=-1) - others / 2
    return _over((smiles * below).sum(-1), smiles.sum(-1) * others.sum(-1))


def ece(scores, truth, counts=None, bins=10):
    """Expected calibration error: mean distance of a bin's mean score from its share of smiles.

    Parameters and result as for `right`.

    Other Parameters
    ----------------
    bins : int, of equal width
    """
    scores, truth, counts = _checked(scores, truth, counts)
    inside = (_bin(scores, bins)[:, None] == np.arange(bins)).astype(float)
    off = np.abs(counts @ (inside * (scores - truth)[:, None])).sum(-1)
    return _over(off, counts.sum(-1))


def mean(values, counts=None):
    """Mean of values, each counted so many times.

    Parameters
    ----------
    values : ndarray, shape (N,)
    counts : ndarray, shape (N,) or (B, N), optional

    Returns
    -------
    float, or ndarray of shape (B,); NaN of nothing
    """
    values = np.asarray(values, float)
    counts = np.ones(len(values)) if counts is None else np.asarray(counts, float)
    return _over(counts @ values, counts.sum(-1))


def reliability(scores, truth, bins=10):
    """Compare the mean score with the share of smiles, in bins of equal width.

    Parameters
    ----------
    scores : ndarray, shape (N,), in [0, 1]
    truth : ndarray, shape (N,), bool
    bins : int

    Returns
    -------
    list of tuple
        Of each bin: number of faces, mean score, share of smiles; the last two NaN for no faces.
    """
    scores, truth, _ = _checked(scores, truth, None)
    which = _bin(scores, bins)
    rows = [which == b for b in range(bins)]
    return [(int(row.sum()), mean(scores[row]), mean(truth[row])) for row in rows]


def _bin(scores, bins):
    return np.minimum((scores * bins).astype(int), bins - 1)


def _checked(scores, truth, counts):
    scores, truth = np.asarray(scores, float), np.asarray(truth, bool)
    counts = np.ones(len(scores)) if counts is None else np.asarray(counts, float)
    if scores.ndim != 1 or scores.shape != truth.shape or counts.shape[-1:] != scores.shape:
        shapes = f"{scores.shape}, {truth.shape} and {counts.shape}"
        raise ValueError(f"scores, truth and counts must be one for each face, not {shapes}")
    if np.isnan(scores).any():
        raise ValueError("a score is missing (NaN): leave out the faces that were not found")
    return scores, truth, counts


def _over(part, whole):
    """Divide; nothing of nothing is NaN."""
    whole = np.asarray(whole, float)
    return _plain(np.where(whole > 0, part, np.nan) / np.where(whole > 0, whole, 1))


def _plain(figure):
    return float(figure) if np.ndim(figure) == 0 else figure
