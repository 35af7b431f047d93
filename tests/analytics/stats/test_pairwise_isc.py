"""Pairs of viewers, and groups told apart by them."""

import numpy as np
import pytest

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.stats.contrasts import permutation_p
from laughtrack.analytics.stats.correlation import centre
from laughtrack.analytics.stats.nulls.cluster_permutation import permutations
from laughtrack.analytics.stats.nulls.phase_randomization import phase_null, randomized
from laughtrack.analytics.stats.pairwise_isc import isc_differences, isc_within, pairwise_isc


def audience(viewers, steps, common, seed):
    """Return (V, T) timelines that share so much of their movement."""
    rng = np.random.default_rng(seed)
    return np.multiply.outer(np.broadcast_to(common, viewers), rng.standard_normal(steps)) + (
        rng.standard_normal((viewers, steps))
    )


def test_correlations_are_numpys():
    """With nothing missing they are those of `corrcoef`; nobody is a pair with itself."""
    values = audience(6, 80, 0.7, 1)
    expected = np.corrcoef(values)
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_allclose(np.tanh(pairwise_isc(values)), expected, atol=1e-12)


def test_missing_moments_leave_the_rest():
    """A pair is compared where both were judged, and who never moved has no pair."""
    values = audience(4, 60, 0.5, 2)
    values[0, 40:] = np.nan
    values[1, :10] = np.nan
    values[3] = 0.25
    z = pairwise_isc(values)
    assert np.tanh(z[0, 1]) == pytest.approx(np.corrcoef(values[:2, 10:40])[0, 1])
    assert np.isnan(z[3]).all() and np.isnan(z[:, 3]).all()


def test_mean_of_pairs_counts_who_is_drawn_twice():
    """A group's mean is over its pairs; who is drawn twice makes two pairs, none with itself."""
    z = pairwise_isc(audience(4, 60, 0.5, 3))
    found = isc_within(z, [[1, 1, 1, 0], [2, 1, 0, 0], [1, 0, 0, 0]])
    assert found[0] == pytest.approx(np.tanh(np.mean([z[0, 1], z[0, 2], z[1, 2]])))
    assert found[1] == pytest.approx(np.tanh(z[0, 1]))
    assert np.isnan(found[2])


def p_of(values, first):
    """Return p that the first viewers are no more alike than the rest."""
    ways = permutations(
        np.arange(first), np.arange(len(values) - first), 500, np.random.default_rng(4)
    )
    return permutation_p(isc_differences(pairwise_isc(values), ways)[:, None])[0]


def test_groups_that_differ_are_told_apart():
    """Twelve who follow the film and twelve who hardly do differ; two halves of one do not."""
    assert p_of(audience(24, 200, [1.0] * 12 + [0.2] * 12, 5), 12) < 0.01
    assert p_of(audience(24, 200, 0.6, 6), 12) > 0.05


def test_false_alarms():
    """Groups of unequal size that are alike differ in some 5 of 100 sessions."""
    alarms = [p_of(audience(18, 60, 0.6, 1000 + seed), 6) <= ALPHA for seed in range(300)]
    assert 0.015 <= np.mean(alarms) <= 0.085


@pytest.mark.parametrize("steps", [100, 101])
def test_other_phases_keep_each_rhythm(steps):
    """Timelines with other phases move as much at each frequency, about the same mean."""
    timelines = centre(audience(3, steps, 0.5, 7))
    other = randomized(timelines, np.random.default_rng(8)).moved
    spectra = [np.abs(np.fft.rfft(each)) for each in (timelines.moved, other)]
    np.testing.assert_allclose(*spectra, atol=2e-4)
    assert np.abs(np.corrcoef(timelines.moved[0], other[0])[0, 1]) < 0.5


def test_phases_of_missing_moments():
    """What was missing stays missing."""
    values = audience(3, 60, 0.5, 9)
    values[1, 20:40] = np.nan
    found = randomized(centre(values), np.random.default_rng(1))
    assert (found.moved[1, 20:40] == 0).all() and (found.known == ~np.isnan(values)).all()


def test_phase_null_is_about_nothing_in_common():
    """Viewers who share all they do have nothing in common with other phases."""
    chance = phase_null(centre(audience(8, 200, 2.0, 10)), 50, 100, 1)
    assert chance.shape == (100, 5)
    assert abs(chance[:, -1].mean()) < 0.02 and chance[:, -1].max() < 0.3
