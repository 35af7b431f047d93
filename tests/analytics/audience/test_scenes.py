"""Scene by scene, on sessions whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.scenes import SCENES, by_scene, fit
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.smiles import detect_smiles
from tests.analytics import pretend
from tests.analytics.timeline_rows import NAN, readings, session, steady
from tests.bench.rooms.room import Room
from tests.bench.rooms.scenes import held

FIGURES = ("share_smiling", "reach", "smiles_per_min")
ENDS = ["share_low", "share_high", "reach_low", "reach_high"]
ENDS += ["smiles_per_min_low", "smiles_per_min_high"]


def scenes(*rows):
    """Return a scene list."""
    return pd.DataFrame(rows, columns=["start_s", "end_s", "name"])


def summed(made, listed, film_s=0.0, step_s=1.0):
    """Return a session's scenes."""
    return by_scene(
        SessionTables(made).grid(step_s), listed, detect_smiles(made.readings).events, film_s
    )


TWO = readings(
    *steady(1, 0.0, [0.9] * 20 + [0.1] * 20),
    *steady(2, 0.0, [0.1] * 40),
    *steady(3, 2.0, [NAN] * 10),
    *steady(3, 3.0, [0.8] * 10),
)


def test_figures_of_a_scene():
    """Means over the viewers judged in it, each counting once."""
    found = summed(session(TWO, [(0, 4, 40)]), scenes((0, 1, "a"), (1, 4, "b")))
    assert tuple(found.columns) == SCENES
    assert found["judged"].tolist() == [2, 3]
    np.testing.assert_allclose(found["share_smiling"], [1 / 2, (1 / 3 + 0 + 1) / 3], atol=1e-6)
    np.testing.assert_allclose(found["reach"], [1 / 2, 2 / 3])
    degree = (np.mean([0.9, 0.1, 0.1]) + 0.1 + 0.8) / 3
    np.testing.assert_allclose(found["mean_smile"], [0.5, degree], atol=1e-6)
    np.testing.assert_allclose(found["smiles_per_min"], [60 / 2, 60 / 3], atol=1e-4)
    assert found["watched_s"].tolist() == [1, 3]


def test_times_are_of_the_film():
    """A session that began at 600 s of the film has its first scene there."""
    made = session(TWO, [(0, 4, 40)])
    plain = summed(made, scenes((0, 1, "a")))
    late = summed(made, scenes((600, 601, "a")), film_s=600.0)
    pd.testing.assert_frame_equal(plain.drop(columns=["start_s", "end_s"]),
                                  late.drop(columns=["start_s", "end_s"]))  # fmt: skip


def test_part_of_a_step_counts_by_that_part():
    """A scene from the middle of a step has half of what was judged in it."""
    found = summed(session(TWO, [(0, 4, 40)]), scenes((1.5, 3, "a")))
    np.testing.assert_allclose(found["share_smiling"], (0.5 / 1.5 + 0) / 2, atol=1e-6)


def test_nobody_judged():
    """With the camera off for the whole scene there are no figures, and it says how long."""
    table = readings(*steady(1, 0.0, [0.9] * 20), *steady(1, 4.0, [0.9] * 20))
    made = session(table, [(0, 2, 20), (2, 4, 0), (4, 6, 20)])
    found = summed(made, scenes((0, 2, "on"), (2, 4, "off"), (4, 6, "on")))
    assert found["watched_s"].tolist() == [2, 0, 2] and found["judged"].tolist() == [1, 0, 1]
    figures = ["share_smiling", "share_low", "reach", "reach_low", "mean_smile", "smiles_per_min"]
    assert found.loc[1, figures].isna().all()
    assert found["share_smiling"].tolist()[::2] == [1, 1]


def test_no_viewers():
    """An empty room gives a row a scene, and no figures."""
    found = summed(session(readings(), [(0, 3, 30)]), scenes((0, 2, "a"), (2, 3, "b")))
    assert found["judged"].tolist() == [0, 0] and found["share_smiling"].isna().all()


@pytest.mark.slow
@pytest.mark.parametrize("made", [readings(), TWO], ids=["no viewers", "viewers"])
@pytest.mark.parametrize("seconds", [4.4, 3.0, 0.5])
@pytest.mark.parametrize("listed", [[(0, 4.4, "a")], [(0, 1, "a"), (1, 2, "b")]], ids=len)
def test_seats_of_any_audience(made, seconds, listed):
    """Scenes longer than the session, or no viewers, still have a row each with seats."""
    made = session(made[made["t_s"] < seconds], [(0, seconds, 30)])
    table = SessionTables(made).grid()
    seats = SessionTables(made).seats
    assert len(
        by_scene(table, scenes(*listed), detect_smiles(made.readings).events, 0.0, seats)
    ) == len(listed)


def test_no_scenes():
    """No scenes give a table of none."""
    assert summed(session(TWO, [(0, 4, 40)]), scenes()).empty


def test_one_viewer_has_no_interval():
    """One viewer says nothing of how much others would differ."""
    found = summed(session(readings(*steady(1, 0.0, [0.9] * 20)), [(0, 2, 20)]), scenes((0, 2, "")))
    assert found["share_smiling"].tolist() == [1] and found[ENDS].isna().all(axis=None)
    assert found["no_interval"].tolist() == ["fewer than 3 viewers judged"]


def test_interval_holds_the_share():
    """An interval lies around its figure, and is narrower of more viewers."""
    few, many = (
        summed(pretend.session(pretend.Room(viewers=n, seconds=40.0)), scenes((15, 25, "joke")))
        for n in (10, 90)
    )
    for figure, low, high in zip(FIGURES, ENDS[::2], ENDS[1::2], strict=True):
        for found in (few, many):
            assert 0 <= found[low][0] < found[figure][0] < found[high][0]
            assert found["no_interval"][0] == ""
        assert (many[high] - many[low])[0] < (few[high] - few[low])[0]


@pytest.mark.slow
def test_interval_holds_the_truth():
    """Of audiences whose neighbours laugh together, most intervals hold what such audiences do."""
    found = []
    for seed in range(120):
        room = pretend.Room(viewers=12, seconds=30.0, jokes=((15, 0.5),), contagion=0.6, seed=seed)
        made = pretend.session(room, rate_hz=2.0)
        listed = scenes((12, 18, "joke"))
        steps, events = SessionTables(made).grid(), detect_smiles(made.readings).events
        found.append(by_scene(steps, listed, events, seats=SessionTables(made).seats).iloc[0])
    truth = np.mean([each["share_smiling"] for each in found])
    inside = [each["share_low"] <= truth <= each["share_high"] for each in found]
    assert 0.90 <= np.mean(inside) <= 0.995


@pytest.mark.slow
def test_intervals_hold_the_truth_in_a_quiet_room_where_smiles_spread():
    """Reach and smiles a minute of scenes in which next to nobody smiles are still held."""
    found = held(Room(viewers=10, contagion=0.25, lively=False, show=7101), copies=12)
    for figure in ("reach", "smiles_per_min"):
        assert np.mean(found[figure]) >= 0.88


def test_fit():
    """What runs past the end is cut, what lies outside is left out, and both are said."""
    made = session(TWO, [(0, 4, 40)])._replace(info={"media_offset_s": 60.0})
    found, remarks = fit(
        scenes((0, 50, "a"), (55, 62, "b"), (62, 63, "c"), (63, 90, "d")), SessionTables(made)
    )
    assert found.values.tolist() == [[60, 62, "b"], [62, 63, "c"], [63, 64, "d"]]
    assert remarks == [
        "'b' (0:55 to 1:02) is cut to 1:00 to 1:02: the session shows 1:00 to 1:04 of the film",
        "'d' (1:03 to 1:30) is cut to 1:03 to 1:04: the session shows 1:00 to 1:04 of the film",
        "'a' (0:00 to 0:50) is left out: the session shows 1:00 to 1:04 of the film",
    ]


def test_fit_is_silent_on_a_fraction_of_a_second():
    """A list's last scene and the session seldom end at once: it is cut, and that is all."""
    found, remarks = fit(scenes((0, 4.4, "a")), SessionTables(session(TWO, [(0, 4, 40)])))
    assert found["end_s"].tolist() == [4] and remarks == []
    assert fit(scenes((0, 4.6, "a")), SessionTables(session(TWO, [(0, 4, 40)])))[1]


def test_fit_leaves_the_rest_as_it_is():
    """Scenes within the session are not touched, and nothing is said."""
    listed = scenes((0.0, 1.0, "a"), (2.0, 4.0, "b"))
    found, remarks = fit(listed, SessionTables(session(TWO, [(0, 4, 40)])))
    pd.testing.assert_frame_equal(found, listed)
    assert remarks == []


@pytest.mark.parametrize("listed", [scenes((10, 20, "a")), scenes()])
def test_fit_of_nothing(listed):
    """A list that the session does not reach leaves none."""
    assert fit(listed, SessionTables(session(TWO, [(0, 4, 40)])))[0].empty


def test_a_scene_without_an_end_lasts_as_long_as_the_session():
    """It is not called cut; one that begins behind the session is left out as any other."""
    made = SessionTables(session(readings(*steady(1, 0.0, [0.2] * 10)), [(0, 60, 10)]))
    found, remarks = fit(scenes((5, np.inf, "a")), made)
    assert found["end_s"].tolist() == [made.length_s] and remarks == []
    found, remarks = fit(scenes((5, 10, "a"), (500, np.inf, "b")), made)
    assert found["name"].tolist() == ["a"] and "'b' (8:20 to 8:20) is left out" in remarks[0]
