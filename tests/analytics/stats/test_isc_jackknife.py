"""Leaving out one viewer or a group of them: both tell the same spread."""

import numpy as np
import pytest

from laughtrack.analytics.stats.correlation import centre, leave_one_out, mean_correlation
from laughtrack.analytics.stats.isc_jackknife import GROUPS, isc_jackknife, mean_z


def audience(viewers, steps, seed):
    """Return (V, T) timelines of viewers who follow a film more or less."""
    rng = np.random.default_rng(seed)
    film = np.convolve(rng.standard_normal(steps + 4), np.ones(5) / 5, "valid")
    return rng.gamma(2, 0.1, (viewers, 1)) * film + rng.normal(0, 0.1, (viewers, steps))


def found_of(values, window=60, **options):
    """Return correlations, errors and degrees of freedom."""
    timelines = centre(values)
    found = leave_one_out(timelines, window)
    return found, *isc_jackknife(timelines, window, found, **options)


def test_each_left_out_by_itself():
    """Of few viewers it is the usual jackknife, written out."""
    values = audience(8, 120, 1)
    _, error, freedom = found_of(values)
    less = np.array(
        [mean_z(leave_one_out(centre(np.delete(values, k, axis=0)), 60)[-1]) for k in range(8)]
    )
    assert error[-1] == pytest.approx(np.sqrt(7 / 8 * ((less - less.mean()) ** 2).sum()))
    assert freedom.tolist() == [7, 7, 7]


def test_groups_left_out_tell_the_same_spread():
    """At 200 viewers, groups give the plain jackknife's error; one session's within its luck."""
    ratio = []
    for seed in range(3, 9):
        values = audience(200, 60, seed)
        _, plain, _ = found_of(values)
        _, grouped, freedom = found_of(values, most_alone=199)
        assert freedom[-1] == GROUPS - 1
        ratio.append(grouped[-1] / plain[-1])
    # An error of 49 degrees of freedom strays by a tenth.
    assert np.mean(ratio) == pytest.approx(1, abs=0.1)
    assert np.abs(np.log(ratio)).max() < 0.35


@pytest.mark.slow
def test_interval_of_a_large_audience_holds_the_truth():
    """Of audiences of 240 viewers of one film, some 95 of 100 intervals hold the usual figure."""
    film, means, errors = np.random.default_rng(1).standard_normal(60), [], []
    for seed in range(60):
        rng = np.random.default_rng([seed, 77])
        values = rng.gamma(2, 0.1, (240, 1)) * film + rng.normal(0, 0.2, (240, 60))
        found, error, _ = found_of(values)
        means.append(np.arctanh(mean_correlation(found[-1])))
        errors.append(error[-1])
    held = np.abs(np.array(means) - np.mean(means)) <= 2.01 * np.array(errors)
    assert np.mean(held) >= 0.88
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.25)


def test_who_has_no_correlation_says_nothing():
    """A viewer who is not in a window's mean is not in its spread either."""
    values = audience(9, 120, 4)
    values[8, 60:] = np.nan
    _, error, freedom = found_of(values)
    assert freedom.tolist() == [8, 7, 8] and np.isfinite(error).all()
