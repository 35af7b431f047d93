"""The smile scorer in the DeepLens's own engine: optimised there once, one face a call.

The optimizer (`mo`) reads MXNet's files and writes what `awscam.Model` loads. Both take their time,
so what was made of our parameters is used again while the parameters are the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import statistics
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

import numpy as np

from laughtrack.edge import atomic_files
from laughtrack.edge.smile import selftest
from laughtrack.edge.smile.crops import SIZE
from laughtrack.edge.smile.smilenet import ARTIFACTS, Scorer, load_settings, prepare
from laughtrack.edge.sources import deeplens

# The one folder that the optimizer reads and writes; another in tests.
OPTIMIZER_FOLDER = "/opt/awscam/artifacts"
FOLDER_VARIABLE = "LAUGHTRACK_AWSCAM_ARTIFACTS"
NAME = "smilenet"
PARTS = ("smilenet-symbol.json", "smilenet-0000.params")
# Grey, one channel; "RGB" stands for "as it comes", since for "BGR" channels would be reversed.
AUX_INPUTS = {
    "--epoch": 0,
    "--precision": "FP16",
    "--img-channels": 1,
    "--img-format": "RGB",
}
# The GPU is wanted; without it the CPU does the same work, slower.
DEVICES = ({"GPU": 1}, {"GPU": 0})
STATUS = {1: "it does not know MXNet (1)", 2: "it failed (2)"}
CURE = (
    "install on the device the MXNet that trained the network (pip3 install mxnet==1.9.1) and "
    "start again, or set scorer = openvino"
)

log = logging.getLogger("laughtrack")


def load_scorer(folder: str | Path | None = None, budget_s: float = 0.06) -> Scorer:
    """Optimise the network if need be, and load it.

    Parameters
    ----------
    folder : path, optional
        Where MXNet's files and `smilenet.json` lie; `models/artifacts` by default.
    budget_s : float
        The longest that scoring may take in one look.

    Returns
    -------
    Scorer
        It calls the engine once a face; `max_faces` are as many as `budget_s` is enough for, at
        least 1.

    Raises
    ------
    ValueError
        If a file is missing, the optimizer or the engine fails on the GPU and the CPU, or the
        self-test's pictures do not score as they should.
    """
    folder = Path(folder) if folder is not None else ARTIFACTS
    settings = load_settings(folder)
    known_logits = settings.get("selftest")
    # Whether anything is known_logits, before minutes of work.
    selftest.check(lambda crops: known_logits, known_logits)
    try:
        awscam = deeplens.awscam()
    except ImportError as error:
        raise ValueError(f"no awscam scorer: {error}") from error
    engine = _open(awscam, folder, known_logits)

    max_faces = max(1, int(budget_s / max(engine.call_s, 1e-6)))
    log.info("awscam scores a face in %.1f ms: %d a look", 1000 * engine.call_s, max_faces)
    return Scorer(engine.logits_of, settings, max_faces)


class _Engine(NamedTuple):
    """A network that was opened: `logits_of` crops, and how many seconds one face takes."""

    logits_of: Callable[[np.ndarray], np.ndarray]
    call_s: float


def _open(awscam: Any, folder: Path, known_logits: Any) -> _Engine:
    """Return the engine that passed the self-test."""
    memo = Path(os.environ.get(FOLDER_VARIABLE, OPTIMIZER_FOLDER)) / "smilenet-laughtrack.json"
    model = _used_before(folder, memo)
    problems: list[str] = []
    # What was optimised earlier may have been cut by a power failure: then once more.
    for path in [model] if model else []:
        opened = _try_devices(awscam, path, known_logits, problems)
        if opened:
            return opened
        log.warning("the optimised network is made anew: %s", problems[-1])
    path = _optimise(folder, memo)
    opened = _try_devices(awscam, path, known_logits, problems)
    if opened:
        return opened
    memo.unlink()
    raise ValueError(f"awscam cannot score with {path}: {problems[-1]}; {CURE}")


def _try_devices(awscam: Any, path: str, known_logits: Any, problems: list[str]) -> _Engine | None:
    for device in DEVICES:
        try:
            logits = _engine(awscam, path, device)
            selftest.check(logits, known_logits, selftest.HALF_TOLERANCE, "it is not used")
            return _Engine(logits, _call_s(logits))
        except Exception as error:  # Which ones the module raises is not documented.
            problems.append(f"{device}: {error}")
            log.warning("awscam cannot score with %s, %s", path, problems[-1])
    return None


def _engine(awscam: Any, path: str, device: dict[str, int]) -> Callable[[np.ndarray], np.ndarray]:
    """Load an optimised network; return the function from crops to logits, shape (N, 2)."""
    model = awscam.Model(path, device)

    def logits(crops: np.ndarray) -> np.ndarray:
        pictures = prepare(crops).astype(np.uint8).reshape(-1, SIZE, SIZE, 1)
        found = np.empty((len(pictures), 2))
        for row, picture in zip(found, pictures):
            outputs = model.doInference(picture)
            # Its name changes with the optimizer's release.
            if len(outputs) != 1:
                raise ValueError(f"expected one output, the network has {sorted(outputs)}")
            (values,) = outputs.values()
            if np.shape(values) != (2,):
                raise ValueError(f"expected two logits, the network gave shape {np.shape(values)}")
            row[:] = values
        return found

    return logits


def _call_s(logits: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return how long one face takes, in the middle of several."""
    spent = []
    for crop in np.concatenate([selftest.pictures()] * 3):
        began_s = time.perf_counter()
        logits(crop[None])
        spent.append(time.perf_counter() - began_s)
    return statistics.median(spent)


def _used_before(folder: Path, memo: Path) -> str | None:
    """Return the path of what was made of these same files, or None."""
    try:
        record = json.loads(memo.read_text(encoding="utf-8"))
        path = record["model"]
        there = os.path.isfile(path) and os.path.isfile(os.path.splitext(path)[0] + ".bin")
        return path if there and record["made_of"] == _digest(folder) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(folder: Path) -> str:
    """Return what stands for the network's files and the way they are optimised."""
    digest = hashlib.sha256(json.dumps([NAME, SIZE, AUX_INPUTS], sort_keys=True).encode())
    for name in PARTS:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _optimise(folder: Path, memo: Path) -> str:
    """Make the network's .xml and .bin; return the path of the .xml."""
    try:
        optimizer = deeplens.mo()
        for name in PARTS:
            atomic_files.write(str(memo.parent / name), (folder / name).read_bytes())
            # The DeepLens's services run as users of their own.
            os.chmod(str(memo.parent / name), 0o644)
    except ImportError as error:
        raise ValueError(f"no awscam scorer: {error}") from error
    except OSError as error:
        raise ValueError(
            f"cannot copy the network from {folder} to {memo.parent}: {error}; make that folder "
            "writable for this user, or set scorer = openvino"
        ) from error
    log.info("the DeepLens's optimizer takes SmileNet: this may take minutes, once")
    try:
        status, path = optimizer.optimize(NAME, SIZE, SIZE, "mxnet", aux_inputs=dict(AUX_INPUTS))
    except Exception as error:
        # On Python 3 it fails so whatever is wrong: it cannot read its own error.
        hidden = " (its own error is lost in this one)" if isinstance(error, TypeError) else ""
        raise ValueError(
            f"the DeepLens's optimizer failed: {type(error).__name__}: {error}{hidden}; {CURE}"
        ) from error
    if status != 0:
        what = STATUS.get(status, f"status {status}")
        raise ValueError(f"the DeepLens's optimizer did not take SmileNet: {what}; {CURE}")
    atomic_files.write(str(memo), json.dumps({"made_of": _digest(folder), "model": path}).encode())
    return path
