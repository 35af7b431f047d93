"""`laughtrack train-env` makes an environment whole or not at all, and says what is in the way.

With a package of a moment instead of MXNet and its gigabyte: `make train-env` installs the real
ones by the same command.
"""

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from laughtrack.cli import app, training_setup

NAME, MODULE = "tiny-1.0", "tiny_module"
# A Python that is none, or another one, or without venv.
NO_VENV = "#!/bin/sh\necho 3 11\nexit 1\n"
OLD = "#!/bin/sh\necho 3 9\n"
# One that begins, and meets a full disk.
FULL = """#!/bin/sh
case "$*" in
*version_info*) echo 3 11 ;;
*) for folder; do :; done; mkdir "$folder/lib"; echo "OSError: No space left" >&2; exit 1 ;;
esac
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Return a folder of wheels with one package, made here."""
    folder = tmp_path_factory.mktemp("index")
    info = f"{NAME}.dist-info"
    with zipfile.ZipFile(folder / f"{NAME}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{MODULE}.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def asked(index, tmp_path, monkeypatch):
    """Have the environment ask for that package alone; return the file that says so."""
    file = tmp_path / "requirements.txt"
    file.write_text("tiny==1.0\n")
    monkeypatch.setattr(training_setup, "REQUIREMENTS", file)
    monkeypatch.setattr(training_setup, "ALONE", ())
    monkeypatch.setattr(training_setup, "NEEDED", MODULE)
    monkeypatch.setattr(training_setup, "_NEEDED_BYTES", 1)
    # This Python, whichever it is.
    monkeypatch.setattr(training_setup, "VERSION", sys.version_info[:2])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return file


def run(folder, *words):
    """Run the command; return its exit code."""
    return app.main(["train-env", "--at", str(folder), *words])


@pytest.mark.slow
def test_it_is_made_once_and_anew_for_another_release(asked, tmp_path, capsys):
    """What is there is left alone; what is spoilt or old is known."""
    folder = tmp_path / "my env"
    assert run(folder) == 0
    assert capsys.readouterr().out == f"{folder}: ready\n"
    assert training_setup.is_whole(folder) and training_setup.is_of_this_release(folder)
    assert not (folder / "begun").exists()
    made = (folder / "pyvenv.cfg").stat().st_mtime_ns
    assert run(folder) == 0
    assert capsys.readouterr().out == f"{folder}: is there already\n"
    assert (folder / "pyvenv.cfg").stat().st_mtime_ns == made
    assert training_setup._trouble(folder) == ""
    next(folder.rglob(f"{MODULE}.py")).unlink()
    assert "No module named" in training_setup._trouble(folder)
    asked.write_text("tiny==1.0  # of another release\n")
    assert not training_setup.is_of_this_release(folder)


@pytest.mark.slow
def test_what_cannot_be_made_leaves_nothing(tmp_path, capsys):
    """Neither what could be taken for it nor what fills the disk; the reason is told."""
    python, folder = tmp_path / "python", tmp_path / "env"
    python.write_text(FULL)
    python.chmod(0o755)
    assert run(folder, "--python", str(python)) == 1
    assert f"{folder}: the disk is full; it takes some 1.3 GB" in capsys.readouterr().err
    assert [*folder.iterdir()] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_stopped_it_is_not_taken_for_whole(asked, tmp_path, number, code):
    """Nothing goes on installing; the next one makes it anew."""
    folder = tmp_path / "env"
    words = "import sys; from laughtrack.cli import app; sys.exit(app.main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", words, "train-env", "--at", folder, "--python", sys.executable],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.PIPE,
    )
    while not (folder / "begun").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(number)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == code and b"Traceback" not in said
    assert not training_setup.is_whole(folder)
    assert training_setup.is_begun(folder) == (number == signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text, says",
    [
        (None, "there is no such program"),
        (OLD, "is Python 3.9, not"),
        (NO_VENV, "lacks venv: apt-get install python3.11-venv"),
        ("#!/no/such/shell\n", "does not run"),
        ("#!/bin/sh\necho hello there\n", "is Python hello.there"),
    ],
)
def test_a_python_that_will_not_do_is_named(tmp_path, capsys, text, says):
    """With the reason, and nothing is begun."""
    python = tmp_path / "python"
    if text is not None:
        python.write_text(text)
        python.chmod(0o755)
    assert run(tmp_path / "env", "--python", str(python)) == 1
    assert says in capsys.readouterr().err
    assert not training_setup.is_begun(tmp_path / "env")


@pytest.mark.slow
def test_without_a_python_it_is_said_how_to_get_one(monkeypatch, tmp_path, capsys):
    """Nothing on the path, nothing in pyenv."""
    monkeypatch.setattr(training_setup.sys, "executable", "/no/such/python")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(tmp_path / "env") == 1
    said = capsys.readouterr().err
    assert "apt-get install python3.11-venv" in said and "--python" in said


def test_a_folder_of_other_things_is_left_alone(tmp_path, capsys):
    """It could be anybody's environment."""
    (tmp_path / "pyvenv.cfg").write_text("mine")
    assert run(tmp_path) == 1
    assert "holds other things, like pyvenv.cfg" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["pyvenv.cfg"]


@pytest.mark.slow
def test_too_little_room_is_told_before(tmp_path, monkeypatch, capsys):
    """Not after minutes of fetching."""
    monkeypatch.setattr(training_setup, "VERSION", sys.version_info[:2])
    monkeypatch.setattr(training_setup, "_NEEDED_BYTES", 10**18)
    assert run(tmp_path / "env", "--python", sys.executable) == 1
    assert "GB are free" in capsys.readouterr().err


@pytest.mark.parametrize(
    "said, told",
    [
        (
            "WARNING: Retrying: NewConnectionError('Failed to establish a new connection')\n"
            "ERROR: No matching distribution found for mxnet",
            "cannot be fetched",
        ),
        (
            "ERROR: Could not install: OSError: [Errno 28] No space left on device",
            "the disk is full",
        ),
        ("", "no reason given"),
        ("Killed", "Killed"),
    ],
)
def test_what_pip_says_is_told_in_a_line(said, told):
    """With what to do about the network and the disk."""
    reason = training_setup._reason(Path("/env"), said)
    assert told in reason and "\n" not in reason
