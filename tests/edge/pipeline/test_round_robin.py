"""Viewers take turns where there is no time to score all."""

import json

import numpy as np
import pytest

from laughtrack.edge.pipeline.round_robin import MEMORY_FRAMES, RoundRobin


def test_without_a_limit_all_are_scored():
    """Who could be, is, in the first frame and in each where there are few."""
    round_robin, wanted = RoundRobin(None), np.array([True, False, True])
    for k in range(3):
        assert round_robin.select([1, 2, 3], wanted, k / 1000).tolist() == wanted.tolist()


@pytest.mark.parametrize("rate, viewers, share", [(30, 24, 1), (30, 100, 1 / 3), (10, 100, 1)])
def test_a_thousand_scores_a_second(rate, viewers, share):
    """A few viewers are scored in every frame; many in turn, at thirty frames a second."""
    round_robin, ids = RoundRobin(None), list(range(viewers))
    seen = [round_robin.select(ids, np.ones(viewers, bool), k / rate) for k in range(31)][1:]
    assert np.mean(seen, axis=0) == pytest.approx(np.full(viewers, share), abs=0.12)


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
@pytest.mark.parametrize("viewers", [1, 4, 7])
def test_nobody_waits_longer_than_a_round(limit, viewers):
    """Each is scored once in every round of turns."""
    round_robin, ids = RoundRobin(limit), list(range(1, viewers + 1))
    seen = np.array([round_robin.select(ids, np.ones(viewers, bool), k) for k in range(30)])
    assert (seen.sum(axis=1) == min(limit, viewers)).all()
    round_ = -(-viewers // limit)
    assert all(seen[k : k + round_].any(axis=0).all() for k in range(31 - round_))


def test_who_cannot_be_judged_takes_no_turn():
    """The others have it."""
    round_robin = RoundRobin(1)
    for k in range(3):
        assert round_robin.select([1, 2], np.array([False, True]), k).tolist() == [False, True]


def test_nobody_there():
    """Empty in, empty out."""
    assert RoundRobin(2).select([], np.zeros(0, bool), 0.0).shape == (0,)


def test_newcomer_is_first():
    """Who was never scored has waited longest."""
    round_robin = RoundRobin(1)
    round_robin.select([1], np.ones(1, bool), 0.0)
    assert round_robin.select([1, 2], np.ones(2, bool), 0.1).tolist() == [False, True]


def test_restored_goes_on_the_same():
    """Through JSON, at any frame."""
    round_robin = RoundRobin(2)
    for k in range(20):
        copy = RoundRobin(2)
        copy.restore(json.loads(json.dumps(round_robin.state())))
        ids, wanted = [1, 2, 3, 5, 8], np.arange(5) != k % 5
        assert copy.select(ids, wanted, k).tolist() == round_robin.select(ids, wanted, k).tolist()


def test_months_of_viewers_take_no_memory():
    """Those long gone are forgotten; those who wait are not."""
    round_robin = RoundRobin(1)
    for k in range(5 * MEMORY_FRAMES):
        round_robin.select([10 + k], np.ones(1, bool), k)
    assert len(round_robin.state()["last"]) <= 2 * MEMORY_FRAMES
