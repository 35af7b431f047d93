"""Figures of scored pictures: by set, face width, head turn, label and degree.

Conventions
-----------
- Figures and rows are those of `models.evaluation.metrics`.
- Truth is `Picture.smile`, unless a label is named.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np

from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.faces import FACE_PX
from laughtrack.models.evaluation.labels import degree_figures, label_rows
from laughtrack.models.evaluation.metrics import figures_row, with_intervals

ALL_SETS = "all sets"
MIN_FACES = 50  # faces in a bin that may be called the worst
# Degrees of head turn. Yaw and roll to either side alike; pitch as the labels have it.
TURN_BINS = {
    "yaw": (0, 10, 20, 30, 90),
    "pitch": (-90, -10, -5, 5, 10, 90),
    "roll": (0, 5, 10, 15, 90),
}


def tables(scored):
    """Work out every table of pictures.

    Parameters
    ----------
    scored : Scored

    Returns
    -------
    dict
        `sets`, `calibration`, `sizes`, `turns`, `labels`, `degrees` and `worst`.
    """
    smiles = scored.some(p.smile in ("0", "1") for p in scored.pictures)
    parts = _parts(smiles)
    turned = {name: _turn_bins(part) for name, part in parts.items() if name != ALL_SETS}
    # Labels differ from set to set: each set by itself, its pictures without `Picture.smile` too.
    own = {name: part for name, part in _parts(scored).items() if name != ALL_SETS}
    named = {name: label_rows(part) for name, part in own.items()}
    graded = {name: degree_figures(part) for name, part in own.items()}
    found = {
        "sets": {name: _set(part) for name, part in parts.items()},
        "calibration": {name: _calibration(part) for name, part in parts.items()},
        "sizes": {name: _sizes(part) for name, part in parts.items()},
        "turns": {name: bins for name, bins in turned.items() if bins},
        "labels": {name: rows for name, rows in named.items() if len(rows) > 1},
        "degrees": {name: of for name, of in graded.items() if of},
    }
    return {**found, "worst": worst(found["sizes"], found["turns"])}


def worst(*kinds):
    """Find the bin of size or turn where the faces judged are least often right.

    Parameters
    ----------
    *kinds : dict of dict of row, by set and by bin
        Bins of fewer than `MIN_FACES` faces, and those with none judged, are left out.

    Returns
    -------
    dict or None
        `set`, `bin`, `judged`, `right_judged`, and `bins`, how many were compared.
    """
    compared = [
        {"set": of, "bin": name, "judged": each["judged"], "right_judged": each["right_judged"]}
        for kind in kinds
        for of, bins in kind.items()
        for name, each in bins.items()
        if each["faces"] >= MIN_FACES and each["judged"]
    ]
    if not compared:
        return None
    return {**min(compared, key=lambda each: each["right_judged"][0]), "bins": len(compared)}


def _parts(scored):
    """The sets by name, and all together where there are several."""
    names = list(dict.fromkeys(p.source for p in scored.pictures))
    parts = {n: scored.some(p.source == n for p in scored.pictures) for n in names}
    return {**parts, ALL_SETS: scored} if len(names) > 1 else parts


def _set(part):
    """A row, and what the finder missed."""
    found, truth, people = part.found(), part.truth(), part.people()
    good = found & ((part.scores[:, 0] >= 0.5) == truth)
    wanted = {
        "found": partial(metrics.mean, found),
        "right_of_all": partial(metrics.mean, good),
    }
    shares = with_intervals(wanted, people)
    return {"pictures": len(found), **shares, **figures_row(part, truth)}


def _calibration(part):
    found = part.found()
    bins = metrics.reliability(part.scores[found, 0], part.truth()[found])
    return [[faces, *(_rounded(value) for value in values)] for faces, *values in bins]


def _sizes(part):
    """A row for each width that pictures have."""
    rows = {f"{px} px": figures_row(part, part.truth(), n) for n, px in enumerate(FACE_PX, start=1)}
    return {name: each for name, each in rows.items() if each["faces"]}


def _turn_bins(part):
    """A row for each bin of head turn that has faces."""
    rows, pose = {}, np.degrees([p.pose for p in part.pictures])
    for column, (name, edges) in enumerate(TURN_BINS.items()):
        turn = pose[:, column] if edges[0] < 0 else np.abs(pose[:, column])
        for low, high in pairwise(edges):
            some = part.some((turn >= low) & (turn < high))
            each = figures_row(some, some.truth())
            if each["faces"]:
                rows[f"{name} {_span(low, high)}"] = each
    return rows


def _span(low, high):
    if high == 90:
        return f"from {low}°"
    return f"to {high}°" if low == -90 else f"{low}° to {high}°"


def _rounded(value):
    return None if np.isnan(value) else round(float(value), 4)
