"""Distillation: nets of groups of people score people whom they were not trained on.

The training people are assigned to groups. For each group a net learns from the other groups, hand
labels and soft labels together, and then scores this one (Hinton, Vinyals and Dean, 2015,
"Distilling the knowledge in a neural network"), across groups so that no net repeats by heart the
label it was given.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import folds, loop, soft_labels, targets
from laughtrack.models.training.settings import Settings
from laughtrack.models.training.targets import Targets

EPOCHS = 12  # of each net's training


def distilled_log_odds(
    hand_targets: Targets,
    teacher_log_odds: np.ndarray,
    pictures: Sequence[Picture],
    work: str | Path,
    settings: Settings,
) -> np.ndarray:
    """Score each training face by a net that hasn't seen that person, and add the teacher's view.

    Parameters
    ----------
    hand_targets : Targets, N faces, of the labels and the teacher
    teacher_log_odds : ndarray, shape (N,), log-odds
        The teacher's; NaN for none.
    pictures : list of Picture, N
    work : path
        Each net's checkpoints are kept there: a call cut short is carried on.
    settings : Settings

    Returns
    -------
    ndarray, shape (N,), log-odds
        Of people who aren't trained on, the teacher's.
    """
    group = folds.assign_folds([picture.person for picture in pictures], settings.groups)
    labels = folds.face_labels(pictures)
    usable = labels.training & np.isfinite(hand_targets.smile[:, 0])
    views = np.stack([np.nan_to_num(teacher_log_odds), np.zeros(len(pictures))], axis=1)
    digest = targets.labels_digest(pictures)
    for number in range(settings.groups):
        rows = usable & (group == number)
        others = usable & (group != number)
        if rows.any() and others.sum() >= loop.BATCH:
            logging.info("group %d of %d", number + 1, settings.groups)
            place = Path(work) / f"group{number}"
            own_settings = settings._replace(epochs=EPOCHS, seed=settings.seed + 1 + number)
            views[rows, 1] = _group_log_odds(
                place, own_settings, hand_targets.pick(others), hand_targets.pick(rows), digest
            )
    return np.where(
        usable, soft_labels.combine(views, labels, usable & labels.labelled), teacher_log_odds
    )


def _group_log_odds(
    place: Path, settings: Settings, training: Targets, unseen: Targets, digest: str
) -> np.ndarray:
    """Log-odds (N,) of unseen faces, by a net trained on the others."""
    net = loop.run_training(place, settings, training, unseen, digest)
    crops = wide_crops.network_input(unseen.wide)
    return (net.log_odds(crops) + net.log_odds(np.ascontiguousarray(crops[..., ::-1]))) / 2
