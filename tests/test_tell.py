"""`laughtrack tell` over a real broker, to a stand-in for the device."""

import json
import queue
import re
import subprocess

import pytest
import typer

from laughtrack.analytics.devices.device_client import NoAnswer
from laughtrack.cli.commands.control import tell_command
from tests import brokers

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """Return the address of a broker that lets everyone in, and that of one that knows only ann."""
    strict, users = tmp_path_factory.mktemp("strict"), tmp_path_factory.mktemp("users") / "users"
    words = ["mosquitto_passwd", "-c", "-b", users, "ann", "secret"]
    subprocess.run([str(word) for word in words], check=True, capture_output=True)
    known = f"allow_anonymous false\npassword_file {users}"
    with (
        brokers.Broker(tmp_path_factory.mktemp("open")) as everyone,
        brokers.Broker(strict, known) as few,
    ):
        yield [f"mqtt://127.0.0.1:{one.port}" for one in (everyone, few)]


class Device:
    """A stand-in: keeps the commands it heard, and answers as it is told to."""

    def __init__(self, broker, name, answer):
        from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5

        self.heard, self._answer, self._ready = [], answer, queue.Queue()
        self._topic = f"laughtrack/hall/{name}"
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
        self.client.on_message = self._message
        self.client.on_subscribe = lambda *_: self._ready.put(True)
        host, _, port = broker.removeprefix("mqtt://").partition(":")
        self.client.connect(host, int(port))
        self.client.loop_start()
        self.client.subscribe(f"{self._topic}/command", qos=1)
        self._ready.get(timeout=120)
        self.publish({"online": True})

    def publish(self, status):
        """Publish a status, kept by the broker, and wait until it has it."""
        text = json.dumps({"device": "cam", "site": "hall", **status})
        self.client.publish(f"{self._topic}/status", text, qos=1, retain=True).wait_for_publish(30)

    def _message(self, client, _, message):
        order = json.loads(message.payload)
        self.heard.append((order, message.properties.MessageExpiryInterval))
        for status in self._answer(order):
            text = json.dumps({"device": "cam", **status})
            client.publish(f"{self._topic}/status", text, qos=1, retain=True)

    def close(self):
        """Hang up, and take the kept status away."""
        self.client.publish(f"{self._topic}/status", b"", qos=1, retain=True).wait_for_publish(30)
        self.client.disconnect()
        self.client.loop_stop()


def named(test):
    """Return a device's name for a test."""
    return re.sub(r"\W", "-", test)


@pytest.fixture
def device(broker, request):
    """Return a function that starts a stand-in device named after the test."""
    made = []

    def start(answer, where=0):
        made.append(Device(broker[where], named(request.node.name), answer))
        return made[-1]

    start.name = named(request.node.name)
    yield start
    for one in made:
        one.close()


def run(name, *words):
    """Run the command."""
    app = typer.Typer()
    app.command()(tell_command)
    app(args=[name, *words, "--site", "hall"], standalone_mode=False)


def yes(said):
    """Return a device's answer that says so."""
    return lambda order: [
        {"online": True, "answer": {"id": "another", "do": "stop", "ok": False, "said": "no"}},
        {
            "online": True,
            "answer": {"id": order["id"], "do": order["do"], "ok": True, "said": said},
        },
    ]


@pytest.mark.parametrize(
    "words, order",
    [
        (["start"], {"do": "start"}),
        (["start", "evening"], {"do": "start", "session": "evening"}),
        (["stop"], {"do": "stop"}),
        (["mark", "film starts"], {"do": "mark", "text": "film starts"}),
        (["title", "The Night Bus"], {"do": "title", "text": "The Night Bus"}),
    ],
)
def test_command_reaches_the_device(broker, device, capsys, words, order):
    """It goes out as the device reads it, and the device's own answer comes back."""
    cam = device(yes("so be it"))
    run(device.name, *words, "--broker", broker[0], "--wait", "25")
    ((heard, expires_s),) = cam.heard
    assert heard.pop("id") and heard == order
    # A command that comes late must not be carried out.
    assert expires_s <= 25
    assert capsys.readouterr().out == f"{device.name}: so be it\n"


def test_status_is_shown(broker, device, capsys):
    """Each fact is a line, without the answer itself."""

    def answer(order):
        facts = {"online": True, "session": "day", "camera": "", "versions": {"edge": "1"}}
        return [{**facts, "answer": {"id": order["id"], "ok": True, "said": ""}}]

    device(answer)
    run(device.name, "status", "--broker", broker[0], "--wait", "25")
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["session", "day"] in lines and ["camera", "-"] in lines
    assert ["versions", "edge 1"] in lines
    assert "answer" not in dict(lines)


def test_refusal_of_the_device_is_an_error(broker, device):
    """What it says is handed on."""
    device(
        lambda order: [{"online": True, "answer": {"id": order["id"], "ok": False, "said": "x"}}]
    )
    with pytest.raises(NoAnswer, match="did not start: x"):
        run(device.name, "start", "--broker", broker[0], "--wait", "25")


def test_silent_device_is_an_error(broker, device):
    """Other statuses are no answer, and the waiting ends."""
    device(lambda order: [{"online": True}, {"doctor": True}, {"online": True, "answer": None}])
    with pytest.raises(NoAnswer, match=r"did not answer within 1\.5 s: it may be starting"):
        run(device.name, "status", "--broker", broker[0], "--wait", "1.5")


def test_offline_device_gets_nothing(broker, device):
    """The broker's kept status says it; no command is sent."""
    cam = device(yes("so be it"))
    cam.publish({"online": False, "at_utc": "2026-01-31T20:15:00Z"})
    with pytest.raises(NoAnswer, match="is offline since 2026-01-31T20:15:00Z: nothing was done"):
        run(device.name, "stop", "--broker", broker[0])
    assert cam.heard == []


def test_device_that_goes_meanwhile_is_said(broker, device):
    """Its last will ends the waiting."""
    device(lambda order: [{"online": False}])
    with pytest.raises(NoAnswer, match="is offline: nothing was done"):
        run(device.name, "stop", "--broker", broker[0], "--wait", "25")


def test_unknown_device_is_said(broker):
    """Nobody listens there, and the message says what may be misspelt."""
    with pytest.raises(NoAnswer, match="nobody listens to laughtrack/hall/nobody/command"):
        run("nobody", "stop", "--broker", broker[0], "--wait", "1")


def test_device_stays_connected_meanwhile(broker, device):
    """The operator's connection has another name, so that the broker keeps the device's."""
    cam = device(yes("so be it"))
    lost = []
    cam.client.on_disconnect = lambda *words: lost.append(words)
    run(device.name, "stop", "--broker", broker[0], "--wait", "25")
    assert lost == []


def test_no_broker_is_said(device):
    """With its address."""
    port = brokers.free_port()
    with pytest.raises(NoAnswer, match=f"127.0.0.1:{port} refuses connections: is the broker"):
        run("cam", "stop", "--broker", f"mqtt://127.0.0.1:{port}")


def test_password_is_read_from_its_file(broker, device, tmp_path):
    """Right, it lets in; wrong, it is refused with what to check."""
    (tmp_path / "word").write_text("wrong\n")
    words = ["--broker", broker[1], "--user", "ann", "--password-file", str(tmp_path / "word")]
    with pytest.raises(NoAnswer, match="check user and password_file"):
        run("nobody", "stop", *words)
    (tmp_path / "word").write_text("secret\n")
    with pytest.raises(NoAnswer, match="nobody listens"):
        run("nobody", "stop", *words, "--wait", "1")


def test_certificates_open_a_tls_broker(tmp_path):
    """The operator's own lets in; another signer's is refused with the cure."""
    signer, stranger = brokers.Signer(tmp_path), brokers.Signer(tmp_path / "b", "stranger")
    lines = brokers.tls_lines(signer, *signer.issue("server", ["localhost"]))
    with brokers.Broker(tmp_path / "broker", lines) as one:
        where = ["--broker", f"mqtts://localhost:{one.port}", "--ca", str(signer.file)]
        cert, key = signer.issue("ann")
        with pytest.raises(NoAnswer, match="nobody listens"):
            run("nobody", "stop", *where, "--cert", cert, "--key", key, "--wait", "1")
        cert, key = stranger.issue("eve")
        with pytest.raises(NoAnswer, match="does not know who signed"):
            run("nobody", "stop", *where, "--cert", cert, "--key", key)


@pytest.mark.parametrize(
    "words, says",
    [
        (["mark"], "a mark needs a"),
        (["stop", "now"], "stop takes no text"),
        (["start", "a/b"], "session is 'a/b'"),
        (["mark", "x" * 201], "text is"),
        (["dance"], "dance"),
    ],
)
def test_wrong_words_are_usage(words, says):
    """Nothing is sent that the device would not take."""
    with pytest.raises(Exception, match=says) as caught:
        run("cam", *words)
    assert caught.value.exit_code == 2
