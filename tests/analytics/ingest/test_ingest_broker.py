"""Getting to a broker: what it refuses, whom it and we trust, what can never work."""

import gc

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from laughtrack.analytics.ingest.mqtt import OPTIONS, TOPIC, Subscription, names_device
from laughtrack.analytics.ingest.refusals import BrokerError
from laughtrack.edge.mqtt.broker import Broker
from tests import brokers
from tests.analytics.subscription_recorder import Recorder

REFUSALS = [
    # The broker's configuration, what is asked, what is said.
    ("password_file {0}", {}, "Not authorized.*check --user"),
    ("password_file {0}", {"user": "x", "password_file": "{1}"}, "check --user and --password"),
]


@pytest.mark.broker
@pytest.mark.parametrize(("lines", "asked", "said"), REFUSALS)
def test_refusals_are_said_with_the_cure(tmp_path, lines, asked, said):
    """A broker that does not want us is an error that says what to do."""
    (tmp_path / "list").write_text("")
    (tmp_path / "password").write_text("secret\n")
    lines = f"allow_anonymous false\n{lines.format(tmp_path / 'list')}"
    asked = {name: value.format("", tmp_path / "password") for name, value in asked.items()}
    with brokers.Broker(tmp_path / "broker", lines) as broker:
        recorder = Recorder(broker.port, **asked)
        with pytest.raises(BrokerError, match=said):
            recorder.run(lambda: False)


@pytest.mark.broker
def test_refused_subscription_is_said_with_the_cure(tmp_path):
    """A broker that takes the client and not its subscription is an error that says what to do."""
    with brokers.Broker(tmp_path / "broker") as broker:
        recorder = Recorder(broker.port)
        client = recorder.subscription._connection._client
        subscribed = client.on_subscribe
        # Mosquitto takes every subscription, and then sends nothing of what is not allowed.
        no = [ReasonCode(PacketTypes.SUBACK, "Not authorized")]
        client.on_subscribe = lambda *said: subscribed(*said[:3], no, None)
        with pytest.raises(BrokerError, match=r"refuses the subscription to laughtrack/.*--topic"):
            recorder.run(lambda: False)


@pytest.mark.broker
# After a failed handshake paho leaves the socket for Python to close.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_certificates_both_ways(tmp_path):
    """With the right ones batches come; without, the error names the option."""
    signer = brokers.Signer(tmp_path / "ours")
    other = brokers.Signer(tmp_path / "theirs", "other signer")
    server = signer.issue("server", ["127.0.0.1"])
    cert, key = signer.issue("ingest")
    with brokers.Broker(tmp_path / "broker", brokers.tls_lines(signer, *server)) as broker:
        mine = {"cert_file": cert, "key_file": key}
        recorder = Recorder(broker.port, "mqtts", ca_file=str(signer.file), **mine)
        recorder.begin()
        wrong = Recorder(broker.port, "mqtts", ca_file=str(other.file), **mine)
        with pytest.raises(BrokerError, match=r"its certificate does not hold.*--ca"):
            wrong.run(lambda: False)
        # A broker refuses a client's certificate only after the client has begun to speak.
        cert, key = other.issue("stranger")
        asked = {"ca_file": str(signer.file), "cert_file": cert, "key_file": key}
        stranger = Recorder(broker.port, "mqtts", **asked)
        with pytest.raises(BrokerError, match="--cert"):
            stranger.run(lambda: False)
        gc.collect()


USELESS = [
    ({"url": "http://x"}, "expected mqtt://HOST"),
    ({"url": "mqtt://"}, "expected mqtt://HOST"),
    ({"url": "mqtt://x:port"}, "expected mqtt://HOST"),
    ({"url": "mqtt://me:secret@x"}, "write it as --user, and the password as --password-file"),
    ({"url": "mqtt://x", "ca_file": "ca.pem"}, "write mqtts:// for TLS"),
    ({"url": "mqtts://x", "ca_file": "none.pem"}, "--ca is none.pem: No such file"),
    ({"url": "mqtts://x", "cert_file": "c.pem"}, "--cert and --key belong together"),
    ({"url": "mqtt://x", "topic": ""}, "topic is '': expected like laughtrack/"),
    ({"url": "mqtt://x", "topic": "a/#/b"}, "topic is 'a/#/b'"),
    ({"url": "mqtt://x", "topic": "a/b+/c"}, "expected like laughtrack/"),
    (
        {"url": "mqtt://x", "user": "u", "password_file": "none"},
        "--password-file is none: No such file",
    ),
]


@pytest.mark.parametrize(("asked", "said"), USELESS)
def test_useless_settings_are_said_before_connecting(asked, said):
    """What can never work is an error at once, and no password is shown."""
    with pytest.raises(ValueError, match=said) as error:
        topic = asked.get("topic", TOPIC)
        fields = {name: value for name, value in asked.items() if name != "topic"}
        broker = Broker(**fields, client_id="laughtrack-ingest", options=OPTIONS)
        Subscription(broker, list.append, print, topic)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        ("laughtrack/+/+/timeline", True),
        ("$share/two/laughtrack/+/+/timeline", True),
        ("mine/+/batches", True),
        ("laughtrack/#", False),
        ("laughtrack/+/+/+", False),
        ("laughtrack/hall/cam/timeline", False),
        ("+", False),
    ],
)
def test_which_topics_name_their_device(topic, named):
    """The level before a fixed last one is the device; of other shapes nothing is known."""
    assert names_device(topic) is named
