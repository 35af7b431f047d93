"""FinderNet's weights, opened: checked whole, compiled once for each size of picture."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Callable

import numpy as np

from laughtrack.edge import inference
from laughtrack.edge.faces import second_look
from laughtrack.edge.faces.net import STRIDES, FinderNet
from laughtrack.edge.faces.net_settings import CURE, SETTINGS, load_settings
from laughtrack.edge.faces.second_look import SecondLook, SecondSettings

# Pictures of so many sizes are remembered as compiled: the next one of that size is quick.
_MOST_SHAPES = 4


def load_finder_net(folder: str | Path | None = None) -> FinderNet:
    """Open the weights.

    Parameters
    ----------
    folder : path, optional
        Where `findernet.onnx` and `findernet.json` lie; `models/artifacts` beside this package by
        default.

    Returns
    -------
    FinderNet

    Raises
    ------
    ValueError
        A file is missing, damaged, of another version or of another export, or OpenVINO is not
        here, naming it and what to do.
    """
    folder = inference.ARTIFACTS if folder is None else Path(folder)
    settings = load_settings(folder)
    path = _checked(folder / "findernet.onnx", settings.digest)
    try:
        second = None
        if settings.second is not None:
            second = second_look_of(folder, settings.second)
        return FinderNet(grids_of(path), settings, second)
    except ImportError as error:
        raise ValueError(f"FinderNet needs OpenVINO ({error}): choose haar as the finder") from None


def _checked(path: Path, digest: str) -> Path:
    """Return the path of weights that are whole."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ValueError(f"cannot read FinderNet's weights {path}: {error}; {CURE}") from error
    if found != digest:
        raise ValueError(
            f"{path} is damaged, or not what {path.with_name(SETTINGS)} was written for: its "
            f"SHA-256 begins with {found[:12]}, expected {digest[:12]}; {CURE}"
        )
    return path


def grids_of(path: Path) -> Callable[[np.ndarray], list[np.ndarray]]:
    """Open the net: a picture (1, 1, H, W) float32 -> its grids, compiled once for each size."""
    model = inference.read_model(path, "FinderNet")
    inputs = inference.shapes(model.inputs)
    names = [f"stride{stride}" for stride in STRIDES]
    outputs = {name for port in model.outputs for name in port.get_names()}
    if [shape.split(",")[:2] for shape in inputs] != [["[1", "1"]] or not outputs >= {*names}:
        raise ValueError(
            f"{path}: not a FinderNet, inputs are {inputs} and outputs {sorted(outputs)}; {CURE}"
        )
    requests: dict[tuple[int, ...], Any] = {}

    def grids(picture: np.ndarray) -> list[np.ndarray]:
        request = requests.pop(picture.shape, None)
        if request is None:
            model.reshape(list(picture.shape))
            request = inference.infer_request(model)
        requests[picture.shape] = request
        if len(requests) > _MOST_SHAPES:
            requests.pop(next(iter(requests)))
        request.infer({0: picture})
        return [request.get_tensor(name).data[0] for name in names]

    return grids


def second_look_of(folder: Path, settings: SecondSettings) -> SecondLook:
    """Open the second look's weights in a folder; errors are as of `load_finder_net`."""
    path = _checked(folder / second_look.FILE, settings.digest)
    model = inference.read_model(path, "FinderNet")
    inputs = inference.shapes(model.inputs)
    if inputs != [f"[{second_look.BATCH},1,{second_look.SIZE},{second_look.SIZE}]"]:
        raise ValueError(f"{path}: not a second look, inputs are {inputs}; {CURE}")
    request = inference.infer_request(model)

    def log_odds(places: np.ndarray) -> np.ndarray:
        request.infer({0: places})
        return np.asarray(request.get_output_tensor(0).data).reshape(-1)

    return SecondLook(log_odds, settings)
