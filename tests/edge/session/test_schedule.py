"""Sessions begin and end by day, by start or by command, and go on after a restart."""

import errno
import json
import os

import numpy as np
import pytest

from laughtrack.analytics.store.session_info import merged_info
from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.faces.net_finder import NetFinder
from laughtrack.edge.faces.net_weights import load_finder_net
from laughtrack.edge.outbox.memory_buffer import MemoryBuffer
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.readings import from_json
from laughtrack.edge.session import schedule as module
from laughtrack.edge.session import session as session_file
from laughtrack.edge.session import session_names as names_file
from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.schedule import Schedule
from laughtrack.edge.session.services import SessionServices, SessionSettings
from laughtrack.edge.session.session_names import SessionNames
from laughtrack.edge.settings import Settings
from laughtrack.edge.sources.frames import Frame
from tests.standins import findernet


def begun(folder, mode, source="0", finder="haar"):
    """A schedule as the program has it after a start, and how often something changed."""
    settings = Settings(device="cam", folder=str(folder), session=mode, source=source)
    settings = settings._replace(finder=finder)
    buffer = MemoryBuffer(Outbox(folder / "outbox", 1e8))
    own = SessionSettings.of(settings)
    net = NetFinder(load_finder_net(findernet.FOLDER)) if finder == "net" else Finder()
    services = SessionServices(
        own, lambda crops: np.zeros(len(crops)), buffer.put, Journal(folder), lambda: net
    )
    changes = []
    schedule = Schedule(
        services, SessionNames(folder, "cam"), lambda: changes.append(schedule.session)
    )
    schedule.resume()
    schedule.update()
    return schedule, changes


def look(schedule):
    """Look at an empty room."""
    session = schedule.session
    session.source_opened()
    session.process(Frame(session.last_index + 1, 0.0, np.zeros((90, 120, 3), np.uint8)))


def complete(folder):
    """Sessions whose end was told."""
    files = sorted((folder / "outbox").glob("0*.json"))
    batches = [from_json(path.read_text()) for path in files]
    return [batch.session for batch in batches if batch.info.get("complete")]


@pytest.fixture
def today(monkeypatch):
    """What day it is."""
    days = ["2026-01-31"]
    for file in (module, session_file):
        monkeypatch.setattr(file, "day", lambda: days[-1])
    return days


@pytest.mark.slow
@pytest.mark.parametrize("mode, on", [("day", True), ("start", True), ("command", False)])
def test_session_begins_by_itself_unless_by_command(tmp_path, mode, on):
    """And whoever reports is told."""
    schedule, changes = begun(tmp_path, mode)
    assert (schedule.session is not None) == on and changes == [schedule.session] * on


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["day", "start", "command"])
def test_killed_session_goes_on_the_same_day(tmp_path, today, mode):
    """Under its name."""
    schedule, _ = begun(tmp_path, mode)
    schedule.start("Show")
    look(schedule)
    again, _ = begun(tmp_path, mode)
    assert again.session.name == "Show" and again.session.last_index == 0


@pytest.mark.slow
@pytest.mark.parametrize("mode, goes_on", [("day", False), ("start", False), ("command", True)])
def test_killed_session_of_yesterday_is_ended(tmp_path, today, mode, goes_on):
    """One begun by command goes on until it is stopped."""
    schedule, _ = begun(tmp_path, mode)
    schedule.start("Show")
    look(schedule)
    today.append("2026-02-01")
    again, _ = begun(tmp_path, mode)
    assert (again.session.name == "Show") == goes_on
    assert complete(tmp_path) == [n for n in complete(tmp_path) if n != "Show"] + (
        [] if goes_on else ["Show"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("mode, over", [("day", True), ("start", False), ("command", False)])
def test_day_over(tmp_path, today, mode, over):
    """A new day is a new session, where sessions are by day."""
    schedule, _ = begun(tmp_path, mode)
    schedule.start("Show")
    look(schedule)
    assert not schedule.is_over()
    today.append("2026-02-01")
    assert schedule.is_over() == over
    schedule.update()
    assert (schedule.session.name != "Show") == over == ("Show" in complete(tmp_path))


@pytest.fixture
def boot(monkeypatch):
    """Seconds since the machine's start, as tests set them, the wall clock going along."""
    now = [1000.0]
    kinds = {"mono": lambda: now[0], "wall": lambda: 1.8e9 + now[0]}
    made = session_file.SessionClock
    monkeypatch.setattr(session_file, "SessionClock", lambda state=None: made(state, **kinds))
    return now


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["day", "start", "command"])
@pytest.mark.parametrize("killed", [False, True])
def test_no_session_lasts_longer_than_the_store_takes(tmp_path, today, boot, mode, killed):
    """Another one goes on after 28 days, also where the program was away meanwhile."""
    schedule, _ = begun(tmp_path, mode)
    schedule.start("Show")
    look(schedule)
    boot[0] += 28 * 86400 - 1
    assert not schedule.is_over()
    boot[0] += 10 * 86400
    assert schedule.is_over()
    if killed:
        schedule, _ = begun(tmp_path, mode)
    schedule.update()
    assert schedule.session.name != "Show" and complete(tmp_path)[-1:] == ["Show"]
    look(schedule)
    assert not schedule.is_over()
    schedule.end()
    ends = [json.loads(path.read_text())["end_s"] for path in (tmp_path / "outbox").glob("0*.json")]
    assert max(ends) < 10


@pytest.mark.slow
def test_other_source_is_another_session(tmp_path):
    """Its viewers are others, and a film's frames count anew."""
    schedule, _ = begun(tmp_path, "day", "0")
    look(schedule)
    name = schedule.session.name
    again, _ = begun(tmp_path, "day", "rtsp://camera/live")
    assert again.session.name != name and complete(tmp_path) == [name]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["day", "start", "command"])
def test_stop_holds_over_a_restart(tmp_path, today, mode):
    """Until the next day, or a start."""
    schedule, _ = begun(tmp_path, mode)
    schedule.start("Show")
    assert schedule.stop() == (True, "no session is on")
    assert complete(tmp_path)[-1:] == ["Show"]
    again, _ = begun(tmp_path, mode)
    assert again.session is None
    today.append("2026-02-01")
    again.update()
    assert (again.session is None) == (mode == "command")
    assert again.start("") == (True, f"session {again.session.name}")


def test_stop_without_a_session_is_done(tmp_path):
    """It is what was wanted."""
    schedule, changes = begun(tmp_path, "command")
    assert schedule.stop() == (True, "no session is on") and changes == []


@pytest.mark.slow
def test_name_is_used_once(tmp_path):
    """Also after a restart; the session that is on stays on."""
    schedule, _ = begun(tmp_path, "command")
    schedule.start("Show")
    for _ in range(2):
        ok, said = schedule.start("Show")
        assert not ok and said == schedule.refusal("Show")
        assert "'Show' was recorded before: choose another name" in said
        assert schedule.session.name == "Show"
        schedule, _ = begun(tmp_path, "command")
    assert complete(tmp_path) == []


@pytest.mark.slow
def test_start_ends_the_one_that_is_on(tmp_path):
    """One at a time."""
    schedule, changes = begun(tmp_path, "command")
    schedule.start("Show")
    assert schedule.start("Next") == (True, "session Next")
    assert complete(tmp_path) == ["Show"] and len(changes) == 3


def test_mark_needs_a_session(tmp_path):
    """It says so."""
    schedule, _ = begun(tmp_path, "command")
    assert schedule.mark("x") == (False, "no session is on: start one first")
    schedule.start("Show")
    ok, said = schedule.mark("film starts")
    assert ok and said.startswith("'film starts' at ") and said.endswith(" s of Show")


def test_title_needs_a_session(tmp_path):
    """It says so; and the session's batches bear the new one from then on, after a restart too."""
    schedule, _ = begun(tmp_path, "command")
    assert schedule.retitle("x") == (False, "no session is on: start one first")
    schedule.start("Show")
    assert schedule.retitle("The Night Bus") == (True, "Show is 'The Night Bus' from now on")
    again, _ = begun(tmp_path, "command")
    again.stop()
    files = sorted((tmp_path / "outbox").glob("0*.json"))
    infos = [json.dumps(from_json(path.read_text()).info) for path in files]
    assert merged_info(infos)["title"] == "The Night Bus"


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [b"{}\n", b'{"format": 2, "device": "cam"}\n', b"[]\n", b"x"])
def test_what_cannot_be_gone_on_with_is_no_obstacle(tmp_path, spoil):
    """A new session begins."""
    schedule, _ = begun(tmp_path, "day")
    name = schedule.session.name
    (tmp_path / "session.jsonl").write_bytes(spoil)
    again, _ = begun(tmp_path, "day")
    assert again.session.name != name


@pytest.fixture
def full(monkeypatch, tmp_path):
    """A disk without room since the first start, until `.undo()`."""
    Outbox(tmp_path / "outbox", 1e8)

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        yield patch


def test_full_disk_stops_no_session_from_beginning(tmp_path, full):
    """The device watches all the same."""
    schedule, _ = begun(tmp_path, "day")
    look(schedule)
    assert schedule.session is not None


@pytest.mark.slow
def test_full_disk_refuses_a_name_and_leaves_the_session_on(tmp_path, full):
    """The name could not be noted, and might be used twice."""
    schedule, _ = begun(tmp_path, "day")
    before = schedule.session
    ok, said = schedule.start("Show")
    assert not ok and "make room on the disk" in said and schedule.session is before
    full.undo()
    assert schedule.start("Show") == (True, "session Show")


def test_full_disk_stops_until_a_restart(tmp_path, full):
    """It is obeyed, and the rest is said."""
    schedule, _ = begun(tmp_path, "day")
    ok, said = schedule.stop()
    assert ok and "until a restart" in said and schedule.session is None
    schedule.update()
    assert schedule.session is None and not (tmp_path / names_file.NAME).exists()


@pytest.mark.parametrize("then", ["haar", "net"])
def test_another_finder_begins_another_session(tmp_path, today, then):
    """What was seen is kept, the session ends whole: its readings are of one finder."""
    now = {"haar": "net", "net": "haar"}[then]
    schedule, _ = begun(tmp_path, "day", finder=then)
    look(schedule)
    again, _ = begun(tmp_path, "day", finder=now)
    assert again.session.name != schedule.session.name and again.session.finder == now
    assert complete(tmp_path) == [schedule.session.name]
    look(again)
