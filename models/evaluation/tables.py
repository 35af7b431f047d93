"""Figures of scored pictures: by set, face width, head turn, label and degree.

Conventions
-----------
- Figures and rows are those of `models.evaluation.figures`.
- Truth is `Picture.smile`, unless a label is named.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from laughtrack.models.evaluation import fairness, metrics
from laughtrack.models.evaluation.faces import FACE_PX, ScoredPictures
from laughtrack.models.evaluation.figures import figures_row, with_intervals
from laughtrack.models.evaluation.labels import degree_figures, label_rows

ALL_SETS = "all sets"
MIN_FACES = 50  # faces in a bin that may be called the worst
# Degrees of head turn. Yaw and roll to either side alike; pitch as the labels have it.
TURN_BINS = {
    "yaw": (0, 10, 20, 30, 90),
    "pitch": (-90, -10, -5, 5, 10, 90),
    "roll": (0, 5, 10, 15, 90),
}


def tables(scored: ScoredPictures) -> dict[str, Any]:
    """Work out every table of pictures.

    Parameters
    ----------
    scored : ScoredPictures

    Returns
    -------
    dict
        `sets`, `calibration`, `sizes`, `turns`, `labels`, `degrees`, `fairness`, `worse_groups`
        and `worst`.
    """
    smiles = scored.subset(p.smile in ("0", "1") for p in scored.pictures)
    parts = _parts(smiles)
    turns = {name: _turn_bins(part) for name, part in parts.items() if name != ALL_SETS}
    # Labels differ from set to set: each set by itself, its pictures without `Picture.smile` too.
    sets = {name: part for name, part in _parts(scored).items() if name != ALL_SETS}
    by_label = {name: label_rows(part) for name, part in sets.items()}
    by_degree = {name: degree_figures(part) for name, part in sets.items()}
    found: dict[str, dict[str, Any]] = {
        "sets": {name: _set(part) for name, part in parts.items()},
        "calibration": {name: _calibration(part) for name, part in parts.items()},
        "sizes": {name: _sizes(part) for name, part in parts.items()},
        "turns": {name: bins for name, bins in turns.items() if bins},
        "labels": {name: rows for name, rows in by_label.items() if len(rows) > 1},
        "degrees": {name: figures for name, figures in by_degree.items() if figures},
    }
    groups = fairness.group_rows(scored)
    found["fairness"] = groups
    return {
        **found,
        "worse_groups": fairness.worse_groups(groups),
        "worst": worst(found["sizes"], found["turns"]),
    }


def worst(*kinds: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Find the bin of size or turn where the faces scored are least often right.

    Parameters
    ----------
    *kinds : dict of dict of row, by set and by bin
        Bins of fewer than `MIN_FACES` faces, and those with none scored, are left out.

    Returns
    -------
    dict or None
        `set`, `bin`, `judged`, `right_judged`, and `bins`, how many were compared.
    """
    compared = [
        {
            "set": set_name,
            "bin": name,
            "judged": each["judged"],
            "right_judged": each["right_judged"],
        }
        for kind in kinds
        for set_name, bins in kind.items()
        for name, each in bins.items()
        if each["faces"] >= MIN_FACES and each["judged"]
    ]
    if not compared:
        return None
    return {**min(compared, key=lambda each: each["right_judged"][0]), "bins": len(compared)}


def _parts(scored: ScoredPictures) -> dict[str, ScoredPictures]:
    """The sets by name, and all together where there are several."""
    names = list(dict.fromkeys(p.source for p in scored.pictures))
    parts = {n: scored.subset(p.source == n for p in scored.pictures) for n in names}
    return {**parts, ALL_SETS: scored} if len(names) > 1 else parts


def _set(scored: ScoredPictures) -> dict[str, Any]:
    """A row, and what the finder missed."""
    found, truth, people = scored.found(), scored.truth(), scored.people()
    good = found & ((scored.scores[:, 0] >= 0.5) == truth)
    wanted = {
        "found": partial(metrics.mean, found),
        "right_of_all": partial(metrics.mean, good),
    }
    shares = with_intervals(wanted, people)
    return {"pictures": len(found), **shares, **figures_row(scored, truth)}


def _calibration(scored: ScoredPictures) -> list[list[Any]]:
    found = scored.found()
    bins = metrics.reliability(scored.scores[found, 0], scored.truth()[found])
    return [[faces, *(_rounded(value) for value in values)] for faces, *values in bins]


def _sizes(scored: ScoredPictures) -> dict[str, Any]:
    """A row for each width that pictures have."""
    rows = {
        f"{px} px": figures_row(scored, scored.truth(), n) for n, px in enumerate(FACE_PX, start=1)
    }
    return {name: each for name, each in rows.items() if each["faces"]}


def _turn_bins(scored: ScoredPictures) -> dict[str, Any]:
    """A row for each bin of head turn that has faces."""
    rows: dict[str, Any] = {}
    pose = np.degrees([p.pose for p in scored.pictures])
    for column, (name, edges) in enumerate(TURN_BINS.items()):
        degrees = pose[:, column] if edges[0] < 0 else np.abs(pose[:, column])
        for low, high in pairwise(edges):
            subset = scored.subset((degrees >= low) & (degrees < high))
            each = figures_row(subset, subset.truth())
            if each["faces"]:
                rows[f"{name} {_span(low, high)}"] = each
    return rows


def _span(low: float, high: float) -> str:
    if high == 90:
        return f"from {low}°"
    return f"to {high}°" if low == -90 else f"{low}° to {high}°"


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
