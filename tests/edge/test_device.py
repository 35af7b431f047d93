"""The device program through kills, signals, outages of its camera, commands and full disks."""

import contextlib
import errno
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge import device as module
from edge import schedule as schedule_file
from edge import session as session_file
from edge.device import Device
from edge.frames import SourceError
from edge.health import START_ANEW
from edge.readings import from_json
from edge.settings import load
from edge.simulate import simulate

ROOT = Path(__file__).parent.parent.parent
# For whatever comes within a second or two on a machine that does nothing else.
SOON_S = 40.0


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Twenty seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("device") / "film.mp4"
    simulate(path, 3, 20, (480, 270), seed=4)
    return str(path)


class Camera:
    """A network camera that can be unplugged, and can hang."""

    def __init__(self):
        self.flows = threading.Event()
        self._plugged, self._server, self._port = False, None, 0
        picture = np.full((90, 120, 3), 99, np.uint8)
        jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        part, camera = head.encode() + jpeg + b"\r\n", self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with contextlib.suppress(OSError):
                    while camera._plugged:
                        if camera.flows.wait(0.1):
                            self.wfile.write(part)
                            time.sleep(0.04)

            def log_message(self, *args):
                pass

        self._handler = Handler
        self.flows.set()
        self.plug()
        self.place = f"http://127.0.0.1:{self._port}/video.mjpg"

    def plug(self):
        """Give pictures at the same address as before."""
        self._plugged = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def unplug(self):
        """Hang up, and answer no more."""
        self._plugged = False
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def camera():
    """A camera that gives pictures."""
    camera = Camera()
    yield camera
    if camera._plugged:
        camera.unplug()


def flags(folder, source, **more):
    """Return a device's settings as words."""
    given = {
        "source": source,
        "device": "cam",
        "folder": str(folder / "device"),
        "publisher": "file",
        "file": str(folder / "batches.jsonl"),
        "batch_s": "1",
        "scorer": "openvino",
        "status_s": "0.2",
        **more,
    }
    return {name: str(value) for name, value in given.items()}


@contextlib.contextmanager
def process(folder, source, code=None, **more):
    """Run the device as a process of its own, which is gone afterwards."""
    words = [sys.executable, *(["-c", code] if code else ["-m", "edge"]), "run"]
    for name, value in flags(folder, source, **more).items():
        words += ["--" + name.replace("_", "-"), value]
    with open(folder / "log", "ab") as log:
        started = subprocess.Popen(words, cwd=ROOT, stderr=log)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def until(wanted, what):
    """Wait until something is so; return it."""
    end_s = time.monotonic() + SOON_S
    while time.monotonic() < end_s:
        with contextlib.suppress(OSError, ValueError):
            found = wanted()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError(f"not in time: {what}")


def said(folder):
    """Return the status that lies in the device's folder."""
    return json.loads((folder / "device" / "status.json").read_text())


def sent(folder):
    """Return the batches sent, each once: one sent twice is the same both times."""
    found = {}
    for line in (folder / "batches.jsonl").read_text().splitlines():
        batch = from_json(line)
        assert found.setdefault((batch.session, batch.seq), batch) == batch
    return list(found.values())


def whole(batches):
    """Whether they are one session's, none missing, and no frame in two of them."""
    assert len({b.session for b in batches}) == 1
    assert [b.seq for b in batches] == list(range(len(batches)))
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(batches))
    columns = ((b.readings["viewer_id"], b.readings["t_s"]) for b in batches)
    seen = [row for column in columns for row in zip(*column, strict=True)]
    return len(seen) == len(set(seen))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_tidily(tmp_path, film, number):
    """The batch is closed and sent, the state is offline, and the session can go on."""
    with process(tmp_path, film, speed=1, batch_s=20) as device:
        until(lambda: said(tmp_path)["viewers"], "viewers")
        device.send_signal(number)
        assert device.wait(SOON_S) == 0
    assert said(tmp_path)["online"] is False and said(tmp_path)["queue"] == 0
    (batch,) = sent(tmp_path)
    assert 0 < batch.end_s < 20 and "complete" not in batch.info
    assert (tmp_path / "device" / "session.jsonl").exists()


def test_signal_ends_it_though_the_camera_hangs(tmp_path, camera):
    """Not after the watchdog's patience only."""
    with process(tmp_path, camera.place, stuck_s=1000) as device:
        until(lambda: said(tmp_path)["camera"] == "ok", "pictures")
        camera.flows.clear()
        device.send_signal(signal.SIGTERM)
        assert device.wait(SOON_S) == 0


def test_killed_it_goes_on_as_if_nothing_had_been(tmp_path, film):
    """A recording's readings are those of a run without a kill, to the last number."""
    kept = {}
    for name, kills in (("once", 0), ("killed", 2)):
        folder = tmp_path / name
        folder.mkdir()
        for n in range(kills):
            with process(folder, film) as device:
                until(lambda n=n: len(sent(folder)) > 2 + 5 * n, "batches")  # noqa: B023
                device.kill()
        with process(folder, film) as device:
            assert device.wait(SOON_S) == 0
        kept[name] = [b._replace(session="", started_utc="", info={}) for b in sent(folder)]
        assert whole(sent(folder)) and sent(folder)[-1].info["complete"]
    assert kept["killed"] == kept["once"]


def test_killed_while_a_film_plays_it_goes_on_where_the_film_is(tmp_path, film):
    """At another speed than the clock's, too: the viewers are the same, and the end is seen."""
    for _ in range(2):
        with process(tmp_path, film, speed=3) as device:
            until(lambda: len(sent(tmp_path)) > 1, "batches")
            until(lambda: said(tmp_path)["viewers"], "viewers")
            device.kill()
    with process(tmp_path, film, speed=3) as device:
        assert device.wait(SOON_S) == 0
    found = sent(tmp_path)
    assert whole(found) and found[-1].end_s == pytest.approx(20, abs=0.3)
    assert {v for b in found for v in b.readings["viewer_id"]} == {1, 2, 3}


def test_second_program_in_one_folder_is_refused(tmp_path, camera):
    """Plainly, and the first one goes on."""
    with process(tmp_path, camera.place) as first:
        until(lambda: said(tmp_path)["camera"] == "ok", "pictures")
        with process(tmp_path, camera.place) as second:
            assert second.wait(SOON_S) == 1
        assert "is in use by another program of this device" in (tmp_path / "log").read_text()
        assert first.poll() is None


HANGING_SCORER = """
import sys, threading
import edge.__main__, edge.device
edge.device.open_scorer = lambda settings: lambda crops: threading.Event().wait()
sys.exit(edge.__main__.main())
"""


def test_scorer_that_hangs_is_started_anew(tmp_path, film):
    """The process ends, for whoever minds it to start it again."""
    with process(tmp_path, film, HANGING_SCORER, stuck_s=2) as device:
        assert device.wait(SOON_S) == START_ANEW
    assert (
        "hangs at a look at a picture; ending, to be started anew" in (tmp_path / "log").read_text()
    )


def test_camera_that_hangs_is_opened_anew_and_then_all_is(tmp_path, camera):
    """It says what hangs; after the restart the session goes on."""
    with process(tmp_path, camera.place, stuck_s=3) as device:
        until(lambda: said(tmp_path)["camera"] == "ok", "pictures")
        camera.flows.clear()
        until(lambda: "hangs at the camera's next" in said(tmp_path)["camera"], "the reason")
        assert device.wait(SOON_S) == START_ANEW
    camera.flows.set()
    with process(tmp_path, camera.place) as device:
        before = len(sent(tmp_path))
        until(lambda: len(sent(tmp_path)) > before + 1, "batches after the restart")
    assert whole(sent(tmp_path))


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


def test_order_is_obeyed_though_the_camera_hangs(begin, camera):
    """And answered long before the watchdog's patience is over."""
    device, publisher, _ = begin(camera.place, session="day", stuck_s=1000)
    publisher.when(lambda s: s["camera"] == "ok")
    camera.flows.clear()
    assert tell(device, publisher, do="stop")["answer"]["ok"]


def test_order_at_the_end_is_answered(begin, camera):
    """With no."""
    device, publisher, _ = begin(camera.place)
    publisher.when(lambda s: s["camera"] == "ok")
    device.stop()
    assert not tell(device, publisher, do="start")["answer"]["ok"]


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


def test_film_cut_short_is_said(begin, film, tmp_path):
    """What there was is kept, and how much is missing."""
    short = tmp_path / "short.avi"
    video = cv2.VideoWriter(str(short), cv2.VideoWriter_fourcc(*"MJPG"), 25, (480, 270))
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
