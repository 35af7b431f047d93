"""SmileNet in training: more outputs than it ships with, its optimizer, and its checkpoints."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any

import numpy as np

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.smile.smilenet import SIZE
from laughtrack.models.training import smilenet
from laughtrack.models.training.targets import (
    DEFINITION_WEIGHTS,
    DEFINITIONS,
    POINTS,
    SHIPPED,
    Targets,
)

PROGRESS, BEST = "progress.json", "best.params"
POINT_SCALE = 20.0  # points are taught in twentieths of the crop, where a small error still counts


class Trainer:
    """The network with its outputs for smile, movement and points; saved after every epoch.

    Parameters
    ----------
    work : Path, folder of the checkpoints
    settings : dict
        With `seed`, `decay`, `movement` and `points` of `Settings`, and whatever else makes a
        training another one. Checkpoints of other settings are not carried on but removed.
    targets : Targets
        Say which definitions of a smile there are, and how many numbers a movement has.

    Attributes
    ----------
    epoch, steps : int, done so far
    best : float, the least validation loss so far
    """

    def __init__(self, work: Path, settings: dict[str, Any], targets: Targets) -> None:
        self._work, self._settings = work, settings
        self.epoch, self.steps, self.best = 0, 0, math.inf
        taught = np.isfinite(targets.smile).any(axis=0)
        ships = taught & np.isin(DEFINITIONS, SHIPPED)
        # A single source of labels may teach none of those that ship.
        self._ships = ships if ships.any() else taught
        self._initialise(targets)
        if (work / PROGRESS).is_file() and not self._resume():
            self._initialise(targets)  # half of a checkpoint may have been read
        if not self.epoch:
            # In this order: what is left by a stop in between doesn't pass for a training.
            for name in (PROGRESS, BEST):
                (work / name).unlink(missing_ok=True)

    def _initialise(self, targets: Targets) -> None:
        """Make the network and its optimizer, of the seed's weights."""
        mx, settings = smilenet.import_mxnet(), self._settings
        mx.random.seed(settings["seed"])
        dense = mx.gluon.nn.Dense
        self._net = smilenet.build()
        self._blocks = {
            "trunk": self._net[:-3],
            "pool": self._net[-3:-1],
            "smile": dense(len(DEFINITIONS), prefix="opinions_"),
            "movement": dense(targets.movement.shape[1], prefix="movement_"),
            "points": dense(2 * len(POINTS), prefix="points_"),
        }
        for block in (self._net, *self._blocks.values()):
            block.initialize(mx.init.MSRAPrelu(slope=0))
            block.hybridize(static_alloc=True)
        empty = mx.nd.zeros((1, 1, SIZE, SIZE))
        self._net(empty)
        self._outputs(empty)
        parameters = self._blocks["trunk"].collect_params()
        for name in ("smile", "movement", "points"):
            parameters.update(self._blocks[name].collect_params())
        for name, parameter in parameters.items():
            if name.endswith(("gamma", "beta", "bias")):
                parameter.wd_mult = 0
        options = {"momentum": 0.9, "wd": settings["decay"], "learning_rate": 0.0}
        self._parameters = parameters
        self._optimizer = mx.gluon.Trainer(parameters, "nag", options)

    def _outputs(self, pictures: Any) -> tuple[Any, Any, Any]:
        """Smile (N, D) as log-odds, movement (N, K) and points (N, 2 P), MXNet arrays."""
        features = self._blocks["trunk"](pictures)
        pooled = self._blocks["pool"](features)
        points = self._blocks["points"](features)
        return self._blocks["smile"](pooled), self._blocks["movement"](pooled), points

    def _resume(self) -> bool:
        """Take up the last whole epoch; return whether that was possible."""
        file = self._work / PROGRESS
        try:
            state = json.loads(file.read_text(encoding="utf-8"))
            if state["settings"] != self._settings:
                logging.info("another run's checkpoints in %s: starting anew", self._work)
                return False
            epoch, steps, best = int(state["epoch"]), int(state["steps"]), float(state["best"])
            file = self._work / f"epoch{epoch}.params"
            self._parameters.load(str(file))
            file = self._work / f"epoch{epoch}.states"
            self._optimizer.load_states(str(file))
        except Exception as error:  # MXNet and pickle raise all kinds on a damaged file
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            logging.warning("cannot carry on from %s (%s): starting anew", file, why)
            return False
        self.epoch, self.steps, self.best = epoch, steps, best
        logging.info("carrying on after epoch %d", self.epoch)
        return True

    def step(self, crops: np.ndarray, batch: Targets, rate: float) -> float:
        """Learn from one batch at a learning rate; return its loss.

        Parameters
        ----------
        crops : ndarray, shape (N, 1, SIZE, SIZE)
        batch : Targets, of the crops
        rate : float

        Returns
        -------
        float
        """
        from mxnet import autograd, nd

        self._optimizer.set_learning_rate(rate)
        with autograd.record():
            logits, movement, points = self._outputs(nd.array(crops))
            weight = batch.weight[:, None] * np.array(DEFINITION_WEIGHTS, np.float32)
            targets, counts = _mask_unknown(batch.smile, weight)
            loss = nd.relu(logits) - logits * targets + nd.log1p(nd.exp(-nd.abs(logits)))
            loss = (loss * counts).sum(axis=1).mean()
            targets, counts = _mask_unknown(batch.movement, self._settings["movement"])
            loss = loss + (nd.square(movement - targets) * counts).mean()
            targets, counts = _mask_unknown(
                batch.points.reshape(len(crops), -1), self._settings["points"]
            )
            off = nd.smooth_l1(POINT_SCALE * (points - targets), scalar=1)
            loss = loss + (off * counts).mean()
        loss.backward()
        self._optimizer.step(1)
        self.steps += 1
        return float(loss.asscalar())  # and so wait: or the queue of work grows without end

    def log_odds(self, pictures: np.ndarray) -> np.ndarray:
        """Return the mean of what ships, log-odds (N,), of input (N, 1, SIZE, SIZE)."""
        from mxnet import nd

        parts = [pictures[i : i + 256] for i in range(0, len(pictures), 256)]
        logits = [self._outputs(nd.array(part))[0].asnumpy() for part in parts]
        return np.concatenate(logits)[:, self._ships].mean(axis=1)

    def save(self, loss: float) -> None:
        """Close an epoch: write the checkpoint, and the net to ship if it is the best so far.

        Parameters
        ----------
        loss : float, of the validation faces
        """
        self.epoch += 1
        self._parameters.save(str(self._work / f"epoch{self.epoch}.params"))
        self._optimizer.save_states(str(self._work / f"epoch{self.epoch}.states"))
        if loss < self.best:
            self.best = loss
            self._merge_outputs()
            with replacing(self._work / BEST, one_writer=True) as part:
                self._net.save_parameters(str(part))
        state = {"epoch": self.epoch, "steps": self.steps, "best": self.best}
        text = json.dumps({**state, "settings": self._settings})
        with replacing(self._work / PROGRESS, one_writer=True) as part:
            part.write_text(text)
        for old in self._work.glob("epoch*.*"):
            if old.stem != f"epoch{self.epoch}":
                old.unlink()

    def _merge_outputs(self) -> None:
        """Make the definitions' mean the difference of the shipped net's two logits."""
        from mxnet import nd

        smile, shipped = self._blocks["smile"], self._net[-1]
        for name in ("weight", "bias"):
            mean = getattr(smile, name).data().asnumpy()[self._ships].mean(axis=0)
            getattr(shipped, name).set_data(nd.array(np.stack([-mean / 2, mean / 2])))


def _mask_unknown(targets: np.ndarray, weight: np.ndarray | float) -> tuple[Any, Any]:
    """Target values with 0 for the unknown, and their weights, 0 likewise: MXNet arrays."""
    from mxnet import nd

    known = np.isfinite(targets)
    return nd.array(np.where(known, targets, 0)), nd.array(known * weight)
