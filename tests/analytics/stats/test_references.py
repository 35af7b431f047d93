"""What is worked out here without SciPy's and statsmodels' slow imports is what they work out."""

import warnings
from itertools import permutations

import numpy as np
import pytest
from scipy.ndimage import convolve1d, uniform_filter1d
from scipy.signal import find_peaks, peak_widths
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from laughtrack.analytics.audience import peaks, quiet_stretches
from laughtrack.analytics.stats import proportions
from laughtrack.analytics.stats.contrasts import holm
from laughtrack.analytics.stats.maxima import half_widths, maxima
from laughtrack.analytics.stats.neighbour_correlation import _order_variance

CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def series(rng, kind):
    """Return noise, a walk, or either of whole numbers, with level tops and equal maxima."""
    values = rng.normal(size=rng.integers(1, 300))
    values = np.cumsum(values) if kind in ("walk", "steps") else values
    values = values if kind in ("noise", "walk") else np.round(values)
    return np.pad(values, 1, constant_values=values.min())


@pytest.mark.parametrize("kind", ["noise", "walk", "steps", "whole"])
def test_maxima_are_scipys(kind):
    """Places, rises, bases and widths, of series of any kind and for any limits."""
    rng = np.random.default_rng(4)
    for _ in range(100):
        level = series(rng, kind)
        reach, apart = int(rng.choice([1, 3, 10, 150])), float(rng.choice([1, 2, 2.2, 7.5, 15]))
        least = float(rng.choice([0, 0.1, 0.5, 2]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a maximum one step from the end of its reach
            place, also = find_peaks(level, distance=apart, prominence=least, wlen=2 * reach + 1)
            given = tuple(also[name] for name in ("prominences", "left_bases", "right_bases"))
            _, _, before, after = peak_widths(level, place, 0.5, given)
        found = maxima(level, reach, least, apart)
        for ours, theirs in zip(found, (place, *given), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_allclose(half_widths(level, found), (before, after), **CLOSE)


def test_intervals_of_shares_are_statsmodels():
    """Wilson's and Newcombe's, also of numbers that are not whole, none and all."""
    share, many = np.linspace(0, 1, 21), np.linspace(0.5, 200, 21)
    theirs = proportion_confint(share * many, many, method="wilson")
    np.testing.assert_allclose(proportions.of_share(share, many), theirs, **CLOSE)
    below, above = proportions.beside_difference((share, share[::-1]), (many, many + 3))
    low, high = confint_proportions_2indep(
        share * many, many, share[::-1] * (many + 3), many + 3, compare="diff", method="newcomb"
    )
    difference = share - share[::-1]
    np.testing.assert_allclose((difference - below, difference + above), (low, high), **CLOSE)


@pytest.mark.slow
@pytest.mark.slow
def test_holms_correction_is_statsmodels():
    """Of p-values in any order, equal ones among them; what is not known does not count."""
    rng = np.random.default_rng(4)
    for size in (1, 2, 7, 40):
        p = np.round(rng.uniform(0, 0.3, size), 2)
        np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], **CLOSE)
        np.testing.assert_array_equal(holm(np.append(p, np.nan)), np.append(holm(p), np.nan))
    assert np.isnan(holm(np.full(3, np.nan))).all() and len(holm(np.zeros(0))) == 0


def test_variance_over_all_orders_is_that_of_all_orders():
    """Mantel's formula, beside all 120 orders of five."""
    rng = np.random.default_rng(4)
    one, other = (each + each.T for each in rng.normal(size=(2, 5, 5)))
    np.fill_diagonal(one, 0), np.fill_diagonal(other, 0)
    sums = [(one[np.ix_(order, order)] * other).sum() for order in permutations(range(5))]
    assert _order_variance(one, other) == pytest.approx(np.var(sums))


@pytest.mark.parametrize("shape", [(3,), (300,), (4, 50)])
def test_sums_over_a_second_are_scipys(shape):
    """Also of series shorter than the second."""
    values = np.random.default_rng(4).normal(size=shape)
    theirs = convolve1d(values, peaks._kernel(), mode="constant")
    np.testing.assert_allclose(peaks.over_a_second(values), theirs, **CLOSE)


@pytest.mark.parametrize("over", [1, 2, 5, 24])
def test_means_around_a_step_are_scipys(over):
    """Also of series shorter than what the mean is over."""
    for size in (1, 4, 100):
        values = np.random.default_rng(4).normal(size=size)
        theirs = uniform_filter1d(values, over)
        np.testing.assert_allclose(quiet_stretches._mean_around(values, over), theirs, **CLOSE)
