"""What a disk lost of a store is refused by name; nothing else than what was written is shown."""

import json
import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable

from laughtrack.analytics.store.batches import append, resume_point
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.disk import log_sums
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from tests.analytics.store_batches import batch

BEFORE = Path(__file__).parents[2] / "data" / "version_0_1" / "store"


@pytest.fixture
def store(tmp_path):
    """Return a store of three batches."""
    folder = str(tmp_path / "store")
    for seq in range(3):
        append(folder, batch(seq), resume='{"state": 1}')
    return folder


def rewrite(store, columns, where):
    """Change columns of some rows, by hand, in files that are whole."""
    DeltaTable(store).update(columns, predicate=where)


@pytest.mark.slow
@pytest.mark.parametrize("column", ["t_s", "smile", "x2", "viewer_id"])
def test_another_reading_is_refused(store, column):
    """One that no file's own checks could find."""
    rewrite(store, {column: f"{column} + 1"}, "seq = 1 AND viewer_id = 2")
    with pytest.raises(StoreError, match=r"1 batches .* 1 of 'friday' of 'cam'.*forget"):
        load(store, "friday")


@pytest.mark.slow
@pytest.mark.parametrize("column", ["seq", "end_s", "frames", "readings"])
def test_another_header_is_refused(store, column):
    """Also where only the headers are read."""
    rewrite(store, {column: f"{column} + 7"}, "seq = 1 AND viewer_id IS NULL")
    for act in (lambda: list_sessions(store), lambda: load(store, "friday")):
        with pytest.raises(StoreError, match="not what was written, or are there twice"):
            act()


@pytest.mark.slow
def test_another_resume_state_is_refused(store):
    """A replay is not carried on from what was not its state."""
    assert resume_point(store, "friday", "cam") == (3, '{"state": 1}')
    rewrite(store, {"resume": "replace(resume, 'state', 'stake')"}, "viewer_id IS NULL")
    with pytest.raises(StoreError, match="replay it with --overwrite"):
        resume_point(store, "friday", "cam")


def last_commit(store):
    """Return the log's last file."""
    return max((Path(store) / "_delta_log").glob("*.json"))


def without(kind):
    """Return a function that takes a kind of action out of a commit."""

    def change(text):
        return "".join(f"{line}\n" for line in text.splitlines() if kind not in json.loads(line))

    return change


CHANGES = {
    "the last batch": without("add"),
    "its number": lambda text: text.replace('"version":2', '"version":1'),
    "what files may hold": lambda text: text.replace('\\"seq\\":2', '\\"seq\\":3'),
    "all of it": lambda text: "",
    "nothing": lambda text: text + " ",
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_another_log_is_refused(store, change):
    """Neither read nor written to, since batches may be missing, or counted twice."""
    path = last_commit(store)
    path.write_text(CHANGES[change](path.read_text()))
    for act in (lambda: list_sessions(store), lambda: append(store, batch(3))):
        with pytest.raises(StoreError, match=r"_laughtrack|cannot"):
            act()
    assert last_commit(store) == path


def test_a_lost_last_commit_is_noticed(store):
    """The log itself does not know that there was one."""
    last_commit(store).unlink()
    with pytest.raises(StoreError, match="its commit 3 is gone"):
        list_sessions(store)
    shutil.rmtree(Path(store) / log_sums.FOLDER)
    assert list_sessions(store)["batches"].sum() == 2


@pytest.mark.slow
def test_a_damaged_session_can_be_forgotten(store):
    """And is then stored again; others are not touched."""
    append(store, batch(0, "other"))
    rewrite(store, {"smile": "smile + 1"}, "session = 'friday' AND seq = 1")
    assert len(load(store, "other").spans) == 1
    forget(store, "friday")
    for seq in range(3):
        append(store, batch(seq))
    assert len(load(store, "friday").spans) == 3


@pytest.mark.slow
def test_a_writer_that_was_killed_leaves_no_false_alarm(store):
    """A commit whose sums were not written yet, and sums that are damaged themselves."""
    for path in (Path(store) / log_sums.FOLDER).iterdir():
        if path.name == f"{3:020d}.json":
            path.unlink()
    assert list_sessions(store)["batches"].sum() == 3
    append(store, batch(3))
    for path in (Path(store) / log_sums.FOLDER).iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    append(store, batch(4))
    finish(store, "friday", "cam")
    assert list_sessions(store)["batches"].sum() == 5


@pytest.mark.slow
def test_a_store_of_version_0_1_goes_on(tmp_path):
    """It has no sums, and its new batches get none."""
    store = str(shutil.copytree(BEFORE, tmp_path / "store"))
    known = list_sessions(store)["batches"].sum()
    append(store, batch(0))
    assert list_sessions(store)["batches"].sum() == known + 1
    assert len(load(store, "friday").readings) == len(batch(0).readings["t_s"])
