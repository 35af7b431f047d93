"""How a head is turned, learnt from pictures whose pose is labelled; for `fit_quality`.

A linear model of the crop in 8 x 8 cells. On GENKI-4K pictures it hadn't seen, its yaw,
pitch and roll went with the labels at 0.74, 0.41 and 0.87; finer cells did no better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from laughtrack.edge.smile import quality, smilenet
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import degradations

ROLL_DEG = 15.0  # each posed face is also turned in the picture's plane, by so much typically
_RIDGE = 20.0  # faces


class PoseModel(NamedTuple):
    """A linear model of a head's turn, of a crop in cells.

    `weights` by angle, ndarrays of shape (CELLS, CELLS / 2), as
    `edge.smile.quality_coefficients.TURN`; `level_pitch`, of a crop without any light or shade,
    degrees.
    """

    weights: Mapping[str, Any]
    level_pitch: float


def learn(crops: np.ndarray, pose_deg: np.ndarray) -> PoseModel:
    """Learn to read a head's turn from a crop in cells; the left half's weights tell the right's.

    Parameters
    ----------
    crops : ndarray, shape (N, SIZE, SIZE), uint8
    pose_deg : ndarray, shape (N, 3), yaw, pitch, roll in degrees

    Returns
    -------
    PoseModel
    """
    cells = quality.coarse_cells(crops).astype(np.float64).reshape(-1, quality.CELLS, quality.CELLS)
    weights: dict[str, np.ndarray] = {}
    level_pitch = 0.0
    half = quality.CELLS // 2
    for degrees, (name, sign) in zip(pose_deg.T, quality.MIRROR.items(), strict=True):
        folded = (cells[:, :, :half] + sign * cells[:, :, : half - 1 : -1]).reshape(len(cells), -1)
        if sign > 0:  # what stays in the mirror has a middle of its own
            folded = np.column_stack([folded, np.ones(len(cells))])
        normal = folded.T @ folded + _RIDGE * np.eye(folded.shape[1])
        found = np.linalg.solve(normal, folded.T @ degrees)
        weights[name] = found[: half * quality.CELLS].reshape(quality.CELLS, half)
        level_pitch = float(found[-1]) if sign > 0 else level_pitch
    return PoseModel(weights, level_pitch)


def posed_faces(pictures: Sequence[Picture]) -> tuple[np.ndarray, np.ndarray]:
    """Find the faces with a labelled pose, each also turned in the picture's plane.

    Parameters
    ----------
    pictures : list of Picture

    Returns
    -------
    crops : ndarray, shape (N, SIZE, SIZE), uint8
    pose_deg : ndarray, shape (N, 3), yaw, pitch, roll in degrees
    """
    found = degradations.degraded_faces(pictures, copies=1)
    pose_deg = np.degrees([pictures[i].pose for i in found.picture_index])
    rng = np.random.default_rng(1)
    rolls = rng.normal(0, ROLL_DEG, len(found.crops))
    middle = (smilenet.SIZE - 1) / 2
    rolled = [
        degradations.rotate(c, (middle, middle), float(a))
        for c, a in zip(found.crops, rolls, strict=True)
    ]
    # GENKI's roll grows with the clock.
    rolled_pose_deg = pose_deg - np.column_stack([0 * rolls, 0 * rolls, rolls])
    return np.concatenate([found.crops, rolled]), np.concatenate([pose_deg, rolled_pose_deg])


def pose_reader(model: PoseModel) -> Callable[[np.ndarray], np.ndarray]:
    """Return `edge.smile.quality.pose` with other numbers.

    Parameters
    ----------
    turns, level
        As `learn` returns them.

    Returns
    -------
    function
        From cells, shape (N, CELLS * CELLS), to yaw, pitch and roll in degrees, shape (N, 3).
    """
    matrix = np.stack(
        [quality.mirrored(model.weights[n], sign) for n, sign in quality.MIRROR.items()], 1
    )
    return lambda cells: cells @ matrix + (0.0, model.level_pitch, 0.0)
