"""The smile scorer: all faces of a frame in, one probability each out.

SmileNet runs in OpenVINO. What must be known of the weights (size, calibration) lies beside them in
`smilenet.json` and is checked. The crops that it wants are cut by `crop_faces`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np

from laughtrack.edge import inference
from laughtrack.edge.settings import HOST_SCORER
from laughtrack.edge.smile import selftest
from laughtrack.edge.smile.crops import MIN_QUALITY, SIZE, WIDEN, check_crops, crop_faces, quality
from laughtrack.edge.smile.precision import choose_weights

__all__ = [
    "MIN_QUALITY",
    "SIZE",
    "WIDEN",
    "Scorer",
    "crop_faces",
    "load_scorer",
    "prepare",
    "probabilities",
    "quality",
]

PREPARE = {"mean": 128.0, "std": 64.0}  # every crop is brought to this brightness and contrast
ARTIFACTS = inference.ARTIFACTS
_FLAT = 4.0  # grey levels: a crop with less contrast than this is not amplified further
_ROUND_UP = 8  # batches are filled up to 1, 2, 4 or a multiple of this: few shapes to compile


def prepare(crops: np.ndarray) -> np.ndarray:
    """Bring each crop to one brightness and contrast, as the network wants it.

    Whole numbers from 0 to 255, so that an engine that only takes pictures gets the same input.

    Parameters
    ----------
    crops : ndarray, shape (N, SIZE, SIZE), uint8

    Returns
    -------
    ndarray, shape (N, 1, SIZE, SIZE), float32
    """
    crops = check_crops(crops)
    grey = crops.reshape(-1, SIZE * SIZE).astype(np.float32)
    grey -= grey.mean(axis=1, keepdims=True)
    spread = np.sqrt((grey * grey).mean(axis=1, keepdims=True))
    grey *= PREPARE["std"] / np.maximum(spread, _FLAT)
    grey = np.clip(np.rint(grey + PREPARE["mean"]), 0, 255)
    return grey.reshape(-1, 1, SIZE, SIZE)


class Scorer:
    """Scores all faces of a frame in one call.

    Parameters
    ----------
    logits_of : function
        From crops, ndarray of shape (N, SIZE, SIZE), uint8, to logits, ndarray of shape (N, 2).
    calibration : dict
        With `temperature` and `bias`, as for `probabilities`.
    max_faces : int, optional
        For how many faces of one frame there is time; None: no limit of the scorer's own.

    Attributes
    ----------
    max_faces : int or None
    """

    def __init__(
        self,
        logits_of: Callable[[np.ndarray], np.ndarray],
        calibration: dict[str, Any],
        max_faces: int | None = None,
    ) -> None:
        self._logits_of = logits_of
        self._calibration = calibration
        self.max_faces = max_faces

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        """Score crops.

        Parameters
        ----------
        crops : ndarray, shape (N, SIZE, SIZE), uint8

        Returns
        -------
        ndarray, shape (N,), float64, in [0, 1]
            Probabilities of a smile. A face's does not depend on the others in the batch.
        """
        return probabilities(self._logits_of(crops), self._calibration)


def load_scorer(folder: str | Path | None = None, precision: str = HOST_SCORER) -> Scorer:
    """Open the weights.

    Parameters
    ----------
    folder : path, optional
        Where `smilenet.onnx` and `smilenet.json` lie; `models/artifacts` beside this package by
        default.
    precision : str, optional
        As for `edge.smile.precision.choose_weights`.

    Returns
    -------
    Scorer

    Raises
    ------
    ValueError
        If a file is missing or is not for crops like these, or if the self-test's pictures do not
        score as they should, naming it.
    """
    folder = Path(folder) if folder is not None else ARTIFACTS
    settings = load_settings(folder)
    weights = choose_weights(folder, settings, precision)
    logits = _openvino(weights.path)
    try:
        selftest.check(lambda crops: logits(prepare(crops)), weights.selftest)
    except ValueError as error:
        raise ValueError(f"{weights.path}: {error}") from None

    return Scorer(lambda crops: logits(prepare(crops)), settings)


def probabilities(logits: np.ndarray, settings: dict[str, Any]) -> np.ndarray:
    """Calibrated probability of a smile.

    Parameters
    ----------
    logits : ndarray, shape (N, 2), no smile and smile
    settings : dict with `temperature` above 0 and `bias`

    Returns
    -------
    ndarray, shape (N,), float64, in [0, 1]
    """
    logits = np.asarray(logits, np.float64).reshape(-1, 2)
    lean = (logits[:, 1] - logits[:, 0]) / settings["temperature"] + settings["bias"]
    return 1 / (1 + np.exp(-np.clip(lean, -50, 50)))


def load_settings(folder: str | Path) -> dict[str, Any]:
    """Read and check what must be known of the weights.

    Parameters
    ----------
    folder : path
        Where `smilenet.json` lies.

    Returns
    -------
    dict
        With `temperature` and `bias` for `probabilities`, and the self-test's logits.

    Raises
    ------
    ValueError
        If the file is missing or is not for crops like these, naming it.
    """
    path = Path(folder) / "smilenet.json"
    settings = inference.read_settings(path, "SmileNet")
    for key, ours in [("size", SIZE), ("widen", WIDEN), ("prepare", PREPARE)]:
        if not isinstance(settings, dict) or settings.get(key) != ours:
            theirs = settings.get(key) if isinstance(settings, dict) else settings
            raise ValueError(f"{path}: weights made for {key} {theirs!r}, crops have {ours!r}")
    numbers = [settings.get("temperature"), settings.get("bias")]
    if (
        not all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers)
        or numbers[0] <= 0
    ):
        raise ValueError(f"{path}: temperature and bias must be numbers, got {numbers}")
    return settings


def _openvino(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """(N, 1, SIZE, SIZE) float32 -> (N, 2) logits, in OpenVINO on one thread: see its settings."""
    model = inference.read_model(path, "SmileNet")
    inputs, outputs = inference.shapes(model.inputs), inference.shapes(model.outputs)
    if not (_fits(inputs, [1, SIZE, SIZE]) and _fits(outputs, [2])):
        raise ValueError(f"{path}: not a SmileNet, shapes are {inputs} -> {outputs}")
    request = inference.infer_request(model)

    def logits(pictures: np.ndarray) -> np.ndarray:
        if not len(pictures):
            return np.zeros((0, 2))
        filled = np.zeros((_batch_size(len(pictures)), 1, SIZE, SIZE), np.float32)
        filled[: len(pictures)] = pictures
        result = request.infer({0: filled})
        return np.array(next(iter(result.values())))[: len(pictures)]

    return logits


def _batch_size(count: int) -> int:
    small = 1 << (count - 1).bit_length()
    return small if small <= _ROUND_UP else -(-count // _ROUND_UP) * _ROUND_UP


def _fits(shapes: Sequence[str], wanted: Sequence[int]) -> bool:
    """Whether there is one shape only, any number of what is wanted."""
    return len(shapes) == 1 and shapes[0].strip("{}[]").split(",")[1:] == [str(n) for n in wanted]
