"""How alike viewers are: against the definition written out plainly, and without ground for it."""

import numpy as np
import pytest

from laughtrack.analytics.audience.synchrony import synchrony
from laughtrack.analytics.defaults import LEAST_FOR_JACKKNIFE
from laughtrack.analytics.stats.correlation import (
    at_every_shift,
    centre,
    leave_one_out,
    mean_correlation,
    varying,
)
from laughtrack.analytics.stats.nulls.circular_shift import shift_null
from laughtrack.analytics.timelines.grid import Grid
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeshift import timeshift_null
from tests.bench.rooms.laughs import audiences
from tests.bench.rooms.recording import record
from tests.bench.rooms.room import Room


def table(values, step_s=1.0):
    """Return a grid whose degree is these (V, T) values."""
    known = ~np.isnan(values)
    ids = np.arange(len(values)) + 1
    judged_s = known.astype(np.float32) * step_s
    return Grid(ids, step_s, judged_s, values, values, values, known, np.ones(known.shape[1], bool))


def together(viewers=6, steps=120, common=0.1, missing=0.0, seed=1):
    """Return (V, T) timelines that share a part of their movement."""
    rng = np.random.default_rng(seed)
    shared = np.convolve(rng.standard_normal(steps + 4), np.ones(5) / 5, "valid")
    values = common * shared + rng.normal(0, 0.1, (viewers, steps)) + rng.random((viewers, 1))
    values[rng.random(values.shape) < missing] = np.nan
    return values


def plainly(values):
    """Each with the mean of the others, in the steps that both have: the definition."""
    values = values - np.nanmean(values, axis=1, keepdims=True)
    found = []
    for viewer, own in enumerate(values):
        others = np.delete(values, viewer, axis=0)
        both = ~np.isnan(own) & ~np.isnan(others).all(axis=0)
        found.append(np.corrcoef(own[both], np.nanmean(others[:, both], axis=0))[0, 1])
    return np.array(found)


@pytest.mark.parametrize("viewers", [2, 3, 20])
def test_correlations_are_brainiaks_where_nothing_is_missing(viewers):
    """BrainIAK's `isc`: np.corrcoef of each with the plain mean of the others."""
    values = together(viewers)
    expected = [
        np.corrcoef(values[v], np.delete(values, v, axis=0).mean(axis=0))[0, 1]
        for v in range(viewers)
    ]
    np.testing.assert_allclose(leave_one_out(centre(values), 120)[-1], expected, atol=1e-12)


@pytest.mark.parametrize("missing", [0.1, 0.6])
def test_missing_moments_are_left_out_pair_by_pair(missing):
    """Those of the viewer, and those in which nobody else was judged."""
    values = together(4, missing=missing)
    found = leave_one_out(centre(values), 120)[-1]
    np.testing.assert_allclose(found, plainly(values), atol=1e-12)


def test_window_is_as_a_session_of_its_own():
    """Of whole timelines, the correlations of a window are those of its steps alone."""
    values = together(5, 110)
    found = leave_one_out(centre(values), 40)
    assert found.shape == (4, 5)
    np.testing.assert_allclose(found[1], plainly(values[:, 40:80]), atol=1e-12)
    np.testing.assert_allclose(found[2], plainly(values[:, 80:]), atol=1e-12)


def test_leaving_one_out_is_as_if_never_there():
    """The rest have the correlations they would have without that viewer."""
    values = together(5, missing=0.1)
    found = leave_one_out(centre(values), 120, without=2)[-1]
    np.testing.assert_allclose(np.delete(found, 2), plainly(np.delete(values, 2, 0)), atol=1e-12)
    assert np.isnan(found[2])


def test_mean_is_through_fishers_z():
    """As BrainIAK's summary "mean"; what is NaN is left out."""
    assert mean_correlation(np.array([0.2, 0.8, np.nan])) == pytest.approx(
        np.tanh(np.mean(np.arctanh([0.2, 0.8])))
    )


def test_every_shift_is_np_roll():
    """The correlation at shift k is that of the first series rolled by k."""
    values = together(2, missing=0.2)
    found = at_every_shift(values[0], values[1])
    for k in (0, 1, 50, 119):
        rolled = np.roll(values[0], k)
        both = ~np.isnan(rolled + values[1])
        assert found[k] == pytest.approx(np.corrcoef(rolled[both], values[1][both])[0, 1])


@pytest.mark.slow
def test_null_of_one_is_brainiaks_timeshift():
    """Only the one left out is moved, and the mean of the others stays: its distribution."""
    values = together(4, 60)
    rng = np.random.default_rng(3)
    chance = []
    for _ in range(1500):
        rolled = [np.roll(own, rng.integers(60)) for own in values]
        others = [np.delete(values, v, axis=0).mean(axis=0) for v in range(4)]
        chance.append(
            mean_correlation(
                [np.corrcoef(*pair)[0, 1] for pair in zip(rolled, others, strict=True)]
            )
        )
    parts = [5, 50, 95]
    found = np.percentile(timeshift_null(values, 1500, 4), parts)
    np.testing.assert_allclose(found, np.percentile(chance, parts), atol=0.03)


@pytest.mark.slow
def test_null_moves_everybody():
    """Every viewer is rolled by a time of its own and all is computed anew: its distribution."""
    values = together(4, 60, missing=0.1)
    rng = np.random.default_rng(3)
    chance = [
        mean_correlation(plainly(np.array([np.roll(own, rng.integers(60)) for own in values])))
        for _ in range(1500)
    ]
    parts = [5, 50, 95]
    found = np.percentile(shift_null(centre(values), 60, 1500, 4)[:, -1], parts)
    np.testing.assert_allclose(found, np.percentile(chance, parts), atol=0.03)


@pytest.mark.slow
def test_common_movement_is_found():
    """An audience that moves together has a small p, and an interval around its figure."""
    found = synchrony(table(together(10, 300))).whole.iloc[0]
    assert found["p"] == pytest.approx(1 / 1001)
    assert 0 < found["low"] < found["isc"] < found["high"] < 1


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_said():
    """Of audiences with no common movement about one in twenty has p of at most 0.05."""
    found = [
        synchrony(table(together(5, 60, common=0, seed=seed)), shifts=99).whole["p"][0]
        for seed in range(200)
    ]
    assert 0.01 <= np.mean(np.array(found) <= 0.05) <= 0.09


@pytest.mark.slow
def test_interval_holds_the_truth():
    """Of audiences of one film, nearly all intervals hold what such audiences have on average."""
    rng = np.random.default_rng(5)
    film = np.convolve(rng.standard_normal(104), np.ones(5) / 5, "valid")
    found = [
        synchrony(table(rng.gamma(2, 0.1, (8, 1)) * film + rng.normal(0, 0.1, (8, 100))), shifts=1)
        for _ in range(200)
    ]
    found = [each.whole.iloc[0] for each in found]
    truth = np.tanh(np.mean([np.arctanh(each["isc"]) for each in found]))
    held = [each["low"] <= truth <= each["high"] for each in found]
    assert 0.91 <= np.mean(held) <= 0.99


@pytest.mark.slow
def test_only_the_window_with_a_joke_stands_out():
    """The p of a window allows for there being many."""
    rng = np.random.default_rng(2)
    values = rng.normal(0.2, 0.05, (10, 300))
    values[:, 130:140] += 0.4
    found = synchrony(table(values)).windows
    assert found["start_s"].tolist() == list(range(0, 300, 30))
    assert found["p"].idxmin() == 4 and found["p"][4] < 0.01
    assert (found["p"].drop(4) > 0.05).all()


def test_who_never_moves_is_left_out_and_counted():
    """A constant timeline has no correlation, and does not drag the mean to 0."""
    values = together(6, 120)
    values[2] = 0.3
    found = synchrony(table(values), shifts=9)
    assert found.whole[["viewers", "left_out"]].values.tolist() == [[5, 1]]
    assert found.viewers["isc"].isna().tolist() == [False, False, True, False, False, False]
    others = synchrony(table(np.delete(values, 2, axis=0)), shifts=9)
    assert found.whole["isc"][0] == pytest.approx(others.whole["isc"][0])


@pytest.mark.parametrize("viewers", [0, 1])
def test_one_viewer_or_none(viewers):
    """Nobody to be compared with: no figure, no p."""
    found = synchrony(table(together(3, 90)[:viewers]))
    assert found.whole["viewers"].tolist() == [0]
    assert found.whole["left_out"].tolist() == [viewers]
    assert found.whole[["isc", "low", "high", "p"]].isna().all(axis=None)
    assert len(found.windows) == 3 and len(found.viewers) == viewers


def test_too_few_for_an_interval():
    """With fewer than the least viewers there is a figure and no interval."""
    found = synchrony(table(together(LEAST_FOR_JACKKNIFE - 1)), shifts=9).whole
    assert found["isc"].notna().all() and found[["low", "high"]].isna().all(axis=None)


def test_three_seconds():
    """A session of 3 s is too short to say anything, and that is no error."""
    found = synchrony(SessionTables(pretend.session(pretend.Room(seconds=3.0))).grid())
    assert found.whole["isc"].isna().all() and found.whole["left_out"][0] == 12
    assert len(found.windows) == 1


def test_camera_off_in_the_middle():
    """The off time belongs to no viewer: the correlation is that of the rest."""
    values = together(6, 120)
    values[:, 40:80] = np.nan
    found = synchrony(table(values), window_s=40, shifts=9)
    rest = np.delete(values, np.s_[40:80], axis=1)
    assert found.whole["isc"][0] == pytest.approx(mean_correlation(plainly(rest)))
    assert found.windows["viewers"].tolist() == [6, 0, 6]
    assert found.windows["p"].isna().tolist() == [False, True, False]


def test_moving_needs_steps_and_movement():
    """Ten judged steps, and a spread above the rounding of a reading."""
    few = np.r_[np.arange(9.0), [np.nan] * 3]
    assert varying(centre(np.array([few, np.full(12, 0.5), np.arange(12.0)]))).tolist() == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("window_s", [0, 9, 30.5])
def test_windows_are_whole_steps(window_s):
    """What is no multiple of the step, or too short, is refused."""
    with pytest.raises(ValueError, match="multiple of 1 s, 10 s or more"):
        synchrony(table(together()), window_s)


@pytest.mark.parametrize("null", ["shift", "phase"])
def test_both_nulls_find_what_is_common_and_nothing_else(null):
    """Viewers who move together have the least p there is, those who do not have some other."""
    alike, apart = (
        synchrony(table(together(common=common, steps=200)), 30.0, 99, null=null).whole
        for common in (0.5, 0.0)
    )
    assert alike["p"][0] == 0.01 and apart["p"][0] > 0.05
    assert (
        alike["isc"][0]
        == synchrony(table(together(common=0.5, steps=200)), 30.0, 1).whole["isc"][0]
    )


@pytest.mark.slow
def test_false_alarms_of_other_phases_in_rooms_without_a_film():
    """Viewers who smile of themselves alone, unevenly judged, are found alike in some 5 of 100."""
    hits = []
    for show in range(7300, 7303):
        drawn = audiences(Room(viewers=10, seconds=120.0, only=(), show=show), 20, show)
        for copy in range(20):
            grid = SessionTables(record(drawn, copy).session).grid()
            hits.append(synchrony(grid, 30.0, 99, null="phase").whole["p"][0] <= 0.05)
    assert np.mean(hits) <= 0.12


def test_an_unknown_null_is_refused():
    """The error names those there are."""
    with pytest.raises(ValueError, match="null is 'turn': expected one of shift, phase"):
        synchrony(table(np.zeros((3, 60))), null="turn")


def test_at_least_one_shift():
    """A null of no draws is refused."""
    with pytest.raises(ValueError, match="shifts is 0"):
        synchrony(table(together()), shifts=0)


@pytest.mark.parametrize("seconds", [3, 20, 29])
def test_session_shorter_than_a_window(seconds):
    """What there is of the window counts; nothing breaks."""
    room = pretend.Room(viewers=6, seconds=seconds, jokes=((1.5, 0.9),))
    found = synchrony(SessionTables(pretend.session(room, rate_hz=5)).grid(), 30.0, shifts=20)
    assert len(found.windows) == 1
