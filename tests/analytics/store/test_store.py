"""The store: each batch once, in any order, and read as it went."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.store import delta_table, queries
from laughtrack.analytics.store.batches import append, resume_point
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from tests.analytics.store_batches import assert_exact, batch


@pytest.fixture
def folder(tmp_path):
    """Return a place for a store that is not there yet, with a name that needs care."""
    return str(tmp_path / "a store #1 ü")


# Order of arrival, and what append says of each.
ARRIVALS = [
    # Plain order.
    ([0, 1, 2], [True, True, True]),
    # Each three times.
    ([0, 0, 0, 1, 1, 1], [True, False, False, True, False, False]),
    # Backwards.
    ([2, 1, 0], [True, True, True]),
    # Late, and repeated late.
    ([0, 3, 1, 1, 3, 2, 0], [True, True, True, False, False, True, False]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("order", "said"), ARRIVALS)
def test_batch_is_counted_once_in_any_order(folder, order, said):
    """However often and in whatever order batches arrive, each is stored once."""
    assert [append(folder, batch(seq)) for seq in order] == said
    assert_exact(folder, "friday", len(set(order)))


def test_readings_come_back_as_they_went(folder):
    """Values, missing ones included, and types survive the store."""
    columns = {
        "viewer_id": [2, 1, 1],
        "t_s": [0.1, 0.1, 0.033],
        "x1": [-5, 1, 2],
        "y1": [0, 1, 2],
        "x2": [1919, 9, 9],
        "y2": [1079, 9, 9],
        "quality": [0.123, 1.0, 0.0],
        "raw": [None, 0.001, 0.999],
        "smile": [None, None, 0.7],
    }
    append(folder, batch(0, readings=columns))
    found = load(folder, "friday").readings
    wanted = pd.DataFrame(columns).sort_values(["t_s", "viewer_id"], ignore_index=True)
    types = {"viewer_id": "int64", "x1": "int32", "y1": "int32", "x2": "int32", "y2": "int32"}
    pd.testing.assert_frame_equal(found, wanted.astype({**types, "raw": float, "smile": float}))


def test_session_nobody_came_to_has_empty_tables(folder):
    """Batches without readings give an empty table with the right columns and types."""
    append(folder, batch(0, viewers=()))
    append(folder, batch(1, viewers=(), frames=0))
    found = load(folder, "friday")
    assert found.readings.empty
    assert found.readings.dtypes.astype(str).to_dict() == {
        name: str(kind).replace("double", "float64") for name, kind in delta_table.READING.items()
    }
    assert found.spans["frames"].tolist() == [5, 0]


def test_late_batch_takes_its_place_in_time(folder):
    """Readings and spans are in order of time, not of arrival."""
    for seq in (2, 0, 1):
        append(folder, batch(seq))
    found = load(folder, "friday")
    assert found.readings["t_s"].is_monotonic_increasing
    assert found.spans["start_s"].tolist() == [0.0, 5.0, 10.0]


def test_infos_are_merged_in_order_of_batches(folder):
    """A later batch's facts win over an earlier one's, whichever came first."""
    append(folder, batch(1, info={"title": "new", "complete": True}))
    append(folder, batch(0, info={"title": "old", "rate_hz": 10}))
    info = load(folder, "friday").info
    assert info == {"title": "new", "rate_hz": 10, "complete": True}


@pytest.mark.slow
@pytest.mark.parametrize("said", ["an hour", True, None, [60], 10**400])
def test_no_film_time_where_a_batch_says_none(folder, said):
    """Whatever a device sends, the session can be read and reported."""
    append(folder, batch(0, info={"media_offset_s": said, "title": "t"}))
    assert load(folder, "friday").info == {"title": "t"}


def test_sessions_of_no_store_are_an_empty_table(folder):
    """Where nothing was stored there are no sessions, and asking makes no folder."""
    found = list_sessions(folder)
    assert found.empty
    assert list(found) == [
        "session", "device", "title", "started_utc", "seconds",
        "viewers", "readings", "batches", "missing_batches", "complete", "context",
        "tags",
    ]  # fmt: skip
    assert not Path(folder).exists()


def test_sessions_sums_up_each(folder):
    """One line a session: how long, how many, what is missing."""
    append(folder, batch(0, info={"title": "Pilot"}))
    append(folder, batch(1, viewers=(2, 3), info={"complete": True}))
    append(folder, batch(0, session="late", started_utc="2026-02-01T00:00:00Z"))
    late = {"session": "late", "started_utc": "2026-02-01T00:00:00Z"}
    append(folder, batch(3, **late, info={"complete": True}))
    found = list_sessions(folder).to_dict("list")
    assert found == {
        "session": ["friday", "late"],
        "device": ["cam", "cam"],
        "title": ["Pilot", ""],
        "started_utc": ["2026-01-31T20:15:00Z", "2026-02-01T00:00:00Z"],
        "seconds": [10.0, 20.0],
        "viewers": [3, 2],
        "readings": [20, 20],
        "batches": [2, 2],
        "missing_batches": [0, 2],
        "complete": [True, False],
        "context": ["", "screening"],
        "tags": ["", ""],
    }


def test_devices_of_one_session_stay_apart(folder):
    """Two devices' viewer IDs are not the same people: load wants to know which device."""
    append(folder, batch(0, device="left"))
    append(folder, batch(0, device="right", viewers=(1, 2, 3)))
    with pytest.raises(ValueError, match="left, right"):
        load(folder, "friday")
    assert load(folder, "friday", "right").readings["viewer_id"].nunique() == 3
    assert len(load(folder, "friday", "left").spans) == 1


@pytest.mark.slow
def test_interrupted_replay_carries_on_after_the_last_batch(folder):
    """The resume point is the first batch not stored, with the state given before it."""
    assert resume_point(folder, "friday", "cam") == (0, None)
    append(folder, batch(0), resume="zero")
    append(folder, batch(1), resume="one")
    append(folder, batch(3), resume="three")
    assert resume_point(folder, "friday", "cam") == (2, "one")
    assert resume_point(folder, "friday", "other") == (0, None)
    append(folder, batch(2))
    assert resume_point(folder, "friday", "cam") == (4, "three")


def test_readings_of_equal_times_are_in_order_of_viewers(folder):
    """Rows are sorted by time, then viewer, also when a batch was not."""
    columns = batch(0, viewers=(3, 1, 2)).readings
    append(folder, batch(0, readings=columns))
    found = load(folder, "friday").readings
    assert found["viewer_id"].tolist() == [1, 2, 3] * 5
    assert np.array_equal(found["t_s"], np.repeat(np.arange(5.0), 3))


@pytest.mark.slow
def test_a_long_session_is_read_in_blocks(folder, monkeypatch):
    """Whatever their size, nothing is lost between two of them, and nothing counted twice."""
    for seq in range(4):
        append(folder, batch(seq))
    for rows in (1, 4, 1000):
        monkeypatch.setattr(queries, "_BLOCK_ROWS", rows)
        assert_exact(folder, "friday", 4)
