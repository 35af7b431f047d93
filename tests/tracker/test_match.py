"""Match: gates, least cost, and independence of order."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from tracker.match import distance, match


def at(*centres, size=40.0):
    """Square boxes about centres on a line."""
    x = np.array(centres, dtype=float)
    half = size / 2
    return np.stack([x - half, 0 * x - half, x + half, 0 * x + half], axis=1).reshape(-1, 4)


@pytest.mark.parametrize(
    "expected, boxes, pairs",
    [
        (at(), at(), []),  # nobody
        (at(0), at(), []),  # nobody found
        (at(), at(0), []),  # nobody expected
        (at(0), at(10), [[0, 0]]),  # moved a little
        (at(0), at(39), [[0, 0]]),  # moved by nearly a face
        (at(0), at(41), []),  # moved too far
        (at(0), at(0, size=80), []),  # grown too much
        (at(0, 100), at(100, 0), [[0, 1], [1, 0]]),  # two apart
        (at(0, 20), at(19, 45), [[0, 0], [1, 1]]),  # two pairs rather than the nearest one
        (at(0, 20), at(18), [[1, 0]]),  # the nearer gets it
    ],
)
def test_scenarios(expected, boxes, pairs):
    """Pairs are what a person would pair; the rest is listed as lost and fresh."""
    matches, lost, fresh = match(expected, boxes, 1.0, 1.8, np.zeros(len(expected)))
    assert matches.tolist() == pairs
    assert sorted([*matches[:, 0], *lost]) == list(range(len(expected)))
    assert sorted([*matches[:, 1], *fresh]) == list(range(len(boxes)))


@pytest.mark.parametrize("seed", range(5))
def test_groups_equal_the_whole(seed):
    """Solving group by group costs as little as one big matrix, in any order of boxes."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 400, (60, 2))
    expected = np.hstack([centres - 20, centres + 20])
    boxes = expected + np.tile(rng.normal(0, 8, (60, 2)), 2)
    order = rng.permutation(60)
    matches, _, _ = match(expected, boxes, 1.0, 1.8, np.zeros(len(expected)))
    mixed, _, _ = match(expected, boxes[order], 1.0, 1.8, np.zeros(len(expected)))
    assert [(i, order[j]) for i, j in mixed] == [tuple(pair) for pair in matches]
    lone = [
        [match(expected[[i]], boxes[[j]], 1.0, 1.8, np.zeros(1))[0].size > 0 for j in range(60)]
        for i in range(60)
    ]
    most = linear_sum_assignment(-np.array(lone, dtype=float))
    assert len(matches) == np.array(lone)[most].sum()


def test_distance_is_in_box_sizes():
    """Boxes that touch sideways are 1 apart, whatever their height."""
    wide = np.array([[0.0, 0, 20, 80]]), np.array([[20.0, 0, 20, 80]])
    assert distance(*wide) == pytest.approx([1])
