"""Names of sessions are used once, and a stop holds over a restart."""

import errno
import os

import pytest

from laughtrack.edge import checked_files
from laughtrack.edge.readings import check_name
from laughtrack.edge.session import session_names as module
from laughtrack.edge.session.session_names import MAX_NAMES, SessionNames
from laughtrack.edge.settings import Settings


@pytest.fixture
def full(monkeypatch):
    """A disk without room, until `.undo()`."""

    def write(path, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(checked_files, "write", write)
        yield patch


def test_names_are_remembered_over_a_restart(tmp_path):
    """A name given or made is known to the next run."""
    first = SessionNames(tmp_path, "cam")
    names = first.begin("Show"), first.begin()
    again = SessionNames(tmp_path, "cam")
    assert all(again.has(name) for name in names) and not again.has("Other")


def test_own_names_of_one_second_differ(tmp_path, monkeypatch):
    """However many sessions begin in it."""
    monkeypatch.setattr(module.time, "strftime", lambda form: "20260131-201500")
    names = SessionNames(tmp_path, "cam")
    names = [names.begin() for _ in range(3)]
    assert names == [f"cam-20260131-201500{end}" for end in ("", "-2", "-3")]


def test_own_name_of_a_long_device_is_a_name(tmp_path):
    """Not above the most that a name may have."""
    assert check_name("session", SessionNames(tmp_path, "d" * 100).begin())


def test_stop_holds_over_a_restart_until_a_session_begins(tmp_path):
    """The day of the stop is remembered."""
    SessionNames(tmp_path, "cam").stop("2026-01-31")
    assert SessionNames(tmp_path, "cam").stopped_day == "2026-01-31"
    SessionNames(tmp_path, "cam").begin()
    assert SessionNames(tmp_path, "cam").stopped_day == ""


def test_oldest_names_are_forgotten(tmp_path):
    """The file stays small."""
    names = SessionNames(tmp_path, "cam")
    names._names = [f"s{n}" for n in range(MAX_NAMES)]
    names.begin("new")
    assert not names.has("s0") and names.has("s1") and SessionNames(tmp_path, "cam").has("new")


@pytest.mark.parametrize("left", [b"", b"{", b"[]", b'{"stopped": ""}', b"\xff", b'{"names": 5}'])
def test_damaged_file_is_no_obstacle(tmp_path, left):
    """A new one is begun."""
    (tmp_path / module.NAME).write_bytes(left)
    names = SessionNames(tmp_path, "cam")
    assert names.stopped_day == "" and names.begin("Show") == "Show"


@pytest.mark.parametrize("name", [module.NAME, module.NAME + checked_files.COPY])
def test_one_damaged_file_loses_nothing(tmp_path, name):
    """Names are kept twice; the damaged file is set aside, and written anew with the next name."""
    SessionNames(tmp_path, "cam").begin("Show")
    SessionNames(tmp_path, "cam").stop("2026-01-31")
    path = tmp_path / name
    path.write_bytes(path.read_bytes().replace(b"Show", b"Shov").replace(b"-31", b"-30"))
    names = SessionNames(tmp_path, "cam")
    assert names.has("Show") and not names.has("Shov") and names.stopped_day == "2026-01-31"
    assert checked_files.damaged_count(str(tmp_path)) == (name == module.NAME)
    names.begin("Other")
    assert path.read_bytes() == (tmp_path / module.NAME).read_bytes()


def test_full_disk_refuses_a_given_name(tmp_path, full):
    """Nothing has changed then, and with room again the name can be had."""
    names = SessionNames(tmp_path, "cam")
    with pytest.raises(OSError):
        names.begin("Show")
    assert not names.has("Show") and not list(tmp_path.iterdir())
    full.undo()
    assert names.begin("Show") == "Show" and SessionNames(tmp_path, "cam").has("Show")


def test_full_disk_hinders_no_name_of_its_own(tmp_path, full):
    """A device goes on watching by itself; the name is noted with the next one."""
    names = SessionNames(tmp_path, "cam")
    name = names.begin()
    assert names.has(name)
    full.undo()
    names.begin("Show")
    assert SessionNames(tmp_path, "cam").has(name)


def test_stop_on_a_full_disk_holds_until_a_restart(tmp_path, full):
    """It says so, and is obeyed."""
    names = SessionNames(tmp_path, "cam")
    with pytest.raises(OSError):
        names.stop("2026-01-31")
    assert names.stopped_day == "2026-01-31"


def test_a_device_of_before_goes_on_with_its_context(tmp_path, caplog):
    """As version 0.1 recorded; over restarts, and until its settings name one."""
    settings = Settings(device="cam", folder=str(tmp_path))
    with pytest.raises(ValueError, match="the settings name no context: write what kind"):
        SessionNames(tmp_path, "cam").with_context(settings)
    (tmp_path / "sessions.json").write_text('{"stopped": "", "names": ["evening"]}')
    for _ in range(2):
        names = SessionNames(tmp_path, "cam")
        assert names.with_context(settings).context == "screening"
        assert "going on as version 0.1" in caplog.text
        names.begin()
    named = settings._replace(context="concert")
    names = SessionNames(tmp_path, "cam", names_context=True)
    assert names.with_context(named) == named
    names.begin()
    with pytest.raises(ValueError, match="the settings name no context"):
        SessionNames(tmp_path, "cam").with_context(settings)
