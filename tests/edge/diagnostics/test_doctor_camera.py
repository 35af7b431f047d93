"""A camera that a running tracker holds is told from a broken one."""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.edge.diagnostics import machine, sending
from laughtrack.edge.diagnostics.camera import check_camera
from laughtrack.edge.diagnostics.checks import findings
from tests.edge.device_cases import plugged
from tests.edge.doctor_cases import about, settings

ROOT = Path(__file__).parents[3]


@contextlib.contextmanager
def tracker(tmp_path, **status):
    """Hold a folder as the program does while it runs."""
    (tmp_path / "device").mkdir()
    if status:
        (tmp_path / "device" / "status.json").write_text(json.dumps(status))
    with open(tmp_path / "device" / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# the status file's camera, what is found
HELD = [
    ({"camera": "ok"}, True, "it says: ok"),
    ({"camera": "camera 0 stopped"}, False, "it says: camera 0 stopped"),
    ({}, None, "holds the camera"),
]


@pytest.mark.slow
@pytest.mark.parametrize("status, ok, said", HELD)
def test_camera_of_a_running_tracker_is_not_touched(tmp_path, status, ok, said):
    """Its status file says how the camera is; without one, nobody can tell."""
    with tracker(tmp_path, **status):
        found = findings(settings(tmp_path, source="/dev/video77"))
    (camera,) = about(found, "camera")
    assert camera.ok is ok and said in camera.message
    assert "the tracker is running" in camera.message
    assert ok is not None or "status.json" in camera.cure


@pytest.mark.slow
def test_real_tracker_is_noticed(tmp_path):
    """The program itself, waiting for a camera, is seen by its lock and its status file."""
    os.mkfifo(tmp_path / "camera")
    chosen = settings(tmp_path, source=str(tmp_path / "camera"))
    flags = [
        f"--{name}={getattr(chosen, name)}" for name in ("source", "folder", "file", "context")
    ]
    command = [sys.executable, "-m", "laughtrack.edge", "run", "--publisher=file", *flags]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as program:
        deadline = time.monotonic() + 60
        while not (tmp_path / "device" / "status.json").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        found = findings(chosen)
        program.terminate()
    assert "running on" in about(found, "program")[0].message
    assert "the tracker is running" in about(found, "camera")[0].message


@pytest.mark.slow
def test_film_is_read_beside_a_running_tracker(tmp_path):
    """Only cameras and FIFOs have one reader."""
    with tracker(tmp_path, camera="ok"):
        (camera,) = about(findings(settings(tmp_path)), "camera")
    assert camera.ok and "160 x 120" in camera.message


@pytest.mark.slow
@pytest.mark.parametrize("trouble, ok", [("", True), ("no network", False)])
def test_running_tracker_tells_its_trouble(tmp_path, trouble, ok):
    """What the program says of itself is a finding."""
    with tracker(tmp_path, camera="ok", trouble=trouble):
        (program,) = about(findings(settings(tmp_path)), "program")
    assert program.ok is ok and "running on" in program.message and trouble in program.message


@pytest.mark.slow
def test_running_tracker_that_hangs_is_found(tmp_path):
    """Its status grows old."""
    with tracker(tmp_path, camera="ok", trouble=""):
        long_ago_s = time.time() - 1000
        os.utime(tmp_path / "device" / "status.json", (long_ago_s, long_ago_s))
        (program,) = about(findings(settings(tmp_path)), "program")
    assert program.ok is False and "no status for 10" in program.message


@pytest.mark.slow
def test_lock_of_another_user_cannot_be_told(tmp_path):
    """Who may not read the lock is told to ask as its owner."""
    (tmp_path / "lock").mkdir()  # root can read any file, but opens no folder
    assert machine.running(str(tmp_path)) is None
    (program,) = about(findings(settings(tmp_path, folder=str(tmp_path))), "program")
    assert program.ok is None and "ask as the user who owns" in program.cure


@pytest.mark.slow
def test_silent_fifo_is_not_waited_for_long(tmp_path, monkeypatch):
    """A FIFO that nobody writes to gives no picture; the doctor ends all the same."""
    monkeypatch.setattr("laughtrack.edge.diagnostics.camera.FIRST_S", 0.3)
    os.mkfifo(tmp_path / "camera")
    camera = check_camera(str(tmp_path / "camera"), 10.0)
    assert camera.ok is False and camera.cure == "start what writes to it"


@pytest.mark.slow
def test_fifo_with_pictures_is_a_camera(tmp_path):
    """Motion-JPEG through a FIFO is measured as it comes."""
    path = tmp_path / "camera"
    os.mkfifo(path)
    over = threading.Event()

    def write():
        with contextlib.suppress(BrokenPipeError), open(path, "wb") as file:
            for n in range(1000):
                picture = np.full((48, 64, 3), n % 200, np.uint8)
                file.write(cv2.imencode(".jpg", picture)[1].tobytes())
                file.flush()
                if over.wait(0.02):
                    return

    writer = threading.Thread(target=write)
    writer.start()
    camera = check_camera(str(path), 5.0)
    over.set()
    writer.join()
    assert camera.ok and camera.message.startswith("64 x 48, ")


@pytest.mark.slow
def test_who_holds_a_camera_is_named(tmp_path, monkeypatch):
    """Another program that has the device open is named with its number."""
    monkeypatch.setattr("laughtrack.edge.diagnostics.camera.FIRST_S", 0.3)
    path = tmp_path / "camera"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)
    with subprocess.Popen(["sleep", "60"], stdin=end) as other:
        deadline = time.monotonic() + 30
        while not machine.holders(str(path)) and time.monotonic() < deadline:
            time.sleep(0.05)
        camera = check_camera(str(path), 10.0)
        other.kill()
    os.close(end)
    assert camera.ok is False and f"sleep ({other.pid})" in camera.message
    assert "one reader" in camera.cure


@pytest.mark.parametrize("trouble, asked", [("", False), ("no network", True)])
def test_broker_of_a_running_tracker_is_left_alone(tmp_path, trouble, asked):
    """Two connections of one name would put each other off; only a tracker in trouble is."""
    chosen = settings(tmp_path, publisher="mqtt", broker="mqtt://127.0.0.1:1")
    with tracker(tmp_path, camera="ok", trouble=trouble):
        brokers = list(sending.check_publisher(chosen, True))
    assert [f.ok for f in brokers].count(False) == asked


# What reads is chosen by what is installed: a device has OpenCV, whose read cannot be called back.
DOCTOR = """
import sys
from laughtrack.edge import console
from laughtrack.edge.__main__ import main
from laughtrack.edge.sources import open_source
reads = sys.argv.pop()
open_source._has_av = lambda: reads == "PyAV"
console.leave(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("reads", ["PyAV", "OpenCV"])
def test_doctor_ends_with_its_verdict_on_a_network_camera(tmp_path, reads):
    """Exit 1 for what is wrong, and no abort after the last line."""
    with plugged() as camera:
        words = ["doctor", "--source", camera.place, "--context", "screening", "--device", "d"]
        words += ["--publisher", "file", "--file", str(tmp_path / "out"), "--folder", str(tmp_path)]
        done = subprocess.run(
            [sys.executable, "-c", DOCTOR, *words, reads],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )
    assert done.returncode == 1 and "all the same" in done.stdout, done
    assert "wrong" in done.stdout.splitlines()[-1] and "terminate" not in done.stderr
