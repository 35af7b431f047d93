"""What the program last said of itself is believed only while it holds."""

import json
import os
import subprocess
import sys
import time

import pytest

from laughtrack.edge import status_file

SAID = {"online": True, "at_utc": "2026-01-31T20:15:00Z"}
# Writes a status as a program of its own, and ends when its input does.
WRITER = (
    "import json, sys; from laughtrack.edge import status_file;"
    "status_file.write(sys.argv[1], json.loads(sys.argv[2])); print('', flush=True);"
    "sys.stdin.read()"
)


def change(folder, **process):
    """Change what the file says of who wrote it."""
    path = folder / status_file.NAME
    found = json.loads(path.read_text())
    found["process"].update(process)
    path.write_text(json.dumps(found))


def test_of_a_program_that_runs_it_holds(tmp_path):
    """Its words come back as they were."""
    assert "has not said anything" in status_file.invalid(tmp_path)
    status_file.write(str(tmp_path), SAID)
    assert status_file.invalid(tmp_path) == ""
    assert {**status_file.read(tmp_path), "process": None} == {**SAID, status_file.PROCESS: None}
    assert 0 <= status_file.age_s(tmp_path) < 60


def test_of_a_killed_program_it_does_not(tmp_path):
    """Whether or not its number was given to another since."""
    words = [sys.executable, "-c", WRITER, str(tmp_path), json.dumps(SAID)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert status_file.invalid(tmp_path) == ""
        process.kill()
        process.wait()
        assert "2026-01-31T20:15:00Z or a little later: it did not end" in status_file.invalid(
            tmp_path
        )
    change(tmp_path, pid=os.getpid())
    assert "did not end tidily" in status_file.invalid(tmp_path)


KINDS = {
    # what the file says -> what is said of it
    "ended": ({"online": False}, {}, "when it ended tidily"),
    "another boot": ({}, {"boot": "0d3c-another"}, "this machine was started anew"),
    "hangs": ({}, {"uptime_s": -10_000.0}, "has said nothing for"),
}


@pytest.mark.parametrize("said, process, words", KINDS.values(), ids=KINDS)
def test_what_holds_no_more_is_said(tmp_path, said, process, words):
    """With since when."""
    status_file.write(str(tmp_path), {**SAID, **said})
    change(tmp_path, **process)
    assert words in status_file.invalid(tmp_path)
    assert "since 2026-01-31T20:15:00Z" in status_file.invalid(tmp_path)


@pytest.mark.parametrize("set_by_s", [-86_400, 86_400])
def test_a_clock_that_is_set_does_not_age_it(tmp_path, set_by_s):
    """Neither back nor forth: the machine's own count tells."""
    status_file.write(str(tmp_path), SAID)
    set_s = time.time() - set_by_s
    os.utime(tmp_path / status_file.NAME, (set_s, set_s))
    assert status_file.invalid(tmp_path) == "" and 0 <= status_file.age_s(tmp_path) < 60


def test_one_of_an_older_version_is_known_by_its_age(tmp_path):
    """It says nothing of the process."""
    path = tmp_path / status_file.NAME
    path.write_text(json.dumps(SAID))
    assert status_file.invalid(tmp_path) == ""
    long_ago_s = time.time() - 1000
    os.utime(path, (long_ago_s, long_ago_s))
    assert "has said nothing for 1" in status_file.invalid(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"process": 7}', '{"process": {"pid": []}}'])
def test_any_file_is_read_without_an_error(tmp_path, text):
    """Torn by a power cut, or another's."""
    (tmp_path / status_file.NAME).write_text(text)
    assert isinstance(status_file.invalid(tmp_path), str) and status_file.age_s(tmp_path) < 60
