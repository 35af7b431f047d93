"""Names of sessions are used once, and a stop holds over a restart."""

import errno
import os

import pytest

from laughtrack.edge.readings import check_name
from laughtrack.edge.session import session_names as module
from laughtrack.edge.session.session_names import MOST_NAMES, Roster


@pytest.fixture
def full(monkeypatch):
    """A disk without room, until `.undo()`."""

    def write(path, data):
        with open(path + ".part", "wb"):
            pass
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(module, "write", write)
        yield patch


def test_names_are_remembered_over_a_restart(tmp_path):
    """A name given or made is known to the next run."""
    first = Roster(tmp_path, "cam")
    names = first.begin("Show"), first.begin()
    again = Roster(tmp_path, "cam")
    assert all(again.has(name) for name in names) and not again.has("Other")


def test_own_names_of_one_second_differ(tmp_path, monkeypatch):
    """However many sessions begin in it."""
    monkeypatch.setattr(module.time, "strftime", lambda form: "20260131-201500")
    roster = Roster(tmp_path, "cam")
    names = [roster.begin() for _ in range(3)]
    assert names == [f"cam-20260131-201500{end}" for end in ("", "-2", "-3")]


def test_own_name_of_a_long_device_is_a_name(tmp_path):
    """Not above the most that a name may have."""
    assert check_name("session", Roster(tmp_path, "d" * 100).begin())


def test_stop_holds_over_a_restart_until_a_session_begins(tmp_path):
    """The day of the stop is remembered."""
    Roster(tmp_path, "cam").stop("2026-01-31")
    assert Roster(tmp_path, "cam").stopped == "2026-01-31"
    Roster(tmp_path, "cam").begin()
    assert Roster(tmp_path, "cam").stopped == ""


def test_oldest_names_are_forgotten(tmp_path):
    """The file stays small."""
    roster = Roster(tmp_path, "cam")
    roster._names = [f"s{n}" for n in range(MOST_NAMES)]
    roster.begin("new")
    assert not roster.has("s0") and roster.has("s1") and Roster(tmp_path, "cam").has("new")


@pytest.mark.parametrize("left", [b"", b"{", b"[]", b'{"stopped": ""}', b"\xff", b'{"names": 5}'])
def test_damaged_file_is_no_obstacle(tmp_path, left):
    """A new one is begun."""
    (tmp_path / module.NAME).write_bytes(left)
    roster = Roster(tmp_path, "cam")
    assert roster.stopped == "" and roster.begin("Show") == "Show"


def test_full_disk_refuses_a_given_name(tmp_path, full):
    """Nothing has changed then, and with room again the name can be had."""
    roster = Roster(tmp_path, "cam")
    with pytest.raises(OSError):
        roster.begin("Show")
    assert not roster.has("Show") and not list(tmp_path.iterdir())
    full.undo()
    assert roster.begin("Show") == "Show" and Roster(tmp_path, "cam").has("Show")


def test_full_disk_hinders_no_name_of_its_own(tmp_path, full):
    """A device goes on watching by itself; the name is noted with the next one."""
    roster = Roster(tmp_path, "cam")
    name = roster.begin()
    assert roster.has(name)
    full.undo()
    roster.begin("Show")
    assert Roster(tmp_path, "cam").has(name)


def test_stop_on_a_full_disk_holds_until_a_restart(tmp_path, full):
    """It says so, and is obeyed."""
    roster = Roster(tmp_path, "cam")
    with pytest.raises(OSError):
        roster.stop("2026-01-31")
    assert roster.stopped == "2026-01-31"
