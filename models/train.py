"""Train SmileNet: `python -m models.train --data FOLDER`, in the training environment.

Interrupted, the same command carries on after the last whole epoch. The weights that did best on
the validation people are left as `best.params` in the work folder, for `models.export`.
"""

from __future__ import annotations

import argparse
import logging
import math
import queue
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge import smile
from models import augment, datasets, labels, lessons, pupil, smilenet

BATCH = 64
DEFAULT_WORK = Path.home() / ".cache" / "laughtrack"
LABELS = ("hand", "rekognition")
TRAINED = "trained.txt"  # who was trained on or chose, beside the weights


class Settings(NamedTuple):
    """All numbers of one training."""

    epochs: int = 24
    seed: int = 1
    peak: float = 0.08  # the highest learning rate
    decay: float = 2e-3  # of the weights
    teacher: float = 1.0  # how much the teacher's log-odds count beside a label's
    shape: float = 0.2  # weight of the loss of the face's shape
    points: float = 0.03  # weight of the loss of where lips, eyes and jaw lie


def learning_rate(step, steps, peak, warm_up=200):
    """Rate for one step: up a straight line, then down a cosine.

    Parameters
    ----------
    step, steps : int, from 0, and how many in all
    peak : float
    warm_up : int, steps

    Returns
    -------
    float
    """
    if step < warm_up:
        return peak * (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def batches(taught, seed):
    """Yield one epoch of augmented batches, prepared in a thread ahead of the network.

    Parameters
    ----------
    taught : lessons.Lessons
    seed : sequence of int
        The same seed gives the same batches.

    Yields
    ------
    tuple of ndarray (BATCH, 1, SIZE, SIZE) float32, and lessons.Lessons
        Network input and what is taught about it, `points` now as `augment.augmented` gives them.
        The odd rest of the shuffled faces is left out.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(taught.wide))
    ready = queue.Queue(maxsize=8)

    def work():
        try:
            for start in range(0, len(order) - BATCH + 1, BATCH):
                batch = taught.pick(order[start : start + BATCH])
                faces = zip(batch.wide, batch.points, strict=True)
                cut = [augment.augmented(wide, points, rng) for wide, points in faces]
                crops, points = (np.stack(part) for part in zip(*cut, strict=True))
                batch = batch._replace(points=points.astype(np.float32))
                ready.put((smile.prepare(crops), batch))
            ready.put(None)
        except BaseException as error:
            ready.put(error)

    threading.Thread(target=work, daemon=True).start()
    while True:
        batch = ready.get()
        if batch is None:
            return
        if isinstance(batch, BaseException):
            raise batch
        yield batch


def cross_entropy(lean, target, weight):
    """Mean cross-entropy with graded targets, weighted.

    Parameters
    ----------
    lean : ndarray, shape (N,), log-odds of a smile
    target, weight : ndarray, shape (N,)

    Returns
    -------
    float
    """
    lean = np.asarray(lean, np.float64)
    return float(np.average(np.logaddexp(0, lean) - target * lean, weights=weight))


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
    parser.add_argument("--labels", choices=LABELS, default=LABELS[0], help="whom to believe")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        train(options.data, options.work, _settings(options), labelled=options.labels)
    except (ValueError, OSError) as error:
        print(f"models.train: {error}", file=sys.stderr)
        return 1
    return 0


def _settings(options):
    from models import tune  # which imports this module

    settings = tune.read_settings(options.settings) if options.settings else Settings()
    given = {"epochs": options.epochs, "seed": options.seed}
    return settings._replace(**{name: value for name, value in given.items() if value is not None})


def train(data, work, settings, on_epoch=None, labelled=LABELS[0]):
    """Train, keeping the best weights by validation loss in `work/best.params`.

    Parameters
    ----------
    data, work : path
    settings : Settings
    on_epoch : function of epoch and validation loss, optional
        Called after each epoch, once it is on disk; what it raises ends the training.
    labelled : str, one of `LABELS`
        "rekognition" is the original recipe: its train list, without a teacher.

    Returns
    -------
    float, the best validation loss

    Raises
    ------
    ValueError
        If there is too little to train on or to choose by.
    """
    listed = labels.pictures(data)
    smilenet.mxnet()  # fail now, not after cutting all faces
    faces = datasets.load_faces(listed, work)
    if labelled == "hand":
        taught = lessons.by_hand(listed, faces, work, settings.teacher)
    else:
        taught = lessons.by_rekognition(listed, faces)
    split = np.array([listed[i].split for i in faces.index])
    heard = np.isfinite(taught.opinions).any(axis=1)
    # The original recipe's list is its own split: of its people, only a tenth is kept to choose by.
    rows = heard & ((split == "train") if labelled == "hand" else (split != "val"))
    choosing = (split == "val") & np.isfinite(taught.opinions[:, 0])
    training, chosen = taught.pick(rows), taught.pick(choosing)
    if len(training.wide) < BATCH or not len(chosen.wide):
        raise ValueError(
            f"{len(training.wide)} labelled faces to train on and {len(chosen.wide)} to choose by: "
            f"at least {BATCH} and 1 are needed"
        )
    seen = {labels.person_key(listed[i]) for i in faces.index[rows | choosing]}
    (Path(work) / TRAINED).write_text("".join(f"{key}\n" for key in sorted(seen)))
    return _epochs(Path(work), settings, (training, chosen, labelled), on_epoch)


def _epochs(work, settings, taught, on_epoch):
    training, chosen, labelled = taught
    val = datasets.prepared(chosen.wide)
    named = {**settings._asdict(), "labels": labelled, "faces": len(training.wide)}
    run = pupil.Pupil(work, named, training)
    steps = settings.epochs * (len(training.wide) // BATCH)
    while run.epoch < settings.epochs:
        began = time.monotonic()
        losses = [
            run.step(crops, batch, learning_rate(run.steps, steps, settings.peak))
            for crops, batch in batches(training, [settings.seed, run.epoch])
        ]
        lean = run.lean(val)
        loss = cross_entropy(lean, chosen.opinions[:, 0], chosen.weight)
        right = np.mean((lean > 0) == (chosen.opinions[:, 0] > 0.5))
        run.save(loss)
        text = "epoch %d: loss %.4f, val loss %.4f, right %.4f, %.0f s"
        seconds = time.monotonic() - began
        logging.info(text, run.epoch, np.mean(losses), loss, right, seconds)
        if on_epoch is not None:
            on_epoch(run.epoch, loss)
    return run.best


if __name__ == "__main__":
    sys.exit(main())
