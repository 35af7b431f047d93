"""A row of figures: how well one lot of faces is scored.

Conventions
-----------
- A figure is `[figure, low, high]`, shares in [0, 1], with the 95 % interval of
  `models.evaluation.bootstrap`; None where there is none.
- A row is a dict: `faces` found, `smiles` among them, `people`; `right`, `balanced`, `auc`, `f1`
  and `ece` of all faces found, judged or not (see `models.evaluation.metrics`); `abstained`, the
  share of less quality than `edge.smile.crops.JUDGED_FROM`, of which the loop says nothing;
  `judged`, how many are left, and `right_judged`, the share right of those.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from laughtrack.edge.smile.crops import JUDGED_FROM
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.bootstrap import with_intervals

FIGURES = ("right", "balanced", "auc", "f1", "ece")


def row(scored, truth, column=0):
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
    wanted = {name: partial(getattr(metrics, name), scores, truth) for name in FIGURES}
    wanted["abstained"] = partial(metrics.mean, ~judged)
    wanted["right_judged"] = lambda counts: metrics.mean(good[judged], counts[..., judged])
    counted = {"faces": len(scores), "smiles": int(truth.sum()), "people": len(set(people))}
    return {**counted, "judged": int(judged.sum()), **with_intervals(wanted, people)}
