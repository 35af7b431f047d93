"""The interval of a rate, on numbers whose truth is known."""

import numpy as np
import pytest

from laughtrack.analytics.stats.rates import ALWAYS_PER_MIN, of_rates


def test_nobody_smiled():
    """Nobody smiling says that they seldom do, the less the longer and the more were watched."""
    ends = [of_rates(np.zeros((v, 1)), np.full((v, 1), m)) for v, m in ((10, 1), (10, 5), (40, 5))]
    highs = [high[0] for _, high in ends]
    assert all(low[0] == 0 for low, _ in ends)
    assert highs == sorted(highs, reverse=True) and 0 < highs[-1] < 1.5


def test_a_little_smiled_is_no_less_sure_than_nothing():
    """One smile of hundred viewers' hours does not make the interval explode."""
    minutes = np.full((10, 2), 60.0)
    begun = np.zeros((10, 2))
    begun[0, 1] = 1
    _, high = of_rates(begun, minutes)
    assert high[0] < high[1] < high[0] + 0.2


def test_two_viewers_have_none():
    """Two viewers say nothing of others; who was not judged does not count."""
    begun, minutes = np.ones((3, 1)), np.array([[1.0], [1.0], [0.0]])
    assert np.isnan(of_rates(begun, minutes)).all()


def test_neighbours_make_it_wider():
    """Viewers who laugh together say less."""
    rng = np.random.default_rng(5)
    begun, minutes = rng.poisson(3, (20, 1)), np.ones((20, 1))
    (low, high), (below, above) = of_rates(begun, minutes), of_rates(begun, minutes, 2.0)
    assert below < low < begun.mean() < high < above


@pytest.mark.parametrize("viewers, minutes, rate", [(10, 0.5, 0.4), (30, 0.2, 1.0), (10, 5.0, 2.0)])
def test_holds_the_truth(viewers, minutes, rate):
    """Of audiences in which some never smile and one in fifty always does, 95 of 100 are held."""
    rng = np.random.default_rng(77)
    own = rate * rng.gamma(2.0, 0.5, (2000, viewers))
    own *= rng.random(own.shape) > 0.1
    own[rng.random(own.shape) < 0.02] = ALWAYS_PER_MIN
    low, high = of_rates(rng.poisson(own.T * minutes), np.full(own.T.shape, minutes))
    true = 0.98 * 0.9 * rate + 0.02 * ALWAYS_PER_MIN
    assert np.mean((low <= true) & (true <= high)) >= 0.93
