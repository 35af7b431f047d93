"""The doctor finds what is wrong, and says what to do."""

import contextlib
import fcntl
import importlib.util
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest

from edge import clock, doctor_camera, doctor_machine, doctor_sending
from edge.doctor import MARKS, doctor, findings
from edge.outbox import Outbox
from edge.settings import load


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """Leave out what this machine's environment says."""
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)


def film(path, fps=25, frames=50):
    """Make a film of a square that moves."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, (160, 120))
    for n in range(frames):
        picture = np.zeros((120, 160, 3), np.uint8)
        picture[40:80, 2 * n : 2 * n + 40] = 255
        video.write(picture)
    video.release()
    return str(path)


def settings(tmp_path, **flags):
    """Return good settings, but for those given."""
    if "source" not in flags:
        flags["source"] = film(tmp_path / "film.mp4")
    good = {
        "folder": str(tmp_path / "device"),
        "publisher": "file",
        "file": str(tmp_path / "batches.jsonl"),
    }
    return load(None, {**good, **flags}, {})


def about(found, what):
    """Return the findings about one thing."""
    return [finding for finding in found if finding.what == what]


def folder_of(tmp_path, pictures):
    """Make a folder of pictures."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for n, grey in enumerate(pictures):
        cv2.imwrite(str(folder / f"{n}.png"), np.full((48, 64, 3), grey, np.uint8))
    return str(folder)


def test_nothing_is_wrong_where_nothing_is(tmp_path):
    """With good settings every finding is fine or a matter of this machine's clock and heat."""
    found = findings(settings(tmp_path))
    assert not [f for f in found if f.ok is False and f.what != "temperature"]
    fine = {f.what for f in found if f.ok}
    assert {"program", "numpy", "cv2", "disk", "cascade", "scorer", "camera", "outbox"} <= fine
    camera = about(found, "camera")[0]
    assert camera.said == "160 x 120, 25.0 pictures a second"
    assert not os.path.exists(tmp_path / "device") and "file" in fine


def taken_port():
    """Return a socket that listens."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


# how the settings are made bad, what is found to be wrong, what is said, the cure
BAD = {
    "no camera": (lambda d: {"source": "77"}, "camera", "no camera at 77", "plugged in"),
    "no film": (lambda d: {"source": "none.mp4"}, "camera", "no file none.mp4", "check the name"),
    "no video": (lambda d: {"source": __file__}, "camera", "as a video", "damaged"),
    "hanging camera": (
        lambda d: {"source": folder_of(d, [7, 7, 7])},
        "camera",
        "all the same",
        "uncover it",
    ),
    "one picture": (
        lambda d: {"source": folder_of(d, [7])},
        "camera",
        "one picture and then none",
        "cable and power",
    ),
    "slow camera": (
        lambda d: {"source": film(d / "slow.mp4", fps=5)},
        "camera",
        "5.0 pictures a second",
        "set rate_hz (now 10)",
    ),
    "no awscam": (lambda d: {"source": "awscam"}, "camera", "awscam", "DeepLens"),
    "awscam's scorer": (lambda d: {"scorer": "awscam"}, "scorer", "", "install again"),
    "folder in a file": (
        lambda d: {"folder": "/proc/device"},
        "disk",
        "cannot write to /proc",
        "name a folder",
    ),
    "disk too full": (lambda d: {"min_free_mb": "1e12"}, "disk, free", "MB", "lower min_free_mb"),
    "too much memory": (lambda d: {"memory_mb": "1e12"}, "memory", "memory_mb is", "set it to"),
    "no folder for the file": (
        lambda d: {"file": str(d / "none" / "a")},
        "file",
        "cannot be written",
        "set file",
    ),
    "file is a folder": (lambda d: {"file": str(d)}, "file", "cannot be written", "set file"),
    "no greengrass": (lambda d: {"publisher": "greengrass1"}, "greengrass1", "", ""),
    "port above all": (lambda d: {"preview": "70000"}, "preview", "port 70000 fails", "1024"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_setting_is_found(tmp_path, case):
    """One setting is bad: that is what is wrong, and the exit code says so."""
    change, what, said, cure = BAD[case]
    out = io.StringIO()
    chosen = settings(tmp_path, **change(tmp_path))
    assert doctor(chosen, out) == 1
    lines = out.getvalue().splitlines()
    wrong = [n for n, line in enumerate(lines) if line.startswith(MARKS[False])]
    assert [lines[n][7:27].strip() for n in wrong] == [what]
    assert said in lines[wrong[0]] and cure in lines[wrong[0] + 1]
    assert lines[-1].startswith("1 wrong")


def test_table_is_plain(tmp_path):
    """One line a finding, its cure below, a sum at the end; code 0 when nothing is wrong."""
    out = io.StringIO()
    assert doctor(settings(tmp_path, preview="0"), out) == 0
    lines = out.getvalue().splitlines()
    assert any(line.startswith("ok     cascade              haarcascade_frontal") for line in lines)
    assert lines[-1].startswith("nothing is wrong")


def test_port_in_use_is_found(tmp_path):
    """A preview's port that another program has."""
    with taken_port() as server:
        found = findings(settings(tmp_path, preview=str(server.getsockname()[1])))
    (preview,) = about(found, "preview")
    assert preview.ok is False and "taken by another program" in preview.said


@pytest.mark.parametrize("kind, ok", [("file", False), ("fifo", True), ("none", True)])
def test_preview_fifo_is_one(tmp_path, monkeypatch, kind, ok):
    """Where a file has the FIFO's name, it is to be removed."""
    path = tmp_path / "results.mjpeg"
    monkeypatch.setattr("edge.doctor.FIFO", str(path))
    if kind == "file":
        path.touch()
    elif kind == "fifo":
        os.mkfifo(path)
    (preview,) = about(findings(settings(tmp_path, preview="fifo")), "preview")
    assert preview.ok is ok and (ok or preview.cure == "remove it")


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


@pytest.mark.parametrize("status, ok, said", HELD)
def test_camera_of_a_running_tracker_is_not_touched(tmp_path, status, ok, said):
    """Its status file says how the camera is; without one, nobody can tell."""
    with tracker(tmp_path, **status):
        found = findings(settings(tmp_path, source="/dev/video77"))
    (camera,) = about(found, "camera")
    assert camera.ok is ok and said in camera.said
    assert "the tracker is running" in camera.said
    assert ok is not None or "status.json" in camera.cure


def test_film_is_read_beside_a_running_tracker(tmp_path):
    """Only cameras and FIFOs have one reader."""
    with tracker(tmp_path, camera="ok"):
        (camera,) = about(findings(settings(tmp_path)), "camera")
    assert camera.ok and "160 x 120" in camera.said


@pytest.mark.parametrize("trouble, ok", [("", True), ("no network", False)])
def test_running_tracker_tells_its_trouble(tmp_path, trouble, ok):
    """What the program says of itself is a finding."""
    with tracker(tmp_path, camera="ok", trouble=trouble):
        (program,) = about(findings(settings(tmp_path)), "program")
    assert program.ok is ok and "running on" in program.said and trouble in program.said


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_broken_status_file_is_no_status(tmp_path, text):
    """Torn by a power cut, or another's."""
    (tmp_path / "status.json").write_text(text)
    assert doctor_machine.last_status(str(tmp_path)) == {}


def test_lock_of_another_user_cannot_be_told(tmp_path):
    """Who may not read the lock is told to ask as its owner."""
    (tmp_path / "lock").mkdir()  # root can read any file, but opens no folder
    assert doctor_machine.running(str(tmp_path)) is None
    (program,) = about(findings(settings(tmp_path, folder=str(tmp_path))), "program")
    assert program.ok is None and "ask as the user who owns" in program.cure


def test_silent_fifo_is_not_waited_for_long(tmp_path, monkeypatch):
    """A FIFO that nobody writes to gives no picture; the doctor ends all the same."""
    monkeypatch.setattr(doctor_camera, "FIRST_S", 0.3)
    os.mkfifo(tmp_path / "camera")
    camera = doctor_camera.look(str(tmp_path / "camera"), 10.0)
    assert camera.ok is False and camera.cure == "start what writes to it"


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
    camera = doctor_camera.look(str(path), 5.0)
    over.set()
    writer.join()
    assert camera.ok and camera.said.startswith("64 x 48, ")


def test_who_holds_a_camera_is_named(tmp_path, monkeypatch):
    """Another program that has the device open is named with its number."""
    monkeypatch.setattr(doctor_camera, "FIRST_S", 0.3)
    path = tmp_path / "camera"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)
    with subprocess.Popen(["sleep", "60"], stdin=end) as other:
        deadline = time.monotonic() + 30
        while not doctor_machine.holders(str(path)) and time.monotonic() < deadline:
            time.sleep(0.05)
        camera = doctor_camera.look(str(path), 10.0)
        other.kill()
    os.close(end)
    assert camera.ok is False and f"sleep ({other.pid})" in camera.said
    assert "one reader" in camera.cure


# lines of /proc/cpuinfo, the machine, what is found
PROCESSORS = [
    ("flags\t\t: fpu sse4_1 sse4_2", "x86_64", True),
    ("flags\t\t: fpu sse4_1", "x86_64", False),
    ("Features\t: fp asimd", "aarch64", True),
    ("Features\t: half thumb", "armv7l", None),
    ("", "x86_64", None),
]


@pytest.mark.parametrize("text, kind, ok", PROCESSORS)
def test_processor_can_run_the_wheels(tmp_path, text, kind, ok):
    """What the wheels were built for must be there."""
    (tmp_path / "cpuinfo").write_text(text + "\n")
    (found,) = doctor_machine.processor(str(tmp_path / "cpuinfo"), kind, {})
    assert found.ok is ok and kind in found.said


def test_openblas_coretype_is_wrong(tmp_path, monkeypatch):
    """It makes the program die on a DeepLens."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    (found,) = (doctor_machine.processor(environ=os.environ),)
    assert [f.ok for f in found if f.what == "environment"] == [False]


# plausible, synchronised, what is found
CLOCKS = [(True, True, True), (True, False, None), (True, None, None), (False, False, False)]


@pytest.mark.parametrize("plausible, synchronised, ok", CLOCKS)
def test_clock_is_looked_at(monkeypatch, plausible, synchronised, ok):
    """A clock that was never set is wrong; one that nobody sets deserves a look."""
    monkeypatch.setattr(clock, "plausible", lambda: plausible)
    monkeypatch.setattr(clock, "synchronised", lambda: synchronised)
    (found,) = doctor_machine.wall_clock()
    assert found.ok is ok and (ok or "set-ntp" in found.cure)


# total and available kB, the setting, what is found
MEMORIES = [
    ("8000000 6000000", 1500, True),
    ("8000000 200000", 1500, False),
    ("1000000 900000", 1500, False),
    ("many few", 1500, None),
]


@pytest.mark.parametrize("sizes, limit, ok", MEMORIES)
def test_memory_is_enough(tmp_path, sizes, limit, ok):
    """Enough must be free, and the limit below what there is."""
    total, free = sizes.split()
    path = tmp_path / "meminfo"
    path.write_text(f"MemTotal: {total} kB\nMemAvailable: {free} kB\n")
    (found,) = doctor_machine.memory(limit, str(path))
    assert found.ok is ok


@pytest.mark.parametrize("found_c, ok", [(51.0, True), (95.0, False)])
def test_heat_is_found(monkeypatch, found_c, ok):
    """Too hot is wrong."""
    monkeypatch.setattr(doctor_machine.health, "temperature_c", lambda: found_c)
    (found,) = doctor_machine.temperature()
    assert found.ok is ok


def test_dying_disk_is_found(tmp_path, monkeypatch):
    """A disk that needs seconds for a batch loses pictures."""
    monkeypatch.setattr(doctor_machine, "_write", lambda folder: (0.1, 3.0))
    disk = next(doctor_machine.disk(str(tmp_path), 0.0))
    assert disk.ok is False and "replace it" in disk.cure


def test_outbox_is_counted_and_left_alone(tmp_path):
    """What waits, what was dropped and what was refused; a refusal is to be read."""
    assert next(doctor_sending.outbox(str(tmp_path))).said == "none yet"
    outbox = Outbox(tmp_path / "outbox", 1e6)
    for payload in (b"a", b"b", b"c"):
        outbox.put(payload)
    found = next(doctor_sending.outbox(str(tmp_path)))
    assert found.ok and found.said == "3 waiting, 0 dropped for room, 0 refused, ever"
    outbox.refuse(outbox.first()[0], "too large")
    torn = tmp_path / "outbox" / "refused" / "000000000009-1-00000000.json.part"
    torn.touch()
    found = next(doctor_sending.outbox(str(tmp_path)))
    assert found.ok is False and "2 waiting" in found.said and "1 refused" in found.said
    assert "refused" in found.cure and torn.exists()


def test_dropped_batches_deserve_a_look(tmp_path):
    """The oldest were dropped for room: say which setting gives more."""
    outbox = Outbox(tmp_path / "outbox", 8192)
    for payload in (b"a", b"b", b"c"):
        outbox.put(payload)
    found = next(doctor_sending.outbox(str(tmp_path)))
    assert found.ok is None and "1 dropped" in found.said and "outbox_mb" in found.cure


# package there, its variable set, its folder there, what is found
GREENGRASSES = [
    (False, True, True, False),
    (True, True, False, True),
    (True, False, True, None),
    (True, False, False, False),
]


@pytest.mark.parametrize("package, variable, home, ok", GREENGRASSES)
def test_greengrass_is_looked_at(tmp_path, monkeypatch, package, variable, home, ok):
    """Its package, what it sets for its programs, and where it lives."""
    name = "json" if package else "no_such_package"
    place = str(tmp_path if home else tmp_path / "none")
    monkeypatch.setitem(doctor_sending.GREENGRASS, "greengrass1", (name, place, "SET_BY_IT"))
    environ = {"SET_BY_IT": "arn"} if variable else {}
    assert doctor_sending._greengrass("greengrass1", environ).ok is ok


def test_missing_package_is_found(tmp_path):
    """The doctor runs where OpenCV is broken, and says so."""
    code = (
        "import sys; sys.modules['cv2'] = None\n"
        "from edge.doctor import doctor; from edge.settings import load\n"
        "sys.exit(doctor(load(None, dict(publisher='file', file='a', folder=sys.argv[1]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=os.path.dirname(os.path.dirname(os.path.dirname(__file__))),
    )
    assert done.returncode == 1
    assert "WRONG  cv2                  cannot be imported" in done.stdout
    assert "install again" in done.stdout and "preview" not in done.stdout


def test_a_check_that_fails_hides_no_other(tmp_path, monkeypatch):
    """An error that nobody thought of is a finding, and the rest is looked at."""

    def fail(*_):
        raise RuntimeError("odd\ndisk")

    monkeypatch.setattr(doctor_machine, "disk", fail)
    found = findings(settings(tmp_path))
    assert about(found, "disk")[0].said == "could not check: RuntimeError: odd disk"
    assert about(found, "camera")[0].ok


@pytest.mark.skipif(importlib.util.find_spec("paho") is None, reason="no paho-mqtt here")
def test_broker_that_is_away_is_found(tmp_path):
    """A port where nobody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        broker = f"mqtt://127.0.0.1:{server.getsockname()[1]}"
        found = findings(settings(tmp_path, publisher="mqtt", broker=broker))
    wrong = [f for f in found if f.what.startswith("broker") and f.ok is False]
    assert len(wrong) == 1


@pytest.mark.parametrize("trouble, asked", [("", False), ("no network", True)])
def test_broker_of_a_running_tracker_is_left_alone(tmp_path, trouble, asked):
    """Two connections of one name would put each other off; only a tracker in trouble is."""
    chosen = settings(tmp_path, publisher="mqtt", broker="mqtt://127.0.0.1:1")
    with tracker(tmp_path, camera="ok", trouble=trouble):
        brokers = list(doctor_sending.publisher(chosen, True))
    assert [f.ok for f in brokers].count(False) == asked


@pytest.mark.skipif(shutil.which("mosquitto") is None, reason="no mosquitto here")
def test_broker_that_is_there_is_fine(tmp_path):
    """A real broker, as far as the topic."""
    with taken_port() as server:
        port = server.getsockname()[1]
    command = [shutil.which("mosquitto"), "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as broker:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        address = f"mqtt://127.0.0.1:{port}"
        found = findings(settings(tmp_path, publisher="mqtt", broker=address))
        broker.terminate()
    brokers = [f for f in found if f.what.startswith("broker")]
    assert brokers and all(f.ok for f in brokers)
