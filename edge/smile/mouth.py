"""Whether a face's mouth is to be seen: a smile behind a mask, a hand or a cup cannot be judged.

MouthNet is a small net, computed by numpy, so that a device does what a host does. It sees the
crop that the smile is scored from. How it was trained: `models.mouth`.

One look at somebody in a mask misses it three times in ten, and no two misses need be of one kind:
over some looks (`Mouths`) it is told more surely, and by less.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.inference import ARTIFACTS
from laughtrack.edge.smile.smoothing import Smoother

FILE = "mouthnet.npz"
VERSION = 1
SEEN_PX = 32  # crops are seen at this size: small faces have no more
# Of the convolutions, with padding of half the kernel.
STRIDES = (2, 2, 1, 2)
KERNELS = (5, 3, 3, 3)
CHANNELS = (1, 16, 32, 32, 48)
# Log-odds are smoothed over so many seconds, and hidden is what is likelier than not by then. A
# look counts no more than so much either way: a hand that comes or goes is told in half a second.
OVER_S, LIKELY, MOST = 0.6, 0.0, 3.0
# What has hidden a mouth for seconds, as a mask does, is there still when some looks miss it.
LONG_S = 3.0
_FLAT = 4.0  # grey levels: less contrast than this is noise
_BATCH = 64  # crops at once: what they take stays in the processor's cache


class MouthNet(NamedTuple):
    """Weights.

    `weights`: of each convolution (kernel * kernel * channels in, channels out), the last
    (cells, 1); `biases` (channels out,) each; float32. `threshold` is on what `hidden_log_odds`
    gives: above it, a mouth is taken to be hidden.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    threshold: float


def mouth_is_hidden(crops: np.ndarray) -> np.ndarray:
    """Whether something is in front of the mouth.

    Parameters
    ----------
    crops : ndarray, shape (N, S, S), uint8

    Returns
    -------
    ndarray, shape (N,), bool

    Raises
    ------
    ValueError
        The weights are missing, damaged or of another version, naming the file and what to do.
    """
    net = shipped()
    return hidden_log_odds(net, crops) > net.threshold


class Mouths:
    """Whose mouths are hidden, over time: in this look, or over the last ones or many together."""

    def __init__(self) -> None:
        self._smoother, self._slow = Smoother(OVER_S), Smoother(LONG_S)

    def hidden(self, viewer_ids: Sequence[int], t_s: float, crops: np.ndarray) -> np.ndarray:
        """Say whose mouth is hidden.

        Parameters
        ----------
        viewer_ids : sequence of int, length N
        t_s : float
            Seconds; later than these viewers' last looks.
        crops : ndarray, shape (N, S, S), uint8

        Returns
        -------
        ndarray, shape (N,), bool

        Raises
        ------
        ValueError
            As for `mouth_is_hidden`.
        """
        net = shipped()
        lean = hidden_log_odds(net, crops)
        values = np.clip(lean, -MOST, MOST).tolist()
        hidden = lean > net.threshold
        for smoother in (self._smoother, self._slow):
            lasting = [smoother.update(n, t_s, value) for n, value in zip(viewer_ids, values)]
            hidden = hidden | (np.array(lasting, np.float64) > LIKELY)
        return hidden

    def state(self) -> list[list]:
        """Return what `restore` needs to go on from here, as JSON types."""
        slow = {row[0]: row[2] for row in self._slow.state()}
        return [[*row, slow[row[0]]] for row in self._smoother.state()]

    def restore(self, state: list[list]) -> None:
        """Go on from a `state`; of a version before it has no longer past."""
        self._smoother.restore([row[:3] for row in state])
        self._slow.restore([[*row[:2], row[-1]] for row in state])


@functools.lru_cache(maxsize=None)
def shipped() -> MouthNet:
    """The weights beside this package, read once: see `load`."""
    return load(ARTIFACTS / FILE)


def load(path: str | Path) -> MouthNet:
    """Read the weights.

    Parameters
    ----------
    path : path

    Returns
    -------
    MouthNet

    Raises
    ------
    ValueError
        The file is missing, damaged or of another version, naming it and what to do.
    """
    cure = "install laughtrack again, or fit it anew (python -m laughtrack.models.mouth.fit)"
    count = len(STRIDES) + 1
    try:
        # Opened here: of a broken archive numpy leaves the file open.
        with open(str(path), "rb") as file, np.load(file, allow_pickle=False) as found:
            version, threshold = int(found["version"]), float(found["threshold"])
            arrays = [found[f"{kind}{i}"].astype(np.float32) for kind in "wb" for i in range(count)]
    except Exception as error:  # numpy says what it can of a broken ZIP in many ways
        raise ValueError(f"cannot read MouthNet's weights {path}: {error}; {cure}") from error
    shapes = [array.shape for array in arrays]
    if version != VERSION or shapes != _shapes() or not np.isfinite(threshold):
        raise ValueError(
            f"{path}: not MouthNet's weights of version {VERSION}, but of {version}, shapes "
            f"{shapes}; {cure}"
        )
    return MouthNet(tuple(arrays[:count]), tuple(arrays[count:]), threshold)


def hidden_log_odds(net: MouthNet, crops: np.ndarray) -> np.ndarray:
    """How likely the mouth is hidden.

    Parameters
    ----------
    net : MouthNet
    crops : ndarray, shape (N, S, S), uint8

    Returns
    -------
    ndarray, shape (N,), float32, log-odds among faces as trained on
    """
    parts = [_forward(net, crops[i : i + _BATCH]) for i in range(0, len(crops), _BATCH)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def prepare(crops: np.ndarray) -> np.ndarray:
    """Crops as the net sees them: small, of one brightness and contrast.

    Parameters
    ----------
    crops : ndarray, shape (N, S, S), uint8

    Returns
    -------
    ndarray, shape (N, SEEN_PX, SEEN_PX), float32
    """
    seen = np.empty((len(crops), SEEN_PX, SEEN_PX), np.float32)
    for small, crop in zip(seen, crops):
        small[:] = cv2.resize(crop, (SEEN_PX, SEEN_PX), interpolation=cv2.INTER_AREA)
    seen -= seen.mean(axis=(1, 2), keepdims=True)
    seen /= np.maximum(seen.std(axis=(1, 2), keepdims=True), _FLAT)
    return seen


def _forward(net: MouthNet, crops: np.ndarray) -> np.ndarray:
    values = prepare(crops)[..., None]
    for weight, bias, kernel, stride in zip(net.weights, net.biases, KERNELS, STRIDES):
        values = np.maximum(_windows(values, kernel, stride) @ weight + bias, 0)
    flat = values.reshape(len(values), -1)
    return (flat @ net.weights[-1] + net.biases[-1])[:, 0]


def _windows(values: np.ndarray, kernel: int, stride: int) -> np.ndarray:
    """All windows of a picture (N, H, W, C): (N, H / stride, W / stride, kernel * kernel * C)."""
    edge = kernel // 2
    count, height, width, channels = values.shape
    padded = np.zeros((count, height + 2 * edge, width + 2 * edge, channels), np.float32)
    padded[:, edge : edge + height, edge : edge + width] = values
    shifted = [
        padded[:, y : y + height : stride, x : x + width : stride]
        for y in range(kernel)
        for x in range(kernel)
    ]
    return np.concatenate(shifted, axis=3)


def _shapes() -> list[tuple[int, ...]]:
    """Return the shapes of all weights, then of all biases."""
    side, weights = SEEN_PX, []
    for kernel, stride, before, after in zip(KERNELS, STRIDES, CHANNELS, CHANNELS[1:]):
        weights.append((kernel * kernel * before, after))
        side //= stride
    weights.append((side * side * CHANNELS[-1], 1))
    return [*weights, *((shape[1],) for shape in weights)]
