"""Train SmileNet: `python -m models.train --data FOLDER`, in the training environment.

Interrupted, the same command carries on after the last whole epoch. The weights that did best on
the validation people are left as `best.params` in the work folder, for `models.export`.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import queue
import sys
import threading
import time
from pathlib import Path

import numpy as np

from edge import smile
from models import augment, datasets, labels, smilenet

BATCH = 64
DEFAULT_WORK = Path.home() / ".cache" / "laughtrack"


def learning_rate(step, steps, peak=0.12, warm_up=200):
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


def batches(faces, seed):
    """Yield one epoch of augmented batches, prepared in a thread ahead of the network.

    Parameters
    ----------
    faces : tuple of wide (N, WIDE_PX, WIDE_PX) uint8, target (N,), weight (N,)
    seed : sequence of int
        The same seed gives the same batches.

    Yields
    ------
    tuple of ndarray
        Input (BATCH, 1, SIZE, SIZE) float32, target (BATCH,), weight (BATCH,). The odd rest of the
        shuffled faces is left out.
    """
    wide, target, weight = faces
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(wide))
    ready = queue.Queue(maxsize=8)

    def work():
        try:
            for start in range(0, len(order) - BATCH + 1, BATCH):
                chosen = order[start : start + BATCH]
                crops = np.stack([augment.augmented(wide[i], rng) for i in chosen])
                ready.put((smile.prepare(crops), target[chosen], weight[chosen]))
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


def cross_entropy(logits, target, weight):
    """Mean cross-entropy with graded targets, weighted.

    Parameters
    ----------
    logits : ndarray, shape (N, 2)
    target, weight : ndarray, shape (N,)

    Returns
    -------
    float
    """
    lean = logits[:, 1].astype(np.float64) - logits[:, 0]
    loss = np.logaddexp(0, lean) - target * lean
    return float(np.average(loss, weights=weight))


def main(argv=None):
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="crops and checkpoints")
    parser.add_argument("--epochs", type=int, default=24, help="passes over the faces")
    parser.add_argument("--seed", type=int, default=1, help="of weights and batches")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        train(options.data, options.work, options.epochs, options.seed)
    except (ValueError, OSError) as error:
        print(f"models.train: {error}", file=sys.stderr)
        return 1
    return 0


def train(data, work, epochs, seed):
    """Train, keeping the best weights by validation loss in `work/best.params`.

    Parameters
    ----------
    data, work : path
    epochs, seed : int
    """
    listed = labels.pictures(data)
    smilenet.mxnet()  # fail now, not after cutting all faces
    faces = datasets.load_faces(listed, work)
    training = datasets.gather(listed, faces, "train")
    wide, target, weight = datasets.gather(listed, faces, "val")
    val = datasets.prepared(wide)
    run = Run(Path(work), {"epochs": epochs, "seed": seed, "faces": len(training[0])})
    steps = epochs * (len(training[0]) // BATCH)
    while run.epoch < epochs:
        began = time.monotonic()
        losses = [
            run.step(batch, learning_rate(run.steps, steps))
            for batch in batches(training, [seed, run.epoch])
        ]
        logits = run.logits(val)
        loss = cross_entropy(logits, target, weight)
        right = np.mean((logits[:, 1] > logits[:, 0]) == (target > 0.5))
        run.save(loss)
        seconds = time.monotonic() - began
        text = "epoch %d: loss %.4f, val loss %.4f, right %.4f, %.0f s"
        logging.info(text, run.epoch, np.mean(losses), loss, right, seconds)


class Run:
    """The network in training, its optimizer, and both on disk after every epoch."""

    def __init__(self, work, settings):
        mx = smilenet.mxnet()
        self._work, self._settings = work, settings
        self.epoch, self.steps, self._best = 0, 0, math.inf
        mx.random.seed(settings["seed"])
        self._net = smilenet.build()
        self._net.initialize(mx.init.MSRAPrelu(slope=0))
        self._net.hybridize(static_alloc=True)
        self._net(mx.nd.zeros((1, 1, smile.SIZE, smile.SIZE)))
        for parameter in self._net.collect_params(".*gamma|.*beta|.*bias").values():
            parameter.wd_mult = 0
        options = {"momentum": 0.9, "wd": 1.5e-3, "learning_rate": 0.0}
        self._trainer = mx.gluon.Trainer(self._net.collect_params(), "nag", options)
        self._resume()

    def _resume(self):
        progress = self._work / "progress.json"
        if not progress.is_file():
            return
        state = json.loads(progress.read_text())
        if state.pop("settings") != self._settings:
            logging.info("another run's checkpoints in %s: starting anew", self._work)
            return
        self.epoch, self.steps, self._best = state["epoch"], state["steps"], state["best"]
        self._net.load_parameters(str(self._work / f"epoch{self.epoch}.params"))
        self._trainer.load_states(str(self._work / f"epoch{self.epoch}.states"))
        logging.info("carrying on after epoch %d", self.epoch)

    def step(self, batch, rate):
        """Learn from one batch at a learning rate; return its loss."""
        from mxnet import autograd, nd

        pictures, target, weight = (nd.array(part) for part in batch)
        self._trainer.set_learning_rate(rate)
        with autograd.record():
            logs = nd.log_softmax(self._net(pictures))
            loss = -(target * logs[:, 1] + (1 - target) * logs[:, 0]) * weight
            loss = loss.mean()
        loss.backward()
        self._trainer.step(1)
        self.steps += 1
        return float(loss.asscalar())  # and so wait: or the queue of work grows without end

    def logits(self, pictures):
        """Return logits, ndarray (N, 2), of input (N, 1, SIZE, SIZE)."""
        from mxnet import nd

        parts = [pictures[i : i + 256] for i in range(0, len(pictures), 256)]
        return np.concatenate([self._net(nd.array(part)).asnumpy() for part in parts])

    def save(self, loss):
        """Close an epoch: write the checkpoint, and the best weights if these are."""
        self.epoch += 1
        self._net.save_parameters(str(self._work / f"epoch{self.epoch}.params"))
        self._trainer.save_states(str(self._work / f"epoch{self.epoch}.states"))
        if loss < self._best:
            self._best = loss
            self._net.save_parameters(str(self._work / "best.params"))
        state = {"epoch": self.epoch, "steps": self.steps, "best": self._best}
        text = json.dumps({**state, "settings": self._settings})
        partial = self._work / "progress.partial"
        partial.write_text(text)
        partial.replace(self._work / "progress.json")
        for old in self._work.glob("epoch*.*"):
            if old.stem != f"epoch{self.epoch}":
                old.unlink()


if __name__ == "__main__":
    sys.exit(main())
