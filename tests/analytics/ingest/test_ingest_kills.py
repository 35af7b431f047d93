"""The command with many devices at once, killed at random: nothing is lost, nothing is doubled."""

import random
import signal
import subprocess
import threading
import time

import pytest

from laughtrack.analytics.store.catalogue.session_list import list_sessions
from tests import brokers
from tests.analytics.ingest_devices import assert_exact, batches, ingest, message, publish, shuffled

pytestmark = pytest.mark.broker


@pytest.fixture
def mosquitto(tmp_path):
    """Return a running broker."""
    with brokers.Broker(tmp_path / "broker", "max_queued_messages 0") as broker:
        yield broker


class Command:
    """The command on a broker, with folders of its own."""

    def __init__(self, folder, port):
        """Make it; nothing runs yet."""
        self.store, self.quarantine = str(folder / "store"), folder / "quarantine"
        self._log, self._port, self._process = folder / "ingest.log", port, None
        self._log.touch()

    def start(self, *words):
        """Start it."""
        asked = ("--broker", f"mqtt://127.0.0.1:{self._port}", "--store", self.store)
        with self._log.open("a") as log:
            self._process = ingest(
                *asked, "--quarantine", self.quarantine, *words, stdout=subprocess.PIPE, stderr=log
            )

    def listen(self):
        """Wait until it listens."""
        begun = self.said().count("listening to")
        self.start()
        brokers.until(lambda: self.said().count("listening to") > begun)

    def said(self):
        """Return all that it said so far, over all its lives."""
        return self._log.read_text()

    def end(self, number=signal.SIGTERM):
        """End it; return its exit code and its last line."""
        self._process.send_signal(number)
        return self.wait()

    def wait(self):
        """Wait for its end; return its exit code and its last line."""
        said, _ = self._process.communicate(timeout=600)
        return self._process.returncode, said


@pytest.fixture
def command(tmp_path, mosquitto):
    """Return the command, not yet running."""
    one = Command(tmp_path, mosquitto.port)
    yield one
    if one._process is not None and one._process.poll() is None:
        one.end(signal.SIGKILL)


def stored(command):
    """Return how many batches the store holds."""
    return int(list_sessions(command.store)["batches"].sum())


def publish_slowly(port, messages):
    """Publish messages over a second or two."""
    for first in range(0, len(messages), 8):
        publish(port, messages[first : first + 8])
        time.sleep(0.1)


def test_killed_at_random_it_loses_and_doubles_nothing(mosquitto, command):
    """Killed three times while batches of eight devices come in disorder, the table ends exact."""
    rng = random.Random(5)
    made = [one for n in range(8) for one in batches(f"cam-{n}", 28, viewers=2)]
    messages = shuffled([message(one) for one in made], seed=5)
    command.listen()
    for part in range(4):
        before, some = stored(command), messages[part::4]
        devices = threading.Thread(target=publish_slowly, args=(mosquitto.port, some))
        devices.start()
        brokers.until(lambda before=before: stored(command) > before)
        time.sleep(rng.random())
        if part < 3:
            command.end(signal.SIGKILL)
            command.start()
        devices.join()
    brokers.until(lambda: stored(command) == len(made))
    assert command.end()[0] == 0
    # What is left at the broker, should there be any, is repeats.
    command.start("--until-idle", 1)
    code, line = command.wait()
    assert code == 0
    assert line.startswith("0 batches stored, 0 readings")
    assert_exact(command.store, made)
    found = list_sessions(command.store)
    assert found["complete"].all()
    assert not command.quarantine.exists()


def test_fifty_devices_at_once(mosquitto, command):
    """All that fifty devices publish at once is in the table, reading for reading."""
    made = [one for n in range(50) for one in batches(f"cam-{n}", 4, session=f"hall {n % 7}")]
    command.listen()
    orders = [made[n::5] for n in range(5)]
    threads = [
        threading.Thread(target=publish, args=(mosquitto.port, [message(one) for one in order]))
        for order in orders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    brokers.until(lambda: stored(command) == len(made))
    code, line = command.end()
    assert code == 0
    assert line.startswith("200 batches stored, 30,000 readings")
    assert_exact(command.store, made)


def test_asked_to_end_it_stores_what_came_first(mosquitto, command):
    """SIGTERM and Ctrl-C end it tidily: what it had is stored and acknowledged."""
    made = batches("cam", 12)
    for number, part in ((signal.SIGTERM, made[:6]), (signal.SIGINT, made[6:])):
        command.listen()
        publish(mosquitto.port, [message(one) for one in part])
        assert command.end(number)[0] == 0
    command.start("--until-idle", 1)
    code, _ = command.wait()
    assert code == 0
    assert_exact(command.store, made)


def test_command_ends_by_the_clock(command):
    """With --for it ends after that time, having stored nothing where nothing came."""
    command.start("--for", 1)
    assert command.wait() == (0, "0 batches stored, 0 readings\n")


def test_bad_batches_are_set_aside_and_acknowledged(mosquitto, command):
    """Rubbish, a batch for another device's topic and a huge one hold nobody up, nor come again."""
    made = batches("cam", 3)
    topic, payload = message(made[0])
    command.listen()
    bad = [
        (topic, b"rubbish"),
        (topic.replace("cam", "other"), payload),
        (topic, b"x" * 200_000),
        # Above what we tell the broker to send at all.
        (topic, b"x" * 2_000_000),
    ]
    publish(mosquitto.port, bad + [message(one) for one in made])
    brokers.until(lambda: stored(command) == 3)
    code, line = command.end()
    assert code == 0
    assert line == f"3 batches stored, 450 readings, 3 refused (see {command.quarantine})\n"
    reasons = "".join(path.read_text() for path in command.quarantine.rglob("*.reason.txt"))
    assert "device is 'cam', but 'other' sent it" in reasons
    assert "it is 200000 bytes: expected 131072 or fewer" in reasons
    assert payload in [path.read_bytes() for path in command.quarantine.rglob("*.json")]
    command.start("--until-idle", 1)
    assert command.wait() == (0, "0 batches stored, 0 readings\n")
    assert_exact(command.store, made)
