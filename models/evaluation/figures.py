"""Rows of figures: how well one lot of faces is scored, and how sure each figure is.

A row is a dict: `faces` found, `smiles` among them, `people`; `false` and `missed`, how many score
as a smile and show none, and the other way round; `FIGURES` of all faces found, scored by the loop
or not; `abstained`, the share of less quality than `edge.smile.crops.MIN_QUALITY`, which the loop
does not score; `judged`, how many are left, and `right_judged`, the accuracy on those. A figure in
it is `[figure, low, high]`, shares in [0, 1], with a 95 % interval from resampling people;
None where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from laughtrack.edge.smile.crops import MIN_QUALITY
from laughtrack.models.evaluation.metrics import (
    Figure,
    accuracy,
    auc,
    balanced_accuracy,
    ece,
    f1,
    false_smiles,
    mean,
    missed_smiles,
)

if TYPE_CHECKING:
    from laughtrack.models.evaluation.faces import ScoredPictures

DRAWS = 1000
_AT_ONCE = 2_000_000  # counts held in memory: 16 MB
FIGURES: dict[str, Callable[..., Figure]] = {
    "right": accuracy,
    "balanced": balanced_accuracy,
    "auc": auc,
    "f1": f1,
    "ece": ece,
    "false_smiles": false_smiles,
    "missed_smiles": missed_smiles,
}


def with_intervals(
    metrics: Mapping[str, Callable[[np.ndarray], Figure]],
    people: Sequence[object] | np.ndarray,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, list[float | None]]:
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
    drawn: dict[str, list[Figure]] = {name: [] for name in metrics}
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


def _with_interval(figure: Figure, drawn: list[Figure]) -> list[float | None]:
    if np.isnan(figure):
        return [None, None, None]
    values = np.concatenate(drawn) if drawn else np.zeros(0)
    known = values[~np.isnan(values)]
    if not len(known) or 2 * len(known) < len(values):
        return [round(float(figure), 4), None, None]
    ends = np.quantile(known, [0.025, 0.975]) - np.median(known) + figure
    ends = np.clip(ends, 0, 1)
    return [round(float(value), 4) for value in (figure, *ends)]


def figures_row(scored: ScoredPictures, truth: np.ndarray, column: int = 0) -> dict[str, Any]:
    """Work out a row.

    Parameters
    ----------
    scored : ScoredPictures, of N pictures
    truth : ndarray, shape (N,), bool
    column : int
        0 for the faces as they are, n for the n-th of `FACE_PX`.

    Returns
    -------
    dict
    """
    whole = (scored.scores[:, column], scored.quality[:, column], truth, scored.people())
    scores, quality, truth, people = (each[~np.isnan(whole[0])] for each in whole)
    trusted = quality >= MIN_QUALITY
    good = (scores >= 0.5) == truth
    wanted: dict[str, Callable[[np.ndarray], Figure]] = {
        name: partial(metric, scores, truth) for name, metric in FIGURES.items()
    }
    wanted["abstained"] = partial(mean, ~trusted)
    wanted["right_judged"] = lambda counts: mean(good[trusted], counts[..., trusted])
    counted = {"faces": len(scores), "smiles": int(truth.sum()), "people": len(set(people))}
    counted |= {"false": int((~good & ~truth).sum()), "missed": int((~good & truth).sum())}
    return {**counted, "judged": int(trusted.sum()), **with_intervals(wanted, people)}
