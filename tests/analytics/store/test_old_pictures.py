"""What version 0.1 left of pictures, and what killed writers left, goes; all else stays."""

import json
import os
import shutil
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from laughtrack.analytics.store.batches import append, resume_point
from laughtrack.analytics.store.compaction import finish, vacuum
from laughtrack.analytics.store.disk import log_sums
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from tests.analytics.store_batches import batch

pytestmark = pytest.mark.slow

BEFORE = Path(__file__).parents[2] / "data" / "version_0_1" / "store"
PICTURE = '"seen"'


@pytest.fixture
def folder(tmp_path):
    """Return a copy of version 0.1's store, with a file that it had replaced and a broken one."""
    folder = shutil.copytree(BEFORE, tmp_path / "store")
    live = next(folder.glob("session=unfinished/*.parquet"))
    assert any(PICTURE in state for state in states(live))
    shutil.copy(live, live.with_name("part-00000-replaced.snappy.parquet"))
    finished = folder / "session=finished"
    (finished / "part-00000-half.snappy.parquet").write_bytes(live.read_bytes()[:-99])
    (finished / "part-00000-begun.snappy.parquet#1").write_bytes(live.read_bytes()[:-99])
    return str(folder)


def states(path):
    """Return what a data file has in the column `resume`."""
    return [each for each in pq.read_table(path)["resume"].to_pylist() if each]


def parquet(folder):
    """Return all data files, live or not, of any name."""
    return [path for path in Path(folder).glob("session=*/**/*parquet*") if path.is_file()]


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: append(folder, batch(0, "another")),
        lambda folder: finish(folder, "finished"),
        vacuum,
    ],
    ids=["append", "finish", "vacuum"],
)
def test_old_pictures_go_when_the_store_is_written_to(folder, write):
    """From live, replaced and broken files; the stopped replay can be carried on."""
    before = [load(folder, name) for name in ("finished", "unfinished")]
    next_seq, state = resume_point(folder, "unfinished", "replay")
    write(folder)
    for path in parquet(folder):
        assert not any(PICTURE in each or '"dirty"' in each for each in states(path)), path
    assert sorted(str(path) for path in parquet(folder)) == live(folder)
    for was in before:
        now = load(folder, was.name)
        assert now.readings.equals(was.readings) and now.spans.equals(was.spans)
    found = resume_point(folder, "unfinished", "replay")
    assert found.next_seq == next_seq
    kept, old = json.loads(found.state), json.loads(state)
    assert {key: kept[key] for key in kept if key != "watcher"} == {
        key: old[key] for key in old if key != "watcher"
    }
    assert kept["watcher"]["tracker"] == old["watcher"]["tracker"]


def live(folder):
    """Return the paths of the table's files."""
    return sorted(uri.removeprefix("file://") for uri in DeltaTable(folder).file_uris())


def test_it_is_done_once(folder, monkeypatch):
    """Later writers look at no file."""
    append(folder, batch(0, "another"))
    monkeypatch.setattr("laughtrack.analytics.store.old_pictures.files_below", None)
    append(folder, batch(1, "another"))
    assert resume_point(folder, "another", "cam").next_seq == 2


def test_stopped_in_the_middle_it_begins_again(folder, monkeypatch):
    """Killed before the files are removed: the next writer does it."""
    with monkeypatch.context() as patch:
        patch.setattr("laughtrack.analytics.store.old_pictures.file_system", None)
        with pytest.raises(TypeError):
            append(folder, batch(0, "another"))
    append(folder, batch(0, "another"))
    assert sorted(str(path) for path in parquet(folder)) == live(folder)


def test_replaced_files_go_though_the_log_forgot_them(tmp_path):
    """An hour after a session was finished, however many commits came since."""
    folder = str(tmp_path / "store")
    for seq in range(2):
        append(folder, batch(seq))
    finish(folder, "friday")
    replaced = {str(path) for path in parquet(folder)} - set(live(folder))
    assert replaced
    # The log has forgotten them: its checkpoint knows the live ones alone.
    log = Path(folder, "_delta_log")
    for path in replaced:
        os.utime(path, (time.time() - 7200,) * 2)
    for entry in log.glob("*.json"):
        lines = [line for line in entry.read_text().splitlines() if '"remove"' not in line]
        entry.write_text("\n".join(lines) + "\n")
    for checkpoint in log.glob("*checkpoint*"):
        checkpoint.unlink()
    # A log that was shortened by its own writer has sums that fit.
    shutil.rmtree(Path(folder, log_sums.FOLDER))
    left = set(live(folder))
    vacuum(folder)
    assert {str(path) for path in parquet(folder)} == left


def test_what_a_killed_writer_began_goes(tmp_path):
    """A data file that was begun, which deltalake neither lists nor sweeps, within the hour."""
    folder = str(tmp_path / "store")
    for name in ("friday", "monday"):
        append(folder, batch(0, name))
        (path,) = Path(folder).glob(f"session={name}/**/*.parquet")
        path.with_name(f"{path.name}#1").write_bytes(b"half")
    vacuum(folder)
    assert len(parquet(folder)) == 4
    forget(folder, "friday")
    assert len(parquet(folder)) == 2
    for path in parquet(folder):
        os.utime(path, (time.time() - 7200,) * 2)
    vacuum(folder)
    assert sorted(str(path) for path in parquet(folder)) == live(folder)
