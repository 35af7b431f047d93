"""What each cell should have answered, and how wrong it was.

The score's target is a half and half the overlap of the cell's box with the face's: the overlap
alone left tiny faces under one half. Quality focal loss is Li et al., "Generalized Focal Loss"
(NeurIPS 2020), EIoU is Zhang et al., "Focal and Efficient IOU Loss" (2021).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from laughtrack.edge.faces.net import STRIDES

# Faces that the cells of a stride answer for: side (the root of the area) from, to, in pixels.
SIZES = {4: (0.0, 14.0), 8: (11.0, 30.0), 16: (25.0, 80.0), 32: (62.0, 1e9)}
# A cell answers for a face whose middle is nearer than this share of its side; cells up to the
# second share are not judged.
NEAR, NEARISH = 0.22, 0.42
HUGE_PX = 220.0
WINDOW = 4  # cells either way; the largest face of a picture has no more
BETA = 2.0
BOX_WEIGHT, POINT_WEIGHT = 2.0, 0.3


class Loss(NamedTuple):
    """Summed over a batch and divided by its cells that answer for a face."""

    score: Tensor
    box: Tensor
    points: Tensor

    def total(self) -> Tensor:
        """The weighted sum."""
        return self.score + BOX_WEIGHT * self.box + POINT_WEIGHT * self.points


def loss(maps: list[Tensor], faces: Tensor) -> Loss:
    """Compare answers with faces.

    Parameters
    ----------
    maps : list of (N, 15, H / s, W / s)
        Of `FinderNet`.
    faces : (N, M, 15)
        x, y, width, height, five points, and 1 (a face), -1 (not judged) or 0 (no row).

    Returns
    -------
    Loss
    """
    scores, boxes, points, count = [], [], [], maps[0].new_zeros((), dtype=torch.float32)
    picture, row = (faces[..., 14] != 0).nonzero(as_tuple=True)
    known = faces[picture, row]
    # The smallest first: it has the cell that two want.
    order = (known[:, 2] * known[:, 3]).argsort()
    picture, known = picture[order], known[order]
    for stride, answers in zip(STRIDES, maps, strict=True):
        flat = answers.float().permute(0, 2, 3, 1).flatten(0, 2)  # (N * cells, 15)
        shape = (answers.shape[0], *answers.shape[2:])
        cell, owner = _owners(shape, stride, picture, known)
        judged = ~_unjudged(shape, stride, picture, known).flatten()
        judged[cell] = True
        middles = torch.stack([cell % shape[2], cell // shape[2] % shape[1]], 1) + 0.5
        middles, face = middles * stride, known[owner]
        box_loss, overlap = _boxes(flat[cell, 1:5], middles, face[:, :4], stride)
        target = torch.zeros_like(flat[:, 0])
        target[cell] = 0.5 + 0.5 * overlap.detach()
        off = (torch.sigmoid(flat[:, 0]) - target).abs().detach() ** BETA
        cross = functional.binary_cross_entropy_with_logits(flat[:, 0], target, reduction="none")
        scores.append((off * cross * judged).sum())
        boxes.append(box_loss.sum())
        points.append(_points(flat[cell, 5:], middles, face, stride).sum())
        count = count + len(cell)
    count = count.clamp(min=1)
    return Loss(*(torch.stack(part).sum() / count for part in (scores, boxes, points)))


def _owners(
    shape: tuple[int, int, int], stride: int, picture: Tensor, known: Tensor
) -> tuple[Tensor, Tensor]:
    """The cells (K,) of a map (N, rows, columns) that answer for a face, and for which (K,)."""
    side = (known[:, 2] * known[:, 3]).sqrt()
    low, high = SIZES[stride]
    mine = ((side >= low) & (side < high) & (known[:, 14] > 0)).nonzero()[:, 0]
    centre = (known[mine, :2] + known[mine, 2:4] / 2) / stride - 0.5
    # The nearest cell always answers, however small the face.
    reach = (NEAR * side[mine] / stride).clamp(min=0.5, max=WINDOW)
    steps = torch.arange(-WINDOW, WINDOW + 1, device=known.device)
    offsets = torch.cartesian_prod(steps, steps)  # (W, 2)
    at = centre.round().long()[:, None] + offsets  # (F, W, 2)
    near = ((at - centre[:, None]).abs() <= reach[:, None, None]).all(2)
    limits = torch.tensor([shape[2], shape[1]], device=known.device)
    near &= ((at >= 0) & (at < limits)).all(2)
    which, window = near.nonzero(as_tuple=True)
    x, y = at[which, window].unbind(1)
    cells = (picture[mine[which]] * shape[1] + y) * shape[2] + x
    none = len(known)
    owner = torch.full((shape[0] * shape[1] * shape[2],), none, device=known.device)
    owner = owner.scatter_reduce(0, cells, mine[which], "amin")
    cell = (owner < none).nonzero()[:, 0]
    return cell, owner[cell]


def _unjudged(shape: tuple[int, int, int], stride: int, picture: Tensor, known: Tensor) -> Tensor:
    """Cells (N, rows, columns) bool about faces, and of what is not judged."""
    side = (known[:, 2] * known[:, 3]).sqrt()
    low, high = SIZES[stride]
    near_size = (side >= low * 0.75) & (side < high * 1.3)
    doubtful = known[:, 14] < 0
    some = (near_size | doubtful).nonzero()[:, 0]
    # What fills the picture and more is judged but for its middle: no part of a face is one.
    share = torch.where(doubtful[some], 0.6, NEARISH)
    share = torch.where(side[some] > HUGE_PX, NEAR, share)
    reach = (share * side[some] / stride).clamp(min=0.9)[:, None]
    centre = (known[some, :2] + known[some, 2:4] / 2) / stride - 0.5
    limits = torch.tensor([shape[2], shape[1]], device=known.device)
    first = (centre - reach).ceil().long().clamp(min=0).minimum(limits)
    last = ((centre + reach).floor().long() + 1).clamp(min=0).minimum(limits)
    # Rectangles are added as their corners, and summed along both axes.
    corners = torch.zeros(shape[0], shape[1] + 1, shape[2] + 1, device=known.device)
    n = picture[some]
    for y, x, sign in ((first, first, 1), (last, last, 1), (first, last, -1), (last, first, -1)):
        value = torch.full((len(n),), float(sign), device=known.device)
        corners.index_put_((n, y[:, 1], x[:, 0]), value, accumulate=True)
    return corners.cumsum(1).cumsum(2)[:, :-1, :-1] > 0.5


def _boxes(answers: Tensor, middles: Tensor, face: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """EIoU loss and overlap of answered boxes (K, 4) with faces x, y, width, height (K, 4)."""
    centre = middles + answers[:, :2] * stride
    size = stride * answers[:, 2:].clamp(-4, 5).exp()
    low, high = centre - size / 2, centre + size / 2
    true_low, true_high = face[:, :2], face[:, :2] + face[:, 2:]
    inside = (torch.minimum(high, true_high) - torch.maximum(low, true_low)).clamp(min=0).prod(1)
    overlap = inside / (size.prod(1) + face[:, 2:].prod(1) - inside).clamp(min=1e-6)
    hull = (torch.maximum(high, true_high) - torch.minimum(low, true_low)).clamp(min=1e-3)
    apart = ((low + high - true_low - true_high) / 2).square().sum(1) / hull.square().sum(1)
    sizes = ((size - face[:, 2:]) / hull).square().sum(1)
    return 1 - overlap + apart + sizes, overlap


def _points(answers: Tensor, middles: Tensor, face: Tensor, stride: int) -> Tensor:
    """How far off the five points are, in shares of the face's side."""
    answered = middles[:, None] + answers.unflatten(1, (5, 2)) * stride
    true = face[:, 4:14].unflatten(1, (5, 2))
    side = (face[:, 2] * face[:, 3]).clamp(min=1).sqrt()[:, None, None]
    off = (answered - true) / side
    return functional.smooth_l1_loss(off, torch.zeros_like(off), beta=0.1, reduction="none").sum(
        (1, 2)
    )
