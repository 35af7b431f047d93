"""The same scores against each label, and by degree of smile."""

from __future__ import annotations

from functools import partial

import numpy as np

from laughtrack.models.data import labels
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.metrics import figures_row, with_intervals


def _yes(label):
    """Whether a label says yes; None where nobody said."""
    return None if label == "" else float(label) >= 0.5


def _happy(picture):
    return picture.emotion == "happiness" if picture.emotion else None


_LABELS = {
    "smile": lambda p: _yes(p.smile),
    "smile, both hand labels given": lambda p: _yes(p.smile) if p.strict and p.emotion else None,
    "strict hand label": lambda p: _yes(p.strict),
    "happiness alone": _happy,
    "Rekognition": lambda p: _yes(p.rekognition[0]),
    "Rekognition, list val": lambda p: (
        _yes(p.rekognition[0]) if p.rekognition_list == "val" else None
    ),
}


def has_label(picture):
    """Say whether a picture has any label to be measured against."""
    return any(of(picture) is not None for of in _LABELS.values())


def label_rows(part):
    """Work out a row for each label, of the pictures that have it.

    Parameters
    ----------
    part : Scored, of one set

    Returns
    -------
    dict of row, by label; labels that no picture has are left out
    """
    rows = {}
    for name, of in _LABELS.items():
        said = [of(p) for p in part.pictures]
        some = part.some(each is not None for each in said)
        if some.pictures:
            truth = np.array([each for each in said if each is not None], bool)
            rows[name] = figures_row(some, truth)
    return rows


def degree_figures(part):
    """Work out mean scores by degree of smile, and how well degrees are told apart.

    Parameters
    ----------
    part : Scored, of one set

    Returns
    -------
    dict
        `faces`, how many of each degree; `mean_none`, `mean_slight`, `mean_broad`, mean scores;
        `auc_broad_of_rest`, `auc_broad_of_slight`, `auc_slight_of_none`, areas under the ROC curve;
        `in_order`, whether the means rise with the degree. {} unless all three degrees are there.
    """
    degree = np.array([labels.degree(p) for p in part.pictures])
    kept = part.found() & (degree != "")
    degree, scores, people = degree[kept], part.scores[kept, 0], part.people()[kept]
    rows = {name: degree == name for name in ("none", "slight", "broad")}
    if not all(each.any() for each in rows.values()):
        return {}

    def apart(above, below):
        some = rows[above] | below
        return lambda counts: metrics.auc(scores[some], rows[above][some], counts[..., some])

    wanted = {
        f"mean_{name}": partial(
            lambda each, counts: metrics.mean(scores[each], counts[..., each]), each
        )
        for name, each in rows.items()
    }
    wanted["auc_broad_of_rest"] = apart("broad", ~rows["broad"])
    wanted["auc_broad_of_slight"] = apart("broad", rows["slight"])
    wanted["auc_slight_of_none"] = apart("slight", rows["none"])
    faces = {name: int(each.sum()) for name, each in rows.items()}
    figures = with_intervals(wanted, people)
    means = [figures[f"mean_{name}"][0] for name in rows]
    return {"faces": faces, **figures, "in_order": means == sorted(means)}
