"""How wrong the scorer is, for the statistics that correct for it: `error_model.json`.

Conventions
-----------
- Only sets whose label means what the score means teach it; of faces that the loop would score.
- Sensitivity is the share of smiles that score one half or more, specificity the share of other
  faces that score less. Each is `[figure, low, high]`, with a 95 % interval from drawing people.
- Part of the error is personal: a resting face that reads as a smile does so in every picture of
  its owner. How much is the intraclass correlation of errors among one person's pictures, by the
  analysis of variance (Ridout, Demetrio and Firth, 1999, "Estimating intraclass correlation for
  binary data"): 0 if errors fall on anybody, 1 if always on the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from laughtrack.edge.smile.crops import MIN_QUALITY
from laughtrack.models.data import labels
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.faces import FACE_PX, ScoredPictures
from laughtrack.models.evaluation.figures import with_intervals

FILE = "error_model.json"
YAW_DEG = (0, 10, 20, 30, 90)
# A cell of fewer faces of either kind is left out: its share could be anything.
FEWEST = 20


def error_model(scored: ScoredPictures) -> dict[str, Any]:
    """Work out the model.

    Parameters
    ----------
    scored : ScoredPictures
        Of people whom the weights have not seen.

    Returns
    -------
    dict
        `sensitivity` and `specificity`; `by_width_px` and `by_yaw_deg`, a list of cells with `from`
        and `to`, each with both and how many `faces`; `personal`, the intraclass correlation of
        missed and of false smiles, None where nobody has two pictures.
    """
    means_it = (p.smile != "" and p.source not in labels.KIN for p in scored.pictures)
    scored = scored.subset(means_it)
    yaw = np.abs(np.degrees([p.pose[0] for p in scored.pictures]))
    widths = [
        {"from": px, "to": px, **cell} for px, cell in zip(FACE_PX, _widths(scored), strict=True)
    ]
    turns = [
        {"from": low, "to": high, **_cell(scored.subset((yaw >= low) & (yaw < high)))}
        for low, high in pairwise(YAW_DEG)
    ]
    return {
        **_cell(scored),
        "by_width_px": [cell for cell in widths if "sensitivity" in cell],
        "by_yaw_deg": [cell for cell in turns if "sensitivity" in cell],
        "personal": _personal(scored),
    }


def _widths(scored: ScoredPictures) -> list[dict[str, Any]]:
    return [_cell(scored, column) for column in range(1, 1 + len(FACE_PX))]


def _judged(scored: ScoredPictures, column: int) -> np.ndarray:
    """Faces that the loop would score, (N,) bool."""
    return np.nan_to_num(scored.quality[:, column]) >= MIN_QUALITY


def _cell(scored: ScoredPictures, column: int = 0) -> dict[str, Any]:
    """Both shares of the faces that are scored, if there are enough of both kinds."""
    used = scored.subset(_judged(scored, column))
    truth, says = used.truth(), used.scores[:, column] >= 0.5
    if min(truth.sum(), (~truth).sum()) < FEWEST:
        return {"faces": len(truth)}
    wanted = {
        "sensitivity": partial(_share, says, truth),
        "specificity": partial(_share, ~says, ~truth),
    }
    return {"faces": len(truth), **with_intervals(wanted, used.people())}


def _share(right: np.ndarray, kind: np.ndarray, counts: np.ndarray) -> metrics.Figure:
    return metrics.mean(right[kind], counts[..., kind])


def _personal(scored: ScoredPictures) -> dict[str, float | None]:
    """Intraclass correlation of errors, of smiles and of the rest."""
    used = scored.subset(_judged(scored, 0))
    truth, wrong = used.truth(), (used.scores[:, 0] >= 0.5) != used.truth()
    people = used.people()
    return {
        "missed_smiles": intraclass(wrong[truth], people[truth]),
        "false_smiles": intraclass(wrong[~truth], people[~truth]),
    }


def intraclass(errors: np.ndarray, people: Sequence[object] | np.ndarray) -> float | None:
    """Correlate errors among one person's pictures, by the analysis of variance.

    Parameters
    ----------
    errors : ndarray, shape (N,), bool
    people : sequence of N, who each is of

    Returns
    -------
    float in [0, 1], or None
        None where nobody has two pictures, or there is one person only.
    """
    _, person = np.unique(np.asarray(people), return_inverse=True)
    size = np.bincount(person)
    if len(size) < 2 or size.max() < 2:
        return None
    wrong = np.bincount(person, weights=errors.astype(float))
    total, share = len(person), float(np.mean(errors))
    between = float((size * (wrong / size - share) ** 2).sum()) / (len(size) - 1)
    within = float((wrong - wrong**2 / size).sum()) / (total - len(size))
    usual = (total - float((size**2).sum()) / total) / (len(size) - 1)
    spread = between + (usual - 1) * within
    return round(float(np.clip((between - within) / spread, 0, 1)), 4) if spread > 0 else 0.0
