"""Ctrl-C is 130 and SIGTERM 143, whatever a command does: real processes, real signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laughtrack.cli import app
from laughtrack.edge import __main__ as edge_program
from tests.bench.film_kinds import ffmpeg

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
STOPS = {signal.SIGINT: 130, signal.SIGTERM: 143}
# A camera that gives no picture.
DEVICE = ["--source", "pipe", "--context", "screening", "--device", "cam", "--folder", "{}"]
DEVICE += ["--publisher", "file", "--file", "batches.jsonl"]
# Each goes on for longer than a test waits; the last two are the device's own program's.
COMMANDS = {
    "replay": ["replay", "film.mp4", "copy.mp4", "--store", "{}"],
    "live": ["live", "pipe", "--store", "{}"],
    "ingest": ["ingest", "in", "--for", "300", "--store", "{}"],
    "faces": ["faces", *["room.png"] * 2000],
    "asking": ["deploy", "remove", "nowhere"],
    "doctor": ["doctor", *DEVICE],
    "self-test": ["self-test", "--config", "pipe"],
}
# Stopped in the midst of their work they end as ever, with what came of it.
TIDY = ("live", "ingest")


def heeds(process):
    """Whether a process has a handler for SIGTERM: Python has none of its own."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc whether a command has begun")
def test_every_command_that_is_stopped_says_so(tmp_path, monkeypatch):
    """By its exit code, and without a traceback."""
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:r=10:d=100", "-g", "9", tmp_path / "film.mp4")
    (tmp_path / "copy.mp4").write_bytes((tmp_path / "film.mp4").read_bytes())
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=640x480", "-frames:v", "1", tmp_path / "room.png")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "in").mkdir()
    for name, words in COMMANDS.items():
        # What stops a replay in the middle of its work is what stops all.
        for number in STOPS if name in ("replay", "doctor") else [signal.SIGTERM]:
            out = f"{name}-{number}".replace(" ", "-")
            program = "laughtrack.edge" if name in ("doctor", "self-test") else "laughtrack"
            words_here = [each.format(out) for each in words]
            code, said = stopped_by(number, ["-m", program, *words_here], tmp_path)
            assert code == STOPS[number], (name, said)
            assert "Traceback" not in said, (name, said)
            assert "stopped" in said or name in TIDY, (name, said)


def stopped_by(number, words, folder):
    """Run a command of Python's, stop it when it is at work; return its exit code and errors."""
    process = subprocess.Popen(
        [sys.executable, *words], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    until_s = time.monotonic() + 120
    while process.poll() is None and not heeds(process) and time.monotonic() < until_s:
        time.sleep(0.05)
    time.sleep(1)  # It has begun its work by then, or is at its imports still.
    assert process.poll() is None, process.stderr.read()
    process.send_signal(number)
    said = process.communicate(timeout=120)[1].decode()
    return process.returncode, said


# Stopped within text that is executed, as the fields of a named tuple are.
IN_A_TEXT = """
from laughtrack.edge import console, stop_signals

def main():
    with stop_signals.heeding():
        try:
            exec("import os\\nos.kill(os.getpid(), {})\\nfor _ in range(10**6): pass")
        except KeyboardInterrupt:
            pass
    return stop_signals.exit_code(1)

console.leave(main())
"""


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_in_the_midst_of_an_import_is_told_by_the_code(number, tmp_path):
    """Python itself would end by SIGINT then, when it was started as `python -m`."""
    (tmp_path / "stopped.py").write_text(IN_A_TEXT.format(int(number)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "stopped"]
    assert subprocess.run(words, cwd=tmp_path, env=environment).returncode == STOPS[number]


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.usefixtures("night")
def test_a_signal_long_gone_is_no_exit_code(number):
    """One command's stop is not the next one's, where both run in one process."""

    def stopped(*_):
        os.kill(os.getpid(), number)
        time.sleep(10)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("laughtrack.analytics.store.catalogue.session_list.list_in_parts", stopped)
        assert app.main(["sessions"]) == STOPS[number]
    assert app.main(["sessions"]) == 0
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.parametrize(
    "verb, work",
    [
        ("doctor", "laughtrack.edge.diagnostics.checks.doctor"),
        ("self-test", "laughtrack.edge.smile.scorer.open_scorer"),
    ],
)
def test_the_devices_checks_say_that_they_were_stopped(verb, work, number, tmp_path, capsys):
    """Wherever they are; what they are stopped by is no finding, and the next one knows nothing."""
    words = [each.format(tmp_path) for each in DEVICE]

    def stopped(*_):
        os.kill(os.getpid(), number)
        time.sleep(10)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, stopped)
        assert edge_program.main([verb, *words]) == STOPS[number]
        assert capsys.readouterr().err == "edge: stopped\n"
        patch.setattr(work, lambda *_: 0)
        assert edge_program.main([verb, *words]) == 0
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
