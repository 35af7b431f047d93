"""SmileNet: four stages of two 3 x 3 convolutions each, on 64 x 64 grey, ending in two logits.

Only layers that the DeepLens optimizer reads, and `for_device` tidies the exported symbol the way
it needs. MXNet is imported inside the functions: it lives in the training environment only.
"""

from __future__ import annotations

import copy
import json
import os
from typing import Any

# Multiples of 16, which MXNet and OpenVINO compute in blocks of: others take longer than on paper.
CHANNELS = (16, 32, 64, 112)
SUPPORTED = {"null", "Activation", "BatchNorm", "Concat", "Convolution", "elemwise_add"}
SUPPORTED |= {"Flatten", "FullyConnected", "Pooling"}


def import_mxnet() -> Any:
    """Import MXNet, on one thread unless the environment says otherwise.

    On two busy cores, an epoch took 58 s of processor time on two threads and 16 s on one.

    Returns
    -------
    module

    Raises
    ------
    ValueError
        If it is not installed.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        import mxnet as module
    except ImportError as error:
        raise ValueError(
            f"no MXNet here ({error}): use the training environment (laughtrack train-env)"
        ) from error
    return module


def build() -> Any:
    """Build SmileNet, not initialised.

    Returns
    -------
    mxnet.gluon.HybridSequential
        From (N, 1, 64, 64), whole numbers 0 to 255, to (N, 2) logits: no smile, smile.
    """
    nn = import_mxnet().gluon.nn
    net = nn.HybridSequential(prefix="smilenet_")
    with net.name_scope():
        net.add(nn.BatchNorm())  # brings 0..255 to about -2..2
        for stage, channels in enumerate(CHANNELS):
            for _ in range(2):
                net.add(nn.Conv2D(channels, 3, padding=1, use_bias=False))
                net.add(nn.BatchNorm())
                net.add(nn.Activation("relu"))
            if stage < len(CHANNELS) - 1:
                net.add(nn.MaxPool2D(2, 2))
        net.add(nn.GlobalAvgPool2D())
        net.add(nn.Flatten())
        net.add(nn.Dense(2))
    return net


def multiply_adds(size: int = 64) -> int:
    """Count the multiplications of one crop.

    Parameters
    ----------
    size : int, the crop's height and width, px

    Returns
    -------
    int
    """
    total, before = 0, 1
    for channels in CHANNELS:
        total += 9 * channels * (before + channels) * size * size
        before, size = channels, size // 2
    return total + 2 * before


def for_device(symbol_json: str) -> str:
    """Tidy an exported symbol for the DeepLens optimizer.

    Names lose Gluon's `_fwd`, every pooling states its stride, and every node carries its settings
    under `attr`, where old readers look (MXNet 1.9 reads either name).

    Parameters
    ----------
    symbol_json : str, what `HybridBlock.export` writes

    Returns
    -------
    str, JSON

    Raises
    ------
    ValueError
        If there is a layer that the optimizer doesn't know.
    """
    symbol = copy.deepcopy(json.loads(symbol_json))
    for node in symbol["nodes"]:
        if node["op"] not in SUPPORTED:
            raise ValueError(
                f"layer {node['name']!r} is {node['op']}: the device has no such layer"
            )
        settings = dict(node.pop("attr", None) or node.pop("attrs", None) or {})
        if node["op"] != "null" and node["name"].endswith("_fwd"):
            node["name"] = node["name"][: -len("_fwd")]
        if node["op"] == "Pooling":
            settings.setdefault("stride", "(1, 1)")
        node["attr"] = settings
    return json.dumps(symbol, indent=2) + "\n"
