"""The training loop: epochs of augmented batches, from the first or the last whole one on."""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from laughtrack.edge.smile.smilenet import SIZE, prepare
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import augment, smilenet, trainer
from laughtrack.models.training.settings import Settings
from laughtrack.models.training.targets import Targets

BATCH = 64
# Called with an epoch and its validation loss.
OnEpoch = Callable[[int, float], None]


def learning_rate(step: int, steps: int, peak: float, warm_up: int = 200) -> float:
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


def batches(targets: Targets, seed: Sequence[int]) -> Iterator[tuple[np.ndarray, Targets]]:
    """Yield one epoch of augmented batches, prepared in a thread ahead of the network.

    Parameters
    ----------
    targets : Targets
    seed : sequence of int
        The same seed gives the same batches.

    Yields
    ------
    tuple of ndarray (BATCH, 1, SIZE, SIZE) float32, and Targets
        Network input and its targets, `points` now as `augment.augment` gives them.
        The odd rest of the shuffled faces is left out.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(targets.wide))
    ready: queue.Queue[tuple[np.ndarray, Targets] | BaseException | None] = queue.Queue(maxsize=8)

    def work() -> None:
        try:
            for start in range(0, len(order) - BATCH + 1, BATCH):
                batch = targets.pick(order[start : start + BATCH])
                faces = zip(batch.wide, batch.points, strict=True)
                augmented = [augment.augment(wide, points, rng) for wide, points in faces]
                crops, points = (np.stack(part) for part in zip(*augmented, strict=True))
                batch = batch._replace(points=points.astype(np.float32))
                ready.put((prepare(crops), batch))
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


def cross_entropy(log_odds: np.ndarray, target: np.ndarray, weight: np.ndarray) -> float:
    """Mean cross-entropy with graded targets, weighted.

    Parameters
    ----------
    log_odds : ndarray, shape (N,), log-odds of a smile
    target, weight : ndarray, shape (N,)

    Returns
    -------
    float
    """
    log_odds = np.asarray(log_odds, np.float64)
    return float(np.average(np.logaddexp(0, log_odds) - target * log_odds, weights=weight))


def run_training(
    work: Path,
    settings: Settings,
    training: Targets,
    validation: Targets,
    digest: str,
    on_epoch: OnEpoch | None = None,
) -> trainer.Trainer:
    """Train on some faces, choosing the weights by others.

    Parameters
    ----------
    work : Path
        Folder of the checkpoints; made if missing.
    settings : Settings
    training, validation : Targets
    digest : str
        Of the labels, by `targets.labels_digest`: checkpoints of others aren't carried on.
    on_epoch : function of epoch and validation loss, optional
        Called after each epoch, once it is on disk; what it raises ends the training. Also called
        with a loss that is no number, which isn't kept.

    Returns
    -------
    trainer.Trainer, as it is after the last epoch

    Raises
    ------
    ValueError
        If the training runs away: the validation loss is no number.
    """
    validation_inputs = wide_crops.network_input(validation.wide)
    taught = np.isfinite(training.smile).sum(axis=0).tolist()
    identity: dict[str, object] = {
        **settings._asdict(),
        "faces": len(training.wide),
        "opinions": taught,
        "labels": digest,
    }
    identity.update(size=SIZE, channels=list(smilenet.CHANNELS))
    work.mkdir(parents=True, exist_ok=True)
    net = trainer.Trainer(work, identity, training)
    steps = settings.epochs * (len(training.wide) // BATCH)
    if net.epoch >= settings.epochs:
        logging.info("all %d epochs are done", net.epoch)
    while net.epoch < settings.epochs:
        began_s = time.monotonic()
        losses = [
            net.step(crops, batch, learning_rate(net.steps, steps, settings.peak))
            for crops, batch in batches(training, [settings.seed, net.epoch])
        ]
        log_odds = net.log_odds(validation_inputs)
        loss = cross_entropy(log_odds, validation.smile[:, 0], validation.weight)
        accuracy = np.mean((log_odds > 0) == (validation.smile[:, 0] > 0.5))
        if not math.isfinite(loss):
            _diverged(net.epoch + 1, loss, settings, on_epoch)
        net.save(loss)
        text = "epoch %d: loss %.4f, val loss %.4f, right %.4f, %.0f s"
        seconds = time.monotonic() - began_s
        logging.info(text, net.epoch, np.mean(losses), loss, accuracy, seconds)
        if on_epoch is not None:
            on_epoch(net.epoch, loss)
    return net


def _diverged(epoch: int, loss: float, settings: Settings, on_epoch: OnEpoch | None) -> None:
    if on_epoch is not None:
        on_epoch(epoch, loss)  # a search gives the trial up, and goes on
    raise ValueError(
        f"epoch {epoch}: the validation loss is {loss}, the training has run away: give settings "
        f"with a lower peak than {settings.peak:g}"
    )
