"""MouthNet's training in MXNet, and its weights as numpy reads them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from laughtrack.edge.smile import mouth
from laughtrack.models.training.loop import learning_rate
from laughtrack.models.training.smilenet import import_mxnet

BATCH = 64
PEAK = 3e-3  # the highest learning rate
DECAY = 2e-4


def train(
    crops: np.ndarray, hidden: np.ndarray, weight: np.ndarray, epochs: int, seed: int
) -> mouth.MouthNet:
    """Train the net; its threshold is 0.

    Parameters
    ----------
    crops : ndarray, shape (N, S, S), uint8
    hidden : ndarray, shape (N,), bool
    weight : ndarray, shape (N,)
        How much each crop counts.
    epochs, seed : int

    Returns
    -------
    mouth.MouthNet
    """
    mx = import_mxnet()
    mx.random.seed(seed)
    rng = np.random.default_rng(seed)
    net = _build(mx)
    trainer = mx.gluon.Trainer(net.collect_params(), "adam", {"wd": DECAY})
    loss_of = mx.gluon.loss.SigmoidBinaryCrossEntropyLoss()
    steps = epochs * (len(crops) // BATCH)
    seen = mouth.prepare(crops)
    for epoch in range(epochs):
        order, total = rng.permutation(len(crops)), 0.0
        for start in range(0, len(order) - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            trainer.set_learning_rate(
                learning_rate(epoch * (len(crops) // BATCH) + start // BATCH, steps, PEAK)
            )
            picture = mx.nd.array(_moved(seen[rows], rng)[:, None])
            target, counts = (mx.nd.array(part[rows, None]) for part in (hidden, weight))
            with mx.autograd.record():
                loss = loss_of(net(picture), target, counts)
            loss.backward()
            trainer.step(BATCH)
            total += float(loss.mean().asscalar())
        logging.info("epoch %d of %d: loss %.4f", epoch + 1, epochs, total / (len(crops) // BATCH))
    return _folded(net)


def _build(mx: Any) -> Any:
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="mouthnet_")
    with net.name_scope():
        for kernel, stride, channels in zip(
            mouth.KERNELS, mouth.STRIDES, mouth.CHANNELS[1:], strict=True
        ):
            net.add(nn.Conv2D(channels, kernel, stride, kernel // 2, use_bias=False))
            net.add(nn.BatchNorm())
            net.add(nn.Activation("relu"))
        net.add(nn.Dropout(0.3))
        net.add(nn.Dense(1))
    net.initialize(mx.init.Xavier(magnitude=2))
    net.hybridize()
    return net


def _moved(seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Crops mirrored and shifted by chance, all of a batch alike by at most two pixels."""
    if rng.random() < 0.5:
        seen = seen[:, :, ::-1]
    y, x = rng.integers(-2, 3, 2)
    side = np.arange(seen.shape[1])
    rows, columns = (np.clip(side + step, 0, len(side) - 1) for step in (y, x))
    return np.ascontiguousarray(seen[:, rows][:, :, columns])


def _folded(net: Any) -> mouth.MouthNet:
    """The weights with what the batch norms do folded in, in the order numpy has them."""
    layers: Sequence[Any] = list(net)
    weights, biases = [], []
    for convolution, norm in zip(layers[0:12:3], layers[1:12:3], strict=True):
        gamma, beta, mean, variance = (
            each.data().asnumpy()
            for each in (norm.gamma, norm.beta, norm.running_mean, norm.running_var)
        )
        scale = gamma / np.sqrt(variance + 1e-5)
        weight = convolution.weight.data().asnumpy() * scale[:, None, None, None]
        weights.append(weight.transpose(2, 3, 1, 0).reshape(-1, len(scale)))
        biases.append(beta - mean * scale)
    dense = layers[-1]
    channels = mouth.CHANNELS[-1]
    side = round((dense.weight.shape[1] / channels) ** 0.5)
    last = dense.weight.data().asnumpy().reshape(channels, side, side).transpose(1, 2, 0)
    weights.append(last.reshape(-1, 1))
    biases.append(dense.bias.data().asnumpy())
    return mouth.MouthNet(tuple(weights), tuple(biases), 0.0)
