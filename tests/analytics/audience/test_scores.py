"""A session's scores with their intervals, and its quiet stretches."""

import numpy as np
import pytest

from laughtrack.analytics.audience.bands import bands
from laughtrack.analytics.audience.quiet_stretches import quiet_stretches
from laughtrack.analytics.audience.scores import scores
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.stats.proportions import of_means
from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import NAN, readings, session, steady


def laid(told, **options):
    """Return a session's grid and the audiences drawn anew of it."""
    table = SessionTables(told).grid()
    return table, draws(table.share, SessionTables(told).seats, **options)


def scored(told):
    """Return a session's scores by name."""
    return scores(SessionTables(told), *laid(told, count=100)).set_index("score")


def hand(*viewers, spans=((0, 20, 200),)):
    """Return a session of viewers whose scores are given a second each."""
    rows = [
        row
        for viewer, degrees in enumerate(viewers, start=1)
        for row in steady(viewer, 0.0, np.repeat(degrees, 10))
    ]
    return session(readings(*rows), spans)


def test_values_by_hand():
    """Three viewers over 20 s, one of whom never smiles."""
    found = scored(hand([0.9] * 10 + [0.1] * 10, [0.1] * 10 + [0.9] * 10, [0.1] * 20))["value"]
    assert found["Reach"] == pytest.approx(2 / 3)
    assert found["Average share"] == pytest.approx(1 / 3)
    # One of three in every step, and not by chance always the same: less what searching adds.
    assert 0 < found["Maximum share"] < 1 / 3 < found["Minimum share"]
    assert found["Hook"] == pytest.approx(1 / 3)
    assert found["Peak-end"] == pytest.approx((found["Maximum share"] + 1 / 3) / 2)
    assert found["Smile minutes"] == pytest.approx(20)
    assert found["Expressiveness"] == pytest.approx(0.8 / 3, abs=1e-6)
    assert found["Look-away"] == 0


def test_missing_is_left_out():
    """A viewer's time without a score counts as looking away, not as not smiling."""
    found = scored(hand([0.9] * 5 + [NAN] * 15, [0.9] * 20, [0.9] * 20))["value"]
    assert found["Average share"] == 1
    assert found["Look-away"] == pytest.approx(0.75 / 3)


def test_looking_away_is_time():
    """A fifth of each second turned away is a fifth of the time, though each had a score."""
    degrees = ([0.1] * 8 + [NAN] * 2) * 20
    rows = [row for viewer in (1, 2, 3) for row in steady(viewer, 0.0, degrees)]
    found = scored(session(readings(*rows), [(0, 20, 200)]))["value"]
    assert found["Look-away"] == pytest.approx(0.2)


def test_waiting_for_the_scorer_is_not_looking_away():
    """Of three looks one is scored and two are other viewers' turns; one viewer turns away."""
    rows = [row for viewer in (1, 2, 3) for row in steady(viewer, 0.0, ([0.9] + [NAN] * 2) * 66)]
    table = readings(*rows)
    turned = (table["viewer_id"] == 1) & (table["t_s"] >= 9.9)
    table.loc[turned, "smile"] = NAN
    table["quality"] = np.where(turned, 0.3, 0.9)
    found = scored(session(table, [(0, 20, 200)]))["value"]
    assert found["Look-away"] == pytest.approx(0.5 / 3, abs=0.001)
    assert found["Average share"] == pytest.approx(1)


@pytest.mark.slow
def test_hook_is_of_the_films_beginning():
    """A session that began before the film has its hook later, one that began after it has none."""
    told = hand(*[[0.1] * 10 + [0.9] * 10] * 3)

    def hook(film_s):
        return scored(told._replace(info={"media_offset_s": film_s}))["value"]["Hook"]

    assert hook(-10.0) == 1
    assert hook(0.0) == 0
    assert np.isnan(hook(30.0))


def test_intervals_hold_the_value():
    """Every score of a pretend audience lies in its own interval, and no share leaves [0, 1]."""
    found = scored(pretend.session(pretend.Room(viewers=20), rate_hz=5))
    known = found[found["low"].notna()]
    # Too little is smiled for one of the expressiveness.
    assert set(known.index) == set(found.index) - {"Synchrony", "Expressiveness"}
    assert (known["low"] <= known["value"] + 1e-9).all()
    assert (known["value"] <= known["high"] + 1e-9).all()
    share = known[known["unit"] == "share"]
    assert share["low"].min() >= -1e-9 and share["high"].max() <= 1


@pytest.mark.slow
def test_average_covers_the_truth():
    """Of 40 audiences of 12, about 38 intervals of the average share hold the truth."""
    held = 0
    for seed in range(40):
        room = pretend.Room(viewers=12, seed=seed)
        told = pretend.session(room, rate_hz=2)
        share = scored(told).loc["Average share"]
        truth = pretend.share(room, np.arange(120) + 0.5).mean()
        held += share["low"] <= truth <= share["high"]
    assert held >= 35


@pytest.mark.parametrize("viewers", [0, 1, 2])
def test_too_few_have_no_interval(viewers):
    """Nobody has no score; one and two have scores without intervals."""
    found = scored(hand(*[[0.9] * 10 + [0.1] * 10] * viewers))
    assert found["low"].isna().all() and found["high"].isna().all()
    assert found["value"].drop("Synchrony").isna().all() == (viewers == 0)


def test_interval_of_all_or_nothing_is_wilsons():
    """Where each viewer did or did not, it is Wilson's."""
    (low,), (high,) = of_means(np.array([[1.0], [0], [0], [1], [1], [0], [0], [0], [1], [0]]))
    assert (low, high) == pytest.approx((0.1682, 0.6873), abs=1e-4)


@pytest.mark.parametrize("share", [0.0, 1 / 7200, 1e-9, 0.02])
def test_interval_of_hardly_any_smile_is_no_wider_than_of_all_or_nothing(share):
    """Nobody of ten, a second of two hours: at most what nobody of ten would say."""
    one_smiled = np.array([[10 * share], *[[0.0]] * 9])
    (low,), (high,) = of_means(one_smiled)
    assert low <= share <= high < 0.31
    (low,), (high,) = of_means(1 - one_smiled)
    assert 0.69 < low <= 1 - share <= high + 1e-12


@pytest.mark.slow
def test_maximum_is_corrected_for_being_searched_for():
    """Of 30 audiences of ten, the highest step is far too high, the corrected one is not."""
    raw, corrected, truth = [], [], []
    for seed in range(30):
        room = pretend.Room(viewers=10, jokes=((20.0, 0.4), (60.0, 0.4), (90.0, 0.4)), seed=seed)
        told = pretend.session(room, rate_hz=2)
        raw.append(mean_over(laid(told, count=1)[0].share).max())
        corrected.append(scored(told)["value"]["Maximum share"])
        truth.append(pretend.share(room, np.arange(120) + 0.5).max())
    too_high = np.mean(raw) - np.mean(truth)
    assert too_high > 0.1 and abs(np.mean(corrected) - np.mean(truth)) < 0.5 * too_high


def test_expressiveness_does_not_depend_on_how_often_the_camera_looks():
    """One look a second, or ten, of viewers who smile for six tenths of the time."""
    found = []
    for looks in (10, 1):
        rows = []
        for viewer in (1, 2, 3):
            smiles, rest = (6, 4) if looks == 10 else (3, 2)
            degrees = ([0.9] * smiles + [0.1] * rest) * (40 * looks // (smiles + rest))
            rows += steady(viewer, 0.0, degrees, step_s=1 / looks)
        found.append(scored(session(readings(*rows), [(0, 40, 40)]))["value"]["Expressiveness"])
    assert found == pytest.approx([0.8 * np.sqrt(0.24)] * 2, abs=1e-3)


@pytest.mark.slow
def test_quiet_stretch():
    """A minute and a half without a joke is found, the pauses between jokes are not."""
    jokes = (*((t_s, 0.8) for t_s in range(5, 60, 6)), *((t_s, 0.8) for t_s in range(150, 210, 6)))
    room = pretend.Room(viewers=90, seconds=210, jokes=tuple(jokes))
    told = pretend.session(room, rate_hz=2)
    table, taken = laid(told, count=50)
    found = quiet_stretches(table, bands(table, taken), taken.effect)
    assert len(found) == 1
    assert found["start_s"][0] == pytest.approx(62, abs=6)
    assert found["end_s"][0] == pytest.approx(147, abs=6)
    assert found["share_low"][0] <= 0.04 <= found["share_high"][0]


def test_nobody_is_not_quiet():
    """Without viewers there is no stretch to speak of."""
    told = hand()
    table, taken = laid(told)
    assert quiet_stretches(table, bands(table, taken), taken.effect).empty
