"""Train SmileNet.

`python -m laughtrack.models.training.train --data FOLDER`, in the training environment.

Interrupted, the same command carries on after the last whole epoch. The weights that did best on
the validation people are left as `best.params` in the work folder, for `models.export.export`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from laughtrack.edge import console
from laughtrack.models.data import labels, load
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import distillation, loop, smilenet, soft_labels, targets
from laughtrack.models.training.loop import BATCH, OnEpoch
from laughtrack.models.training.settings import (
    DEFAULT_WORK,
    Settings,
    chosen_settings,
    out_of_range,
)
from laughtrack.models.training.work_folder import locked

TRAINED = "trained.txt"  # who was trained on or chose, beside the weights


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/, or is a table"
    )
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="crops and checkpoints")
    parser.add_argument("--settings", type=Path, help="JSON of settings that differ from the usual")
    parser.add_argument("--epochs", type=int, help="passes over the faces")
    parser.add_argument("--seed", type=int, help="of weights and batches")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        settings = chosen_settings(options.settings, options.epochs, options.seed)
        train(options.data, options.work, settings)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.training.train: {error}")
        return 1
    return 0


def train(
    data: str | Path, work: str | Path, settings: Settings, on_epoch: OnEpoch | None = None
) -> float:
    """Train, keeping the best weights by validation loss in `work/best.params`.

    Parameters
    ----------
    data, work : path
    settings : Settings
    on_epoch : function of epoch and validation loss, optional
        Called after each epoch, once it is on disk; what it raises ends the training.

    Returns
    -------
    float, the best validation loss

    Raises
    ------
    ValueError
        If a setting is out of its range, there is too little to train on or to choose by, the
        training runs away, another one is at work in that folder, or this is not the training
        environment.
    """
    error_text = out_of_range(settings)
    if error_text:
        raise ValueError(error_text)
    with locked(work):
        return _train(data, Path(work), settings, on_epoch)


def _train(data: str | Path, work: Path, settings: Settings, on_epoch: OnEpoch | None) -> float:
    pictures = load.load_pictures(data)
    smilenet.import_mxnet()  # fail now, not after cutting all faces
    faces = wide_crops.load_faces(pictures, work)
    face_pictures = [pictures[i] for i in faces.picture_index]
    log_odds = soft_labels.smile_log_odds(pictures, faces, work)
    all_targets = targets.from_hand_labels(pictures, faces, work, settings.teacher * log_odds)
    if settings.groups and np.isfinite(log_odds).any():
        log_odds = distillation.distilled_log_odds(
            all_targets, log_odds, face_pictures, work, settings
        )
        all_targets = all_targets._replace(
            smile=targets.smile_targets(face_pictures, settings.teacher * log_odds)
        )
    split = np.array([picture.split for picture in face_pictures])
    training_rows = np.isfinite(all_targets.smile).any(axis=1) & (split == "train")
    validation_rows = (split == "val") & np.isfinite(all_targets.smile[:, 0])
    training, validation = all_targets.pick(training_rows), all_targets.pick(validation_rows)
    if len(training.wide) < BATCH or not len(validation.wide):
        raise ValueError(
            f"{len(training.wide)} labelled faces to train on and {len(validation.wide)} to choose "
            f"by: at least {BATCH} and 1 are needed"
        )
    # Those whose face wasn't found, too: they are not new to the one who measures.
    people = {labels.person_key(p) for p in pictures if p.split in ("train", "val")}
    (work / TRAINED).write_text("".join(f"{key}\n" for key in sorted(people)))
    digest = targets.labels_digest(face_pictures)
    best = loop.run_training(work, settings, training, validation, digest, on_epoch).best
    logging.info("validation loss %.4f: %s", best, work / "best.params")
    return best


if __name__ == "__main__":
    sys.exit(main())
