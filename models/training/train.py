"""Train SmileNet.

`python -m laughtrack.models.training.train --data FOLDER`, in the training environment.

Interrupted, the same command carries on after the last whole epoch. The weights that did best on
the validation people are left as `best.params` in the work folder, for `models.export.export`.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import numpy as np

from laughtrack.models.data import labels, load
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import distillation, loop, smilenet, soft_labels, targets
from laughtrack.models.training.loop import BATCH
from laughtrack.models.training.settings import DEFAULT_WORK, chosen_settings, out_of_range
from laughtrack.models.training.work_folder import locked

TRAINED = "trained.txt"  # who was trained on or chose, beside the weights


def main(argv=None):
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/, or is a table"
    )
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="crops and checkpoints")
    parser.add_argument("--settings", type=Path, help="JSON of settings that differ from the usual")
    parser.add_argument("--epochs", type=int, help="passes over the faces")
    parser.add_argument("--seed", type=int, help="of weights and batches")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        settings = chosen_settings(options.settings, options.epochs, options.seed)
        train(options.data, options.work, settings)
    except (ValueError, OSError) as error:
        print(f"laughtrack.models.training.train: {error}", file=sys.stderr)
        return 1
    return 0


def train(data, work, settings, on_epoch=None):
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
    wrong = out_of_range(settings)
    if wrong:
        raise ValueError(wrong)
    with locked(work):
        return _train(data, work, settings, on_epoch)


def _train(data, work, settings, on_epoch):
    listed, work = load.load_pictures(data), Path(work)
    smilenet.import_mxnet()  # fail now, not after cutting all faces
    faces = wide_crops.load_faces(listed, work)
    shown = [listed[i] for i in faces.picture_index]
    odds = soft_labels.smile_log_odds(listed, faces, work)
    taught = targets.from_hand_labels(listed, faces, work, settings.teacher * odds)
    if settings.groups and np.isfinite(odds).any():
        odds = distillation.distilled_log_odds(taught, odds, shown, work, settings)
        taught = taught._replace(smile=targets.smile_targets(shown, settings.teacher * odds))
    split = np.array([picture.split for picture in shown])
    rows = np.isfinite(taught.smile).any(axis=1) & (split == "train")
    choosing = (split == "val") & np.isfinite(taught.smile[:, 0])
    training, chosen = taught.pick(rows), taught.pick(choosing)
    if len(training.wide) < BATCH or not len(chosen.wide):
        raise ValueError(
            f"{len(training.wide)} labelled faces to train on and {len(chosen.wide)} to choose by: "
            f"at least {BATCH} and 1 are needed"
        )
    # Whose face wasn't found, too: to the one who measures, they are not new.
    seen = {labels.person_key(p) for p in listed if p.split in ("train", "val")}
    (work / TRAINED).write_text("".join(f"{key}\n" for key in sorted(seen)))
    told = targets.labels_digest(shown)
    best = loop.run_training(work, settings, training, chosen, told, on_epoch).best
    logging.info("validation loss %.4f: %s", best, work / "best.params")
    return best


if __name__ == "__main__":
    sys.exit(main())
