"""Match: which detected box is which expected face.

Conventions
-----------
Distance between two boxes is in box sizes, sideways in mean widths and upwards in mean heights:
at 1 sideways two boxes of the same size touch. The cost of a pair is minus the logarithm of how
likely the expected face would be found there, at that size, less what it costs to leave the two
alone; so a pair is made when its cost is below 0, and an uncertain expectation reaches farther but
gives way to a certain one. Pairs that cost more are never made (gates). The rest fall apart into
groups that share no box, each solved by the Hungarian method, so that a big room needs no big
matrix. scipy is imported where it is first needed: that takes 0.4 s of processor time, and faces
that are alone with their boxes never need it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from laughtrack.tracker.settings import TrackerSettings

# Up to so many pairs all of them are measured; beyond, a k-d tree finds the near ones.
MAX_DENSE_PAIRS = 20000


class Matches(NamedTuple):
    """Faces matched with boxes: `pairs` (K, 2) int; of what is left, `lost` faces, `new` boxes."""

    pairs: np.ndarray
    lost: np.ndarray
    new: np.ndarray


class Spread(NamedTuple):
    """How far off N expectations are.

    `std` (N, 2) is the standard deviation of the distance sideways and upwards, in box sizes,
    `ratio_std` (N,) that of the logarithm of the ratio of sizes; `stays` (N,) how likely the face
    has stayed where it is expected, to within `stays_std`, whatever `std` says.
    """

    std: np.ndarray
    ratio_std: np.ndarray
    stays: np.ndarray


def match(
    expected: np.ndarray,
    boxes: np.ndarray,
    spread: Spread,
    unmatched_cost: np.ndarray,
    settings: TrackerSettings,
) -> Matches:
    """Pair expected faces with detected ones at least cost.

    Parameters
    ----------
    expected : ndarray, shape (N, 4), float64
        Centre forms ``cx cy w h`` in pixels.
    boxes : ndarray, shape (M, 4), float64
        Likewise.
    spread : Spread
        How far off the expectations are.
    unmatched_cost : ndarray, shape (N,), float64
        What it costs to leave an expected face and a box without each other.
    settings : TrackerSettings

    Returns
    -------
    Matches
        Rows of `expected` and of `boxes`; all in ascending order of rows.
    """
    left, new = np.ones(len(expected), dtype=bool), np.ones(len(boxes), dtype=bool)
    if len(expected) and len(boxes):
        rows, columns, costs = _candidates(expected, boxes, spread, unmatched_cost, settings)
        pairs = assign(rows, columns, costs, (len(expected), len(boxes)))
        left[pairs[:, 0]] = False
        new[pairs[:, 1]] = False
    else:
        pairs = np.zeros((0, 2), dtype=np.intp)
    return Matches(pairs, np.flatnonzero(left), np.flatnonzero(new))


def separation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distance between boxes, pair by pair, sideways and upwards: (N, 2), in box sizes."""
    return 2 * (first[:, :2] - second[:, :2]) / (first[:, 2:] + second[:, 2:])


def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distance between boxes, pair by pair.

    Parameters
    ----------
    first, second : ndarray, shape (N, 4), float64
        Centre forms ``cx cy w h`` in pixels.

    Returns
    -------
    ndarray, shape (N,), float64
        In box sizes.
    """
    apart = separation(first, second)
    return np.hypot(apart[:, 0], apart[:, 1])


def size_ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Logarithm of the ratio of sizes (roots of areas), pair by pair, without its sign."""
    return np.abs(np.log(first[:, 2] * first[:, 3] / (second[:, 2] * second[:, 3]))) / 2


def near_pairs(
    first: np.ndarray, second: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the pairs whose centres are at most `radius` apart each way, or some more."""
    if len(first) * len(second) <= MAX_DENSE_PAIRS:
        near = np.abs(first[:, None, 0] - second[None, :, 0]) <= radius
        near &= np.abs(first[:, None, 1] - second[None, :, 1]) <= radius
        rows, columns = np.nonzero(near)
        return rows, columns
    from scipy.spatial import cKDTree

    tree = cKDTree(first[:, :2])
    near = tree.sparse_distance_matrix(
        cKDTree(second[:, :2]), radius, p=np.inf, output_type="ndarray"
    )
    return near["i"], near["j"]


def _candidates(
    first: np.ndarray,
    second: np.ndarray,
    spread: Spread,
    unmatched_cost: np.ndarray,
    settings: TrackerSettings,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs that cost less than nothing: rows, columns and costs, each of shape (P,)."""
    std, ratio_std, stays = spread
    # Whoever stays is nearer than who may go: the wider of the two reaches.
    reach = np.maximum(
        _reach(std.max(axis=1), std.prod(axis=1) * ratio_std, unmatched_cost),
        _reach(settings.stays_std, settings.stays_std**2 * ratio_std, unmatched_cost),
    )
    reach = np.minimum(reach, settings.max_reach)
    reach_px = (reach * first[:, 2:].max(axis=1)).max() + reach.max() * second[:, 2:].max()
    rows, columns = near_pairs(first, second, reach_px / 2)
    a, b = first[rows], second[columns]
    apart, ratio = separation(a, b), size_ratio(a, b)
    goes = np.exp(-((apart / std[rows]) ** 2).sum(axis=1) / 2) / std[rows].prod(axis=1)
    here = np.exp(-((apart / settings.stays_std) ** 2).sum(axis=1) / 2) / settings.stays_std**2
    likely = (1 - stays[rows]) * goes + stays[rows] * here
    costs = (ratio / ratio_std[rows]) ** 2 / 2 - np.log(np.maximum(likely, 1e-300))
    costs += np.log(ratio_std[rows]) - unmatched_cost[rows]
    apart = np.hypot(*apart.T)
    keep = (costs < 0) & (apart <= settings.max_reach) & (ratio <= math.log(settings.max_ratio))
    return rows[keep], columns[keep], costs[keep]


def _reach(std: np.ndarray | float, volume: np.ndarray, unmatched_cost: np.ndarray) -> np.ndarray:
    """How far away a pair can be for less than it costs to leave both alone, box sizes."""
    return std * np.sqrt(np.maximum(2 * (unmatched_cost - np.log(volume)), 0))


def assign(
    rows: np.ndarray, columns: np.ndarray, costs: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Choose among pairs the least-cost ones that share no row and no column.

    Parameters
    ----------
    rows, columns : ndarray, shape (P,), int
    costs : ndarray, shape (P,), float64
        Below 0: what is gained by making the pair.
    shape : tuple of int
        How many rows and columns there are.

    Returns
    -------
    ndarray, shape (K, 2), int
        Ascending rows, with their columns.
    """
    alone = (np.bincount(rows, minlength=shape[0])[rows] == 1) & (
        np.bincount(columns, minlength=shape[1])[columns] == 1
    )
    found = [np.stack([rows[alone], columns[alone]], axis=1)]
    rest = np.flatnonzero(~alone)
    if len(rest):
        rows, columns, costs = rows[rest], columns[rest], costs[rest]
        for group in _groups(rows, columns, shape):
            found.append(_assign_group(rows[group], columns[group], costs[group]))
    matches = np.concatenate(found).astype(np.intp, copy=False)
    return matches[np.argsort(matches[:, 0], kind="stable")]


def _groups(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> list[np.ndarray]:
    """Positions of the pairs of each group that shares no row or column with another."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = shape[0] + shape[1]
    graph = coo_matrix((np.ones(len(rows)), (rows, columns + shape[0])), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][rows]
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _assign_group(rows: np.ndarray, columns: np.ndarray, costs: np.ndarray) -> np.ndarray:
    from scipy.optimize import linear_sum_assignment

    own_rows, i = np.unique(rows, return_inverse=True)
    own_columns, j = np.unique(columns, return_inverse=True)
    matrix = np.zeros((len(own_rows), len(own_columns)))
    matrix[i, j] = costs
    first, second = linear_sum_assignment(matrix)
    real = matrix[first, second] < 0
    return np.stack([own_rows[first[real]], own_columns[second[real]]], axis=1)
