"""A subscription to a real broker: what it acknowledges, and what it says on bad days."""

import gc
import sys
import time
from pathlib import Path

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

# Beside this file, and in the tests' own folder.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
import brokers
from ingest_devices import publish

from analytics import ingest_mqtt, waiting
from analytics.broker import names_device
from analytics.ingest_mqtt import Broker, BrokerError, Subscription
from analytics.store import StoreError

pytestmark = pytest.mark.skipif(brokers.MOSQUITTO is None, reason=brokers.NO_MOSQUITTO)

TOPIC = "laughtrack/hall/cam/timeline"
NUMBERS = [(TOPIC, b"%d" % n) for n in range(20)]


@pytest.fixture
def mosquitto(tmp_path):
    """Return a running broker."""
    with brokers.Broker(tmp_path / "broker", "max_queued_messages 0") as broker:
        yield broker


class Desk:
    """A subscription that keeps what it takes in a list, and what it said."""

    def __init__(self, port, scheme="mqtt", **asked):
        """Make it; it does not connect yet."""
        self.taken, self.said, self.failing = [], [], False
        broker = Broker(f"{scheme}://127.0.0.1:{port}", **asked)
        self.subscription = Subscription(broker, self.take, self.said.append)

    def take(self, group):
        """Keep a group, or fail as a full disk does."""
        if self.failing:
            raise StoreError("disk full")
        self.taken += group

    def run(self, ready, step=None):
        """Run until `ready()`; call `step` at each look, as if from outside."""
        end_s = time.monotonic() + brokers.PATIENCE_S

        def until(quiet_s):
            if step is not None:
                step(quiet_s)
            assert time.monotonic() < end_s, (self.said, len(self.taken))
            return ready()

        self.subscription.run(until)

    def begin(self):
        """Connect and subscribe, so that the broker knows of the session; then leave."""
        self.run(lambda: any(line.startswith("listening") for line in self.said))

    def payloads(self):
        """Return what was taken, in order of arrival."""
        return [arrival.payload for arrival in self.taken]


def listening(port, **asked):
    """Return a desk whose session the broker knows."""
    Desk(port, **asked).begin()
    return Desk(port, **asked)


def test_messages_of_before_are_taken(mosquitto):
    """What was published while nobody listened is there, in order, with its topic's device."""
    desk = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS)
    desk.run(lambda: len(desk.taken) == 20)
    assert desk.payloads() == [payload for _, payload in NUMBERS]
    assert {(each.origin, each.device) for each in desk.taken} == {(TOPIC, "cam")}
    again = Desk(mosquitto.port)
    again.run(lambda: again.subscription._quiet_s() > 0.5)
    assert again.taken == []


def test_nothing_is_acknowledged_while_the_store_fails(mosquitto):
    """What could not be stored comes again to whoever asks next, all of it."""
    desk = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS)
    desk.failing = True
    with pytest.raises(StoreError, match="disk full"):
        desk.run(lambda: any("disk full" in line for line in desk.said))
    assert [line for line in desk.said if "disk full" in line] == [
        "disk full - nothing is acknowledged or lost; trying again"
    ]
    again = Desk(mosquitto.port)
    again.run(lambda: len(again.taken) == 20)
    assert sorted(again.payloads()) == sorted(payload for _, payload in NUMBERS)


def test_store_that_recovers_gets_all(mosquitto):
    """A store that failed for a while is tried again, without another connection."""
    desk = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS)
    desk.failing = True

    def mend(_):
        desk.failing = desk.failing and not any("disk full" in line for line in desk.said)

    desk.run(lambda: len(desk.taken) == 20, mend)
    assert desk.said[-1] == "the store takes batches again"
    again = Desk(mosquitto.port)
    again.run(lambda: again.subscription._quiet_s() > 0.5)
    assert again.taken == []


def test_more_than_a_group_waits_at_the_broker(mosquitto):
    """While the store fails, the broker hands out no more than one group."""
    desk = listening(mosquitto.port)
    publish(mosquitto.port, [(TOPIC, b"%d" % n) for n in range(350)])
    desk.failing, counts = True, []

    def watch(_):
        counts.append(len(desk.subscription._waiting))

    with pytest.raises(StoreError):
        desk.run(lambda: len(counts) > 20 and counts[-20] == counts[-1] > 0, watch)
    assert counts[-1] == ingest_mqtt.GROUP


def test_what_there_is_no_room_for_comes_again(mosquitto, monkeypatch):
    """Should a broker send more than it was told to, nothing of it is lost."""
    monkeypatch.setattr(waiting, "MOST", 50)
    desk = listening(mosquitto.port)
    many = {b"%d" % n for n in range(120)}
    publish(mosquitto.port, [(TOPIC, payload) for payload in many])
    most = []
    desk.run(
        lambda: {*desk.payloads()} == many, lambda _: most.append(len(desk.subscription._waiting))
    )
    assert max(most) == 50
    again = Desk(mosquitto.port)
    again.run(lambda: again.subscription._quiet_s() > 0.5)
    assert again.taken == []


def test_broker_that_goes_and_comes_is_said_once(mosquitto):
    """A broker that is away is named once, and once more when it is back; all is taken."""
    desk = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS[:10])
    done = []

    def outage(_):
        if len(desk.taken) >= 10 and not done:
            mosquitto.stop()
            done.append("away")
        if done == ["away"] and any("no connection" in line for line in desk.said):
            mosquitto.start()
            publish(mosquitto.port, NUMBERS[10:])
            done.append("back")

    desk.run(lambda: {*desk.payloads()} == {payload for _, payload in NUMBERS}, outage)
    assert len(desk.said) == 3, desk.said
    assert "trying again until it is there" in desk.said[1]
    assert desk.said[2].endswith("is back")


def test_broker_that_is_not_there_yet_is_waited_for(tmp_path):
    """Ingest may start before the broker does."""
    with brokers.Broker(tmp_path / "broker") as broker:
        broker.stop()
        desk = Desk(broker.port)

        def start(_):
            if any("Connection refused" in line for line in desk.said) and not desk.taken:
                broker.start()
                desk.taken.append("started")

        desk.run(lambda: any("is back" in line for line in desk.said), start)
    assert len(desk.said) == 2


def test_broker_that_never_came_is_an_error():
    """Having waited in vain is no result."""
    desk = Desk(brokers.free_port())
    with pytest.raises(BrokerError, match="there was no connection: Connection refused"):
        desk.run(lambda: bool(desk.said))
    assert len(desk.said) == 1


def test_broker_that_forgot_the_session_is_told_of(mosquitto):
    """A broker that lost what it kept is named, since batches may be missing then."""
    desk = listening(mosquitto.port)
    done = []

    def crash(quiet_s):
        if quiet_s > 0 and not done:
            mosquitto.kill()
            for path in mosquitto.folder.glob("*.db*"):
                path.unlink()
            mosquitto.start()
            done.append(True)

    desk.run(lambda: any("forgotten" in line for line in desk.said), crash)


def test_second_client_of_one_name_is_told_of(mosquitto):
    """Whose place is taken again and again ends, and says what to do."""
    desk = Desk(mosquitto.port)

    def take_over(quiet_s):
        if quiet_s > 0:
            Desk(mosquitto.port).begin()

    with pytest.raises(BrokerError, match="give each ingest its own --client-id"):
        desk.run(lambda: False, take_over)


def test_flood_without_acknowledgement_is_bounded(mosquitto, monkeypatch):
    """Messages of quality 0 that come faster than the store takes them are counted and told."""
    monkeypatch.setattr(waiting, "MOST", 50)
    desk = Desk(mosquitto.port)
    desk.failing, done = True, []

    def flood(quiet_s):
        if quiet_s > 0 and not done:
            done.append(True)
            publish(mosquitto.port, [(TOPIC, b"%d" % n) for n in range(80)], qos=0)
        desk.failing = desk.subscription._waiting.dropped < 30

    desk.run(lambda: len(desk.taken) >= 50, flood)
    assert "30 messages of quality of service 0 came faster" in desk.said[-1]


REFUSALS = [
    # The broker's configuration, what is asked, what is said.
    ("password_file {0}", {}, "Not authorized.*check --user"),
    ("password_file {0}", {"user": "x", "password_file": "{1}"}, "check --user and --password"),
]


@pytest.mark.parametrize(("lines", "asked", "said"), REFUSALS)
def test_refusals_are_said_with_the_cure(tmp_path, lines, asked, said):
    """A broker that does not want us is an error that says what to do."""
    (tmp_path / "list").write_text("")
    (tmp_path / "password").write_text("secret\n")
    lines = f"allow_anonymous false\n{lines.format(tmp_path / 'list')}"
    asked = {name: value.format("", tmp_path / "password") for name, value in asked.items()}
    with brokers.Broker(tmp_path / "broker", lines) as broker:
        desk = Desk(broker.port, **asked)
        with pytest.raises(BrokerError, match=said):
            desk.run(lambda: False)


def test_refused_subscription_is_said_with_the_cure(mosquitto):
    """A broker that takes the client and not its subscription is an error that says what to do."""
    desk = Desk(mosquitto.port)
    subscribed = desk.subscription._client.on_subscribe
    # Mosquitto takes every subscription, and then sends nothing of what is not allowed.
    no = [ReasonCode(PacketTypes.SUBACK, "Not authorized")]
    desk.subscription._client.on_subscribe = lambda *said: subscribed(*said[:3], no, None)
    with pytest.raises(BrokerError, match=r"refuses the subscription to laughtrack/.*--topic"):
        desk.run(lambda: False)


# After a failed handshake paho leaves the socket for Python to close.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_certificates_both_ways(tmp_path):
    """With the right ones batches come; without, the error names the option."""
    signer = brokers.Signer(tmp_path / "ours")
    other = brokers.Signer(tmp_path / "theirs", "other signer")
    server = signer.issue("server", ["127.0.0.1"])
    cert, key = signer.issue("ingest")
    with brokers.Broker(tmp_path / "broker", brokers.tls_lines(signer, *server)) as broker:
        mine = {"cert_file": cert, "key_file": key}
        desk = Desk(broker.port, "mqtts", ca_file=str(signer.file), **mine)
        desk.begin()
        wrong = Desk(broker.port, "mqtts", ca_file=str(other.file), **mine)
        with pytest.raises(BrokerError, match=r"its certificate does not hold.*--ca"):
            wrong.run(lambda: False)
        # A broker refuses a client's certificate only after the client has begun to speak.
        cert, key = other.issue("stranger")
        asked = {"ca_file": str(signer.file), "cert_file": cert, "key_file": key}
        stranger = Desk(broker.port, "mqtts", **asked)
        with pytest.raises(BrokerError, match="--cert"):
            stranger.run(lambda: False)
        gc.collect()


USELESS = [
    ({"url": "http://x"}, "expected mqtt://HOST"),
    ({"url": "mqtt://"}, "expected mqtt://HOST"),
    ({"url": "mqtt://x:port"}, "expected mqtt://HOST"),
    ({"url": "mqtt://me:secret@x"}, "use --user and --password-file"),
    ({"url": "mqtt://x", "ca_file": "ca.pem"}, "write mqtts:// for TLS"),
    ({"url": "mqtts://x", "ca_file": "none.pem"}, "cannot use none.pem"),
    ({"url": "mqtts://x", "cert_file": "c.pem"}, "--cert and --key belong together"),
    ({"url": "mqtt://x", "topic": ""}, "topic is '': expected like laughtrack/"),
    ({"url": "mqtt://x", "topic": "a/#/b"}, "topic is 'a/#/b'"),
    ({"url": "mqtt://x", "topic": "a/b+/c"}, "expected like laughtrack/"),
    ({"url": "mqtt://x", "user": "u", "password_file": "none"}, "cannot read --password-file none"),
]


@pytest.mark.parametrize(("asked", "said"), USELESS)
def test_useless_settings_are_said_before_connecting(asked, said):
    """What can never work is an error at once, and no password is shown."""
    with pytest.raises(ValueError, match=said) as error:
        Subscription(Broker(**asked), list.append, print)
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
