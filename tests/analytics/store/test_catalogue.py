"""The list of sessions: what was read of it is kept, what changed is read again."""

import pandas as pd
import pytest

from laughtrack.analytics.store import metadata_changes
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.analytics.store.amendments.ledger import add
from laughtrack.analytics.store.batches import append, extend
from laughtrack.analytics.store.catalogue import session_list
from laughtrack.analytics.store.catalogue.session_list import (
    list_in_parts,
    list_sessions,
    session_rows,
)
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load_audience
from tests.analytics.store_batches import batch

LAST = {"context": "screening", "complete": True}
NAMES = [(f"night {k}", "cam") for k in range(1, 6)] + [("night 1", "lobby")]


@pytest.fixture
def store(tmp_path):
    """Return a store of six sessions that are complete."""
    folder = str(tmp_path / "store")
    extend(folder, [batch(0, *key, info=LAST) for key in NAMES])
    return folder


@pytest.fixture
def read(monkeypatch):
    """Return the list of sessions that were read from their batches, as it grows."""
    found, worked_out = [], session_list._worked_out

    def noted(store, where, wanted=None):
        rows = worked_out(store, where, wanted)
        found.extend(session_list._keys(rows))
        return rows

    monkeypatch.setattr(session_list, "_worked_out", noted)
    return found


def test_only_what_changed_is_read_again(store, read):
    """After a title, a batch, a new session, a correction and a forgotten one."""
    list_sessions(store)
    assert sorted(read) == sorted(NAMES)
    read.clear()
    list_sessions(store)
    assert read == []
    metadata_changes.change_title(store, "night 2", "Another")
    append(store, batch(1, "night 3", info=LAST))
    append(store, batch(0, "new", info=LAST))
    add(store, "night 1", "lobby", Amendment("exclude", (2,)), 0)
    forget(store, "night 5")
    found = list_sessions(store).set_index(["session", "device"])
    changed = [("new", "cam"), ("night 1", "lobby"), ("night 2", "cam"), ("night 3", "cam")]
    assert sorted(read) == changed
    assert found.loc[("night 2", "cam"), "title"] == "Another"
    assert found.loc[("night 3", "cam"), ["batches", "readings"]].tolist() == [2, 20]
    assert found.loc[("night 1", "lobby"), ["viewers", "readings"]].tolist() == [1, 5]
    assert ("night 5", "cam") not in found.index and len(found) == 6


def test_what_is_kept_is_what_is_read(store):
    """To the last digit and type; and so are a few asked for by name."""
    first = list_sessions(store)
    pd.testing.assert_frame_equal(list_sessions(store), first)
    rows = session_rows(store, [("night 1", "lobby"), ("night 4", "cam"), ("nobody", "cam")])
    expected = first[first["device"].eq("lobby") | first["session"].eq("night 4")]
    pd.testing.assert_frame_equal(rows, expected.reset_index(drop=True))


@pytest.mark.parametrize("at_once", [1, 2, 200])
def test_parts_lead_to_the_whole(store, read, monkeypatch, at_once):
    """In whatever parts, and whichever of them are known."""
    list_sessions(store)
    forget(store, "night 3")
    for name in ("night 1", "night 4"):
        metadata_changes.change_title(store, name, "T", "cam")
    read.clear()
    monkeypatch.setattr(session_list, "_AT_ONCE", at_once)
    parts = [*list_in_parts(store)]
    assert sorted(read) == [("night 1", "cam"), ("night 4", "cam")]
    assert [len(each.rows) + each.missing for each in parts] == [5] * len(parts)
    assert parts[-1].missing == 0 and [*parts[-1].rows.columns] == [*session_list._TYPES]


def test_those_that_grow_are_not_written_each_time(store, read, monkeypatch):
    """Unless there are many of them."""
    list_sessions(store)
    extend(store, [batch(0, name) for name in ("a", "b")])
    for _ in range(2):
        read.clear()
        assert len(list_sessions(store)) == 8 and len(read) == 2
    monkeypatch.setattr(session_list, "_MOST_GROWING", 1)
    list_sessions(store)
    read.clear()
    assert len(list_sessions(store)) == 8 and read == []


def test_corrected_counts_are_those_of_results(store):
    """Of a correction that was undone, too; who opted out is not counted."""
    entries = [
        Amendment("merge", (1, 2)),
        Amendment("undo", of=1),
        Amendment("opt-out", box=(0, 0, 500, 500), from_s=2.5),
    ]
    for number, entry in enumerate(entries):
        add(store, "night 2", "cam", entry, number)
        counted = load_audience(store, "night 2").readings
        row = session_rows(store, [("night 2", "cam")]).iloc[0]
        assert (row["viewers"], row["readings"]) == (
            counted["viewer_id"].nunique(),
            len(counted),
        )
    assert row["readings"] == 6
