"""A subscription to a real broker: what it acknowledges, and what it says on bad days."""

import pytest

from laughtrack.analytics.ingest import pending_messages
from laughtrack.analytics.ingest.arrivals import GROUP_SIZE
from laughtrack.analytics.ingest.refusals import BrokerError
from laughtrack.analytics.store.delta_table import StoreError
from tests import brokers
from tests.analytics.ingest_devices import publish
from tests.analytics.subscription_recorder import Recorder

pytestmark = pytest.mark.broker

TOPIC = "laughtrack/hall/cam/timeline"
NUMBERS = [(TOPIC, b"%d" % n) for n in range(20)]


@pytest.fixture
def mosquitto(tmp_path):
    """Return a running broker."""
    with brokers.Broker(tmp_path / "broker", "max_queued_messages 0") as broker:
        yield broker


def listening(port, **asked):
    """Return a recorder whose session the broker knows."""
    Recorder(port, **asked).begin()
    return Recorder(port, **asked)


def test_messages_of_before_are_taken(mosquitto):
    """What was published while nobody listened is there, in order, with its topic's device."""
    recorder = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS)
    recorder.run(lambda: len(recorder.arrivals) == 20)
    assert recorder.payloads() == [payload for _, payload in NUMBERS]
    assert {(each.origin, each.device) for each in recorder.arrivals} == {(TOPIC, "cam")}
    again = Recorder(mosquitto.port)
    again.run(lambda: again.subscription._quiet_s() > 0.5)
    assert again.arrivals == []


def test_nothing_is_acknowledged_while_the_store_fails(mosquitto):
    """What could not be stored comes again to whoever asks next, all of it."""
    recorder = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS)
    recorder.failing = True
    with pytest.raises(StoreError, match="disk full"):
        recorder.run(lambda: any("disk full" in line for line in recorder.remarks))
    assert [line for line in recorder.remarks if "disk full" in line] == [
        "disk full - nothing is acknowledged or lost; trying again"
    ]
    again = Recorder(mosquitto.port)
    again.run(lambda: len(again.arrivals) == 20)
    assert sorted(again.payloads()) == sorted(payload for _, payload in NUMBERS)


def test_store_that_recovers_gets_all(mosquitto):
    """A store that failed for a while is tried again, without another connection."""
    recorder = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS)
    recorder.failing = True

    def mend(_):
        recorder.failing = recorder.failing and not any(
            "disk full" in line for line in recorder.remarks
        )

    recorder.run(lambda: len(recorder.arrivals) == 20, mend)
    assert recorder.remarks[-1] == "the store takes batches again"
    again = Recorder(mosquitto.port)
    again.run(lambda: again.subscription._quiet_s() > 0.5)
    assert again.arrivals == []


def test_more_than_a_group_waits_at_the_broker(mosquitto):
    """While the store fails, the broker hands out no more than one group."""
    recorder = listening(mosquitto.port)
    publish(mosquitto.port, [(TOPIC, b"%d" % n) for n in range(350)])
    recorder.failing, counts = True, []

    def watch(_):
        counts.append(len(recorder.subscription._pending))

    with pytest.raises(StoreError):
        recorder.run(lambda: len(counts) > 20 and counts[-20] == counts[-1] > 0, watch)
    assert counts[-1] == GROUP_SIZE


def test_what_there_is_no_room_for_comes_again(mosquitto, monkeypatch):
    """Should a broker send more than it was told to, nothing of it is lost."""
    monkeypatch.setattr(pending_messages, "MAX_MESSAGES", 50)
    recorder = listening(mosquitto.port)
    many = {b"%d" % n for n in range(120)}
    publish(mosquitto.port, [(TOPIC, payload) for payload in many])
    most = []
    recorder.run(
        lambda: {*recorder.payloads()} == many,
        lambda _: most.append(len(recorder.subscription._pending)),
    )
    assert max(most) == 50
    again = Recorder(mosquitto.port)
    again.run(lambda: again.subscription._quiet_s() > 0.5)
    assert again.arrivals == []


def test_broker_that_goes_and_comes_is_said_once(mosquitto):
    """A broker that is away is named once, and once more when it is back; all is taken."""
    recorder = listening(mosquitto.port)
    publish(mosquitto.port, NUMBERS[:10])
    done = []

    def outage(_):
        if len(recorder.arrivals) >= 10 and not done:
            mosquitto.stop()
            done.append("away")
        if done == ["away"] and any("no connection" in line for line in recorder.remarks):
            mosquitto.start()
            publish(mosquitto.port, NUMBERS[10:])
            done.append("back")

    recorder.run(lambda: {*recorder.payloads()} == {payload for _, payload in NUMBERS}, outage)
    assert len(recorder.remarks) == 3, recorder.remarks
    assert "trying again until it is there" in recorder.remarks[1]
    assert recorder.remarks[2].endswith("is back")


def test_broker_that_is_not_there_yet_is_waited_for(tmp_path):
    """Ingest may start before the broker does."""
    with brokers.Broker(tmp_path / "broker") as broker:
        broker.stop()
        recorder = Recorder(broker.port)

        def start(_):
            if (
                any("Connection refused" in line for line in recorder.remarks)
                and not recorder.arrivals
            ):
                broker.start()
                recorder.arrivals.append("started")

        recorder.run(lambda: any("is back" in line for line in recorder.remarks), start)
    assert len(recorder.remarks) == 2


def test_broker_that_never_came_is_an_error():
    """Having waited in vain is no result."""
    recorder = Recorder(brokers.free_port())
    with pytest.raises(BrokerError, match="there was no connection: Connection refused"):
        recorder.run(lambda: bool(recorder.remarks))
    assert len(recorder.remarks) == 1


def test_broker_that_forgot_the_session_is_told_of(mosquitto):
    """A broker that lost what it kept is named, since batches may be missing then."""
    recorder = listening(mosquitto.port)
    done = []

    def crash(quiet_s):
        if quiet_s > 0 and not done:
            mosquitto.kill()
            for path in mosquitto.folder.glob("*.db*"):
                path.unlink()
            mosquitto.start()
            done.append(True)

    recorder.run(lambda: any("forgotten" in line for line in recorder.remarks), crash)


def test_second_client_of_one_name_is_told_of(mosquitto):
    """Whose place is taken again and again ends, and says what to do."""
    recorder = Recorder(mosquitto.port)

    def take_over(quiet_s):
        if quiet_s > 0:
            Recorder(mosquitto.port).begin()

    with pytest.raises(BrokerError, match="give each ingest its own --client-id"):
        recorder.run(lambda: False, take_over)


def test_flood_without_acknowledgement_is_bounded(mosquitto, monkeypatch):
    """Messages of quality 0 that come faster than the store takes them are counted and told."""
    monkeypatch.setattr(pending_messages, "MAX_MESSAGES", 50)
    recorder = Recorder(mosquitto.port)
    recorder.failing, done = True, []

    def flood(quiet_s):
        if quiet_s > 0 and not done:
            done.append(True)
            publish(mosquitto.port, [(TOPIC, b"%d" % n) for n in range(80)], qos=0)
        recorder.failing = recorder.subscription._pending.dropped < 30

    recorder.run(lambda: len(recorder.arrivals) >= 50, flood)
    assert "30 messages of quality of service 0 came faster" in recorder.remarks[-1]
