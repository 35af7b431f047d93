"""Nets that teach the last one: each says what it sees in people whom it was not trained on.

The training people are dealt to groups. For each group a net learns from the other groups, hand
labels and teacher together, and then judges this one: distillation (Hinton, Vinyals and Dean, 2015,
"Distilling the knowledge in a neural network"), across groups so that no net repeats by heart the
label it was given.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from laughtrack.models.faces import wide_crops
from laughtrack.models.training import folds, loop, soft_labels, targets

EPOCHS = 12  # of each net's course


def distilled_log_odds(first, opinion, shown, work, settings):
    """Ask a net of each training face that hasn't seen that person; join what the teacher says.

    Parameters
    ----------
    first : lessons.Lessons, N faces, of the labels and the teacher
    opinion : ndarray, shape (N,), log-odds
        The teacher's; NaN for none.
    shown : list of Picture, N
    work : path
        Each net's checkpoints are kept there: a call cut short is carried on.
    settings : course.Settings

    Returns
    -------
    ndarray, shape (N,), log-odds
        Of people who aren't trained on, what the teacher says.
    """
    group = folds.assign_folds([picture.person for picture in shown], settings.groups)
    side = folds.face_labels(shown)
    usable = side.training & np.isfinite(first.smile[:, 0])
    views = np.stack([np.nan_to_num(opinion), np.zeros(len(shown))], axis=1)
    told = targets.labels_digest(shown)
    for judged in range(settings.groups):
        rows = usable & (group == judged)
        others = usable & (group != judged)
        if rows.any() and others.sum() >= loop.BATCH:
            logging.info("group %d of %d", judged + 1, settings.groups)
            place = Path(work) / f"group{judged}"
            own = settings._replace(epochs=EPOCHS, seed=settings.seed + 1 + judged)
            views[rows, 1] = _group_log_odds(place, own, first.pick(others), first.pick(rows), told)
    return np.where(usable, soft_labels.combine(views, side, usable & side.labelled), opinion)


def _group_log_odds(place, settings, training, judged, told):
    """Log-odds (N,) of the faces judged, by a net trained on the others."""
    net = loop.run_training(place, settings, training, judged, told)
    crops = wide_crops.network_input(judged.wide)
    return (net.lean(crops) + net.lean(np.ascontiguousarray(crops[..., ::-1]))) / 2
