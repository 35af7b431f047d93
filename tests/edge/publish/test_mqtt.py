"""Batches to a real broker: order, outages, status and commands."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paho.mqtt.client import Client

from laughtrack.edge.mqtt import link
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.outbox.sender import Sender
from laughtrack.edge.publish import mqtt
from laughtrack.edge.publish.errors import Unsent
from tests.brokers import until

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.broker
BASE = "laughtrack/default/cam"
TIMELINE, STATUS, COMMAND = f"{BASE}/timeline", f"{BASE}/status", f"{BASE}/command"


def batches(count, size=200):
    """Return payloads that differ."""
    return [b'{"seq":%d,"x":"%s"}' % (number, b"x" * size) for number in range(count)]


def outbox(folder, payloads):
    """Make an outbox with these payloads in it."""
    box = Outbox(folder, 1e9)
    for payload in payloads:
        box.put(payload)
    return box


def test_all_arrives_in_order(start, publish, listen, tmp_path):
    """From the outbox to a listener: everything, once, as it was, one after the other."""
    broker = start()
    listener = listen(broker.port, TIMELINE)
    payloads = [*batches(100), b"\xff\x00", b"x" * 122_880]
    box = outbox(tmp_path / "box", payloads)
    publisher = publish(broker.port)
    sending = Sender(box, publisher, 1e6)
    sending.start()
    sending.stop(30)
    until(lambda: len(listener.heard) == len(payloads))
    assert [message.payload for message in listener.heard] == payloads
    assert not any(message.retain for message in listener.heard)
    assert publisher.connected and publisher.trouble == "" and box.waiting == 0


def test_nothing_is_lost_when_the_broker_is_killed(start, publish, listen, tmp_path):
    """Killed three times while a queue is sent, the broker gets all in order, little twice."""
    broker = start("max_inflight_messages 0")
    listener = listen(broker.port, TIMELINE)
    # Its subscription is to outlive the kills.
    broker.stop()
    broker.start()
    payloads = batches(200)
    box = outbox(tmp_path / "box", payloads)
    publisher = publish(broker.port)
    sending = Sender(box, publisher, 100.0)
    sending.start()
    for count in (40, 90, 140):
        until(lambda count=count: len(listener.heard) >= count)
        broker.kill()
        broker.start()
    sending.stop(60)
    assert box.waiting == 0 and sending.sent == 200 and box.dropped == box.refused == 0
    until(lambda: len({message.payload for message in listener.heard}) == 200)
    heard = [message.payload for message in listener.heard]
    assert list(dict.fromkeys(heard)) == payloads
    # Of those that the device sends, one is on its way at each kill; the broker may repeat more.
    lines = broker.log.read_text().splitlines()
    received = [line for line in lines if "Received PUBLISH from cam" in line and TIMELINE in line]
    assert 200 <= len(received) <= 200 + 3


def test_a_broker_that_hangs_costs_no_batch(start, publish, listen, monkeypatch):
    """Without an acknowledgement a batch is to be sent again, and the message says so."""
    broker = start()
    listener = listen(broker.port, TIMELINE)
    # The subscription is to outlive the kill.
    broker.stop()
    broker.start()
    publisher = publish(broker.port)
    until(lambda: publisher.connected)
    publisher.send(b"one")
    until(lambda: listener.heard)
    monkeypatch.setattr(mqtt, "ACK_S", 0.5)
    broker.pause()
    with pytest.raises(Unsent, match="did not acknowledge a batch within") as caught:
        publisher.send(b"two")
    assert not caught.value.broke
    # What hung is gone with the broker, and paho has kept nothing that it would send by itself.
    broker.kill()
    broker.start()
    monkeypatch.setattr(mqtt, "ACK_S", 30.0)
    until(lambda: publisher.connected)
    for payload in (b"two", b"three"):
        publisher.send(payload)
    until(lambda: listener.heard[-1].payload == b"three")
    assert [message.payload for message in listener.heard].count(b"two") == 1


CLIENT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from laughtrack.edge.publish.mqtt import MqttPublisher
from laughtrack.edge.settings import Settings
publisher = MqttPublisher(Settings(device="cam", broker=sys.argv[2]), print)
while not publisher.connected:
    time.sleep(0.1)
print("there", flush=True)
time.sleep(600)
"""


def test_the_last_will_tells_of_a_killed_device(start, listen):
    """After `kill -9` the status topic says offline, also to those who come later."""
    broker = start()
    listener = listen(broker.port, STATUS)
    command = [sys.executable, "-c", CLIENT, str(ROOT), f"mqtt://127.0.0.1:{broker.port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"there\n"
        until(lambda: listener.heard and json.loads(listener.heard[-1].payload)["online"] is True)
        process.send_signal(signal.SIGKILL)
    until(lambda: json.loads(listener.heard[-1].payload)["online"] is False)
    late = listen(broker.port, STATUS)
    until(lambda: late.heard)
    assert late.heard[0].retain
    offline = {"online": False, "device": "cam", "site": "default"}
    assert json.loads(late.heard[0].payload) == offline


def test_the_status_is_kept_by_the_broker(start, publish, listen):
    """A status told before there was a connection is published with it, the last one at the end."""
    broker = start()
    publisher = publish(broker.port)
    publisher.status({"online": True, "viewers": 7})
    listener = listen(broker.port, STATUS)
    until(lambda: listener.heard and json.loads(listener.heard[-1].payload).get("viewers") == 7)
    publisher.close({"online": False, "queue": 3})
    until(lambda: json.loads(listener.heard[-1].payload) == {"online": False, "queue": 3})
    publisher.status({"online": True})
    with pytest.raises(Unsent):
        publisher.send(b"too late")


def test_commands_are_heard(start, publish, listen):
    """Each message of the command topic comes once; one kept from earlier does not come."""
    broker = start()
    heard = []

    def on_command(text):
        heard.append(text)
        raise RuntimeError("a fault of the device's")

    other = listen(broker.port, COMMAND, TIMELINE)
    other.tell(COMMAND, b"an old stop", retain=True)
    until(lambda: other.heard)
    publisher = publish(broker.port, on_command)
    until(lambda: publisher.connected)
    # The subscription is answered after the connection.
    until(lambda: "Sending SUBACK to cam" in broker.log.read_text())
    for number in range(3):
        other.tell(COMMAND, b'{"do": "status"} %d' % number)
    until(lambda: len(heard) == 3)
    assert heard == [b'{"do": "status"} %d' % number for number in range(3)]
    publisher.send(b"still here")


def test_a_client_that_stumbles_is_replaced(start, publish, listen, monkeypatch):
    """Paho's thread may end over an answer that it does not know; another one takes over."""
    loop, calls = Client.loop_forever, []

    def stumble(client, *args, **named):
        calls.append(client)
        if len(calls) == 1:
            raise ValueError("Expected exactly one name, found []")
        return loop(client, *args, **named)

    broker = start()
    listen(broker.port, TIMELINE)
    monkeypatch.setattr(Client, "loop_forever", stumble)
    publisher = publish(broker.port)
    until(lambda: "answers what nobody understands" in publisher.trouble)
    publisher.send(b"one")
    assert len(calls) == 2 and publisher.trouble == ""


def test_two_devices_of_one_name_are_found_out(start, publish, listen, monkeypatch, caplog):
    """Both say what is wrong and what to do, and slow down; batches pass all the same."""
    monkeypatch.setattr(link, "CONTESTED_RETRY_S", 2)
    pauses, change = [], Client.reconnect_delay_set
    monkeypatch.setattr(
        Client, "reconnect_delay_set", lambda *args: pauses.append(args[1]) or change(*args)
    )
    broker = start()
    listen(broker.port, TIMELINE)
    first, second = publish(broker.port), publish(broker.port)
    expected = "another device is connected as 'cam'"
    until(lambda: expected in first.trouble and expected in second.trouble)
    assert "give each device its own name" in first.trouble
    assert any(expected in message for message in caplog.messages)
    until(lambda: pauses[-1] == 2)
    until(lambda: _sent(first))
    until(lambda: _sent(second))


def _sent(publisher):
    try:
        publisher.send(b"one")
    except Unsent:
        return False
    return True


def test_a_topic_without_listeners_keeps_the_batches(start, publish, listen):
    """A broker forgets what nobody subscribed to; so the batch waits until somebody has."""
    broker = start()
    publisher = publish(broker.port)
    expected = f"nobody listens to {TIMELINE}: .*: start `laughtrack ingest`"
    with pytest.raises(Unsent, match=expected) as caught:
        publisher.send(b"one")
    assert publisher.trouble == str(caught.value) and not caught.value.broke
    listen(broker.port, TIMELINE)
    publisher.send(b"one")
    assert publisher.trouble == ""


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["with the broker", "alone, later"])
def test_what_the_broker_keeps_never_calls_a_gone_device_online(
    start, publish, listen, monkeypatch, gone
):
    """Also where both were cut off from power at once: a broker that dies forgets the last will."""
    monkeypatch.setattr(mqtt, "LATE_S", 0.0)
    broker = start()
    publisher = publish(broker.port, status_s=1.0)
    publisher.status({"online": True, "camera": "ok"})
    first = listen(broker.port, STATUS)
    until(lambda: any(json.loads(message.payload).get("camera") for message in first.heard))
    if gone == "with the broker":
        broker.kill()
        publisher.close()
        broker.start()
    # Silent from now on, its connection still there: a program that hangs.
    time.sleep(mqtt.LATE_REPORTS * 1.0 + 1.0)
    late = listen(broker.port, STATUS)
    time.sleep(0.5)
    assert not any(json.loads(message.payload)["online"] for message in late.heard)
    # What a device says of its own accord before its end stays.
    if gone != "with the broker":
        publisher.close({"online": False, "camera": "ok"})
        last = listen(broker.port, STATUS)
        until(lambda: last.heard)
        assert json.loads(last.heard[0].payload) == {"online": False, "camera": "ok"}
