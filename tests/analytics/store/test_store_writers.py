"""Many writers at once, and writers that are killed: nothing is lost or doubled."""

import random
import signal
from pathlib import Path

import pytest
from deltalake import DeltaTable

from laughtrack.analytics.store import delta_table
from laughtrack.analytics.store.batches import append, resume_point
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import UnknownSession
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from tests.analytics.store_batches import assert_exact, batch, files, writer


@pytest.fixture
def folder(tmp_path):
    """Return a place for a store that is not there yet, with a name that needs care."""
    return str(tmp_path / "a store #1 ü")


def crossed(folder, monkeypatch, act, other):
    """Run `act` while `other` commits between its look at the table and its own first commit."""
    opened = delta_table.open_table
    fresh = iter([True])

    def open_then_cross(place):
        found = opened(place)
        if next(fresh, False):
            other()
        return found

    monkeypatch.setattr(delta_table, "open_table", open_then_cross)
    result = act()
    monkeypatch.undo()
    return result


@pytest.mark.slow
def test_same_batch_from_two_writers_at_once_is_counted_once(folder, monkeypatch):
    """The writer whose commit comes second finds that the batch is there."""
    append(folder, batch(0))
    again = lambda: append(folder, batch(1))  # noqa: E731
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


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second", "batches"), CROSSINGS)
def test_crossing_commits_lose_nothing(folder, monkeypatch, first, second, batches):
    """Whatever crosses whatever, the table is as if one had come after the other."""
    for seq in range(2):
        append(folder, batch(seq))
        append(folder, batch(seq, "other"))
    late = batch(2) if (first, second) != ("append", "forget") else batch(0, device="new")
    acts = {
        "append": lambda: append(folder, late),
        "finish": lambda: finish(folder, "friday"),
        "forget": lambda: forget(folder, "friday"),
    }
    try:
        crossed(folder, monkeypatch, acts[first], acts[second])
    except UnknownSession:
        # Forgotten before it could be compacted.
        assert batches == 0
    counts = list_sessions(folder).set_index("session")["batches"].to_dict()
    assert counts.get("friday", 0) == batches
    assert_exact(folder, "other", 2)
    live = {Path(path).name for path in DeltaTable(folder).file_uris()}
    assert live <= {path.name for path in Path(folder).rglob("*.parquet")}


@pytest.mark.slow
def test_many_processes_write_at_once(folder):
    """Three processes, with the same and other batches in other orders, end in an exact table."""
    orders = [random.Random(seed).choices(range(12), k=30) for seed in range(2)]
    numbers = [[*order, *range(12)] for order in orders]
    running = [writer(folder, "both", "cam", order) for order in numbers]
    running.append(writer(folder, "alone", "cam", range(12)))
    # Meanwhile a session comes, is read and goes.
    for seq in range(3):
        append(folder, batch(seq, "brief"))
    assert len(load(folder, "brief").spans) == 3
    finish(folder, "brief")
    forget(folder, "brief")
    said = [process.communicate()[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sorted(map(int, said[0] + said[1])) == list(range(12))
    assert_exact(folder, "both", 12)
    assert_exact(folder, "alone", 12)
    assert files(folder, "brief") == []


@pytest.mark.slow
def test_killed_writer_loses_and_doubles_nothing(folder):
    """What a killed process said it stored is there, and the same again completes the session."""
    for run in range(3):
        process = writer(folder, "friday", "cam", range(200))
        said = [process.stdout.readline() for _ in range(3 + run)]
        process.send_signal(signal.SIGKILL)
        said += process.communicate()[0].splitlines()
        stored = resume_point(folder, "friday", "cam")
        assert stored[0] > int(said[-1])
        assert stored[1] == f"after {stored[0] - 1}"
    append(folder, batch(stored[0]))
    assert_exact(folder, "friday", stored[0] + 1)
