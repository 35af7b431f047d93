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
`accuracy`, the share on the right side of one half; `balanced_accuracy`, the mean of that share
among smiles and among the rest; `f1`; `auc`, area under the ROC curve; `ece`, expected calibration
error; `reliability`, the table behind it; `false_smiles` and `missed_smiles`, the shares wrong
among those without a smile and among smiles.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# A figure, or those of B samples, shape (B,).
Figure = Any


def accuracy(scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None = None) -> Figure:
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


def balanced_accuracy(
    scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None = None
) -> Figure:
    """Balanced accuracy: the mean of the shares right among smiles and among the rest.

    Parameters and result as for `accuracy`; NaN if only one kind is there.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    good = (scores >= 0.5) == truth
    halves = [mean(good[kind], counts[..., kind]) for kind in (truth, ~truth)]
    return _scalar((halves[0] + halves[1]) / 2)


def false_smiles(scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None = None) -> Figure:
    """Share of the faces without a smile that score as one.

    Parameters and result as for `accuracy`; NaN if all smile.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    return mean(scores[~truth] >= 0.5, counts[..., ~truth])


def missed_smiles(
    scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None = None
) -> Figure:
    """Share of the smiles that score as none.

    Parameters and result as for `accuracy`; NaN without a smile.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    return mean(scores[truth] < 0.5, counts[..., truth])


def f1(scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None = None) -> Figure:
    """F1 of smiles: twice the true positives, over the predicted and the true smiles.

    Parameters and result as for `accuracy`; NaN where no smile is there and none is predicted.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    predicted = scores >= 0.5
    both = counts @ (predicted & truth).astype(float)
    return _ratio(2 * both, counts @ (predicted.astype(float) + truth))


def auc(scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None = None) -> Figure:
    """Area under the ROC curve: how often a smile scores above a face without, ties half.

    Parameters and result as for `accuracy`, but scores may have any range; NaN if only one kind is
    there.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    if not len(scores):
        return _scalar(np.full(counts.shape[:-1], np.nan))
    order = np.argsort(scores, kind="stable")
    counts, truth = counts[..., order], truth[order]
    first = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))  # of each run of equal scores
    smiles = np.add.reduceat(counts * truth, first, axis=-1)
    others = np.add.reduceat(counts * ~truth, first, axis=-1)
    below = np.cumsum(others, axis=-1) - others / 2
    return _ratio((smiles * below).sum(-1), smiles.sum(-1) * others.sum(-1))


def ece(
    scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None = None, bins: int = 10
) -> Figure:
    """Expected calibration error: mean distance of a bin's mean score from its share of smiles.

    Parameters and result as for `accuracy`.

    Other Parameters
    ----------------
    bins : int, of equal width
    """
    scores, truth, counts = _checked(scores, truth, counts)
    inside = (_bin_of(scores, bins)[:, None] == np.arange(bins)).astype(float)
    off = np.abs(counts @ (inside * (scores - truth)[:, None])).sum(-1)
    return _ratio(off, counts.sum(-1))


def mean(values: np.ndarray, counts: np.ndarray | None = None) -> Figure:
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
    return _ratio(counts @ values, counts.sum(-1))


class Bin(NamedTuple):
    """Faces whose score lies in a bin; score and smiles are NaN without any."""

    faces: int
    mean_score: Figure
    share_of_smiles: Figure


def reliability(scores: np.ndarray, truth: np.ndarray, bins: int = 10) -> list[Bin]:
    """Compare the mean score with the share of smiles, in bins of equal width.

    Parameters
    ----------
    scores : ndarray, shape (N,), in [0, 1]
    truth : ndarray, shape (N,), bool
    bins : int

    Returns
    -------
    list of Bin
    """
    scores, truth, _ = _checked(scores, truth, None)
    which = _bin_of(scores, bins)
    rows = [which == b for b in range(bins)]
    return [Bin(int(row.sum()), mean(scores[row]), mean(truth[row])) for row in rows]


def _bin_of(scores: np.ndarray, bins: int) -> np.ndarray:
    return np.minimum((scores * bins).astype(int), bins - 1)


def _checked(
    scores: np.ndarray, truth: np.ndarray, counts: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores, truth = np.asarray(scores, float), np.asarray(truth, bool)
    counts = np.ones(len(scores)) if counts is None else np.asarray(counts, float)
    if scores.ndim != 1 or scores.shape != truth.shape or counts.shape[-1:] != scores.shape:
        shapes = f"{scores.shape}, {truth.shape} and {counts.shape}"
        raise ValueError(f"scores, truth and counts must be one for each face, not {shapes}")
    if np.isnan(scores).any():
        raise ValueError("a score is missing (NaN): leave out the faces that were not found")
    return scores, truth, counts


def _ratio(part: np.ndarray, whole: np.ndarray) -> Figure:
    """Divide; nothing of nothing is NaN."""
    whole = np.asarray(whole, float)
    return _scalar(np.where(whole > 0, part, np.nan) / np.where(whole > 0, whole, 1))


def _scalar(figure: Figure) -> Figure:
    return float(figure) if np.ndim(figure) == 0 else figure
