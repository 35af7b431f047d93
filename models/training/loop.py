"""One course of training: epochs of augmented batches, from the first or the last whole one on."""

from __future__ import annotations

import logging
import math
import queue
import threading
import time

import numpy as np

from laughtrack.edge.smile import smilenet as smile
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import augment, smilenet, trainer

BATCH = 64


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
        Network input and what is taught about it, `points` now as `augment.augment` gives them.
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
                cut = [augment.augment(wide, points, rng) for wide, points in faces]
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


def run_training(work, settings, training, chosen, told, on_epoch=None):
    """Train on some faces, choosing the weights by others.

    Parameters
    ----------
    work : Path
        Folder of the checkpoints; made if missing.
    settings : Settings
    training, chosen : lessons.Lessons
    told : str
        Names what the labels say, as `lessons.digest`: checkpoints of others aren't carried on.
    on_epoch : function of epoch and validation loss, optional
        Called after each epoch, once it is on disk; what it raises ends the training. Also told of
        a loss that is no number, which isn't kept.

    Returns
    -------
    pupil.Pupil, as it is after the last epoch

    Raises
    ------
    ValueError
        If the training runs away: the validation loss is no number.
    """
    val = wide_crops.network_input(chosen.wide)
    heard = np.isfinite(training.smile).sum(axis=0).tolist()
    named = {**settings._asdict(), "faces": len(training.wide), "opinions": heard, "labels": told}
    named.update(size=smile.SIZE, channels=list(smilenet.CHANNELS))
    work.mkdir(parents=True, exist_ok=True)
    net = trainer.Trainer(work, named, training)
    steps = settings.epochs * (len(training.wide) // BATCH)
    if net.epoch >= settings.epochs:
        logging.info("all %d epochs are done", net.epoch)
    while net.epoch < settings.epochs:
        began = time.monotonic()
        losses = [
            net.step(crops, batch, learning_rate(net.steps, steps, settings.peak))
            for crops, batch in batches(training, [settings.seed, net.epoch])
        ]
        lean = net.lean(val)
        loss = cross_entropy(lean, chosen.smile[:, 0], chosen.weight)
        right = np.mean((lean > 0) == (chosen.smile[:, 0] > 0.5))
        if not math.isfinite(loss):
            _diverged(net.epoch + 1, loss, settings, on_epoch)
        net.save(loss)
        text = "epoch %d: loss %.4f, val loss %.4f, right %.4f, %.0f s"
        seconds = time.monotonic() - began
        logging.info(text, net.epoch, np.mean(losses), loss, right, seconds)
        if on_epoch is not None:
            on_epoch(net.epoch, loss)
    return net


def _diverged(epoch, loss, settings, on_epoch):
    if on_epoch is not None:
        on_epoch(epoch, loss)  # a search gives the trial up, and goes on
    raise ValueError(
        f"epoch {epoch}: the validation loss is {loss}, the training has run away: give settings "
        f"with a lower peak than {settings.peak:g}"
    )
