"""The bands of the audience's curve: they hold the truth, and there is none without ground."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from laughtrack.analytics.audience.bands import COLUMNS, bands, curve_with_bands
from laughtrack.analytics.audience.curve import curve
from laughtrack.analytics.stats import proportions
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.stats.neighbour_correlation import neighbour_correlation
from laughtrack.analytics.timelines.seating import NOWHERE
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import readings, session, steady


def made(**options):
    """Return a pretend audience's grid, its seats and the true share."""
    room = pretend.Room(seconds=120, **options)
    told = pretend.session(room, rate_hz=2.0)
    table = SessionTables(told).grid()
    return table, SessionTables(told).seats, pretend.share(room, table.t_s + 0.5)


def banded(table, seats, **options):
    """Return the bands of a grid whose audiences are drawn with these options."""
    return bands(table, draws(table.share, seats, **options))


def inside(found, truth, name):
    """Return for each step whether a band holds the truth."""
    return (found[f"{name}_low"] <= truth) & (truth <= found[f"{name}_high"])


@pytest.mark.slow
@pytest.mark.parametrize("contagion", [0.0, 0.6])
def test_bands_hold_the_truth(contagion):
    """Of 20 audiences of 20, about 95 of 100 steps pointwise, and nearly all whole curves."""
    point, whole = [], []
    for seed in range(20):
        table, seats, truth = made(viewers=20, contagion=contagion, seed=seed)
        found = banded(table, seats, count=200)
        point.append(inside(found, truth, "share").mean())
        whole.append(inside(found, truth, "share_all").all())
    assert 0.91 < np.mean(point) < 0.985
    assert np.mean(whole) >= 0.8


@pytest.mark.slow
def test_curve_has_its_bands_beside():
    """The plain curve's columns, and those of the bands for the same share and degree."""
    told = pretend.session(pretend.Room(viewers=20), rate_hz=2.0)
    found, plain = curve_with_bands(SessionTables(told)), curve(SessionTables(told))
    table = SessionTables(told).grid()
    banding = banded(table, SessionTables(told).seats)
    pd.testing.assert_frame_equal(found[[*plain]], plain)
    np.testing.assert_allclose(found["share_smiling"], banding["share"], atol=1e-6)
    rest = [name for name in COLUMNS if name not in (*plain, "share", "degree")]
    assert [each for each in found if each in (*plain, *rest)] == [*plain, *rest]
    pd.testing.assert_frame_equal(found[rest], banding[rest])


@pytest.mark.slow
def test_wide_steps_have_bands_of_what_viewers_differ_in_them():
    """In 20 s nobody smiles throughout: a share of few per cent is not as unsure as a yes or no."""
    inside, narrow = [], []
    for seed in range(10):
        room = pretend.Room(viewers=20, seconds=600, seed=seed)
        found = curve_with_bands(SessionTables(pretend.session(room, rate_hz=1.0)), step_s=20.0)
        truth = pretend.share(room, np.arange(600) + 0.5).reshape(-1, 20).mean(axis=1)
        inside.append((found["share_low"] <= truth) & (truth <= found["share_high"]))
        narrow.append(found["share_high"] - found["share_low"])
        assert (found["share_all_low"] <= found["share_low"] + 0.01).all()
        assert (found["share_all_high"] >= found["share_high"] - 0.01).all()
    assert 0.88 < np.mean(inside) < 0.99
    # Wilson's for one of 20 is 0.23 wide.
    assert np.mean(narrow) < 0.13


@pytest.mark.slow
def test_neighbours_who_laugh_together_widen_the_band():
    """The same number of viewers say less where neighbours are alike."""
    effects = {
        contagion: [
            neighbour_correlation(table.share, seats)[1]
            for table, seats, _ in (
                made(viewers=40, contagion=contagion, seed=seed) for seed in range(4)
            )
        ]
        for contagion in (0.0, 0.6)
    }
    # Two minutes say little of neighbours: where they are not alike, some of what is usual is left.
    assert np.mean(effects[0.0]) < 1.5 and np.mean(effects[0.6]) > 1.8


def test_wilson_of_strangers():
    """Where nobody has a neighbour the pointwise band is Wilson's."""
    table, seats, _ = made(viewers=3, away=0.0)
    found = banded(table, seats.assign(row=NOWHERE), count=50)
    hits = table.share.sum(axis=0)
    low, high = proportion_confint(hits, 3, method="wilson")
    np.testing.assert_allclose(found["share_low"], low, atol=1e-9)
    np.testing.assert_allclose(found["share_high"], high, atol=1e-9)


def test_all_steps_is_the_wider():
    """What is to hold everywhere at once takes in what is to hold at each step."""
    table, seats, _ = made(viewers=20)
    found = banded(table, seats)
    assert (found["share_all_high"] - found["share_all_low"]).mean() > 1.2 * (
        found["share_high"] - found["share_low"]
    ).mean()
    assert (found["degree_all_high"] >= found["degree_high"] - 1e-9).all()


def test_bounds_of_the_missing():
    """A quarter of the viewers missing: the two bounds are a quarter apart, around the judged."""
    rows = [row for viewer in (1, 2, 3) for row in steady(viewer, 0.0, [0.9] * 10)]
    rows += steady(4, 1.0, [0.1] * 10)
    table = session(readings(*rows), [(0, 2, 20)])
    found = banded(SessionTables(table).grid(), SessionTables(table).seats)
    assert found["worst"].tolist() == [0.75, 0.0] and found["best"].tolist() == [1.0, 0.75]
    assert found["share"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("viewers", [0, 1, 2])
def test_no_band_without_ground(viewers):
    """Of nobody, one and two the curve has no band."""
    rows = [row for viewer in range(viewers) for row in steady(viewer + 1, 0.0, [0.9] * 30)]
    table = session(readings(*rows), [(0, 3, 30)])
    found = banded(SessionTables(table).grid(), SessionTables(table).seats)
    assert len(found) == 3 and (found["judged"] == viewers).all()
    assert found.filter(regex="_low|_high").isna().all(axis=None)


def test_gap_has_no_band():
    """Where all are missing there is neither a curve nor a band."""
    rows = [row for v in (1, 2, 3, 4) for at in (0.0, 2.0) for row in steady(v, at, [0.2] * 10)]
    table = session(readings(*rows), [(0, 1, 10), (1, 2, 0), (2, 3, 10)])
    found = banded(SessionTables(table).grid(), SessionTables(table).seats)
    assert found["share"].isna().tolist() == [False, True, False]
    assert found["share_low"].isna().tolist() == [False, True, False]
    assert found["worst"].isna().tolist() == [False, True, False]


@pytest.mark.slow
def test_same_seed_same_bands():
    """The draws follow from the seed."""
    table, seats, _ = made(viewers=12)
    assert banded(table, seats, seed=4).equals(banded(table, seats, seed=4))
    assert not banded(table, seats, seed=4).equals(banded(table, seats, seed=5))


def test_draws_keep_neighbours_together():
    """Each draw has as many viewers as there are, in whole blocks where neighbours are alike."""
    table, seats, _ = made(viewers=40, contagion=0.7)
    taken = draws(table.share, seats, count=50)
    assert (taken.weights.sum(axis=1) == 40).all()
    assert taken.block > 1 and taken.effect > 1


def test_mid_p_of_whole_numbers():
    """For whole numbers it is the binomial test with half of what was seen."""
    from scipy.stats import binom

    expected = 2 * (binom.pmf(7, 10, 0.4) / 2 + binom.sf(7, 10, 0.4))
    assert proportions.midp_p_value(0.7, 10, 0.4) == pytest.approx(expected)


def test_mid_p_interval_inverts_the_test():
    """At the interval's ends the p-value is the level."""
    (low,), (high,) = proportions.midp_interval(np.array([0.3]), np.array([20.0]), 0.01)
    assert proportions.midp_p_value(0.3, 20, low) == pytest.approx(0.01, rel=1e-4)
    assert proportions.midp_p_value(0.3, 20, high) == pytest.approx(0.01, rel=1e-4)


def test_few_pairs_say_what_is_usual():
    """Of seven viewers next to nothing is known of neighbours: they are as alike as is usual."""
    effects = []
    for contagion in (0.0, 0.9):
        table, seats, _ = made(viewers=7, contagion=contagion)
        effects.append(neighbour_correlation(table.share, seats).design_effect)
    assert min(effects) > 1.05 and max(effects) < 1.5


def test_means_over_time_say_less_than_moments():
    """What neighbours set off adds up, but who has none is as independent over time."""
    table, seats, _ = made(viewers=20, contagion=0.6)
    assert draws(table.share, seats, count=5).lasting > draws(table.share, seats, count=5).effect
    assert draws(table.share, seats.assign(row=NOWHERE), count=5).lasting == 1


def test_whole_curve_needs_viewers_and_smiles():
    """Of seven viewers, or where hardly anybody smiles, there is only the pointwise band."""
    quiet = {"jokes": (), "at_rest": 0.02}
    for options in ({"viewers": 7}, {"viewers": 12, **quiet}):
        found = banded(*made(**options)[:2], count=50)
        assert found["share_all_low"].isna().all() and found["share_low"].notna().any()


def test_whole_curve_holds_the_pointwise_band():
    """Also where so few smile that no draw tells of any."""
    table, seats, _ = made(viewers=60, jokes=(), at_rest=0.02)
    found = banded(table, seats, count=50).dropna(subset="share_all_low")
    assert len(found) and (found["share_all_low"] <= found["share_low"]).all()
    assert (found["share_all_high"] >= found["share_high"]).all()


@pytest.mark.parametrize("viewers", [2, 6, 200])
def test_neighbours_without_any_difference_are_as_usual(viewers):
    """All do the same throughout, or the sides of the room the opposite: every number is finite."""
    seats = pd.DataFrame({"x": 60.0 * np.arange(viewers), "y": 35.0, "width": 50.0, "row": 0})
    same = np.full((viewers, 50), 0.475, dtype=np.float32)
    side = np.arange(viewers) < viewers // 2
    waves = np.where(side[:, None], np.sin(np.arange(300)) > 0, np.sin(np.arange(300)) <= 0)
    with np.errstate(all="raise", under="ignore"):
        for values in (same, waves.astype(np.float32)):
            found = neighbour_correlation(values, seats)
            assert np.isfinite(found.links).all() and 0 <= found.links.max() < 1
            assert 1 <= found.design_effect < viewers + 1 and np.isfinite(found.unsure)
