"""`laughtrack deploy start | stop | restart | status` against a real sshd and a real broker."""

import json
import os
import signal

import pytest

from laughtrack.cli import app
from laughtrack.edge.deploy.on_device import plain
from tests import brokers
from tests.edge.deploy import lent_bundle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.ssh,
    pytest.mark.broker,
]
LOCKS = (plain.PID, plain.SPARE, plain.PROGRAM)


@pytest.fixture
def broker(tmp_path):
    """Start a broker, and one who listens to all of it: batches are taken, statuses heard."""
    with brokers.Broker(tmp_path / "broker") as broker:
        broker.listener = brokers.Listener(broker.port, "#")
        yield broker
        broker.listener.stop()


@pytest.fixture
def installed(deploy, bundles, settings, broker, home):
    """Install a device that speaks to the broker; return its settings' address of it."""
    address = f"mqtt://127.0.0.1:{broker.port}"
    speaks = f"publisher = mqtt\nbroker = {address}\nbatch_s = 1\n"
    settings.write_text(settings.read_text().replace("publisher = file\n", speaks))
    words = ["--bundle", bundles["good"], "--python", lent_bundle.PYTHON, "--service", "plain"]
    code, said = deploy("ssh", *words, "--wait", "60", "--settings", settings)
    assert code == 0, said
    yield address
    plain.stop(home)  # before the broker: what is sent last would be waited for


def kept(broker):
    """Return the status that the broker keeps, as one who comes now gets it."""
    late = brokers.Listener(broker.port, "laughtrack/default/camera-1/status")
    (first,) = brokers.until(lambda: late.heard[:1])
    late.stop()
    return json.loads(first.payload)


def numbers(home):
    """Return the process numbers of supervisor, spare and program, once all are there."""

    seen = []

    def look():
        seen[:] = [plain.holder(home / name) for name in LOCKS]
        return all(one and one.pid for one in seen) and [one.pid for one in seen]

    try:
        # Whoever takes over waits so long for a program that does not end, perhaps twice.
        return brokers.until(look, 3 * (plain.STOP_S + plain.KILL_S))
    except AssertionError:
        said = [(home / name).read_text()[-2000:] for name in ("laughtrack.log", "laughtrack.err")]
        pytest.fail(f"supervisor, spare and program: {seen}; the program's last words: {said}")


def timelines(broker):
    """Return how many batches the broker has had."""
    return sum(message.topic.endswith("timeline") for message in broker.listener.heard)


def test_stopped_started_and_killed(deploy, installed, home, broker, capfd):
    """Each is waited for, and done once; what is not running is never said to be online."""
    brokers.until(lambda: timelines(broker) > 1)
    code, said = deploy("stop")
    assert code == 0 and "stopped after" in said and "0 batches wait to be sent" in said, said
    assert "stays stopped until `start`" in said
    assert not any(plain.holder(home / name) for name in LOCKS)
    code, said = deploy("status")
    assert code == 1 and "online: false" in said and "when it ended tidily" in said
    assert "online: true" not in said and kept(broker)["online"] is False
    code, said = deploy("stop")
    assert code == 0 and "it is stopped already" in said

    code, said = deploy("start", "--wait", "60")
    assert code == 0 and "online after" in said, said
    before = numbers(home)
    code, said = deploy("start")
    assert code == 0 and "it runs already, camera ok" in said and numbers(home) == before
    code, said = deploy("restart")
    assert code == 0 and "stopped after" in said and "online after" in said
    assert not set(before) & set(numbers(home)) and deploy("status")[0] == 0

    # Killed one after the other: what is left makes it anew.
    for i in range(3):
        killed = numbers(home)[i]
        os.kill(killed, signal.SIGKILL)
        brokers.until(lambda killed=killed: killed not in numbers(home))
    brokers.until(lambda: deploy("status")[0] == 0)
    # As in a power cut, all at once: the service cannot come back by itself.
    there = numbers(home)
    for number, pid in [(signal.SIGSTOP, pid) for pid in there] + [
        (signal.SIGKILL, pid) for pid in there
    ]:
        os.kill(pid, number)
    code, said = deploy("status")
    assert code == 1 and "online: false" in said and "not running since" in said
    assert "service: stopped" in said
    brokers.until(lambda: kept(broker)["online"] is False)
    capfd.readouterr()
    assert app.main(["tell", "camera-1", "status", "--broker", installed]) == 1
    assert "camera-1 is offline" in capfd.readouterr().err
    # What cannot start is said with its last words, and not waited for in vain.
    path = (home / "settings.ini").resolve()
    path.write_text(path.read_text() + "preview = 99999\n")
    code, said = deploy("start", "--wait", "60")
    assert code == 1 and "dies at every start" in said and "preview" in said, said
    assert deploy("stop")[0] == 0 and plain.running(home) is None


def test_nothing_installed_is_said(deploy):
    """With where it may be instead."""
    for verb in ("start", "stop", "restart"):
        code, said = deploy(verb)
        assert code == 1 and "nothing is installed in" in said and "--user-folder" in said
