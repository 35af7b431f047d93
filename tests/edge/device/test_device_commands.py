"""The device program through commands, outages of its camera, full disks, broken films."""

import errno
import itertools
import json
import logging
import os
import queue
import threading
import time
import urllib.request

import cv2
import numpy as np
import pytest

from laughtrack.analytics.store.session_info import merged_info
from laughtrack.edge.device import device as module
from laughtrack.edge.device.device import Device
from laughtrack.edge.preview.page import PagePreview
from laughtrack.edge.readings import from_json
from laughtrack.edge.session import schedule as schedule_file
from laughtrack.edge.session import session as session_file
from laughtrack.edge.settings import load
from laughtrack.edge.sources.frames import SourceError
from tests.edge.device_cases import SOON_S, flags, make_film, plugged, until, whole


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Twenty seconds of three pretend viewers."""
    return make_film(tmp_path_factory.mktemp("device"))


@pytest.fixture
def camera():
    """A camera that gives pictures."""
    with plugged() as camera:
        yield camera


class Publisher:
    """Takes statuses, and lets them be waited for."""

    connected, trouble = True, ""

    def __init__(self):
        self.statuses, self.payloads, self.last = queue.Queue(), [], None

    def send(self, payload):
        """Take a batch."""
        self.payloads.append(payload)

    def status(self, status):
        """Take a status."""
        self.statuses.put(status)

    def close(self, status=None):
        """Take the last one."""
        self.last = status

    def when(self, wanted):
        """Wait for a status that is as wanted; return it."""
        end_s = time.monotonic() + SOON_S
        while True:
            status = self.statuses.get(timeout=max(0.0, end_s - time.monotonic()))
            if wanted(status):
                return status


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """A function that runs a device in a thread; ended at the end."""
    ran = []

    def begin(source, shown=None, **more):
        publisher = Publisher()
        with monkeypatch.context() as patch:
            patch.setattr(module, "open_publisher", lambda settings, on_command: publisher)
            patch.setattr(module, "open_scorer", lambda settings: lambda c: np.zeros(len(c)))
            patch.setattr(module, "open_preview", lambda place, rate_hz: shown)
            device = Device(load(None, flags(tmp_path, source, **more), {}))
        codes = []
        thread = threading.Thread(target=lambda: codes.append(device.run()))
        thread.start()

        def end():
            device.stop()
            thread.join(SOON_S)
            assert not thread.is_alive()
            return codes[0] if codes else None

        ran.append(end)
        return device, publisher, end

    yield begin
    for end in ran:
        end()


def tell(device, publisher, **order):
    """Give a command; return the status that answers it."""
    device.command(json.dumps({"id": "me", **order}))
    return publisher.when(lambda status: "answer" in status)


@pytest.mark.slow
def test_camera_that_comes_back_is_the_same_session(begin, camera):
    """In between it says what is wrong, and the time is in no batch."""
    _, publisher, end = begin(camera.place)
    name = publisher.when(lambda s: s["camera"] == "ok")["session"]
    camera.unplug()
    assert "check" in publisher.when(lambda s: s["camera"] != "ok")["camera"]
    away = publisher.when(lambda s: "cannot open" in s["camera"])
    assert away["session"] == name and away["viewers"] == 0
    camera.plug()
    assert publisher.when(lambda s: s["camera"] == "ok")["session"] == name
    until(lambda: publisher.payloads[-1:] and from_json(publisher.payloads[-1]).start_s > 3, "more")
    assert end() == 0
    found = [from_json(payload) for payload in publisher.payloads]
    assert whole(found)
    holes = [b.start_s - a.end_s for a, b in itertools.pairwise(found)]
    assert sum(hole > 0.5 for hole in holes) == 1


@pytest.mark.slow
def test_commands_are_obeyed_and_answered(begin, camera):
    """Start, mark, status, stop, in the status's answer with the asker's own word."""
    device, publisher, _ = begin(camera.place, session="command")
    assert publisher.when(lambda s: s["camera"].startswith("off"))["session"] == ""
    answer = tell(device, publisher, do="mark", text="x")["answer"]
    assert answer == {
        "id": "me",
        "do": "mark",
        "ok": False,
        "said": "no session is on: start one first",
    }
    started = tell(device, publisher, do="start", session="Show")
    assert started["answer"]["said"] == "session Show" and started["session"] == "Show"
    publisher.when(lambda s: s["camera"] == "ok")
    assert tell(device, publisher, do="mark", text="film starts")["answer"]["ok"]
    assert tell(device, publisher, do="title", text="The Night Bus")["answer"]["ok"]
    status = tell(device, publisher, do="status")
    assert status["answer"]["ok"] and status["looks_per_s"] > 0 and status["online"]
    refused = tell(device, publisher, do="start", session="Show")
    assert not refused["answer"]["ok"] and "choose another name" in refused["answer"]["said"]
    wrong = tell(device, publisher, do="start", session="a/b")["answer"]
    assert not wrong["ok"] and "letters, digits" in wrong["said"] and wrong["id"] == "me"
    stopped = tell(device, publisher, do="stop")
    assert stopped["answer"]["ok"] and stopped["session"] == ""
    until(lambda: any(b'"complete":true' in each for each in publisher.payloads), "the last batch")
    found = [from_json(payload) for payload in publisher.payloads]
    assert whole(found) and found[-1].info["complete"]
    marks = [mark["text"] for b in found for mark in b.info.get("marks", [])]
    assert marks == ["film starts"]
    assert merged_info([json.dumps(b.info) for b in found])["title"] == "The Night Bus"


@pytest.mark.slow
@pytest.mark.parametrize("session", ["day", "start"])
def test_stop_holds_over_a_restart(begin, camera, session):
    """A session begun by itself does not begin again until it is told to."""
    device, publisher, end = begin(camera.place, session=session)
    publisher.when(lambda s: s["camera"] == "ok")
    tell(device, publisher, do="stop")
    assert end() == 0
    device, publisher, _ = begin(camera.place, session=session)
    assert publisher.when(lambda s: s["camera"].startswith("off"))["session"] == ""
    assert tell(device, publisher, do="start")["session"]


@pytest.mark.slow
@pytest.mark.parametrize("session, complete", [("day", False), ("start", True), ("command", False)])
def test_session_of_a_start_ends_with_the_program(begin, camera, session, complete):
    """Those by day and by command go on with the next start."""
    device, publisher, end = begin(camera.place, session=session)
    name = tell(device, publisher, do="start")["session"]
    publisher.when(lambda s: s["camera"] == "ok")
    assert end() == 0
    last = from_json(publisher.payloads[-1])
    assert (last.session, last.info.get("complete", False)) == (name, complete)
    _, publisher, _ = begin(camera.place, session=session)
    again = publisher.when(lambda s: s["camera"] == "ok" or s["camera"].startswith("off"))
    assert (again["session"] == name) == (not complete)


@pytest.mark.slow
def test_order_is_obeyed_though_the_camera_hangs(begin, camera):
    """And answered long before the watchdog's patience is over."""
    device, publisher, _ = begin(camera.place, session="day", stuck_s=1000)
    publisher.when(lambda s: s["camera"] == "ok")
    camera.flows.clear()
    assert tell(device, publisher, do="stop")["answer"]["ok"]


@pytest.mark.slow
def test_order_at_the_end_is_answered(begin, camera):
    """With no."""
    device, publisher, _ = begin(camera.place)
    publisher.when(lambda s: s["camera"] == "ok")
    device.stop()
    assert not tell(device, publisher, do="start")["answer"]["ok"]


@pytest.mark.slow
def test_new_day_is_a_new_session(begin, camera, monkeypatch):
    """While the camera runs on."""
    _, publisher, _ = begin(camera.place, session="day")
    name = publisher.when(lambda s: s["camera"] == "ok")["session"]
    for file in (schedule_file, session_file):
        monkeypatch.setattr(file, "day", lambda: "2100-01-01")
    assert publisher.when(lambda s: s["session"] not in ("", name))
    until(lambda: from_json(publisher.payloads[-1]).session != name, "batches of the new one")
    found = [from_json(payload) for payload in publisher.payloads]
    assert [b.session for b in found if b.info.get("complete")] == [name]


@pytest.mark.slow
def test_preview_that_fails_is_no_failure(begin, camera):
    """What is watched does not depend on who looks on."""

    class Preview:
        def show(self, *_):
            raise OSError("nobody there")

        def close(self):
            pass

    _, publisher, end = begin(camera.place, Preview(), preview="fifo")
    publisher.when(lambda s: s["camera"] == "ok")
    until(lambda: len(publisher.payloads) > 1, "batches")
    assert end() == 0


@pytest.mark.slow
def test_preview_address_is_the_owners_alone(begin, camera, tmp_path, caplog):
    """It is in one file that nobody else reads: not in the log, in a status, or in a batch."""
    caplog.set_level(logging.DEBUG)
    preview = PagePreview(0)
    device, publisher, end = begin(camera.place, preview, preview="8000")
    first = publisher.when(lambda s: s["camera"] == "ok")
    (path,) = tmp_path.rglob("preview-address")
    assert path.read_text() == preview.address + "\n"
    assert path.stat().st_mode & 0o777 == 0o600
    with urllib.request.urlopen(preview.address, timeout=SOON_S) as answer:
        assert answer.readline() == b"--frame\r\n"
    until(lambda: publisher.payloads, "a batch")
    key = preview.path.strip("/")
    said = [caplog.text, str(first), str(tell(device, publisher, do="status")), publisher.payloads]
    assert end() == 0
    said += [publisher.last, *(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())]
    assert not path.exists() and not any(key in str(each) for each in said)


@pytest.mark.slow
def test_full_disk_is_said_and_survived(begin, camera, monkeypatch):
    """While the program runs nothing is lost, and with room again all is as before."""

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _, publisher, end = begin(camera.place)
    publisher.when(lambda s: s["camera"] == "ok")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        status = publisher.when(lambda s: "make room on the disk" in s["trouble"])
        assert status["online"] and status["camera"] == "ok" and status["queue"] > 0
    publisher.when(lambda s: not s["trouble"])
    assert end() == 0
    found = [from_json(payload) for payload in publisher.payloads]
    assert whole(found) and len(found) > 1


@pytest.mark.slow
def test_film_cut_short_is_said(begin, film, tmp_path):
    """What there was is kept, and how much is missing."""
    short = tmp_path / "short.avi"
    video = cv2.VideoWriter(str(short), cv2.VideoWriter_fourcc(*"MJPG"), 25, (400, 226))
    source = cv2.VideoCapture(film)
    for _ in range(100):
        video.write(source.read()[1])
    video.release()
    source.release()
    data = short.read_bytes()
    short.write_bytes(data[: len(data) // 2])
    _, publisher, end = begin(str(short))
    until(lambda: publisher.last, "the end")
    assert end() == 0
    last = from_json(publisher.payloads[-1])
    assert last.info["complete"] and last.info["cut_short_s"] == pytest.approx(2, abs=0.3)


@pytest.mark.slow
def test_folder_with_a_broken_picture_says_which(begin, tmp_path, monkeypatch):
    """The session ends with what there was, and the program with the reason."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for n in range(6):
        cv2.imwrite(str(pictures / f"{n}.png"), np.full((90, 120, 3), 99, np.uint8))
    (pictures / "4.png").write_bytes(b"no picture")
    failed = []
    monkeypatch.setattr(threading, "excepthook", lambda words: failed.append(words.exc_value))
    _, publisher, _ = begin(str(pictures))
    until(lambda: failed, "the reason")
    assert isinstance(failed[0], SourceError) and "4.png" in str(failed[0])
    last = from_json(publisher.payloads[-1])
    assert "4.png" in last.info["broke"] and last.info["complete"] and last.frames == 4
