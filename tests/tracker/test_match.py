"""Match: gates, least cost, and independence of order."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from laughtrack.tracker.match import (
    MAX_DENSE_PAIRS,
    Spread,
    _candidates,
    distance,
    match,
    near_pairs,
)
from laughtrack.tracker.settings import DEFAULTS


def at(*centres, size=40.0):
    """Squares about centres on a line, as cx cy w h."""
    x = np.array(centres, dtype=float)
    return np.stack([x, 0 * x, 0 * x + size, 0 * x + size], axis=1).reshape(-1, 4)


def loosely(expected, boxes, std=0.5):
    """Pair with the same doubt about each: reaching 1.2 sizes."""
    every = np.ones(len(expected))
    return match(expected, boxes, evenly(len(expected), std), 0.3 * every, DEFAULTS)


def evenly(count, std, stays=0.0):
    """The same doubt about each of so many, each way."""
    every = np.ones(count)
    return Spread(np.full((count, 2), std), 0.3 * every, stays * every)


@pytest.mark.parametrize(
    "expected, boxes, pairs",
    [
        (at(), at(), []),  # nobody
        (at(0), at(), []),  # nobody found
        (at(), at(0), []),  # nobody expected
        (at(0), at(10), [[0, 0]]),  # moved a little
        (at(0), at(39), [[0, 0]]),  # moved by nearly a face
        (at(0), at(60), []),  # moved too far
        (at(0), at(0, size=90), []),  # grown too much
        (at(0, 100), at(100, 0), [[0, 1], [1, 0]]),  # two apart
        (at(0, 20), at(19, 45), [[0, 0], [1, 1]]),  # two pairs rather than the nearest one
        (at(0, 20), at(18), [[1, 0]]),  # the nearer gets it
    ],
)
def test_scenarios(expected, boxes, pairs):
    """Pairs are what a person would pair; the rest is listed as lost and fresh."""
    matches, lost, fresh = loosely(expected, boxes)
    assert matches.tolist() == pairs
    assert sorted([*matches[:, 0], *lost]) == list(range(len(expected)))
    assert sorted([*matches[:, 1], *fresh]) == list(range(len(boxes)))


@pytest.mark.parametrize("seed", range(5))
def test_groups_equal_the_whole(seed):
    """Solving group by group costs as little as one big matrix, in any order of boxes."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 400, (60, 2))
    expected = np.hstack([centres, np.full((60, 2), 40.0)])
    boxes = expected + np.hstack([rng.normal(0, 8, (60, 2)), np.zeros((60, 2))])
    order = rng.permutation(60)
    matches, _, _ = loosely(expected, boxes)
    mixed, _, _ = loosely(expected, boxes[order])
    assert [(i, order[j]) for i, j in mixed] == [tuple(pair) for pair in matches]
    rows, columns, costs = _candidates(expected, boxes, evenly(60, 0.5), np.full(60, 0.3), DEFAULTS)
    whole = np.zeros((60, 60))
    whole[rows, columns] = costs
    best = whole[linear_sum_assignment(whole)].sum()
    assert whole[matches[:, 0], matches[:, 1]].sum() == pytest.approx(best)


@pytest.mark.parametrize("stays, pairs", [(0.0, [[0, 0]]), (0.8, [])])
def test_who_most_likely_stays_takes_no_neighbours_box(stays, pairs):
    """A face that may be anywhere, but has most likely stayed, is not the one two sizes away."""
    cost = np.array([0.8])
    assert match(at(0), at(84), evenly(1, 1.5, stays), cost, DEFAULTS).pairs.tolist() == pairs
    near = match(at(0), at(12), evenly(1, 1.5, stays), cost, DEFAULTS)
    assert near.pairs.tolist() == [[0, 0]]


@pytest.mark.parametrize("count", [30, 150])
def test_near_pairs_are_all_found(count):
    """Measured one by one or by a tree, every pair within the radius is found."""
    rng = np.random.default_rng(count)
    first, second = rng.uniform(0, 500, (2, count, 4))
    far = np.abs(first[:, None, :2] - second[None, :, :2]).max(axis=2)
    wanted = {tuple(pair) for pair in np.argwhere(far <= 40).tolist()}
    found = set(zip(*(own.tolist() for own in near_pairs(first, second, 40.0)), strict=True))
    assert wanted == found and (count * count > MAX_DENSE_PAIRS) == (count == 150)


def test_distance_is_in_box_sizes():
    """Boxes that touch sideways are 1 apart, whatever their height."""
    wide = np.array([[0.0, 0, 20, 80]]), np.array([[20.0, 0, 20, 80]])
    assert distance(*wide) == pytest.approx([1])
