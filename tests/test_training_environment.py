"""Modules run in the training environment: which Python, what it sees, how it stops."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laughtrack.cli import training_env

# Tells where it is and what it was given; waits for Ctrl-C when asked to.
PROBE = """
import sys, time, numpy, laughtrack.models.data.labels
print("project", laughtrack.models.data.labels.__file__)
print("words", sys.argv[1:])
if sys.argv[1] == "wait":
    try:
        print("up", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        if sys.argv[2] == "badly":
            raise
        print("stopped", flush=True)
        time.sleep(0.2)
        sys.exit(7)
sys.exit(int(sys.argv[1]))
"""

PARENT = """
import sys
from laughtrack.cli.training_env import run_module
code = run_module("probe", ["wait", sys.argv[1]])
print("code", code, flush=True)
"""


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """Make this Python stand in for the training environment, and a module to run in it."""
    monkeypatch.setattr(training_env.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("LAUGHTRACK_TRAIN_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "probe.py").write_text(PROBE)
    return tmp_path


@pytest.fixture(params=["well"])
def parent(probe, request):
    """Start a process that runs the module and waits for it; give it when the module is up."""
    path = os.pathsep.join([str(training_env.PROJECT), str(probe)])
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, request.param],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while process.stdout.readline() != "up\n":
        assert process.poll() is None
    yield process
    process.kill()
    process.communicate()


def test_this_python_is_taken_if_it_has_mxnet(monkeypatch):
    """No other is asked for, whatever the variable says."""
    monkeypatch.setattr(training_env.importlib.util, "find_spec", lambda name: name == "mxnet")
    monkeypatch.setenv("LAUGHTRACK_TRAIN_PYTHON", "/no/such/python")
    assert training_env.training_python() == Path(sys.executable)


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """Let there be no training environment, but where the test makes one."""
    monkeypatch.setattr(training_env.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(training_env, "PROJECT", tmp_path / "checkout")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("LAUGHTRACK_TRAIN_PYTHON", raising=False)
    return tmp_path


PLACES = ("checkout/.venv-train", "data/laughtrack/train-env")


def make(folder, says="done", text=""):
    """Make what looks like an environment."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / says).write_text(text)
    return python


def test_missing_environment_is_named_with_its_cure(nowhere, monkeypatch):
    """The message says where it looked and what to do."""
    with pytest.raises(ValueError, match="data/laughtrack/train-env; `laughtrack train-env`"):
        training_env.training_python()
    monkeypatch.setenv("LAUGHTRACK_TRAIN_PYTHON", "/no/such/python")
    with pytest.raises(ValueError, match="no Python at /no/such/python, which LAUGHTRACK_TRAIN"):
        training_env.training_python()


@pytest.mark.parametrize("place", PLACES)
def test_an_environment_is_found(nowhere, place):
    """Without a variable: a checkout's, or this user's."""
    python = make(nowhere / place)
    assert training_env.training_python() == python


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("says, text, told", [("begun", "", "half made"), ("done", "x", "release")])
def test_what_is_half_made_or_old_is_not_used(nowhere, place, says, text, told):
    """And the command that makes it anew is named."""
    make(nowhere / place, says, text)
    with pytest.raises(ValueError, match=f"{told}.*laughtrack train-env"):
        training_env.training_python()


@pytest.mark.slow
def test_module_gets_words_and_gives_its_exit_code(probe, capfd):
    """Words, output and exit code pass through as they are."""
    assert training_env.run_module("probe", [3, Path("a b")]) == 3
    assert "words ['3', 'a b']" in capfd.readouterr().out


@pytest.mark.slow
def test_project_comes_before_a_folder_of_that_name(probe, capfd, monkeypatch):
    """Neither PYTHONPATH nor the folder where the user stands hides the project's code."""
    for folder in (probe, probe / "here"):
        (folder / "models").mkdir(parents=True)
        (folder / "models" / "labels.py").touch()
    monkeypatch.chdir(probe / "here")
    assert training_env.run_module("probe", [0]) == 0
    place = training_env.PROJECT / "laughtrack" / "models" / "data" / "labels.py"
    assert f"project {place}" in capfd.readouterr().out


@pytest.mark.slow
def test_packages_beside_an_installed_program_are_not_seen(probe, capfd, monkeypatch):
    """Those of another Python would hide those of the training environment."""
    installed = probe / "site-packages"
    (installed / "numpy").mkdir(parents=True)
    (installed / "numpy" / "__init__.py").write_text("raise ImportError('of another Python')")
    (installed / "laughtrack").symlink_to(training_env.PACKAGE)
    monkeypatch.setattr(training_env, "PACKAGE", installed / "laughtrack")
    assert training_env.run_module("probe", [0]) == 0
    assert f"project {installed}" in capfd.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_reaches_the_module_and_is_waited_for(parent, number):
    """One signal to us is one Ctrl-C to it; its own exit code comes back."""
    parent.send_signal(number)
    assert parent.communicate(timeout=120)[0].split("\n") == ["stopped", "code 7", ""]


@pytest.mark.slow
@pytest.mark.parametrize("parent", ["badly"], indirect=True)
def test_ctrl_c_that_the_module_does_not_expect_is_no_traceback(parent):
    """Nothing is written, and the exit code says what it was."""
    parent.send_signal(signal.SIGINT)
    assert parent.communicate(timeout=120)[0] == f"code {training_env.INTERRUPTED}\n"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of the killed")
def test_module_ends_with_a_killed_parent(parent):
    """Nothing trains on unseen: its end of the output closes."""
    began = time.monotonic()
    parent.kill()
    assert parent.communicate(timeout=120)[0] == ""
    assert time.monotonic() - began < 30
