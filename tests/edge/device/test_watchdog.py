"""The watchdog."""

import os
import queue
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from laughtrack.edge.device import watchdog
from laughtrack.edge.device.watchdog import Limits, Watchdog

ROOT = Path(__file__).parents[3]


class Fake:
    """What a watchdog does, as seen from outside; driven by ticks of a second."""

    def __init__(self, memory_mb=100.0, on_stuck=None):
        self.said, self.ended, self.pings = queue.Queue(), [], []
        self.memory_mb = memory_mb
        self.dog = Watchdog(
            Limits(stuck_s=10.0, memory_mb=500.0),
            on_stuck or self.said.put,
            on_memory=self.said.put,
            exit_now=self.ended.append,
            memory=lambda: self.memory_mb,
        )

    def run(self, seconds):
        """Let time pass until the end."""
        for _ in range(seconds):
            if not self.ended:
                self.dog.tick(1.0)


@pytest.fixture
def fake(monkeypatch):
    """A watchdog whose time is ours."""
    fake = Fake()
    monkeypatch.setattr(watchdog, "notify", fake.pings.append)
    return fake


def test_live_program_is_left_alone(fake):
    """With looks often enough nothing happens but pings."""
    for _ in range(50):
        fake.dog.alive()
        fake.run(9)
    assert fake.said.empty() and not fake.ended and fake.pings == ["WATCHDOG=1"] * 450
    assert fake.dog.trouble == ""


def test_stuck_program_is_told_once_a_stretch(fake):
    """After stuck_s the device hears what hangs, once; a look begins a new stretch."""
    for _ in range(2):
        fake.dog.alive(then="a picture from the camera")
        fake.run(19)
        assert fake.said.get(timeout=120) == "nothing for 10 s: hangs at a picture from the camera"
    assert fake.said.empty() and not fake.ended
    assert fake.dog.trouble == "nothing for 19 s: hangs at a picture from the camera"


def test_program_stuck_for_twice_that_ends(fake):
    """The process ends with the status that says: start me anew. systemd hears nothing more."""
    fake.dog.alive()
    fake.run(60)
    assert fake.ended == [75] and len(fake.pings) == 9


def test_camera_that_opens_and_hangs_again_ends_the_process(fake):
    """Opening the camera anew is no look: the silence goes on."""
    fake.dog.alive()
    fake.run(12)
    fake.dog.waiting("the camera is opened anew")
    fake.run(100)
    assert not fake.ended
    fake.dog.expecting("the camera's first picture")
    fake.run(7)
    assert not fake.ended
    fake.run(1)
    assert fake.ended == [75]


def test_camera_unplugged_for_an_hour_restarts_nothing(fake):
    """Attempts that fail with an error, and the waits between them, are no hang."""
    fake.dog.alive()
    for _ in range(60):
        fake.dog.waiting("the camera is opened anew in 52 s")
        fake.run(52)
        fake.dog.expecting("the camera to open")
        fake.run(8)
    assert fake.said.empty() and not fake.ended and len(fake.pings) == 3600


def test_nothing_is_expected_before_the_start(fake):
    """A program that is still starting, or has no session, is not stuck."""
    fake.run(1000)
    assert fake.said.empty() and not fake.ended


def test_too_much_memory_ends_tidily(fake):
    """The device is asked once to end, and told why."""
    fake.memory_mb = 501.0
    for _ in range(15):
        fake.dog.alive()
        fake.run(1)
    said = fake.said.get(timeout=120)
    assert said == "501 MB of memory, above memory_mb = 500"
    assert fake.said.empty() and not fake.ended


def test_too_much_memory_without_an_end_is_ended(fake):
    """Who does not end when asked is ended."""
    fake.memory_mb = 501.0
    for _ in range(21):
        fake.dog.alive()
        fake.run(1)
    assert fake.ended == [75]


@pytest.mark.parametrize("used", [None, 500.0])
def test_memory_unknown_or_within_its_limit_is_fine(fake, used):
    """No figure is no trouble."""
    fake.memory_mb = used
    fake.run(100)
    assert fake.said.empty() and not fake.ended


def test_device_that_hangs_when_told_does_not_save_the_process(monkeypatch):
    """What is called runs in a thread of its own, so that the end comes all the same."""
    over = threading.Event()
    fake = Fake(on_stuck=lambda words: over.wait(60))
    monkeypatch.setattr(watchdog, "notify", fake.pings.append)
    fake.dog.alive()
    fake.run(20)
    over.set()
    assert fake.ended == [75]


def test_error_of_what_is_called_is_logged(fake, caplog):
    """An error there does not end the watch."""
    done = threading.Event()

    def fail(words):
        done.set()
        raise RuntimeError("no such camera")

    dog = Watchdog(Limits(stuck_s=1.0), fail, exit_now=fake.ended.append)
    dog.alive()
    dog.tick(1.0)
    assert done.wait(30)
    dog.alive()
    dog.tick(0.5)
    assert not fake.ended


def program(code, patience_s=1.0, **environ):
    """Run a watched program in a process of its own: exit status and what it logged."""
    code = (
        "import sys, threading, time\nfrom laughtrack.edge.device import logs\n"
        "from laughtrack.edge.device import watchdog\nlogs.start()\n"
        f"dog = watchdog.Watchdog(watchdog.Limits({patience_s}), lambda words: None)\n"
        f"dog.start()\n{code}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environ},
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stderr


@pytest.mark.slow
def test_real_process_that_hangs_ends_with_its_reason():
    """The log has what hung, the status is 75."""
    status, said = program("dog.alive('the scorer')\ntime.sleep(60)")
    assert status == 75 and "hangs at the scorer; ending, to be started anew" in said


@pytest.mark.slow
def test_log_that_hangs_does_not_save_the_process():
    """A thread that hangs with the log's lock in its hand is ended too."""
    code = "import logging\nlogging.getLogger('laughtrack').handlers[0].acquire()\n"
    status, _ = program(code + "dog.alive()\ntime.sleep(60)")
    assert status == 75


def test_stopped_watchdog_ends_nothing():
    """After stop nobody is left to end it."""
    code = "dog.alive()\ndog.stop()\nassert threading.active_count() == 1"
    assert program(code, patience_s=30) == (0, "")


@pytest.mark.slow
def test_systemd_is_pinged_by_a_live_program_only(tmp_path):
    """A real process pings a real socket until it hangs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(0.0)
        status, _ = program("dog.alive()\ntime.sleep(60)", NOTIFY_SOCKET=str(tmp_path / "notify"))
        heard = []
        while status == 75:
            try:
                heard.append(server.recv(100))
            except BlockingIOError:
                break
    assert set(heard) == {b"WATCHDOG=1"} and len(heard) <= 10
