"""The doctor finds what is wrong, and says what to do."""

import contextlib
import importlib.util
import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.edge.diagnostics import machine
from laughtrack.edge.diagnostics.checks import MARKS, doctor, findings
from tests.edge.doctor_cases import about, film, settings
from tests.tools import MOSQUITTO

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """Leave out what this machine's environment says."""
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)


def folder_of(tmp_path, pictures):
    """Make a folder of pictures."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for n, grey in enumerate(pictures):
        cv2.imwrite(str(folder / f"{n}.png"), np.full((48, 64, 3), grey, np.uint8))
    return str(folder)


@pytest.mark.slow
def test_nothing_is_wrong_where_nothing_is(tmp_path):
    """With good settings every finding is fine or a matter of this machine's clock and heat."""
    found = findings(settings(tmp_path))
    assert not [f for f in found if f.ok is False and f.what != "temperature"]
    fine = {f.what for f in found if f.ok}
    assert {"program", "numpy", "cv2", "disk", "cascade", "scorer", "camera", "outbox"} <= fine
    camera = about(found, "camera")[0]
    assert camera.message == "160 x 120, 25.0 pictures a second"
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_table_is_plain(tmp_path):
    """One line a finding, its cure below, a sum at the end; code 0 when nothing is wrong."""
    out = io.StringIO()
    assert doctor(settings(tmp_path, preview="0"), out) == 0
    lines = out.getvalue().splitlines()
    assert any(line.startswith("ok     cascade              haarcascade_frontal") for line in lines)
    assert lines[-1].startswith("nothing is wrong")


@pytest.mark.slow
def test_port_in_use_is_found(tmp_path):
    """A preview's port that another program has."""
    with taken_port() as server:
        found = findings(settings(tmp_path, preview=str(server.getsockname()[1])))
    (preview,) = about(found, "preview")
    assert preview.ok is False and "taken by another program" in preview.message


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, ok", [("file", False), ("fifo", True), ("none", True), ("link", False)]
)
def test_preview_fifo_is_one(tmp_path, monkeypatch, kind, ok):
    """Where a file has the FIFO's name, it is to be removed."""
    path = tmp_path / "results.mjpeg"
    monkeypatch.setattr("laughtrack.edge.diagnostics.checks.FIFO", str(path))
    if kind == "file":
        path.touch()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        os.mkfifo(tmp_path / "other")
        path.symlink_to(tmp_path / "other")
    (preview,) = about(findings(settings(tmp_path, preview="fifo")), "preview")
    assert preview.ok is ok and (ok or preview.cure.startswith("remove it"))


@pytest.mark.slow
def test_preview_for_a_group_that_is_not_there(tmp_path, monkeypatch):
    """Found before the program refuses to start."""
    monkeypatch.setattr("laughtrack.edge.diagnostics.checks.FIFO", str(tmp_path / "none"))
    found = findings(settings(tmp_path, preview="fifo:no-such"))
    (preview,) = about(found, "preview")
    assert preview.ok is False and "there is no group no-such" in preview.message


@pytest.mark.slow
def test_missing_package_is_found(tmp_path):
    """The doctor runs where OpenCV is broken, and says so."""
    code = (
        "import sys; sys.modules['cv2'] = None\n"
        "from laughtrack.edge.diagnostics.checks import doctor\n"
        "from laughtrack.edge.settings import load\n"
        "sys.exit(doctor(load(None, dict(publisher='file', file='a', folder=sys.argv[1]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert "WRONG  cv2                  cannot be imported" in done.stdout
    assert "install again" in done.stdout and "preview" not in done.stdout


@pytest.mark.slow
def test_a_check_that_fails_hides_no_other(tmp_path, monkeypatch):
    """An error that nobody thought of is a finding, and the rest is looked at."""

    def fail(*_):
        raise RuntimeError("odd\ndisk")

    monkeypatch.setattr(machine, "check_disk", fail)
    found = findings(settings(tmp_path))
    assert about(found, "disk")[0].message == "could not check: RuntimeError: odd disk"
    assert about(found, "camera")[0].ok


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("paho") is None, reason="no paho-mqtt here")
def test_broker_that_is_away_is_found(tmp_path):
    """A port where nobody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        broker = f"mqtt://127.0.0.1:{server.getsockname()[1]}"
        found = findings(settings(tmp_path, publisher="mqtt", broker=broker))
    wrong = [f for f in found if f.what.startswith("broker") and f.ok is False]
    assert len(wrong) == 1


@pytest.mark.slow
@pytest.mark.broker
def test_broker_that_is_there_is_fine(tmp_path):
    """A real broker, as far as the topic."""
    with taken_port() as server:
        port = server.getsockname()[1]
    command = [MOSQUITTO, "-p", str(port)]
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
