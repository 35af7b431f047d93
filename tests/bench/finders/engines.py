"""The finders that are compared: OpenCV's Haar cascade, FinderNet and YuNet, all on grey pictures.

FinderNet looks as the program has it look. YuNet is a yardstick: its weights are not part of the
project. Both nets run in OpenVINO on one thread.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge import inference
from laughtrack.edge.faces import net, net_settings, net_weights
from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.faces.second_look import SecondLook

# A hit is kept from here on, for curves; a finder's own threshold says what counts.
LOWEST = 0.05
STRIDES = 8, 16, 32
SAME = 0.3  # overlap from which two of YuNet's hits are one face
_SECOND = net_settings.load_settings(inference.ARTIFACTS).second
THRESHOLDS = {"haar": 0.0, "net": _SECOND.least if _SECOND else 0.3, "yunet": 0.6}
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


class YuNet:
    """YuNet in OpenVINO, on one thread, as `cv2.FaceDetectorYN` without its engine.

    Parameters
    ----------
    path : path
        The ONNX file.
    size : tuple of int, optional
        Height and width compiled for; any size by default.
    """

    def __init__(self, path: str | Path, size: tuple[int, int] | None = None) -> None:
        model = inference.read_model(Path(path), "YuNet")
        model.reshape([1, 3, *(_padded(*size) if size else (-1, -1))])
        self._request = inference.infer_request(model)

    def __call__(self, grey: np.ndarray) -> Hits:
        """Return the faces found, none of them twice."""
        height, width = _padded(*grey.shape)
        picture = np.zeros((1, 3, height, width), np.float32)
        picture[:, :, : grey.shape[0], : grey.shape[1]] = grey
        answer = self._request.infer([picture])
        outputs = {name: value for key, value in answer.items() for name in key.get_names()}
        found = [_level(outputs, stride, width // stride) for stride in STRIDES]
        boxes = np.concatenate([boxes for boxes, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        sizes = np.column_stack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
        kept = cv2.dnn.NMSBoxes(sizes.tolist(), scores.tolist(), LOWEST, SAME)
        kept = np.array(kept, int).reshape(-1)
        return Hits(boxes[kept].reshape(-1, 4), scores[kept])


def _padded(height: int, width: int) -> tuple[int, int]:
    return -(-height // 32) * 32, -(-width // 32) * 32


def _level(
    outputs: dict[str, np.ndarray], stride: int, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    chances = outputs[f"cls_{stride}"][0, :, 0] * outputs[f"obj_{stride}"][0, :, 0]
    scores = np.sqrt(np.clip(chances, 0, 1))
    sure = np.flatnonzero(scores >= LOWEST)
    row, column = np.divmod(sure, columns)
    values = outputs[f"bbox_{stride}"][0, sure].T.astype(np.float64)
    middle = (np.stack([column, row]) + values[:2]) * stride
    half = np.exp(values[2:]) * stride / 2
    return np.concatenate([middle - half, middle + half]).T, scores[sure]


def finder_net(folder: Path, least: float) -> net.FinderNet:
    """FinderNet's weights in a folder, with faces from a confidence of `least` on.

    Without a second look that is the net's own confidence.
    """
    made = net_weights.load_finder_net(folder)
    if made._second is None:
        settings = made._settings._replace(threshold=least, slope=1.0, intercept=0.0)
        return net.FinderNet(made._grids_of, settings)
    second = SecondLook(made._second._log_odds_of, made._second.settings._replace(least=least))
    return net.FinderNet(made._grids_of, made._settings, second)


class Net:
    """FinderNet as the program uses it, but for hits that are less sure."""

    def __init__(self, folder: str | Path) -> None:
        self._net = finder_net(Path(folder), LOWEST)

    def __call__(self, grey: np.ndarray) -> Hits:
        """Return the faces found."""
        found = self._net.find(grey)
        return Hits(found.boxes, found.scores)


def haar(grey: np.ndarray) -> Hits:
    """Scan a picture by the cascade, as the finder of the program does."""
    return Hits(*Finder().scan(grey))


def engine(name: str, path: str | Path, threshold: float | None = None) -> Engine:
    """Open a finder by its name: haar, net or yunet."""
    find = haar if name == "haar" else Net(path) if name == "net" else YuNet(path)
    return Engine(name, find, THRESHOLDS[name] if threshold is None else threshold)


def processor_ms(name: str, path: str | Path, grey: np.ndarray, times: int = 20) -> float:
    """Return the processor time of a picture, boxes and all, on one thread: the median."""
    cv2.setNumThreads(1)
    find = YuNet(path, grey.shape) if name == "yunet" else engine(name, path).find
    took = []
    for _ in range(2 + times):
        began = time.process_time()
        find(grey)
        took.append(time.process_time() - began)
    return 1000 * float(np.median(took[2:]))
