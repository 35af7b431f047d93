"""What a broker will not take: it waits if it may be taken later, and blocks nothing if not."""

import contextlib
import socket
import threading

import pytest

from laughtrack.edge.outbox import sender
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.outbox.sender import Sender
from laughtrack.edge.publish import mqtt
from laughtrack.edge.publish.errors import Refused, Unsent
from tests.brokers import free_port, until

pytestmark = pytest.mark.broker
BASE = "laughtrack/default/cam"
TIMELINE, STATUS = f"{BASE}/timeline", f"{BASE}/status"


@pytest.fixture
def quick(monkeypatch):
    """Let a connection prove itself in less time, and pauses begin shorter."""
    monkeypatch.setattr(mqtt, "CALM_S", 0.2)
    monkeypatch.setattr(sender, "FIRST_PAUSE_S", 0.1)


def outbox(folder, payloads):
    """Make an outbox with these payloads in it."""
    box = Outbox(folder, 1e9)
    for payload in payloads:
        box.put(payload)
    return box


def test_a_forbidden_topic_keeps_the_batches(start, publish, listen, tmp_path):
    """What the access list forbids waits, with the cure in the message, until it is allowed."""
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite other/#\n")
    broker = start(f"acl_file {rules}")
    publisher = publish(broker.port)
    until(lambda: publisher.connected)
    expected = f"does not allow 'cam' to publish to {TIMELINE}: allow it in the broker's access"
    with pytest.raises(Unsent, match=expected):
        publisher.send(b"one")
    assert expected in publisher.trouble
    rules.write_text("topic readwrite #\n")
    broker.stop()
    broker.start()
    listen(broker.port, TIMELINE)
    until(lambda: publisher.connected)
    publisher.send(b"one")
    until(lambda: publisher.trouble == "")


def test_a_forbidden_status_is_told(start, publish, listen, tmp_path):
    """Batches flow, and the trouble names the topic that is forbidden."""
    rules = tmp_path / "rules"
    rules.write_text(f"topic readwrite {TIMELINE}\n")
    broker = start(f"acl_file {rules}")
    listen(broker.port, TIMELINE)
    publisher = publish(broker.port)
    until(lambda: publisher.connected)
    publisher.send(b"one")
    until(lambda: f"to publish to {STATUS}: allow it" in publisher.trouble)


@pytest.mark.parametrize("limit", ["message_size_limit 1000", "max_packet_size 1000"])
def test_a_batch_too_large_for_the_broker_blocks_none(
    limit, start, publish, listen, tmp_path, quick
):
    """The broker's own limit sets the batch aside, and the others arrive."""
    broker = start(limit)
    listener = listen(broker.port, TIMELINE)
    box = outbox(tmp_path / "box", [b"one", b"x" * 2000, b"two"])
    sending = Sender(box, publish(broker.port), 1e6)
    sending.start()
    sending.stop(30)
    assert box.refused == 1 and sending.sent == 2 and box.waiting == 0
    until(lambda: [message.payload for message in listener.heard] == [b"one", b"two"])


def test_a_batch_above_120_kb_is_not_sent(publish):
    """It is refused here, connection or none: AWS would hang up."""
    with pytest.raises(Refused, match="it has 200000 bytes, and at most 122880 are taken"):
        publish(free_port()).send(b"x" * 200_000)


class Thief(threading.Thread):
    """Stands between a client and the broker; breaks the connection at a word, or after a time."""

    def __init__(self, port, word=b"no such word", after_s=3600.0):
        super().__init__(daemon=True)
        self._port, self._word, self._after_s = port, word, after_s
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.broken = 0

    def run(self):
        """Serve one client after the other, each in two threads."""
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                client.close()
                continue
            timer = threading.Timer(self._after_s, self._break, [client, broker])
            timer.daemon = True
            timer.start()
            for pair in ((client, broker), (broker, client)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source, target):
        while True:
            try:
                data = source.recv(65536)
                if self._word in data:
                    self._break(source, target)
                if not data:
                    break
                target.sendall(data)
            except OSError:
                break
        self._end(source, target)

    def _break(self, *ends):
        self.broken += 1
        self._end(*ends)

    def _end(self, *ends):
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def stop(self):
        """Let no more clients in."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


def test_a_batch_that_breaks_the_connection_blocks_none(start, publish, listen, tmp_path, quick):
    """After three breaks of a connection that stood, the batch is set aside; the rest arrives."""
    broker = start()
    listener = listen(broker.port, TIMELINE)
    thief = Thief(broker.port, b"POISON")
    thief.start()
    box = outbox(tmp_path / "box", [b"one", b"POISON", b"two"])
    sending = Sender(box, publish(thief.port), 1e6)
    sending.start()
    until(lambda: [message.payload for message in listener.heard] == [b"one", b"two"])
    sending.stop(30)
    thief.stop()
    assert box.refused == 1 and box.waiting == 0 and 3 <= thief.broken <= 5


def test_a_broker_that_keeps_dying_refuses_nothing(start, publish, listen, tmp_path, monkeypatch):
    """A batch is not blamed for a broker that goes down again and again under it."""
    monkeypatch.setattr(sender, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(sender, "MAX_PAUSE_S", 0.1)
    broker = start()
    box = outbox(tmp_path / "box", [b"one"])
    # It takes the batch and is gone before it answers, each time soon after it came up.
    thief = Thief(broker.port, b"one", 0.3)
    thief.start()
    sending = Sender(box, publish(thief.port), 1e6)
    sending.start()
    until(lambda: thief.broken > 3)
    sending.stop(0.1)
    thief.stop()
    assert box.refused == 0 and box.waiting == 1 and sending.last_trouble
