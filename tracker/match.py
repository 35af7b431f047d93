"""Match: which detected box is which expected face.

Conventions
-----------
Distance between two boxes is in box sizes, sideways in mean widths and upwards in mean heights:
at 1 sideways two boxes of the same size touch. Pairs too far apart or too different in size are
never made (gates). The rest fall apart into groups that share no box, each solved by the
Hungarian method, so that a big room needs no big matrix.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .boxes import to_centre

# Above any cost of a pair (at most 1 + reach + 1 or so), so that more pairs beat better pairs.
_NEVER = 1e3


def match(expected, boxes, reach, max_ratio, handicap):
    """Pair expected faces with detected ones at least cost.

    Parameters
    ----------
    expected : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels.
    boxes : ndarray, shape (M, 4), float64
        ``x1 y1 x2 y2`` in pixels.
    reach : float or ndarray, shape (N,)
        Greatest distance of a pair, in box sizes.
    max_ratio : float
        Greatest ratio of the sizes of a pair, above 1.
    handicap : ndarray, shape (N,)
        Added to the cost of an expected face's pairs, at least 0: how far it stands back when
        another wants the same box.

    Returns
    -------
    matches : ndarray, shape (K, 2), int
        Rows of `expected` and of `boxes`, in the order of `expected`.
    lost : ndarray, shape (N - K,), int
        Rows of `expected` left over, ascending.
    fresh : ndarray, shape (M - K,), int
        Rows of `boxes` left over, ascending.
    """
    rows, columns, costs = _pairs(expected, boxes, reach, max_ratio)
    costs = costs + np.asarray(handicap)[rows]
    matches = _solve(rows, columns, costs, len(expected), len(boxes))
    left = np.ones(len(expected), dtype=bool)
    left[matches[:, 0]] = False
    new = np.ones(len(boxes), dtype=bool)
    new[matches[:, 1]] = False
    return matches, np.flatnonzero(left), np.flatnonzero(new)


def distance(first, second):
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
    apart = 2 * (first[:, :2] - second[:, :2]) / (first[:, 2:] + second[:, 2:])
    return np.hypot(apart[:, 0], apart[:, 1])


def _pairs(expected, boxes, reach, max_ratio):
    """Pairs within the gates: rows, columns and costs, each of shape (P,)."""
    none = np.zeros(0, dtype=np.intp)
    if not len(expected) or not len(boxes):
        return none, none, np.zeros(0)
    first, second = to_centre(expected), to_centre(boxes)
    radius = np.max(reach) * (first[:, 2:].max() + second[:, 2:].max()) / 2
    near = cKDTree(first[:, :2]).sparse_distance_matrix(
        cKDTree(second[:, :2]), radius, p=np.inf, output_type="ndarray"
    )
    rows, columns = near["i"], near["j"]
    a, b = first[rows], second[columns]
    apart = distance(a, b)
    ratio = np.abs(np.log(a[:, 2] * a[:, 3] / (b[:, 2] * b[:, 3]))) / 2
    limit = reach[rows] if np.ndim(reach) else reach
    keep = (apart <= limit) & (ratio <= np.log(max_ratio))
    rows, columns, a, b = rows[keep], columns[keep], expected[rows[keep]], boxes[columns[keep]]
    costs = apart[keep] + ratio[keep] + 1 - _overlap_of_pairs(a, b)
    return rows, columns, costs


def _overlap_of_pairs(a, b):
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    np.maximum(sides, 0, out=sides)
    shared = sides[:, 0] * sides[:, 1]
    areas = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1)
    return shared / (areas - shared)


def _solve(rows, columns, costs, height, width):
    """Least-cost one-to-one pairs out of those given; shape (K, 2)."""
    alone = (np.bincount(rows, minlength=height)[rows] == 1) & (
        np.bincount(columns, minlength=width)[columns] == 1
    )
    found = [np.stack([rows[alone], columns[alone]], axis=1)]
    rows, columns, costs = rows[~alone], columns[~alone], costs[~alone]
    for group in _groups(rows, columns, height, width):
        found.append(_solve_group(rows[group], columns[group], costs[group]))
    matches = np.concatenate(found).astype(np.intp)
    return matches[np.argsort(matches[:, 0])]


def _groups(rows, columns, height, width):
    """Positions of the pairs of each group that shares no row or column with another."""
    if not len(rows):
        return []
    size = height + width
    graph = coo_matrix((np.ones(len(rows)), (rows, columns + height)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][rows]
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _solve_group(rows, columns, costs):
    own_rows, i = np.unique(rows, return_inverse=True)
    own_columns, j = np.unique(columns, return_inverse=True)
    matrix = np.full((len(own_rows), len(own_columns)), _NEVER)
    matrix[i, j] = costs
    first, second = linear_sum_assignment(matrix)
    real = matrix[first, second] < _NEVER
    return np.stack([own_rows[first[real]], own_columns[second[real]]], axis=1)
