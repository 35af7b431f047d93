"""The second look's net in torch, and its training."""

from __future__ import annotations

import logging

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from laughtrack.edge.faces.second_look import FLAT, SIZE
from laughtrack.models.finder.second.places import SIDE, Places

# Of the convolutions.
KERNELS, STRIDES = (5, 3, 3, 3, 3), (2, 2, 1, 2, 1)
CHANNELS = (1, 32, 48, 64, 96, 96)
EPOCHS = 7.0
BATCH = 256
PEAK = 4e-3  # the highest learning rate
DECAY = 1e-3
# Places are shown moved by so much of their side and resized by so much, as boxes are off.
MOVED, RESIZED = 0.05, 0.08


def build() -> nn.Module:
    """A net that has learnt nothing: places (N, 1, SIZE, SIZE) to log-odds (N, 1)."""
    layers: list[nn.Module] = []
    side = SIZE
    shapes = zip(KERNELS, STRIDES, CHANNELS[:-1], CHANNELS[1:], strict=True)
    for kernel, stride, before, after in shapes:
        layers += [nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)]
        layers += [nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        side = -(-side // stride)
    last = nn.Linear(CHANNELS[-1] * side * side, 1)
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), last)


def train(places: Places, epochs: float, seed: int) -> nn.Module:
    """Train on places, those that are faces and those that are none.

    Parameters
    ----------
    places : Places
    epochs : float
    seed : int

    Returns
    -------
    torch module, for `log_odds`
    """
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    net, squares = build(), torch.from_numpy(places.squares)
    truth = torch.from_numpy(places.faces.astype(np.float32))
    steps = max(2, int(epochs * len(truth) / BATCH))
    optimizer = torch.optim.AdamW(net.parameters(), PEAK, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, steps, pct_start=0.1)
    net.train()
    total = 0.0
    for step in range(1, steps + 1):
        rows = torch.randint(len(truth), (BATCH,), generator=rng)
        shown = normalised(moved(squares[rows].float(), rng))
        loss = functional.binary_cross_entropy_with_logits(net(shown)[:, 0], truth[rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % 200 == 0 or step == steps:
            logging.info("step %d of %d: loss %.4f", step, steps, total / (step % 200 or 200))
            total = 0.0
    return net.eval()


def log_odds(net: nn.Module, squares: np.ndarray) -> np.ndarray:
    """A trained net's log-odds of squares (N, SIDE, SIDE) uint8 and their mirror images; (N,)."""
    rim = (SIDE - SIZE) // 2
    middle = torch.from_numpy(squares[:, rim : rim + SIZE, rim : rim + SIZE])
    parts = []
    with torch.no_grad():
        for part in middle.split(512):
            shown = normalised(part.float())
            parts.append((net(shown) + net(shown.flip(-1)))[:, 0] / 2)
    return torch.cat(parts).numpy() if parts else np.zeros(0, np.float32)


def normalised(squares: torch.Tensor) -> torch.Tensor:
    """Squares (N, S, S) of one brightness and contrast (N, 1, S, S), as `edge` does it."""
    squares = squares - squares.mean((1, 2), keepdim=True)
    scale = squares.std((1, 2), keepdim=True, correction=0).clamp_min(FLAT)
    return (squares / scale)[:, None]


def moved(squares: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Squares (N, SIDE, SIDE) each moved, resized and mirrored by chance: (N, SIZE, SIZE)."""
    count = len(squares)
    turn = torch.zeros(count, 2, 3)
    scale = torch.exp(torch.randn(count, generator=rng) * RESIZED) * SIZE / SIDE
    turn[:, 0, 0] = scale * (1 - 2 * (torch.rand(count, generator=rng) < 0.5).float())
    turn[:, 1, 1] = scale
    turn[:, :, 2] = (torch.randn(count, 2, generator=rng) * MOVED).clamp(-0.15, 0.15)
    grid = functional.affine_grid(turn, [count, 1, SIZE, SIZE], align_corners=False)
    shown = functional.grid_sample(
        squares[:, None], grid, padding_mode="border", align_corners=False
    )
    return shown[:, 0]
