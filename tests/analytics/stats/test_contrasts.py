"""Two audiences' figures compared: unequal sizes, unequal spread, and where all are alike."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.stats.bootstrap import Pool, draws
from laughtrack.analytics.stats.contrasts import Trials, contrasts, of_viewers, together
from laughtrack.analytics.stats.nulls.cluster_permutation import cluster_test, permutations
from laughtrack.analytics.timelines.seating import NOWHERE


def pool(many, count=400, seed=1):
    """Return two audiences of viewers who sit nowhere, and so are independent."""
    rng = np.random.default_rng(seed)
    assignments = permutations(*map(np.arange, many), count, rng)
    sides = []
    for k, size in enumerate(many):
        seats = pd.DataFrame({"viewer_id": range(size), "row": NOWHERE, "place": NOWHERE})
        seats = seats.assign(x=0.0, y=0.0, width=1.0, side="")
        sides.append(draws(rng.random((size, 20)), seats, count, seed + k))
    return Pool(assignments, tuple(sides))


def alarms(many, spreads, runs):
    """Return the part of pairs without a difference whose p is at most 0.05."""
    dealt, rng = pool(many), np.random.default_rng(3)
    p = []
    for _ in range(runs):
        values = np.concatenate([rng.normal(0.5, s, n) for n, s in zip(many, spreads, strict=True)])
        p.append(contrasts(of_viewers(values[:, None], dealt), dealt)["p"][0])
    return np.mean(np.array(p) <= 0.05)


@pytest.mark.slow
def test_a_small_audience_that_varies_more_raises_no_more_alarms():
    """Of 200 pairs of ten who vary and sixty who hardly do, about ten seem to differ."""
    assert alarms((10, 60), (0.3, 0.05), 200) <= 0.1


@pytest.mark.slow
def test_a_small_audience_that_laughed_less_is_found():
    """Twelve of whom nobody smiles where a third of a hundred do: found in most pairs."""
    rng, found = np.random.default_rng(5), 0
    for _ in range(20):
        many, few = rng.random((100, 60)) < 0.05, rng.random((12, 60)) < 0.05
        many[:, 20:35] |= (rng.random(100) < 0.35)[:, None]
        few[:, 20:35] = False
        assignments = permutations(np.arange(12), np.arange(100), 400, rng)
        test = cluster_test(np.vstack([few, many]).astype(float), assignments).found
        found += ((test["mass"] < 0) & (test["p"] <= 0.05)).any()
    assert found >= 14


def test_figures_of_viewers_stray_further_where_neighbours_do():
    """Twice as far, twice as wide an interval, and no smaller p."""
    dealt, values = pool((12, 12)), np.random.default_rng(4).random((24, 1))
    values[:12] += 0.3
    plain, wide = (contrasts(of_viewers(values, dealt, w), dealt).iloc[0] for w in (1.0, 2.0))
    assert (wide["high"] - wide["low"]) / (plain["high"] - plain["low"]) == pytest.approx(2.0)
    assert wide["p"] >= plain["p"]


def test_where_all_are_alike_the_floor_is_what_is_known():
    """A bootstrap of viewers all alike has no spread; the interval is then as wide as its floor."""
    dealt = pool((10, 10))
    ends = Trials((np.ones(1),) * 2, (np.ones((400, 1)),) * 2, np.full((400, 1), np.nan))
    unsure = contrasts(ends, dealt).iloc[0]
    assert np.isnan(unsure["low"])
    sure = contrasts(ends, dealt, floor=0.1).iloc[0]
    assert sure["low"] == pytest.approx(-sure["high"]) and 0.19 < sure["high"] < 0.25
    assert sure["p"] == 1


def test_together_keeps_the_order():
    """Figures of two kinds stand side by side, each with its own p."""
    dealt, values = pool((8, 8)), np.random.default_rng(6).random((16, 2))
    one, other = (of_viewers(values[:, [k]], dealt) for k in (0, 1))
    both = contrasts(together(one, other), dealt)
    for k, each in enumerate((one, other)):
        alone = contrasts(each, dealt).iloc[0]
        np.testing.assert_allclose(both.loc[k, ["a", "b", "p"]].tolist(), alone[["a", "b", "p"]])
