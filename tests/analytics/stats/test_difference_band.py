"""The band of a whole difference, on draws whose truth is known."""

import numpy as np
import pytest

from laughtrack.analytics.stats.difference_band import beside_whole_difference
from laughtrack.analytics.stats.proportions import beside_difference
from laughtrack.analytics.stats.smoothed_bootstrap import SmoothedDraws

TRUE = (np.tile([0.1, 0.4, 0.7], 20), np.tile([0.3, 0.3, 0.2], 20))
MANY = (np.full(60, 20.0), np.full(60, 35.0))


def drawn(seed, count):
    """Return so many draws of both audiences about the truth."""
    rng = np.random.default_rng(seed)
    return [
        SmoothedDraws((rng.binomial(int(n[0]), p, (count, len(p))) / n).astype(np.float32), p)
        for p, n in zip(TRUE, MANY, strict=True)
    ]


def test_holds_all_of_the_truth():
    """Of pairs that the level was not made from, 95 of 100 are held whole, and pointwise few."""
    pair = drawn(1, 500)
    whole, single = [], []
    for a, b in zip(*(each.drawn.astype(float) for each in drawn(902, 300)), strict=True):
        for held, (below, above) in (
            (whole, beside_whole_difference(pair, (a, b), MANY)),
            (single, beside_difference((a, b), MANY)),
        ):
            true = TRUE[0] - TRUE[1]
            held.append(np.all((a - b - below <= true) & (true <= a - b + above)))
    assert 0.92 <= np.mean(whole) <= 0.99
    assert np.mean(single) < 0.5


def test_never_narrower_than_pointwise():
    """Draws that hardly stray give the pointwise interval, not a narrower one."""
    still = [SmoothedDraws(np.tile(p, (50, 1)).astype(np.float32), p) for p in TRUE]
    found = beside_whole_difference(still, TRUE, MANY)
    np.testing.assert_array_equal(found, beside_difference(TRUE, MANY))


@pytest.mark.parametrize("nobody", [0.0, np.nan])
def test_nobody_judged(nobody):
    """A step in which nobody was judged has no band, and the others have."""
    many = MANY[0].copy()
    many[5] = nobody
    below, above = beside_whole_difference(drawn(1, 50), TRUE, (many, MANY[1]))
    assert (
        np.flatnonzero(np.isnan(below)).tolist() == np.flatnonzero(np.isnan(above)).tolist() == [5]
    )
