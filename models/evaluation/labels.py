"""The same scores against each label, and by degree of smile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from laughtrack.models.data import labels
from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.faces import ScoredPictures
from laughtrack.models.evaluation.figures import figures_row, with_intervals


def _yes(label: str) -> bool | None:
    """Whether a label says yes; None where there is none."""
    return None if label == "" else float(label) >= 0.5


def _happy(picture: Picture) -> bool | None:
    return picture.emotion == "happiness" if picture.emotion else None


_LABELS: dict[str, Callable[[Picture], bool | None]] = {
    "smile": lambda p: _yes(p.smile),
    "smile, both hand labels given": lambda p: _yes(p.smile) if p.strict and p.emotion else None,
    "the set's own label": lambda p: _yes(p.published),
    "strict hand label": lambda p: _yes(p.strict),
    "happiness alone": _happy,
    "Rekognition": lambda p: _yes(p.rekognition[0]),
    "Rekognition, list val": lambda p: (
        _yes(p.rekognition[0]) if p.rekognition_list == "val" else None
    ),
}


def has_label(picture: Picture) -> bool:
    """Return whether a picture has any label to be measured against."""
    return any(label(picture) is not None for label in _LABELS.values())


def label_rows(scored: ScoredPictures) -> dict[str, Any]:
    """Work out a row for each label, of the pictures that have it.

    Parameters
    ----------
    scored : ScoredPictures, of one set

    Returns
    -------
    dict of row, by label; labels that no picture has are left out
    """
    rows = {}
    for name, label in _LABELS.items():
        answers = [label(p) for p in scored.pictures]
        subset = scored.subset(each is not None for each in answers)
        if subset.pictures:
            truth = np.array([each for each in answers if each is not None], bool)
            rows[name] = figures_row(subset, truth)
    return rows


def degree_figures(scored: ScoredPictures) -> dict[str, Any]:
    """Work out mean scores by degree of smile, and how well degrees are told apart.

    Parameters
    ----------
    scored : ScoredPictures, of one set

    Returns
    -------
    dict
        `faces`, how many of each degree; `mean_none`, `mean_slight`, `mean_broad`, mean scores;
        `auc_broad_of_rest`, `auc_broad_of_slight`, `auc_slight_of_none`, areas under the ROC curve;
        `in_order`, whether the means rise with the degree. {} unless all three degrees are there.
    """
    degree = np.array([labels.degree(p) for p in scored.pictures])
    kept = scored.found() & (degree != "")
    degree, scores, people = degree[kept], scored.scores[kept, 0], scored.people()[kept]
    rows = {name: degree == name for name in ("none", "slight", "broad")}
    if not all(each.any() for each in rows.values()):
        return {}

    def area(above: str, below: np.ndarray) -> Callable[[np.ndarray], Any]:
        subset = rows[above] | below
        return lambda counts: metrics.auc(scores[subset], rows[above][subset], counts[..., subset])

    wanted: dict[str, Callable[[np.ndarray], Any]] = {
        f"mean_{name}": partial(
            lambda each, counts: metrics.mean(scores[each], counts[..., each]), each
        )
        for name, each in rows.items()
    }
    wanted["auc_broad_of_rest"] = area("broad", ~rows["broad"])
    wanted["auc_broad_of_slight"] = area("broad", rows["slight"])
    wanted["auc_slight_of_none"] = area("slight", rows["none"])
    faces = {name: int(each.sum()) for name, each in rows.items()}
    figures = with_intervals(wanted, people)
    means: list[Any] = [figures[f"mean_{name}"][0] for name in rows]
    return {"faces": faces, **figures, "in_order": means == sorted(means)}
