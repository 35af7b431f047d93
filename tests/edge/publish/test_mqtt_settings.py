"""Settings that never work, brokers that cannot be reached, and the probe that finds which."""

import subprocess
from pathlib import Path

import pytest

from laughtrack.edge.mqtt.probe import probe
from laughtrack.edge.publish.errors import Unsent
from laughtrack.edge.publish.mqtt import MqttPublisher
from laughtrack.edge.settings import Settings
from tests.brokers import free_port, until
from tests.tools import MOSQUITTO

pytestmark = pytest.mark.broker
STATUS = "laughtrack/default/cam/status"


def test_a_wrong_password_is_told(start, publish, tmp_path):
    """User and password open a broker's door; a wrong one is named with its cure."""
    passwords = tmp_path / "passwords"
    passwords.write_text("hall:secret\n")
    maker = Path(MOSQUITTO).with_name("mosquitto_passwd")
    maker = maker if maker.exists() else "mosquitto_passwd"
    subprocess.run([maker, "-U", passwords], check=True)
    broker = start(f"allow_anonymous false\npassword_file {passwords}")
    for name in ("right", "wrong"):
        (tmp_path / name).write_text("secret\n" if name == "right" else "guess\n")
        publisher = publish(broker.port, user="hall", password_file=str(tmp_path / name))
        if name == "right":
            until(lambda p=publisher: p.connected)
        else:
            until(lambda p=publisher: "user and password_file" in p.trouble)
            with pytest.raises(Unsent, match="user and password_file"):
                publisher.send(b"one")


def test_a_broker_that_is_not_there_is_told(publish):
    """Whom the device cannot reach, it names, with what to look at."""
    port = free_port()
    publisher = publish(port)
    expected = f"127.0.0.1:{port} refuses connections: is the broker running"
    until(lambda: expected in publisher.trouble)
    with pytest.raises(Unsent, match=expected):
        publisher.send(b"one")
    publisher = publish(0, broker="mqtt://broker.invalid")
    until(lambda: "no address is known for broker.invalid" in publisher.trouble)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"broker": "mqtt://"}, "expected mqtt://HOST"),
        ({"broker": "mqtt://host:port"}, "expected mqtt://HOST"),
        ({"broker": "mqtt://host/path"}, "expected mqtt://HOST"),
        ({"broker": "mqtt://" + "a" * 70}, "expected mqtt://HOST"),
        ({"broker": "mqtt://me:secret@host"}, "write it as user"),
        ({"user": "me", "password_file": "no such"}, "password_file is no such: No such file"),
        ({"cert_file": "a", "key_file": "b"}, "cert_file is set: write mqtts://"),
    ],
)
def test_settings_that_can_never_work(changes, message):
    """They are refused at once, with what is expected."""
    settings = Settings(device="cam", broker="mqtt://127.0.0.1")._replace(**changes)
    with pytest.raises(ValueError, match=message) as caught:
        MqttPublisher(settings, print)
    assert "secret" not in str(caught.value)
    ((what, ok, text),) = probe(settings)
    assert (what, ok, text) == ("settings", False, str(caught.value))


def test_the_probe_finds_all_well(start):
    """Each step to the broker is tried and told."""
    broker = start()
    found = probe(Settings(device="cam", broker=f"mqtt://127.0.0.1:{broker.port}"))
    assert [what for what, ok, _ in found if ok] == [
        "name",
        "network",
        "connection",
        "publish",
        "commands",
    ]


def test_the_probe_finds_what_is_forbidden(start, tmp_path):
    """A topic that the access list forbids fails its step alone."""
    (tmp_path / "rules").write_text("topic read #\n")
    broker = start(f"acl_file {tmp_path / 'rules'}")
    found = probe(Settings(device="cam", broker=f"mqtt://127.0.0.1:{broker.port}"))
    ((what, text),) = [(what, text) for what, ok, text in found if not ok]
    assert what == "publish" and f"to publish to {STATUS}: allow it" in text


@pytest.mark.parametrize(
    "broker, what, message",
    [
        ("mqtt://broker.invalid", "name", "no address is known for broker.invalid"),
        ("mqtt://127.0.0.1:{port}", "network", "refuses connections"),
    ],
)
def test_the_probe_stops_where_nothing_follows(broker, what, message):
    """The last step told is the one that failed."""
    found = probe(Settings(device="cam", broker=broker.format(port=free_port())))
    assert found[-1][:2] == (what, False) and message in found[-1][2]
    assert all(ok for _, ok, _ in found[:-1])
