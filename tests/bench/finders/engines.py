"""The finders that are compared: OpenCV's Haar cascade, FinderNet and YuNet, all on grey pictures.

YuNet is a yardstick: its weights are not part of the project. Both nets run in OpenVINO on one
thread, padded at the right and the bottom to what they take.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import openvino

from laughtrack.edge.faces.finder import Finder

# A hit is kept from here on, for curves; a finder's own threshold says what counts.
LOWEST = 0.05
STRIDES = {"net": (4, 8, 16, 32), "yunet": (8, 16, 32)}
SAME = {"net": 0.4, "yunet": 0.3}  # overlap from which two hits are one face
THRESHOLDS = {"haar": 0.0, "net": 0.5, "yunet": 0.6}
DEFAULT_YUNET = Path(os.environ.get("LAUGHTRACK_DATA", "../shared/data")).parent / (
    "weights/yunet_n_640_640.onnx"
)


class Hits(NamedTuple):
    """Faces found: `boxes` (N, 4) x1 y1 x2 y2 in pixels, and `scores` (N,)."""

    boxes: np.ndarray
    scores: np.ndarray

    def above(self, threshold: float) -> Hits:
        """Return those that are at least so sure."""
        sure = self.scores >= threshold
        return Hits(self.boxes[sure], self.scores[sure])


class Engine(NamedTuple):
    """A finder: from a grey picture (H, W) uint8 to `Hits`, and what it takes for a face."""

    name: str
    find: Callable[[np.ndarray], Hits]
    threshold: float


class OnnxFinder:
    """A net of the kind of `STRIDES`, run in OpenVINO on one thread.

    Parameters
    ----------
    kind : {'net', 'yunet'}
    path : path
        The ONNX file.
    size : tuple of int, optional
        Height and width compiled for; any size by default.
    """

    def __init__(self, kind: str, path: str | Path, size: tuple[int, int] | None = None) -> None:
        self._kind, self._strides = kind, STRIDES[kind]
        core = openvino.Core()
        model = core.read_model(str(path))
        channels = 1 if kind == "net" else 3
        model.reshape([1, channels, *(_padded(*size) if size else (-1, -1))])
        words = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"}
        self._request = core.compile_model(model, "CPU", words).create_infer_request()

    def infer(self, grey: np.ndarray) -> dict[str, np.ndarray]:
        """Return the net's outputs by their names."""
        height, width = _padded(*grey.shape)
        picture = np.zeros((1, 1, height, width), np.float32)
        picture[0, 0, : grey.shape[0], : grey.shape[1]] = grey
        if self._kind == "yunet":
            picture = np.repeat(picture, 3, axis=1)
        found = self._request.infer([picture])
        return {name: value for key, value in found.items() for name in key.get_names()}

    def __call__(self, grey: np.ndarray) -> Hits:
        """Return the faces found, none of them twice."""
        outputs, (height, width) = self.infer(grey), _padded(*grey.shape)
        found = []
        for stride in self._strides:
            grid = height // stride, width // stride
            decode = _net_level if self._kind == "net" else _yunet_level
            found.append(decode(outputs, stride, grid))
        boxes = np.concatenate([boxes for boxes, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        sizes = np.column_stack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
        kept = cv2.dnn.NMSBoxes(sizes.tolist(), scores.tolist(), LOWEST, SAME[self._kind])
        kept = np.array(kept, int).reshape(-1)
        return Hits(boxes[kept].reshape(-1, 4), scores[kept])


def _padded(height: int, width: int) -> tuple[int, int]:
    return -(-height // 32) * 32, -(-width // 32) * 32


def _net_level(
    outputs: dict[str, np.ndarray], stride: int, grid: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    level = outputs[f"stride{stride}"][0]
    rows, columns = np.nonzero(level[0] >= LOWEST)
    values = level[:, rows, columns].astype(np.float64)
    middle = (np.stack([columns, rows]) + 0.5 + values[1:3]) * stride
    half = np.exp(values[3:5]) * stride / 2
    return np.concatenate([middle - half, middle + half]).T, values[0]


def _yunet_level(
    outputs: dict[str, np.ndarray], stride: int, grid: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    chances = outputs[f"cls_{stride}"][0, :, 0] * outputs[f"obj_{stride}"][0, :, 0]
    scores = np.sqrt(np.clip(chances, 0, 1))
    sure = np.flatnonzero(scores >= LOWEST)
    rows, columns = np.divmod(sure, grid[1])
    values = outputs[f"bbox_{stride}"][0, sure].T.astype(np.float64)
    middle = (np.stack([columns, rows]) + values[:2]) * stride
    half = np.exp(values[2:]) * stride / 2
    return np.concatenate([middle - half, middle + half]).T, scores[sure]


def haar(grey: np.ndarray) -> Hits:
    """Scan a picture by the cascade, as the finder of the program does."""
    return Hits(*Finder().scan(grey))


def engine(name: str, path: str | Path, threshold: float | None = None) -> Engine:
    """Open a finder by its name: haar, net or yunet."""
    find = haar if name == "haar" else OnnxFinder(name, path)
    return Engine(name, find, THRESHOLDS[name] if threshold is None else threshold)


def processor_ms(name: str, path: str | Path, grey: np.ndarray, times: int = 20) -> float:
    """Return the processor time of a picture, boxes and all, on one thread: the median."""
    cv2.setNumThreads(1)
    find = haar if name == "haar" else OnnxFinder(name, path, grey.shape)
    took = []
    for _ in range(2 + times):
        began = time.process_time()
        find(grey)
        took.append(time.process_time() - began)
    return 1000 * float(np.median(took[2:]))
