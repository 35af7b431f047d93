"""Shares put right for a scorer's errors."""

import numpy as np
import pytest

from laughtrack.analytics.stats.misclassification import (
    Errors,
    Interval,
    corrected,
    propagated,
    true_share,
)

EXACT = Errors(Interval(0.9, 0.9, 0.9), Interval(0.95, 0.95, 0.95))


@pytest.mark.parametrize("share", [0.0, 0.08, 0.5, 1.0])
def test_undoes_what_errors_do(share):
    """Of what is seen of a share, the share is what is left."""
    assert true_share(0.9 * share + 0.05 * (1 - share), 0.9, 0.95) == pytest.approx(share)


def test_known_errors_stretch_the_interval():
    """Where the errors are known exactly, both ends are put right as the value is."""
    found = corrected(Interval(0.22, 0.135, 0.305), EXACT)
    assert [float(each) for each in found] == pytest.approx([0.2, 0.1, 0.3])


def test_unknown_specificity_counts_most_where_few_smile():
    """False smiles alone make the interval at a small share; nothing is known of none."""
    errors = EXACT._replace(specificity=Interval(0.95, 0.93, 0.97))
    seen = Interval(*(np.array([0.135, 0.9]) for _ in range(3)))
    found = corrected(seen, errors)
    assert found.low == pytest.approx([0.1 - 0.9 * 0.02 / 0.83, 1 - 0.0], abs=0.003)
    assert found.high[1] == 1


def test_shares_stay_shares():
    """Fewer than the false smiles alone is none."""
    found = corrected(Interval(0.02, 0.0, 0.04), EXACT)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_missing_stays_missing():
    """A step in which nobody was judged has no share after, and no interval."""
    nan = np.array([np.nan])
    assert all(np.isnan(each) for each in corrected(Interval(nan, nan, nan), EXACT))


def test_uneven_intervals_stay_uneven():
    """Each input's own ends are carried through, also where the formula falls with it."""
    found = propagated(lambda a, b: np.asarray(a - b), (Interval(5, 4, 8), Interval(1, 1, 5)))
    assert [float(each) for each in found] == pytest.approx([4, 4 - np.hypot(1, 4), 7])
