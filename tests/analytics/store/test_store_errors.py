"""What cannot be: no store, no session, no room. Each is said, and harms nothing."""

import itertools
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from deltalake import write_deltalake

from laughtrack.analytics.store import batches
from laughtrack.analytics.store.batches import append, resume_point
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import StoreError, UnknownSession
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from tests.analytics import store_batches
from tests.analytics.store_batches import ENVIRONMENT, assert_exact, batch, files


@pytest.fixture
def folder(tmp_path):
    """Return a place for a store that is not there yet, with a name that needs care."""
    return str(tmp_path / "a store #1 ü")


def test_unknown_session_names_those_there_are(folder):
    """The error of an unknown session lists what could have been meant."""
    for act in (load, finish, forget):
        with pytest.raises(UnknownSession, match=r"'x': there is no store .* no such folder"):
            act(folder, "x")
    append(folder, batch(0, "b"))
    append(folder, batch(0, "a"))
    for act, name in itertools.product((load, finish, forget), ("x", "../b", "")):
        with pytest.raises(UnknownSession, match="sessions there: a, b"):
            act(folder, name)


def everything(folder):
    """Return each thing one can do with a store, as functions of no argument."""
    return [
        lambda: append(folder, batch(0)),
        lambda: list_sessions(folder),
        lambda: load(folder, "friday"),
        lambda: resume_point(folder, "friday", "cam"),
        lambda: finish(folder, "friday"),
        lambda: forget(folder, "friday"),
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
    append(str(path), batch(0))
    log = sorted((path / "_delta_log").glob("*.json"))[0]
    log.write_text("{ damaged")


NO_STORES = [
    (other_files, "holds other files and is not a store: choose an empty or new folder"),
    (other_table, "is a Delta table, but not of Laughtrack's readings"),
    (lambda path: path.write_text(""), "is a file, not a folder"),
    (broken_table, "cannot read .*choose another with --store"),
    # deltalake cannot reach such a folder.
    (lambda path: (path.parent / "50%25").mkdir(), "two hexadecimal digits in its name"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "message"), NO_STORES)
def test_what_is_no_store_is_said(tmp_path, make, message):
    """Whatever is asked of a place that is not a store, the error names it and the next step."""
    make(tmp_path / "place")
    place = tmp_path / ("50%25" if "hexadecimal" in message else "place")
    before = sorted(tmp_path.rglob("*"))
    for act in everything(str(place)):
        with pytest.raises(StoreError, match=message) as error:
            act()
        assert str(place) in str(error.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_unknown_kind_of_url_is_said():
    """A URL that nothing can read is an error, not an empty store."""
    for act in everything("nowhere://x/y"):
        with pytest.raises(StoreError, match="nowhere"):
            act()


def test_empty_folder_becomes_a_store(tmp_path):
    """A folder that is there but empty will do, also one where a creation was cut short."""
    (tmp_path / "_delta_log").mkdir()
    assert list_sessions(str(tmp_path)).empty
    assert append(str(tmp_path), batch(0))


def test_invalid_batch_is_refused_before_anything_is_written(folder):
    """A bad batch is a ValueError, and makes no store."""
    with pytest.raises(ValueError, match="start_s is -5"):
        append(folder, batch(0, start_s=-5.0))
    assert not Path(folder).exists()


@pytest.mark.slow
def test_full_disk_keeps_what_was_stored(folder, monkeypatch):
    """When nothing more can be written, the error says so and the rows so far stay."""
    append(folder, batch(0))

    def full(*args, **kwargs):
        raise OSError("No space left on device (os error 28)")

    monkeypatch.setattr(batches, "write_deltalake", full)
    with pytest.raises(StoreError, match=r"No space left.*stored before is kept"):
        append(folder, batch(1))
    monkeypatch.undo()
    assert_exact(folder, "friday", 1)
    assert append(folder, batch(1))


@pytest.mark.slow
def test_lost_file_is_said(folder):
    """A data file that somebody removed is an error that names it, for readers and writers."""
    append(folder, batch(0), resume="state")
    (lost,) = files(folder, "friday")
    lost.unlink()
    for act in (load, finish):
        with pytest.raises(StoreError, match=lost.name):
            act(folder, "friday")


@pytest.mark.slow
def test_files_too_large_for_the_disk_are_an_error(folder):
    """A process that may not write a whole file gets an error and harms nothing."""
    append(folder, batch(0))
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000));"
        f"import runpy, sys; sys.argv[1:] = [{folder!r}, 'friday', 'cam', '1'];"
        f"runpy.run_path({store_batches.__file__!r}, run_name='__main__')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert "StoreError: cannot write" in ended.stderr
    assert_exact(folder, "friday", 1)
    assert append(folder, batch(1))
