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


@pytest.mark.parametrize("named, looked_at", [("/no/such/python", "/no/such"), ("", ".venv-train")])
def test_missing_environment_is_named_with_its_cure(named, looked_at, tmp_path, monkeypatch):
    """The message says where it looked and what to do."""
    monkeypatch.setattr(training_env.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(training_env, "PROJECT", tmp_path)
    monkeypatch.setenv("LAUGHTRACK_TRAIN_PYTHON", named)
    with pytest.raises(ValueError, match=f"{looked_at}.*make train-env"):
        training_env.training_python()


def test_environment_beside_the_models_is_found(tmp_path, monkeypatch):
    """Without a variable it is `.venv-train`."""
    monkeypatch.setattr(training_env.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(training_env, "PROJECT", tmp_path)
    monkeypatch.delenv("LAUGHTRACK_TRAIN_PYTHON", raising=False)
    python = tmp_path / ".venv-train" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert training_env.training_python() == python


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


def test_installed_program_is_refused(probe, monkeypatch):
    """Packages of another Python would hide those of the training environment."""
    (probe / "numpy").mkdir()
    monkeypatch.setattr(training_env, "PROJECT", probe)
    monkeypatch.setattr(training_env.sys, "executable", "/another/python")
    with pytest.raises(ValueError, match="checkout"):
        training_env.run_module("probe", [0])


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
