"""The device says how it is: regularly, when something changed, and to whoever asked."""

import json
import queue
import types

import pytest

from laughtrack.edge import status_file
from laughtrack.edge.checked_files import set_aside
from laughtrack.edge.device import status
from laughtrack.edge.device.commands import Command, InvalidCommand
from laughtrack.edge.outbox.memory_buffer import MemoryBuffer
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.session.schedule import Outcome
from laughtrack.edge.settings import Settings

SOON_S = 120.0


class Publisher:
    """Takes what is published."""

    trouble = ""

    def __init__(self):
        self.said, self.closed = queue.Queue(), None

    def status(self, said):
        """Take a status; fail where told to."""
        self.said.put(said)
        if said.get("fails"):
            raise RuntimeError("no network")

    def close(self, last):
        """Take the last one."""
        self.closed = last


@pytest.fixture
def reporter(tmp_path):
    """A reporter of a state that can be set, and its publisher."""
    settings = Settings(device="cam", folder=str(tmp_path), status_s=1000.0)
    state = {"online": True, "camera": "ok", "viewers": 2, "queue": 0}
    publisher = Publisher()
    reporter = status.StatusReporter(status.StatusSettings.of(settings), lambda: dict(state))
    reporter.start(publisher)
    assert publisher.said.get(timeout=SOON_S) == state
    yield reporter, publisher, state
    if publisher.closed is None:
        reporter.close()


def test_change_is_said_at_once(reporter, tmp_path):
    """On the topic, and in the folder for whoever logs in."""
    reporter, publisher, state = reporter
    state["camera"] = "gone"
    reporter.changed()
    assert publisher.said.get(timeout=SOON_S)["camera"] == "gone"
    assert json.loads((tmp_path / status_file.NAME).read_text())["camera"] == "gone"


@pytest.mark.parametrize(
    "asked, expected",
    [
        (Command("mark", "", "x", "q1"), {"id": "q1", "do": "mark"}),
        (InvalidCommand("what?", "start", "q2"), {"id": "q2", "do": "start"}),
        (InvalidCommand("what?"), {"id": "", "do": ""}),
    ],
)
def test_answer_comes_with_the_state(reporter, asked, expected):
    """And names what was asked; the next report has it no more."""
    reporter, publisher, state = reporter
    reporter.answer(asked, Outcome(False, "no session is on"))
    answer = {**expected, "ok": False, "said": "no session is on"}
    assert publisher.said.get(timeout=SOON_S) == {**state, "answer": answer}
    reporter.changed()
    assert publisher.said.get(timeout=SOON_S) == state


def test_report_that_fails_is_not_the_last(reporter):
    """The thread goes on."""
    reporter, publisher, state = reporter
    state["fails"] = True
    reporter.changed()
    assert publisher.said.get(timeout=SOON_S)["fails"]
    del state["fails"]
    reporter.changed()
    assert publisher.said.get(timeout=SOON_S) == state


def test_last_word_is_offline(reporter, tmp_path):
    """After all that was still to be said."""
    reporter, publisher, state = reporter
    reporter.answer(Command("stop", "", "", "q"), Outcome(True, "no session is on"))
    reporter.close()
    assert publisher.said.get(timeout=SOON_S)["answer"]["id"] == "q"
    assert publisher.closed == {**state, "online": False}
    assert json.loads((tmp_path / status_file.NAME).read_text())["online"] is False


@pytest.mark.slow
def test_it_is_said_again_and_again(tmp_path):
    """Every so many seconds, though nothing changes."""
    publisher = Publisher()
    settings = Settings(folder=str(tmp_path), status_s=0.05)
    reporter = status.StatusReporter(
        status.StatusSettings.of(settings), lambda: {"camera": "ok", "viewers": 0, "queue": 0}
    )
    reporter.start(publisher)
    assert [publisher.said.get(timeout=SOON_S)["camera"] for _ in range(4)] == ["ok"] * 4
    reporter.close()


def test_folder_that_cannot_be_written_is_no_matter(tmp_path):
    """The topic has it all the same."""
    status_file.write(str(tmp_path / "none"), {"a": 1})


@pytest.mark.slow
def test_all_that_is_promised_is_there(tmp_path):
    """JSON types; what waits in memory counts as waiting, and a password is not shown."""

    class Full:
        waiting, bytes, dropped, refused = 2, 8192, 3, 1
        folder = str(tmp_path / "outbox")

        def put(self, payload):
            raise OSError("make room on the disk")

    buffer = MemoryBuffer(Full(), max_bytes=1)
    for _ in range(2):
        buffer.put(b"xx")
    (tmp_path / "session.jsonl").write_text("damaged")
    set_aside(str(tmp_path / "session.jsonl"), "by a test")
    source = "rtsp://me:secret@camera/live"
    given = Settings(device="cam", site="hall", folder=str(tmp_path), source=source)
    settings = status.StatusSettings.of(given)
    sender = types.SimpleNamespace(sent=7, last_trouble="no network")
    found = json.loads(json.dumps(status.device_status(settings, buffer, sender, Publisher())))
    assert found["online"] is True and (found["device"], found["site"]) == ("cam", "hall")
    assert (found["queue"], found["queue_bytes"]) == (3, 8192)
    assert (found["dropped"], found["refused"], found["sent"]) == (4, 1, 7)
    assert found["damaged"] == 1
    assert found["trouble"] == "make room on the disk"
    assert found["source"] == "rtsp://camera/live"
    assert found["memory_mb"] > 1 and found["disk_free_mb"] > 0 and found["versions"]["laughtrack"]
    buffer = MemoryBuffer(Outbox(tmp_path / "outbox", 1e6))
    assert status.device_status(settings, buffer, sender, Publisher())["trouble"] == "no network"
