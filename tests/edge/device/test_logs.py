"""The device's log: short, readable, and never in the program's way."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from laughtrack.edge.device import logs

ROOT = Path(__file__).parents[3]
LOG = logging.getLogger("laughtrack.test")


@pytest.fixture(autouse=True)
def closed():
    """Close what a test opened."""
    yield
    logs.stop()


def run(code, **environ):
    """Run a program that logs, in a process of its own; what it wrote to standard error."""
    code = (
        "import logging, os; from laughtrack.edge.device import logs\n"
        f"log = logging.getLogger('laughtrack.x')\n{code}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environ},
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stderr


def test_standard_error_has_times():
    """Where nobody else adds them, lines begin with UTC and rank."""
    said = run("logs.start(); log.warning('no camera at %s', 0)", JOURNAL_STREAM="")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ WARNING no camera at 0\n", said)


def test_journal_adds_the_times_itself():
    """Connected to the journal, a line has its rank as the journal reads it, and no time."""
    code = "s = os.fstat(2); os.environ['JOURNAL_STREAM'] = '%d:%d' % (s.st_dev, s.st_ino)\n"
    said = run(code + "logs.start(); log.error('a\\nb'); log.info('c')")
    assert said == "<3>a\\nb\n<6>c\n"


def test_file_that_was_the_journal_has_times():
    """Standard error turned elsewhere since is no journal."""
    assert " INFO c" in run("logs.start(); log.info('c')", JOURNAL_STREAM="8:12345")


def test_file_is_bounded(tmp_path):
    """However much is logged, the file and one older stay below their size."""
    path = tmp_path / "new" / "device.log"
    logs.start(str(path), log_mb=0.01)
    for n in range(1000):
        LOG.info("look %d", n)
    sizes = {p.name: p.stat().st_size for p in path.parent.iterdir()}
    assert set(sizes) == {"device.log", "device.log.1"} and max(sizes.values()) <= 10_000
    assert path.read_text().endswith("INFO look 999\n")


def test_starting_again_does_not_double(tmp_path):
    """A second start replaces the first."""
    for name in ("a", "b"):
        logs.start(str(tmp_path / name))
    LOG.info("once")
    assert (tmp_path / "a").read_text() == "" and (tmp_path / "b").read_text().count("once") == 1


def test_log_that_cannot_be_written_goes_to_standard_error(tmp_path, capsys):
    """The program runs on, and says what is wrong and what to set."""
    (tmp_path / "file").touch()
    logs.start(str(tmp_path / "file" / "device.log"))
    LOG.info("look")
    said = capsys.readouterr().err
    assert "cannot write the log" in said and "set log_file" in said and "INFO look" in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this machine")
def test_full_disk_stops_nothing(tmp_path, capsys):
    """What cannot be written is lost, without a word elsewhere."""
    (tmp_path / "device.log").symlink_to("/dev/full")
    logs.start(str(tmp_path / "device.log"))
    for n in range(100):
        LOG.error("look %d", n)
    logs.stop()
    assert capsys.readouterr() == ("", "")


def test_closed_standard_error_stops_nothing():
    """Whoever read it may go away."""
    assert run("logs.start(); os.close(2); log.info('a'); log.info('b'); os._exit(0)") == ""


def record(text, *args, level=logging.INFO):
    """Return a log record."""
    return logging.LogRecord("laughtrack", level, "", 0, text, args, None)


def test_same_message_is_written_once_a_minute():
    """Then it says how often it was held back."""
    now = [0.0]
    repeats = logs.RepeatFilter(lambda: now[0])
    written = []
    for now[0] in (0.0, 1.0, 59.9, 60.0, 61.0, 200.0, 300.0):
        line = record("no camera at %d", 0)
        if repeats.allow(line):
            written.append((now[0], line.getMessage()))
    assert written == [
        (0.0, "no camera at 0"),
        (60.0, "no camera at 0 (held back 2 times since)"),
        (200.0, "no camera at 0 (held back 1 times since)"),
        (300.0, "no camera at 0"),
    ]


def test_other_messages_pass():
    """Another text, or the same of another rank, is another message."""
    repeats = logs.RepeatFilter(lambda: 0.0)
    lines = [
        record("a %d", 1),
        record("a %d", 2),
        record("a 1", level=logging.ERROR),
        record("a 1"),
    ]
    assert [repeats.allow(line) for line in lines] == [True, True, True, False]


def test_messages_known_are_bounded():
    """A program that never says the same twice uses no more memory for it."""
    repeats = logs.RepeatFilter(lambda: 0.0)
    for n in range(10 * logs.MAX_REMEMBERED):
        repeats.allow(record("a %d", n))
    assert len(repeats._known) <= logs.MAX_REMEMBERED


def test_percent_signs_in_a_held_message_are_kept():
    """The text with its count is not formatted again."""
    now = [0.0]
    repeats = logs.RepeatFilter(lambda: now[0])
    for now[0] in (0.0, 1.0, 70.0):
        line = record("disk %s", "99 %s full")
        passed = repeats.allow(line)
    assert passed and line.getMessage() == "disk 99 %s full (held back 1 times since)"
