"""A session's curve while it goes on is the one that it has when it is over."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.bands import curve_with_bands
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.audience.running.curve import ROWS, RunningCurve
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.edge.readings import COLUMNS
from tests.analytics import pretend

ROOM = pretend.Room(viewers=9, seconds=60.0, jokes=((14, 0.9), (40, 0.8)))


@pytest.fixture(scope="module")
def hall():
    """Return a minute of nine viewers; one is not judged for a while, nobody is looked at once."""
    session = pretend.session(ROOM, rate_hz=5.0)
    readings = session.readings
    away = (readings["viewer_id"] == 3) & readings["t_s"].between(20, 31)
    readings.loc[away, ["smile", "raw"]] = np.nan
    return session._replace(readings=readings[~readings["t_s"].between(30, 33)], joined=())


def columns(readings):
    """Return readings as they travel."""
    return {name: readings[name].tolist() for name in COLUMNS}


def run(session, step_s):
    """Return all rows, and the running curve, of a session told in pieces of so many seconds."""
    running, found = RunningCurve(), []
    for start_s in np.arange(0, 60, step_s).round(3):
        part = session.readings[session.readings["t_s"].between(start_s, start_s + step_s - 0.01)]
        if not 30 <= start_s < 33:
            assert running.add(columns(part), start_s, round(start_s + step_s, 3))
        found.append(running.rows())
    return pd.concat([*found, running.rows(is_over=True)], ignore_index=True), running


@pytest.mark.slow
@pytest.mark.parametrize("step_s", [0.2, 1.0, 3.0])
def test_every_second_is_told_once_as_it_will_be(hall, step_s):
    """By looks as a camera tells them, or by batches as a device does; bands differ a little."""
    told, _ = run(hall, step_s)
    looked = hall.spans[~hall.spans["start_s"].between(30, 32.9)]
    whole = curve_with_bands(SessionTables(hall._replace(spans=looked)))
    assert told["t_s"].tolist() == whole["t_s"].tolist() == list(range(60))
    seen = [name for name in ROWS if name not in ("watched", "share_low", "share_high")]
    pd.testing.assert_frame_equal(
        told[seen].astype(float), whole[seen].astype(float), rtol=0, atol=1e-12
    )
    assert not told["watched"][30:33].any() and told["watched"].drop(range(30, 33)).all()
    for end in ("share_low", "share_high"):
        assert (told[end].isna() == whole[end].isna()).all()
        assert (told[end] - whole[end]).abs().max() < 0.2
    inside = told.dropna()
    assert (inside["share_low"] <= inside["share_smiling"] + 1e-9).all()
    assert (inside["share_smiling"] <= inside["share_high"] + 1e-9).all()


@pytest.mark.slow
def test_peaks_fill_up(hall):
    """Both are there at the end, where the finished session has them."""
    _, running = run(hall, 1.0)
    whole = peaks(SessionTables(hall)).sort_values("t_s")
    assert running.peaks()["t_s"].tolist() == pytest.approx(whole["t_s"].tolist(), abs=0.3)
    assert len(whole) == 2


def test_a_moment_at_which_nobody_smiles_is_no_peak():
    """Though scores rise a little there."""
    rows = [(t, 0.3 if 8 <= t <= 9 else 0.05) for t in np.arange(0, 20, 0.2).round(3)]
    running = RunningCurve()
    many = len(rows)
    running.add(
        {
            "viewer_id": [1] * many,
            "t_s": [t for t, _ in rows],
            **{name: [0] * many for name in ("x1", "y1")},
            **{name: [60] * many for name in ("x2", "y2")},
            "quality": [1.0] * many,
            **{name: [smile for _, smile in rows] for name in ("raw", "smile")},
        },
        0.0,
        20.0,
    )
    running.rows(is_over=True)
    assert running.peaks().empty


def test_what_comes_too_late_is_refused(hall):
    """Of seconds that were told; whoever adds it reads them anew."""
    _, running = run(hall, 3.0)
    assert not running.add(columns(hall.readings.head(9)), 0.0, 0.2)


def test_an_empty_room_is_a_curve_of_nobody():
    """Watched, and no share."""
    running = RunningCurve()
    running.add({name: [] for name in COLUMNS}, 0.0, 4.5)
    told = running.rows()
    assert told["t_s"].tolist() == [0, 1, 2] and told["watched"].all()
    assert told["share_smiling"].isna().all() and (told["visible"] == 0).all()
    assert running.rows().empty and running.peaks().empty
    assert running.rows(is_over=True)["t_s"].tolist() == [3, 4]


def test_what_is_known_from_elsewhere_is_not_told_again():
    """A server that begins in the middle of a session reads the beginning from the store."""
    running = RunningCurve()
    running.begin_at(100)
    assert not running.add({name: [] for name in COLUMNS}, 95.0, 100.0)
    assert running.add({name: [] for name in COLUMNS}, 100.0, 105.0)
    assert running.rows()["t_s"].tolist() == [100, 101, 102, 103]
