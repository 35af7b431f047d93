"""Pretend sessions keep each viewer's laughs; jokes stand out of them, and contagion does not."""

import numpy as np
import pytest

from laughtrack.analytics.stats.nulls import contagion_null as null
from laughtrack.analytics.stats.nulls.contagion_null import Laughs

STEP_S, STEPS, VIEWERS = 0.2, 1000, 20


def told(start, viewer=None, steps=10, judged=None):
    """Return laughs of 2 s, of height 1, all as rare."""
    start = np.asarray(start)
    viewer = np.arange(len(start)) % VIEWERS if viewer is None else viewer
    judged = np.full(STEPS, float(VIEWERS)) if judged is None else judged
    known = np.arange(STEPS) >= 15
    lasts, once = np.full(len(start), steps), np.ones(len(start))
    return Laughs(viewer, start, lasts, once, once, judged, known, STEP_S)


def spontaneous(seed, many=80):
    """Return the starts of laughs that have nothing to do with each other."""
    return np.random.default_rng(seed).integers(0, STEPS, many)


def p_of(found, seed=1):
    """Return the p of a session's sharpest moment."""
    chance = null.null(found, 400, [seed])
    most = null.stands_out(null.gains(found, found.start[None])[0], chance).max()
    return (1 + (chance.most >= most - 1e-9).sum()) / 101


def test_laughs_are_stretches_above_the_usual():
    """A laugh has its viewer, begin, length and mean height; one ends where nothing is known."""
    level, known = np.full((2, 50), 0.1), np.ones((2, 50), dtype=bool)
    level[1, 10:20], level[0, 30:40] = 0.6, 0.9
    level[1, 45] = 0.15
    known[0, 35:] = False
    viewer, start, steps, height = null.laughs(level, known)
    assert (viewer.tolist(), start.tolist(), steps.tolist()) == ([0, 1], [30, 10], [5, 10])
    np.testing.assert_allclose(height, [0.8, 0.5])


def test_gain_is_how_many_begin_at_once():
    """Six of twenty who begin in one step are a gain of 0.3; one by one over 6 s they are less."""
    at_once = null.gains(told(np.full(6, 500)), np.full((1, 6), 500))[0]
    np.testing.assert_allclose(at_once.max(axis=(0, 1)), 0.3)
    assert np.isneginf(at_once[0, :15]).all()
    slowly = told(500 + 5 * np.arange(6))
    assert (null.gains(slowly, slowly.start[None])[0].max(axis=(0, 1)) < (0.15, 0.16)).all()


def test_pretend_sessions_keep_the_time_between_a_viewers_laughs():
    """Without contagion each viewer is moved round as a whole, each by another time."""
    found = told(spontaneous(1, 40))
    drawn = null._drawn(found, np.zeros(5), np.random.default_rng(1))
    moved = (drawn - found.start) % STEPS
    for who in range(VIEWERS):
        by = moved[:, found.viewer == who]
        assert np.ptp(np.minimum(np.abs(by - by[:, :1]), STEPS - np.abs(by - by[:, :1]))) <= 1
    assert len(np.unique(moved[0])) > 10


def test_more_laughs_where_more_are_judged():
    """Where twice as many are judged, twice as many laughs are pretended."""
    judged = np.where(np.arange(STEPS) < 500, 10.0, 20.0)
    drawn = null._drawn(
        told(spontaneous(2), judged=judged), np.zeros(200), np.random.default_rng(1)
    )
    assert (drawn >= 500).mean() == pytest.approx(2 / 3, abs=0.02)


def test_contagion_bunches():
    """The more laughs others set off, the more they bunch, over all and where it is quiet."""
    found = told(spontaneous(3, 200))
    rng = np.random.default_rng(1)
    less, more = (
        null.gains(found, null._drawn(found, np.full(100, part), rng))[1].mean(axis=0)
        for part in (0.1, 0.5)
    )
    assert (more > less).all()


@pytest.mark.parametrize("smiling, least, most", [(4, 0.05, 1.0), (10, 0.0, 0.02)])
def test_a_joke_stands_out(smiling, least, most):
    """Ten of twenty at once are a joke; four may be chance."""
    start = spontaneous(4)
    start[:smiling] = 600 + np.arange(smiling) % 3
    assert least <= p_of(told(start)) <= most


@pytest.mark.slow
def test_contagion_alone_seldom_stands_out():
    """Of 60 sessions in which laughs set off others, few have a moment below 0.05."""
    few = 0
    for seed in range(60):
        rng = np.random.default_rng([seed, 1])
        found = told(spontaneous(seed))
        found = found._replace(start=null._drawn(found, np.full(1, 0.3), rng)[0])
        few += p_of(found, seed) <= 0.05
    assert few <= 7


@pytest.mark.slow
def test_chance_is_five_per_cent():
    """Of 200 sessions of independent viewers about ten have a moment below 0.05, or fewer."""
    assert sum(p_of(told(spontaneous(seed)), seed) <= 0.05 for seed in range(200)) <= 16


def test_nobody_laughs():
    """Without laughs there is no gain, and nothing divides by zero."""
    nothing = told(np.zeros(0, dtype=int))
    assert (null.null(nothing, 40, [1]).usual == 0).all()
