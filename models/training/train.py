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
from typing import NamedTuple

import numpy as np

from laughtrack.edge import console
from laughtrack.models.data import labels, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import landmark_cache, landmarker, wide_crops
from laughtrack.models.faces.landmark_cache import FoundLandmarks
from laughtrack.models.faces.wide_crops import Faces
from laughtrack.models.training import loop, smilenet, soft_labels, targets
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
    parser.add_argument(
        "--landmarker", type=Path, default=landmarker.DEFAULT_FILE, help="face_landmarker.task"
    )
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="crops and checkpoints")
    parser.add_argument("--settings", type=Path, help="JSON of settings that differ from the usual")
    parser.add_argument("--epochs", type=int, help="passes over the faces")
    parser.add_argument("--seed", type=int, help="of weights and batches")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        settings = chosen_settings(options.settings, options.epochs, options.seed)
        train(Source(options.data, options.landmarker), options.work, settings)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.training.train: {error}")
        return 1
    return 0


class Source(NamedTuple):
    """What is learnt from.

    `data` is as for `load.load_pictures`, `landmarker` MediaPipe's file, for the second opinion of
    the labels; without that file the labels alone teach.
    """

    data: Path
    landmarker: Path


def train(
    source: Source, work: str | Path, settings: Settings, on_epoch: OnEpoch | None = None
) -> float:
    """Train, keeping the best weights by validation loss in `work/best.params`.

    Parameters
    ----------
    source : Source
    work : path
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
        return _train(source, Path(work), settings, on_epoch)


def _train(source: Source, work: Path, settings: Settings, on_epoch: OnEpoch | None) -> float:
    pictures = load.training_pictures(source.data)
    smilenet.import_mxnet()  # fail now, not after cutting all faces
    faces = wide_crops.load_faces(pictures, work)
    face_pictures = [pictures[i] for i in faces.picture_index]
    landmarks = _landmarks(pictures, faces, source.landmarker, work)
    log_odds = settings.teacher * soft_labels.smile_log_odds(face_pictures, landmarks.blendshapes)
    all_targets = targets.from_hand_labels(face_pictures, faces, landmarks, log_odds)
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


def _landmarks(pictures: list[Picture], faces: Faces, file: Path, work: Path) -> FoundLandmarks:
    """Find the faces' landmarks, for the second opinion of the labels, if the file is there."""
    if file.is_file():
        return landmark_cache.find_landmarks(pictures, faces, work, file)
    logging.warning("no second opinion of the labels: no landmarker %s (--landmarker)", file)
    return landmark_cache.nothing_found(len(faces.picture_index))


if __name__ == "__main__":
    sys.exit(main())
