"""FinderNet's weights, opened: checked whole, compiled once for each size of picture.

Whole numbers of eight bits take less than half the time of float32 and find nearly the same faces
(the card says how nearly): they are used where there are some and OpenVINO is of 2023 or later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np

from laughtrack.edge import inference
from laughtrack.edge.faces import second_look
from laughtrack.edge.faces.net import STRIDES, FinderNet
from laughtrack.edge.faces.net_settings import (
    CURE,
    INT8_FILES,
    SETTINGS,
    NetSettings,
    load_settings,
)
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
    try:
        first, second = _chosen(folder, settings)
        look = None if settings.second is None else second_look_of(second, settings.second)
        return FinderNet(grids_of(first), settings, look)
    except ImportError as error:
        raise ValueError(f"FinderNet needs OpenVINO ({error}): choose haar as the finder") from None


def _chosen(folder: Path, settings: NetSettings) -> tuple[Path, Path]:
    """Return the files of the first net and of the second look, which are whole."""
    rounded = [folder / name for name in INT8_FILES]
    # A folder without any of them is whole, too.
    if settings.int8 and any(path.exists() for path in rounded) and inference.is_current():
        _check(rounded, settings.int8)
        return rounded[0], rounded[2]
    first, second = folder / "findernet.onnx", folder / second_look.FILE
    _check([first], settings.digest)
    if settings.second is not None:
        _check([second], settings.second.digest)
    return first, second


def _check(paths: Sequence[Path], digest: str) -> None:
    """Refuse weights that are not whole."""
    try:
        found = inference.digest_of(paths)
    except OSError as error:
        raise ValueError(f"cannot read FinderNet's weights: {error}; {CURE}") from error
    if found != digest:
        names = " and ".join(str(path) for path in paths)
        raise ValueError(
            f"{names} is damaged, or not what {paths[0].with_name(SETTINGS)} was written for: its "
            f"SHA-256 begins with {found[:12]}, expected {digest[:12]}; {CURE}"
        )


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


def second_look_of(path: Path, settings: SecondSettings) -> SecondLook:
    """Open the second look's weights; errors are as of `load_finder_net`."""
    model = inference.read_model(path, "FinderNet")
    inputs = inference.shapes(model.inputs)
    if inputs != [f"[{second_look.BATCH},1,{second_look.SIZE},{second_look.SIZE}]"]:
        raise ValueError(f"{path}: not a second look, inputs are {inputs}; {CURE}")
    request = inference.infer_request(model)

    def log_odds(places: np.ndarray) -> np.ndarray:
        request.infer({0: places})
        return np.asarray(request.get_output_tensor(0).data).reshape(-1)

    return SecondLook(log_odds, settings)
