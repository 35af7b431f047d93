"""Figures over rooms are those of statsmodels and scipy where these have them."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from laughtrack.analytics.rooms.random_effects import random_effects, residuals

VALUES = np.array([0.12, 0.31, 0.18, 0.22, 0.09, 0.27])
UNLIKE = np.array([0.001, 0.004, 0.002, 0.001, 0.003, 0.0015])
ALIKE = np.full(6, 0.001)


def test_the_mean_its_interval_and_heterogeneity_are_statsmodels():
    """Paule and Mandel's tau2, Hartung and Knapp's interval, Q, its p-value and I2."""
    theirs = combine_effects(VALUES, UNLIKE, method_re="pm", use_t=True)
    ours = random_effects(VALUES, UNLIKE)
    assert ours.mean == pytest.approx(theirs.mean_effect_re)
    assert ours.tau2 == pytest.approx(theirs.tau2)
    assert ours.i2 == pytest.approx(theirs.i2)
    # Paule and Mandel's iteration ends where the scale is 1 to within 1e-5.
    np.testing.assert_allclose((ours.low, ours.high), theirs.conf_int()[3], rtol=1e-4)
    assert (ours.q, ours.q_p) == pytest.approx(tuple(theirs.test_homogeneity()))


def test_rooms_of_one_size_have_students_interval():
    """Whatever their own variance is said to be: it rests on how they scatter."""
    theirs = stats.ttest_1samp(VALUES, 0).confidence_interval(0.95)
    for own in (1e-4, 1e-3, 1e-2):
        ours = random_effects(VALUES, np.full(6, own))
        assert (ours.low, ours.high) == pytest.approx(tuple(theirs), rel=1e-4)


def test_a_next_room_has_students_interval_of_one_more_observation():
    """Of rooms of one size."""
    ours = random_effects(VALUES, ALIKE)
    far = stats.t.ppf(0.975, 5) * VALUES.std(ddof=1) * np.sqrt(1 + 1 / 6)
    ends = VALUES.mean() - far, VALUES.mean() + far
    assert (ours.next_low, ours.next_high) == pytest.approx(ends, rel=1e-4)


def test_a_room_beside_the_others_is_a_studentized_deleted_residual():
    """That of a regression on nothing, of rooms of one size; and its p-value."""
    theirs = sm.OLS(VALUES, np.ones(6)).fit().get_influence().resid_studentized_external
    ours = residuals(VALUES, ALIKE)
    np.testing.assert_allclose(ours.p, 2 * stats.t.sf(np.abs(theirs), 4), rtol=1e-3)
    others = [np.delete(VALUES, k).mean() for k in range(6)]
    np.testing.assert_allclose(ours.difference, VALUES - others)


def test_the_interval_of_a_difference_leaves_0_where_its_p_is_small():
    """Also of shares, which are compared by their logits."""
    values = np.array([0.1, 0.12, 0.11, 0.09, 0.1, 0.35])
    ours = residuals(values, ALIKE, is_share=True)
    out = (ours.low > 0) | (ours.high < 0)
    np.testing.assert_array_equal(out, ours.p < 0.05)
    assert out.tolist() == [False] * 5 + [True]


def test_of_three_rooms_none_is_told_to_differ():
    """Two others say nothing of how rooms differ."""
    assert np.isnan(residuals(VALUES[:3], ALIKE[:3]).p).all()


def test_shares_stay_within_0_and_1():
    """All who smiled, in every room, is a result with an interval."""
    found = random_effects(np.ones(5), np.full(5, 0.001), most=100.0)
    assert found.high == 1 and 0.9 < found.low < 0.98
    assert 0 <= found.next_low <= found.next_high <= 1


def test_without_any_variance_there_is_no_interval():
    """Nobody looked away in any room."""
    found = random_effects(np.zeros(5), np.zeros(5), most=np.inf)
    assert found.mean == 0 and np.isnan(found.low) and np.isnan(found.q_p)


def test_fewer_than_three_rooms_say_nothing():
    """Rooms without a value do not count."""
    found = random_effects(np.array([0.1, np.nan, 0.2, 0.3]), np.array([1e-3, 1e-3, np.nan, 1e-3]))
    assert found.rooms == 2 and np.isnan(found.mean)
