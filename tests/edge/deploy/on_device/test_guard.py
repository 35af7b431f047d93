"""What is done when an installer was killed: the last setup that came up runs."""

import os
import signal
import subprocess
import sys
import time

import pytest

from laughtrack.edge.deploy.on_device import guard, service, state
from tests.edge.deploy.on_device.test_install_state import setup_of


@pytest.fixture
def told(monkeypatch):
    """Return what the service is told, in order."""
    told = []
    for name in ("stop", "install_unit", "start"):
        monkeypatch.setattr(service, name, lambda folder, kind, name=name: told.append(name))
    return told


@pytest.mark.slow
def test_the_one_before_runs_where_the_new_one_never_came_up(tmp_path, told):
    """Whatever the new one does at the moment."""
    good, cut = setup_of(tmp_path, "good"), setup_of(tmp_path, "cut")
    state.mark_working(good)
    state.link(tmp_path, "previous", good)
    state.link(tmp_path, "current", cut)
    guard.recover(tmp_path, "plain")
    assert state.linked(tmp_path, "current") == good
    assert told == ["stop", "install_unit", "start"]


def test_what_was_asked_to_end_is_started_again(tmp_path, told):
    """It may still run, and will not in a moment."""
    good = setup_of(tmp_path, "good")
    state.mark_working(good)
    state.link(tmp_path, "current", good)
    guard.recover(tmp_path, "plain")
    assert told == ["stop", "install_unit", "start"]


def test_where_nothing_is_linked_nothing_is_done(tmp_path, told):
    """A first install that was killed before its switch."""
    guard.recover(tmp_path, "plain")
    assert told == []


WORDS = {"done": (b"done\n", []), "killed": (b"", ["stop", "install_unit", "start"])}


@pytest.mark.slow
@pytest.mark.parametrize("said, wanted", WORDS.values(), ids=WORDS)
def test_who_says_done_is_left_alone(tmp_path, said, wanted):
    """Whose end comes without that word was killed; and what ends others does not end the guard."""
    good = setup_of(tmp_path, "good")
    state.mark_working(good)
    state.link(tmp_path, "current", good)
    (tmp_path / ".lock").touch()
    code = (
        "import sys; from laughtrack.edge.deploy.on_device import guard, service\n"
        "for name in ('stop', 'install_unit', 'start'):\n"
        "    setattr(service, name, lambda *_, name=name: open('told', 'a').write(name + ' '))\n"
        f"sys.exit(guard.main([{str(tmp_path)!r}, 'plain']))"
    )
    environ = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=environ,
    )
    with process:
        assert process.stdout.readline() == guard.READY
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            process.send_signal(number)
        time.sleep(0.1)
        process.stdin.write(said)
        process.stdin.close()
        assert process.wait(60) == 0
    told = (tmp_path / "told").read_text().split() if (tmp_path / "told").exists() else []
    assert told == wanted
