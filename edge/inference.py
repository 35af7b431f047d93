"""Nets on this machine's processor: their files beside this package, and OpenVINO to run them."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Sequence

from laughtrack.edge.stop_signals import uninterrupted

# Where the weights of all nets lie, each beside what must be known of it.
ARTIFACTS = Path(__file__).resolve().parents[1] / "models" / "artifacts"
# Looks come one at a time; float32 throughout, so that scores are the same on any processor. One
# thread each: faces are found on one and scored on another, and a second one for either saves some
# latency and costs a quarter more processor time, much of it in waiting.
_SETTINGS = {
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_PRECISION_HINT": "f32",
    "INFERENCE_NUM_THREADS": 1,
}


def import_openvino() -> ModuleType:
    """Import OpenVINO without what it would tell its makers; to be used instead of `import`.

    Its own package sends a message with an identifier, kept under the user's home, whenever it is
    imported and `openvino_telemetry` can be. Where it cannot, OpenVINO has a stand-in that sends
    nothing.

    Returns
    -------
    module
        `openvino`.

    Raises
    ------
    ImportError
        It is not installed.
    """
    # Stays so: parts of OpenVINO that are imported later ask again.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    with uninterrupted():
        return importlib.import_module("openvino")


def read_settings(path: Path, net: str) -> Any:
    """Read what must be known of a net's weights.

    Parameters
    ----------
    path : Path
        A file of JSON.
    net : str
        Its name, for the message.

    Returns
    -------
    JSON types

    Raises
    ------
    ValueError
        The file is missing or is no JSON, naming it.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read {net}'s settings {path}: {error}") from error


def read_model(path: Path, net: str) -> Any:
    """Read a net's weights.

    Parameters
    ----------
    path : Path
        An ONNX file.
    net : str
        Its name, for the message.

    Returns
    -------
    openvino.Model

    Raises
    ------
    ValueError
        The file is missing or is no net, naming it.
    ImportError
        OpenVINO is not here.
    """
    core = _core()
    try:
        return core.read_model(str(path))
    except Exception as error:
        raise ValueError(f"cannot read {net}'s weights {path}: {error}") from error


def digest_of(paths: Sequence[Path]) -> str:
    """Return the SHA-256 of files, one after the other, in hexadecimal."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def infer_request(model: Any) -> Any:
    """Return what runs a model: an `openvino.InferRequest` of it, compiled as it is shaped now."""
    return _core().compile_model(model, "CPU", _SETTINGS).create_infer_request()


def shapes(ports: Any) -> list[str]:
    """Return the shapes of a model's inputs or outputs as text, ``[?,1,64,64]`` for instance."""
    return [str(port.get_partial_shape()).replace(" ", "") for port in ports]


def is_current() -> bool:
    """Whether OpenVINO is of 2023 or later, and not 2022.3, the last for Python 3.7.

    Raises
    ------
    ImportError
        It is not here.
    """
    return hasattr(import_openvino(), "Core")


def _core() -> Any:
    openvino = import_openvino()
    if not is_current():
        openvino = importlib.import_module("openvino.runtime")
    return _only(openvino.Core)


@functools.lru_cache(maxsize=None)  # functools.cache is 3.9's
def _only(core: Any) -> Any:
    """Return the process's one `openvino.Core`, which lasts as long as the process does.

    Each gives the thread that first uses it a stack for signals, and takes it away at its end. Two
    that end in the order in which they began leave one that is gone, and the next signal, such as
    Ctrl-C, kills the process.
    """
    return core()
