"""Which sessions are too old to be kept, and whether anything of forgotten ones is left."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest

from laughtrack.analytics.store import forget as module
from laughtrack.analytics.store.batches import append, extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.forget import carry_on, forget_each
from laughtrack.analytics.store.retention import due, left_of, stopped
from laughtrack.analytics.store.sessions import load
from tests.analytics.buckets import bucket
from tests.analytics.store_batches import assert_exact, batch, files

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
WHOLE = {"context": "screening", "complete": True, "title": "A secret title"}
NAMES = [("night 1", "cam"), ("night 1", "lobby"), ("night 2", "cam"), ("kept", "cam")]


@pytest.fixture
def store(tmp_path):
    """Return a store of four sessions, in small files and compacted ones, that were listed."""
    folder = str(tmp_path / "a store #1 ü")
    for key in NAMES:
        extend(folder, [batch(seq, *key, info=WHOLE) for seq in range(2)])
    finish(folder, "night 2")
    list_sessions(folder)
    return folder


STARTS = [
    ("2025-11-29T12:00:00Z", 0.0, "old"),
    ("2025-11-30T11:00:00Z", 3599.0, "old"),
    ("2025-11-30T11:00:00Z", 3601.0, "kept"),
    ("2026-11-30T20:00:00Z", 60.0, "kept"),
    ("2026-12-02T00:00:00Z", 60.0, "undated"),
    ("1970-01-01T00:00:10Z", 60.0, "undated"),
    ("2025-02-31T00:00:00Z", 60.0, "undated"),
    ("", 60.0, "undated"),
    ("0001-01-01T00:00:00Z", 60.0, "undated"),
]


@pytest.mark.parametrize("started, seconds, expected", STARTS)
def test_age_counts_from_a_sessions_end(started, seconds, expected):
    """What says nothing of its age is neither old nor young."""
    row = pd.DataFrame([{"session": "a", "started_utc": started, "seconds": seconds}])
    old, undated = due(row, timedelta(days=365), NOW)
    assert (len(old), len(undated)) == {"old": (1, 0), "kept": (0, 0), "undated": (0, 1)}[expected]


def test_no_sessions_are_a_result():
    """Of nothing, nothing is due."""
    row = pd.DataFrame([{"session": "a", "started_utc": "", "seconds": 0.0}])[:0]
    assert [len(each) for each in due(row, timedelta(days=1), NOW)] == [0, 0]


@pytest.mark.slow
def test_many_are_forgotten_at_once_to_the_last_byte(store):
    """What is not there is no error; the others stay as they were."""
    gone = [*NAMES[:1], NAMES[2], ("nobody", "cam")]
    assert {each.partition(":")[0] for each in left_of(store, gone)} == {
        "night 1 of cam",
        "night 2 of cam",
    }
    forget_each(store, gone)
    assert left_of(store, gone) == [] and stopped(store) == []
    assert len(files(store, "night 1")) == 1 and files(store, "night 2") == []
    assert_exact(store, "night 1", 2, "lobby")
    assert_exact(store, "kept", 2)
    tables = [path for path in Path(store, "_tables").rglob("*") if path.is_file()]
    assert tables and not any(b"night 2" in path.read_bytes() for path in tables)
    append(store, batch(0, "night 2"))
    assert_exact(store, "night 2", 1)


@pytest.mark.slow
@pytest.mark.parametrize("at", ["drop", "file_system", "live_files"])
def test_what_was_stopped_is_found_and_carried_on(store, monkeypatch, at):
    """Between the commit and the last file, wherever; nothing of it is read meanwhile."""

    def killed(*_):
        raise KeyboardInterrupt

    keys = [NAMES[0], NAMES[2]]
    with monkeypatch.context() as patch:
        patch.setattr(module, at, killed)
        with pytest.raises(KeyboardInterrupt):
            forget_each(store, keys)
    assert stopped(store) == keys and len(left_of(store, keys)) >= 2
    assert {*list_sessions(store)["session"]} == {"night 1", "kept"}
    # Begun anew meanwhile, one is another session.
    found = stopped(store)
    append(store, batch(0, "night 2"))
    carry_on(store, found)
    assert stopped(store) == left_of(store, keys[:1]) == []
    assert len(load(store, "night 2").readings) == 10


@pytest.mark.slow
def test_in_a_bucket_it_is_the_same(monkeypatch):
    """To the last object."""
    boto3 = pytest.importorskip("boto3")
    with bucket(monkeypatch) as store:
        extend(store, [batch(0, *key, info=WHOLE) for key in NAMES])
        list_sessions(store)
        forget_each(store, NAMES[:3])
        assert left_of(store, NAMES[:3]) == stopped(store) == []
        objects = [*boto3.resource("s3").Bucket("room").objects.filter(Prefix="store/")]
        data = [each for each in objects if each.key.endswith(".parquet")]
        data = [each for each in data if "_delta_log" not in each.key]
        assert data and not any(b"night" in each.get()["Body"].read() for each in data)
        assert list_sessions(store)["session"].tolist() == ["kept"]
