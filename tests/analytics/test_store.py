"""The store: each batch once, whatever happens; fast to read; forgotten for good."""

import importlib.util
import itertools
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake

from analytics import store
from analytics import table as plumbing

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("store_batches", HERE / "store_batches.py")
store_batches = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(store_batches)
batch = store_batches.batch


@pytest.fixture
def folder(tmp_path):
    """Return a place for a store that is not there yet, with a name that needs care."""
    return str(tmp_path / "a store #1 ü")


def writer(folder, session, device, numbers):
    """Start a process that appends these batches."""
    command = [sys.executable, str(HERE / "store_batches.py"), folder, session, device]
    root = str(HERE.parents[1])
    return subprocess.Popen(
        [*command, *map(str, numbers)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )


def assert_exact(folder, session, count, device="cam"):
    """Check that a session holds batches 0 to `count` - 1, each once and whole."""
    found = store.load(folder, session, device)
    assert found.spans["seq"].tolist() == list(range(count))
    wanted = [batch(seq, session).readings for seq in range(count)]
    for name in plumbing.READING:
        expected = [value for columns in wanted for value in columns[name]]
        assert found.readings[name].tolist() == expected, name


def files(folder, session):
    """Return the session's data files, live or not."""
    return sorted(Path(folder).glob(f"session={session.replace(' ', '%20')}/*.parquet"))


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


@pytest.mark.parametrize(("order", "said"), ARRIVALS)
def test_batch_is_counted_once_in_any_order(folder, order, said):
    """However often and in whatever order batches arrive, each is stored once."""
    assert [store.append(folder, batch(seq)) for seq in order] == said
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
    store.append(folder, batch(0, readings=columns))
    found = store.load(folder, "friday").readings
    wanted = pd.DataFrame(columns).sort_values(["t_s", "viewer_id"], ignore_index=True)
    types = {"viewer_id": "int64", "x1": "int32", "y1": "int32", "x2": "int32", "y2": "int32"}
    pd.testing.assert_frame_equal(found, wanted.astype({**types, "raw": float, "smile": float}))


def test_session_nobody_came_to_has_empty_tables(folder):
    """Batches without readings give an empty table with the right columns and types."""
    store.append(folder, batch(0, viewers=()))
    store.append(folder, batch(1, viewers=(), frames=0))
    found = store.load(folder, "friday")
    assert found.readings.empty
    assert found.readings.dtypes.astype(str).to_dict() == {
        name: str(kind).replace("double", "float64") for name, kind in plumbing.READING.items()
    }
    assert found.spans["frames"].tolist() == [5, 0]


def test_late_batch_takes_its_place_in_time(folder):
    """Readings and spans are in order of time, not of arrival."""
    for seq in (2, 0, 1):
        store.append(folder, batch(seq))
    found = store.load(folder, "friday")
    assert found.readings["t_s"].is_monotonic_increasing
    assert found.spans["start_s"].tolist() == [0.0, 5.0, 10.0]


def test_infos_are_merged_in_order_of_batches(folder):
    """A later batch's facts win over an earlier one's, whichever came first."""
    store.append(folder, batch(1, info={"title": "new", "complete": True}))
    store.append(folder, batch(0, info={"title": "old", "rate_hz": 10}))
    info = store.load(folder, "friday").info
    assert info == {"title": "new", "rate_hz": 10, "complete": True}


def test_sessions_of_no_store_are_an_empty_table(folder):
    """Where nothing was stored there are no sessions, and asking makes no folder."""
    found = store.sessions(folder)
    assert found.empty
    assert list(found) == [
        "session", "device", "title", "started_utc", "seconds",
        "viewers", "readings", "batches", "missing_batches", "complete",
    ]  # fmt: skip
    assert not Path(folder).exists()


def test_sessions_sums_up_each(folder):
    """One line a session: how long, how many, what is missing."""
    store.append(folder, batch(0, info={"title": "Pilot"}))
    store.append(folder, batch(1, viewers=(2, 3), info={"complete": True}))
    store.append(folder, batch(0, session="late", started_utc="2026-02-01T00:00:00Z"))
    store.append(folder, batch(3, session="late", info={"complete": True}))
    found = store.sessions(folder).to_dict("list")
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
    }


def test_devices_of_one_session_stay_apart(folder):
    """Two devices' viewer IDs are not the same people: load wants to know which device."""
    store.append(folder, batch(0, device="left"))
    store.append(folder, batch(0, device="right", viewers=(1, 2, 3)))
    with pytest.raises(ValueError, match="left, right"):
        store.load(folder, "friday")
    assert store.load(folder, "friday", "right").readings["viewer_id"].nunique() == 3
    assert len(store.load(folder, "friday", "left").spans) == 1


def test_interrupted_replay_carries_on_after_the_last_batch(folder):
    """The resume point is the first batch not stored, with the state given before it."""
    assert store.resume_point(folder, "friday", "cam") == (0, None)
    store.append(folder, batch(0), resume="zero")
    store.append(folder, batch(1), resume="one")
    store.append(folder, batch(3), resume="three")
    assert store.resume_point(folder, "friday", "cam") == (2, "one")
    assert store.resume_point(folder, "friday", "other") == (0, None)
    store.append(folder, batch(2))
    assert store.resume_point(folder, "friday", "cam") == (4, "three")


def test_finish_keeps_the_rows_and_drops_the_states(folder):
    """A finished session is one file with the same rows and no resume strings."""
    for seq in (0, 2, 1):
        store.append(folder, batch(seq, "two words"), resume="state " * 100)
    before = store.load(folder, "two words")
    store.finish(folder, "two words")
    store.finish(folder, "two words")
    after = store.load(folder, "two words")
    pd.testing.assert_frame_equal(after.readings, before.readings)
    pd.testing.assert_frame_equal(after.spans, before.spans)
    assert len(DeltaTable(folder).file_uris()) == 1
    assert store.resume_point(folder, "two words", "cam") == (3, None)
    assert not store.append(folder, batch(1, "two words"))
    assert store.append(folder, batch(3, "two words"))
    assert_exact(folder, "two words", 4)


def test_finish_sweeps_old_files_after_others_were_forgotten(folder, monkeypatch):
    """Files already removed by a forget do not stop the sweep of replaced ones."""
    monkeypatch.setattr(store, "_OLD_FILES_HOURS", 0)
    for name, seq in itertools.product(("gone", "kept"), range(3)):
        store.append(folder, batch(seq, name))
    store.forget(folder, "gone")
    store.finish(folder, "kept")
    assert len(files(folder, "kept")) == 1
    assert_exact(folder, "kept", 3)


def test_forget_leaves_no_file_of_the_session(folder):
    """Rows, replaced files and orphans of a session go; its namesakes stay."""
    for name, seq in itertools.product(("my show", "my"), range(3)):
        store.append(folder, batch(seq, name))
    store.finish(folder, "my show")
    store.append(folder, batch(3, "my show"))
    (files(folder, "my show")[0].parent / "part-of-a-killed-writer.parquet").write_bytes(b"half")
    store.forget(folder, "my show")
    assert files(folder, "my show") == []
    assert store.sessions(folder)["session"].tolist() == ["my"]
    assert_exact(folder, "my", 3)


def test_forgotten_session_starts_anew(folder):
    """After a forget, batches of the same numbers are new again."""
    store.append(folder, batch(0))
    store.append(folder, batch(1))
    store.forget(folder, "friday")
    assert store.append(folder, batch(0))
    assert not store.append(folder, batch(0))
    assert_exact(folder, "friday", 1)


def test_interrupted_forget_is_carried_on(folder):
    """A forget stopped between its commit and its removals finishes when repeated."""
    store.append(folder, batch(0))
    DeltaTable(folder).delete("session = 'friday'")
    assert files(folder, "friday")
    store.forget(folder, "friday")
    assert files(folder, "friday") == []


def crossed(folder, monkeypatch, act, other):
    """Run `act` while `other` commits between its look at the table and its own first commit."""
    opened = plumbing.open_table
    fresh = iter([True])

    def open_then_cross(place):
        table = opened(place)
        if next(fresh, False):
            other()
        return table

    monkeypatch.setattr(plumbing, "open_table", open_then_cross)
    result = act()
    monkeypatch.undo()
    return result


def test_same_batch_from_two_writers_at_once_is_counted_once(folder, monkeypatch):
    """The writer whose commit comes second finds that the batch is there."""
    store.append(folder, batch(0))
    again = lambda: store.append(folder, batch(1))  # noqa: E731
    assert crossed(folder, monkeypatch, again, again) is False
    assert_exact(folder, "friday", 2)


CROSSINGS = [
    # A batch arrives while its session is compacted, the other way round, or twice compacted.
    ("finish", "append", 3),
    ("append", "finish", 3),
    ("finish", "finish", 2),
    # A batch in flight while its session is forgotten begins it anew.
    ("append", "forget", 1),
    # A batch that was stored first is forgotten too.
    ("forget", "append", 0),
    ("finish", "forget", 0),
    ("forget", "finish", 0),
]


@pytest.mark.parametrize(("first", "second", "batches"), CROSSINGS)
def test_crossing_commits_lose_nothing(folder, monkeypatch, first, second, batches):
    """Whatever crosses whatever, the table is as if one had come after the other."""
    for seq in range(2):
        store.append(folder, batch(seq))
        store.append(folder, batch(seq, "other"))
    late = batch(2) if (first, second) != ("append", "forget") else batch(0, device="new")
    acts = {
        "append": lambda: store.append(folder, late),
        "finish": lambda: store.finish(folder, "friday"),
        "forget": lambda: store.forget(folder, "friday"),
    }
    try:
        crossed(folder, monkeypatch, acts[first], acts[second])
    except store.UnknownSession:
        # Forgotten before it could be compacted.
        assert batches == 0
    counts = store.sessions(folder).set_index("session")["batches"].to_dict()
    assert counts.get("friday", 0) == batches
    assert_exact(folder, "other", 2)
    live = {Path(path).name for path in DeltaTable(folder).file_uris()}
    assert live <= {path.name for path in Path(folder).rglob("*.parquet")}


def test_many_processes_write_at_once(folder):
    """Three processes, with the same and other batches in other orders, end in an exact table."""
    orders = [random.Random(seed).choices(range(12), k=30) for seed in range(2)]
    numbers = [[*order, *range(12)] for order in orders]
    running = [writer(folder, "both", "cam", order) for order in numbers]
    running.append(writer(folder, "alone", "cam", range(12)))
    # Meanwhile a session comes, is read and goes.
    for seq in range(3):
        store.append(folder, batch(seq, "brief"))
    assert len(store.load(folder, "brief").spans) == 3
    store.finish(folder, "brief")
    store.forget(folder, "brief")
    said = [process.communicate()[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sorted(map(int, said[0] + said[1])) == list(range(12))
    assert_exact(folder, "both", 12)
    assert_exact(folder, "alone", 12)
    assert files(folder, "brief") == []


def test_killed_writer_loses_and_doubles_nothing(folder):
    """What a killed process said it stored is there, and the same again completes the session."""
    for run in range(3):
        process = writer(folder, "friday", "cam", range(200))
        said = [process.stdout.readline() for _ in range(3 + run)]
        process.send_signal(signal.SIGKILL)
        said += process.communicate()[0].splitlines()
        stored = store.resume_point(folder, "friday", "cam")
        assert stored[0] > int(said[-1])
        assert stored[1] == f"after {stored[0] - 1}"
    store.append(folder, batch(stored[0]))
    assert_exact(folder, "friday", stored[0] + 1)


def test_unknown_session_names_those_there_are(folder):
    """The error of an unknown session lists what could have been meant."""
    for act in (store.load, store.finish, store.forget):
        with pytest.raises(store.UnknownSession, match=r"'x' in .*: it holds no sessions yet"):
            act(folder, "x")
    store.append(folder, batch(0, "b"))
    store.append(folder, batch(0, "a"))
    for act, name in itertools.product((store.load, store.finish, store.forget), ("x", "../b", "")):
        with pytest.raises(store.UnknownSession, match="sessions there: a, b"):
            act(folder, name)


def everything(folder):
    """Return each thing one can do with a store, as functions of no argument."""
    return [
        lambda: store.append(folder, batch(0)),
        lambda: store.sessions(folder),
        lambda: store.load(folder, "friday"),
        lambda: store.resume_point(folder, "friday", "cam"),
        lambda: store.finish(folder, "friday"),
        lambda: store.forget(folder, "friday"),
    ]


def other_files(path):
    """Make a folder of something else."""
    path.mkdir()
    (path / "holiday.jpg").write_bytes(b"")


def other_table(path):
    """Make a Delta table of something else."""
    write_deltalake(str(path), pd.DataFrame({"price": [1.0]}))


def broken_table(path):
    """Make a store whose log is damaged."""
    store.append(str(path), batch(0))
    log = sorted((path / "_delta_log").glob("*.json"))[0]
    log.write_text("{ damaged")


NO_STORES = [
    (other_files, "holds other files and is not a store: choose an empty or new folder"),
    (other_table, "is a Delta table, but not of Laughtrack's readings"),
    (lambda path: path.write_text(""), "is a file, not a folder"),
    (broken_table, "cannot read .*choose another with --store"),
    # deltalake cannot reach such a folder.
    (lambda path: (path.parent / "50%25").mkdir(), "two hexadecimal digits"),
]


@pytest.mark.parametrize(("make", "message"), NO_STORES)
def test_what_is_no_store_is_said(tmp_path, make, message):
    """Whatever is asked of a place that is not a store, the error names it and the next step."""
    make(tmp_path / "place")
    place = tmp_path / ("50%25" if "hexadecimal" in message else "place")
    before = sorted(tmp_path.rglob("*"))
    for act in everything(str(place)):
        with pytest.raises(store.StoreError, match=message) as error:
            act()
        assert str(place) in str(error.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_unknown_kind_of_url_is_said():
    """A URL that nothing can read is an error, not an empty store."""
    for act in everything("nowhere://x/y"):
        with pytest.raises(store.StoreError, match="nowhere"):
            act()


def test_empty_folder_becomes_a_store(tmp_path):
    """A folder that is there but empty will do, also one where a creation was cut short."""
    (tmp_path / "_delta_log").mkdir()
    assert store.sessions(str(tmp_path)).empty
    assert store.append(str(tmp_path), batch(0))


def test_invalid_batch_is_refused_before_anything_is_written(folder):
    """A bad batch is a ValueError, and makes no store."""
    with pytest.raises(ValueError, match="start_s is -5"):
        store.append(folder, batch(0, start_s=-5.0))
    assert not Path(folder).exists()


def test_full_disk_keeps_what_was_stored(folder, monkeypatch):
    """When nothing more can be written, the error says so and the rows so far stay."""
    store.append(folder, batch(0))

    def full(*args, **kwargs):
        raise OSError("No space left on device (os error 28)")

    monkeypatch.setattr(store, "write_deltalake", full)
    with pytest.raises(store.StoreError, match=r"No space left.*stored before is kept"):
        store.append(folder, batch(1))
    with pytest.raises(store.StoreError, match="No space left"):
        store.finish(folder, "friday")
    monkeypatch.undo()
    assert_exact(folder, "friday", 1)
    assert store.append(folder, batch(1))


def test_files_too_large_for_the_disk_are_an_error(folder):
    """A process that may not write a whole file gets an error and harms nothing."""
    store.append(folder, batch(0))
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000));"
        f"import runpy, sys; sys.argv[1:] = [{folder!r}, 'friday', 'cam', '1'];"
        f"runpy.run_path({str(HERE / 'store_batches.py')!r}, run_name='__main__')"
    )
    root = str(HERE.parents[1])
    ended = subprocess.run(
        [sys.executable, "-c", limited],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert "StoreError: cannot write" in ended.stderr
    assert_exact(folder, "friday", 1)
    assert store.append(folder, batch(1))


def test_log_stays_short(folder):
    """Opening never reads more than the last checkpoint and 20 commits."""
    for seq in range(45):
        store.append(folder, batch(seq))
    checkpoints = sorted(Path(folder, "_delta_log").glob("*.checkpoint.parquet"))
    assert int(checkpoints[-1].name[:20]) >= DeltaTable(folder).version() - 20
    assert_exact(folder, "friday", 45)


def test_log_tells_nothing_of_the_viewers(folder):
    """The log's statistics, which outlive a session, hold no reading's value."""
    store.append(folder, batch(7, info={"title": "secret"}), resume="secret")
    log = "".join(path.read_text() for path in Path(folder, "_delta_log").glob("*1.json"))
    assert '\\"minValues\\":{\\"seq\\":7}' in log
    assert "secret" not in log


def test_readings_of_equal_times_are_in_order_of_viewers(folder):
    """Rows are sorted by time, then viewer, also when a batch was not."""
    columns = batch(0, viewers=(3, 1, 2)).readings
    store.append(folder, batch(0, readings=columns))
    found = store.load(folder, "friday").readings
    assert found["viewer_id"].tolist() == [1, 2, 3] * 5
    assert np.array_equal(found["t_s"], np.repeat(np.arange(5.0), 3))
