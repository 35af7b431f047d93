"""What lies on the disk: compacted when a session is finished, gone when it is forgotten."""

import itertools
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from laughtrack.analytics.store import compaction
from laughtrack.analytics.store.batches import append, resume_point
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import session_transaction, transactions
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from tests.analytics.store_batches import assert_exact, batch, files


@pytest.fixture
def folder(tmp_path):
    """Return a place for a store that is not there yet, with a name that needs care."""
    return str(tmp_path / "a store #1 ü")


@pytest.mark.slow
def test_finish_keeps_the_rows_and_drops_the_states(folder):
    """A finished session is one file with the same rows and no resume strings."""
    for seq in (0, 2, 1):
        append(folder, batch(seq, "two words"), resume="state " * 100)
    before = load(folder, "two words")
    finish(folder, "two words")
    finish(folder, "two words")
    after = load(folder, "two words")
    pd.testing.assert_frame_equal(after.readings, before.readings)
    pd.testing.assert_frame_equal(after.spans, before.spans)
    assert len(DeltaTable(folder).file_uris()) == 1
    assert resume_point(folder, "two words", "cam") == (3, None)
    assert not append(folder, batch(1, "two words"))
    assert append(folder, batch(3, "two words"))
    assert_exact(folder, "two words", 4)


@pytest.mark.slow
def test_finish_sweeps_old_files_after_others_were_forgotten(folder, monkeypatch):
    """Files already removed by a forget do not stop the sweep of replaced ones."""
    monkeypatch.setattr(compaction, "_OLD_FILES_HOURS", 0)
    for name, seq in itertools.product(("gone", "kept"), range(3)):
        append(folder, batch(seq, name))
    forget(folder, "gone")
    finish(folder, "kept")
    assert len(files(folder, "kept")) == 1
    assert_exact(folder, "kept", 3)


@pytest.mark.slow
def test_forget_leaves_no_file_of_the_session(folder):
    """Rows, replaced files and orphans of a session go; its namesakes stay."""
    for name, seq in itertools.product(("my show", "my"), range(3)):
        append(folder, batch(seq, name))
    finish(folder, "my show")
    append(folder, batch(3, "my show"))
    (files(folder, "my show")[0].parent / "part-of-a-killed-writer.parquet").write_bytes(b"half")
    forget(folder, "my show")
    assert files(folder, "my show") == []
    assert list_sessions(folder)["session"].tolist() == ["my"]
    assert_exact(folder, "my", 3)


@pytest.mark.slow
def test_forgotten_session_starts_anew(folder):
    """After a forget, batches of the same numbers are new again."""
    append(folder, batch(0))
    append(folder, batch(1))
    forget(folder, "friday")
    assert append(folder, batch(0))
    assert not append(folder, batch(0))
    assert_exact(folder, "friday", 1)


def test_interrupted_forget_is_carried_on(folder):
    """A forget stopped between its commit and its removals finishes when repeated."""
    append(folder, batch(0))
    DeltaTable(folder).delete("session = 'friday'")
    assert files(folder, "friday")
    forget(folder, "friday")
    assert files(folder, "friday") == []


def test_batch_written_before_a_forget_cannot_be_committed_after_it(folder):
    """A first batch whose file a forget may have removed is refused, whatever its device."""
    append(folder, batch(0, device="left"))
    DeltaTable(folder).delete("session = 'friday'")
    before = DeltaTable(folder)
    forget(folder, "friday")
    append(folder, batch(0, "other"))
    assert DeltaTable(folder).transaction_version(session_transaction("other")) == 0
    properties = transactions({session_transaction("friday"): 0})
    with pytest.raises(CommitFailedError):
        before.create_write_transaction([], "append", before.schema(), commit_properties=properties)


@pytest.mark.slow
def test_log_stays_short(folder):
    """Opening never reads more than the last checkpoint and 20 commits."""
    for seq in range(45):
        append(folder, batch(seq))
    checkpoints = sorted(Path(folder, "_delta_log").glob("*.checkpoint.parquet"))
    assert int(checkpoints[-1].name[:20]) >= DeltaTable(folder).version() - 20
    assert_exact(folder, "friday", 45)


def test_log_tells_nothing_of_the_viewers(folder):
    """The log's statistics, which outlive a session, hold no reading's value."""
    append(folder, batch(7, info={"title": "secret"}), resume="secret")
    log = "".join(path.read_text() for path in Path(folder, "_delta_log").glob("*1.json"))
    assert '\\"minValues\\":{\\"seq\\":7}' in log
    assert "secret" not in log
