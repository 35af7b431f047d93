"""FinderNet: a small, fully convolutional net that finds faces in a grey picture.

Each cell of four maps, 4, 8, 16 and 32 pixels apart, answers `VALUES` numbers: how sure it is of a
face with its middle there, the face's box, and five points of it (eyes, tip of the nose, corners of
the mouth).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from laughtrack.edge.faces import net as finding
from laughtrack.edge.faces.net import VALUES
from laughtrack.edge.faces.net_settings import NetSettings

# A cell far from any face: what sigmoid(-4.6) says before anything is learnt.
PRIOR = -4.6


class Widths(NamedTuple):
    """Channels of the maps 4, 8, 16 and 32 pixels apart."""

    at4: int = 16
    at8: int = 32
    at16: int = 40
    at32: int = 48
    head: int = 32


class FinderNet(nn.Module):
    """Grey pictures (N, 1, H, W), values 0 to 255, H and W multiples of 32, to maps of answers.

    Plain 3 x 3 convolutions: depthwise ones have fewer weights but were slower to train and to run.
    """

    def __init__(self) -> None:
        super().__init__()
        w = Widths()
        self.to4 = nn.Sequential(
            _conv(1, 8, stride=2), _conv(8, w.at4, stride=2), _conv(w.at4, w.at4)
        )
        self.to8 = nn.Sequential(_conv(w.at4, w.at8, stride=2), _conv(w.at8, w.at8))
        self.to16 = nn.Sequential(_conv(w.at8, w.at16, stride=2), _conv(w.at16, w.at16))
        self.to32 = nn.Sequential(_conv(w.at16, w.at32, stride=2), _conv(w.at32, w.at32))
        self.down32 = nn.Conv2d(w.at32, w.at16, 1)
        self.down16 = nn.Conv2d(w.at16, w.at8, 1)
        self.down8 = nn.Conv2d(w.at8, w.at4, 1)
        self.heads = nn.ModuleList(
            _head(channels, hidden)
            for channels, hidden in (
                (w.at4, w.at4),
                (w.at8, w.head),
                (w.at16, w.head),
                (w.at32, w.head),
            )
        )

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Maps (N, VALUES, H / s, W / s) for each stride s; the confidence is a logit."""
        at4 = self.to4((picture - 128.0) / 64.0)
        at8 = self.to8(at4)
        at16 = self.to16(at8)
        at32 = self.to32(at16)
        at16 = at16 + _twice(self.down32(at32))
        at8 = at8 + _twice(self.down16(at16))
        at4 = at4 + _twice(self.down8(at8))
        return [head(at) for head, at in zip(self.heads, (at4, at8, at16, at32), strict=True)]


class Confident(nn.Module):
    """The net as it is shipped: confidences are probabilities."""

    def __init__(self, net: FinderNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """Maps (N, VALUES, H / s, W / s) for each stride s."""
        maps = self.net(picture)
        return tuple(torch.cat([torch.sigmoid(m[:, :1]), m[:, 1:]], 1) for m in maps)


def finder(net: FinderNet, least: float, smallest_px: float) -> finding.FinderNet:
    """The net as the program looks with it, places taken in from a confidence of `least` on."""
    confident = Confident(net).eval()

    def grids(picture: np.ndarray) -> list[np.ndarray]:
        with torch.no_grad():
            return [maps[0].numpy() for maps in confident(torch.from_numpy(picture))]

    plain = NetSettings(least, smallest_px, slope=1.0, intercept=0.0, digest="")
    return finding.FinderNet(grids, plain)


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def _head(inputs: int, hidden: int) -> nn.Sequential:
    last = nn.Conv2d(hidden, VALUES, 1)
    nn.init.normal_(last.weight, std=0.01)
    nn.init.zeros_(last.bias)
    last.bias.data[0] = PRIOR
    return nn.Sequential(_conv(inputs, hidden), last)


def _twice(maps: Tensor) -> Tensor:
    return functional.interpolate(maps, scale_factor=2.0, mode="nearest")
