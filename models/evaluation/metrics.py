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
error; `reliability`, the table behind it.

A row of figures says how well one lot of faces is scored. It is a dict: `faces` found, `smiles`
among them, `people`; `FIGURES` of all faces found, scored by the loop or not; `abstained`, the
share of less quality than `edge.smile.crops.JUDGED_FROM`, of which the loop says nothing; `judged`,
how many are left, and `right_judged`, the accuracy on those. A figure in it is `[figure, low,
high]`, shares in [0, 1], with a 95 % interval from resampling people; None where there is none.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from laughtrack.edge.smile.crops import JUDGED_FROM

DRAWS = 1000
_AT_ONCE = 2_000_000  # counts held in memory: 16 MB


def accuracy(scores, truth, counts=None):
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


def balanced_accuracy(scores, truth, counts=None):
    """Balanced accuracy: the mean of the shares right among smiles and among the rest.

    Parameters and result as for `accuracy`; NaN if only one kind is there.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    good = (scores >= 0.5) == truth
    halves = [mean(good[kind], counts[..., kind]) for kind in (truth, ~truth)]
    return _scalar((halves[0] + halves[1]) / 2)


def f1(scores, truth, counts=None):
    """F1 of smiles: twice those rightly said, over those said and those there together.

    Parameters and result as for `accuracy`; NaN where no smile is there and none is said.
    """
    scores, truth, counts = _checked(scores, truth, counts)
    said = scores >= 0.5
    both = counts @ (said & truth).astype(float)
    return _ratio(2 * both, counts @ (said.astype(float) + truth))


def auc(scores, truth, counts=None):
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


def ece(scores, truth, counts=None, bins=10):
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
    return _ratio(counts @ values, counts.sum(-1))


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
    which = _bin_of(scores, bins)
    rows = [which == b for b in range(bins)]
    return [(int(inside.sum()), mean(scores[inside]), mean(truth[inside])) for inside in rows]


def with_intervals(metrics, people, draws=DRAWS, seed=0):
    """Work out figures, each with a 95 % bootstrap interval.

    People are drawn, with all their pictures: pictures of one person are alike, and drawing each
    by itself would make a figure look surer than it is. An interval is the middle 95 % of the drawn
    figures, moved so that their median is the figure itself: drawing adds noise, and some figures
    (a calibration error) grow with noise.

    Parameters
    ----------
    metrics : dict of function
        From counts, ndarray of shape (N,) or (B, N), to a float or ndarray of shape (B,): how often
        each face counts, in one sample or in B. Figures lie in [0, 1]; NaN where there is none.
    people : sequence of N names, or of anything that tells people apart
    draws : int
    seed : int
        The same seed gives the same intervals.

    Returns
    -------
    dict of list
        By metric: the figure, low, high; None where there is none. A single person, or a figure
        that most samples don't have, leaves low and high None.
    """
    _, person = np.unique(np.asarray(people), return_inverse=True)
    figures = {name: metric(np.ones(len(person))) for name, metric in metrics.items()}
    drawn = {name: [] for name in metrics}
    crowd = int(person.max()) + 1 if len(person) else 0
    if crowd > 1:
        rng = np.random.default_rng(seed)
        step = max(1, _AT_ONCE // len(person))
        for start in range(0, draws, step):
            size = min(step, draws - start)
            counts = rng.multinomial(crowd, np.full(crowd, 1 / crowd), size=size)
            counts = counts[:, person].astype(float)
            for name, metric in metrics.items():
                drawn[name].append(metric(counts))
    return {name: _with_interval(figures[name], drawn[name]) for name in metrics}


def _with_interval(figure, drawn):
    if np.isnan(figure):
        return [None, None, None]
    drawn = np.concatenate(drawn) if drawn else np.zeros(0)
    there = drawn[~np.isnan(drawn)]
    if not len(there) or 2 * len(there) < len(drawn):
        return [round(float(figure), 4), None, None]
    ends = np.quantile(there, [0.025, 0.975]) - np.median(there) + figure
    ends = np.clip(ends, 0, 1)
    return [round(float(value), 4) for value in (figure, *ends)]


def figures_row(scored, truth, column=0):
    """Work out a row.

    Parameters
    ----------
    scored : Scored, of N pictures
    truth : ndarray, shape (N,), bool
    column : int
        0 for the faces as they are, n for the n-th of `FACE_PX`.

    Returns
    -------
    dict
    """
    whole = (scored.scores[:, column], scored.quality[:, column], truth, scored.people())
    scores, quality, truth, people = (each[~np.isnan(whole[0])] for each in whole)
    judged = quality >= JUDGED_FROM
    good = (scores >= 0.5) == truth
    wanted = {name: partial(metric, scores, truth) for name, metric in FIGURES.items()}
    wanted["abstained"] = partial(mean, ~judged)
    wanted["right_judged"] = lambda counts: mean(good[judged], counts[..., judged])
    counted = {"faces": len(scores), "smiles": int(truth.sum()), "people": len(set(people))}
    return {**counted, "judged": int(judged.sum()), **with_intervals(wanted, people)}


FIGURES = {
    "right": accuracy,
    "balanced": balanced_accuracy,
    "auc": auc,
    "f1": f1,
    "ece": ece,
}


def _bin_of(scores, bins):
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


def _ratio(part, whole):
    """Divide; nothing of nothing is NaN."""
    whole = np.asarray(whole, float)
    return _scalar(np.where(whole > 0, part, np.nan) / np.where(whole > 0, whole, 1))


def _scalar(figure):
    return float(figure) if np.ndim(figure) == 0 else figure
