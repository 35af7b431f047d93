"""The thread that sends what waits: order, patience, and no batch that blocks the others."""

import resource
import threading

import pytest

from laughtrack.edge.checked_files import with_content_sum
from laughtrack.edge.outbox import sender
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.outbox.sender import Sender
from laughtrack.edge.publish.errors import Refused, Unsent
from laughtrack.edge.publish.file import FilePublisher

PATIENCE_S = 120


class Publisher:
    """A publisher whose answers are given: for each payload and try None or an exception."""

    def __init__(self, answer=lambda payload, tries: None, connected=True):
        self.connected, self.trouble = connected, ""
        self.taken, self.tries = [], []
        self._answer = answer

    def send(self, payload):
        """Take a payload, or raise what was given for this try of it."""
        self.tries.append(payload)
        answer = self._answer(payload, self.tries.count(payload))
        if answer is not None:
            raise answer
        self.taken.append(payload)


@pytest.fixture
def quick(monkeypatch):
    """Make the pauses short."""
    monkeypatch.setattr(sender, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(sender, "MAX_PAUSE_S", 0.002)


def payloads(count):
    """Return batches that differ."""
    return [b'{"seq":%d}' % number for number in range(count)]


def run(box, publisher, drain_hz=10_000.0):
    """Send all that waits, then end; return the sender."""
    sending = Sender(box, publisher, drain_hz)
    sending.start()
    sending.stop(PATIENCE_S)
    return sending


def outbox(folder, batches):
    """Make an outbox with these batches in it."""
    box = Outbox(folder, 1e8)
    for batch in batches:
        box.put(batch)
    return box


def test_all_is_sent_in_order(tmp_path):
    """What waits is sent, acknowledged and counted."""
    box, publisher = outbox(tmp_path, payloads(50)), Publisher()
    sending = run(box, publisher)
    assert publisher.taken == payloads(50) == publisher.tries
    assert sending.sent == 50 and box.waiting == 0 and sending.last_trouble == ""


def test_a_batch_put_later_is_sent_at_once(tmp_path):
    """An idle sender wakes up when there is something to send."""
    box, there = Outbox(tmp_path, 1e6), threading.Event()
    sending = Sender(box, Publisher(lambda payload, tries: there.set()), 10.0)
    sending.start()
    box.put(b"late")
    assert there.wait(PATIENCE_S)
    sending.stop(PATIENCE_S)
    assert sending.sent == 1


def test_what_is_not_taken_is_sent_again(tmp_path, quick):
    """A batch that fails goes before those after it, until it is taken."""
    publisher = Publisher(lambda payload, tries: Unsent("away") if tries % 4 else None)
    sending = run(outbox(tmp_path, payloads(3)), publisher)
    assert publisher.taken == payloads(3)
    assert publisher.tries == [batch for batch in payloads(3) for _ in range(4)]
    assert sending.last_trouble == ""


def test_the_pauses_grow(tmp_path):
    """After failures in a row the pauses are 1, 2, 4 and so on, up to 60 s."""
    sending = Sender(Outbox(tmp_path, 1e6), Publisher(), 10.0)
    assert [sending._note_trouble("away") for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.slow
def test_a_connection_that_is_back_ends_the_pause(tmp_path):
    """A pause is over as soon as a connection that was away is there."""
    publisher = Publisher(connected=False)
    publisher._answer = lambda payload, tries: None if publisher.connected else Unsent("away")
    box = outbox(tmp_path, payloads(1))
    sending = Sender(box, publisher, 10.0)
    sending._backoff.pause_s = 3600.0
    sending.start()
    threading.Timer(0.2, setattr, [publisher, "connected", True]).start()
    sending.stop(PATIENCE_S)
    assert publisher.taken == payloads(1)


@pytest.mark.slow
def test_an_hour_without_a_broker_refuses_nothing(tmp_path, quick):
    """However often there is no connection, every batch stays."""
    publisher = Publisher(lambda payload, tries: Unsent("away") if tries < 200 else None)
    publisher.connected = False
    box = outbox(tmp_path, payloads(2))
    run(box, publisher)
    assert publisher.taken == payloads(2) and box.refused == 0


def test_a_refused_batch_is_set_aside(tmp_path):
    """The others follow; the reason lies beside it."""
    bad = payloads(5)[2]
    publisher = Publisher(lambda payload, tries: Refused("200 KB") if payload == bad else None)
    box = outbox(tmp_path, payloads(5))
    run(box, publisher)
    assert publisher.taken == [batch for batch in payloads(5) if batch != bad]
    (reason,) = (tmp_path / "refused").glob("*.txt")
    assert box.refused == 1 and reason.read_text() == "200 KB\n"


def test_a_batch_that_breaks_the_connection_is_set_aside(tmp_path, quick):
    """After three breaks, and with a connection that stands without it, the others follow."""
    bad = payloads(3)[1]
    publisher = Publisher(
        lambda payload, tries: Unsent("broke", broke=True) if payload == bad else None
    )
    box = outbox(tmp_path, payloads(3))
    run(box, publisher)
    assert publisher.taken == [payloads(3)[0], payloads(3)[2]]
    assert publisher.tries.count(bad) == 3
    (reason,) = (tmp_path / "refused").glob("*.txt")
    assert box.refused == 1 and "broke 3 times" in reason.read_text()


@pytest.mark.parametrize("before, lost", [(0, 0), (1, 1)])
def test_a_broker_that_takes_no_batch_costs_few(tmp_path, quick, before, lost):
    """One whose rules forbid the topic may hang up on each: what waits is to outlast that."""
    publisher = Publisher()
    publisher._answer = lambda payload, tries: (
        Unsent("broke", broke=True) if before < len(publisher.tries) <= 25 else None
    )
    box = outbox(tmp_path, payloads(5))
    run(box, publisher)
    assert len(publisher.taken) == 5 - lost and box.refused == lost


def test_a_batch_is_not_blamed_while_there_is_no_connection(tmp_path, quick):
    """Breaks alone prove nothing: the broker itself may be what goes down."""
    publisher = Publisher(
        lambda payload, tries: Unsent("broke", broke=True) if tries < 10 else None
    )
    publisher.connected = False
    box = outbox(tmp_path, payloads(2))
    run(box, publisher)
    assert publisher.taken == payloads(2) and box.refused == 0


def test_breaks_under_different_batches_blame_none(tmp_path, quick):
    """Two breaks each, and then an acknowledgement: nothing is set aside."""
    publisher = Publisher(lambda payload, tries: Unsent("broke", broke=True) if tries < 3 else None)
    box = outbox(tmp_path, payloads(4))
    run(box, publisher)
    assert publisher.taken == payloads(4) and box.refused == 0


def test_any_error_is_survived(tmp_path, quick, caplog):
    """A fault in the publisher costs a pause, not the thread."""
    publisher = Publisher(lambda payload, tries: KeyError("oops") if tries < 3 else None)
    run(outbox(tmp_path, payloads(2)), publisher)
    assert publisher.taken == payloads(2) and "oops" in caplog.text


def test_trouble_is_told(tmp_path):
    """The last trouble is there to be shown while it lasts; stopping does not wait for its end."""
    told = threading.Event()

    def answer(payload, tries):
        told.set()
        return Unsent("no way to the broker: check the network")

    box = outbox(tmp_path, payloads(1))
    sending = Sender(box, Publisher(answer), 10.0)
    sending.start()
    assert told.wait(PATIENCE_S)
    sending.stop(0.1)
    assert not sending._thread.is_alive()
    assert sending.last_trouble == "no way to the broker: check the network"
    assert box.waiting == 1


def test_a_queue_is_worked_off_at_a_limited_rate(tmp_path, quick, monkeypatch):
    """After an outage there is a pause after each batch; without one there is none."""
    box = outbox(tmp_path, payloads(1))
    pauses = []
    sending = Sender(box, Publisher(), 50.0)
    send = sending._send
    monkeypatch.setattr(sending, "_send", lambda *item: pauses.append(send(*item)) or 0)
    sending.start()
    sending.stop(PATIENCE_S)
    assert pauses == [0]
    pauses.clear()
    box = outbox(tmp_path, payloads(3))
    sending = Sender(box, Publisher(), 50.0)
    send = sending._send
    monkeypatch.setattr(sending, "_send", lambda *item: pauses.append(send(*item)) or 0)
    sending.start()
    sending.stop(PATIENCE_S)
    assert pauses == [0.02] * 3


def test_a_file_takes_batches_a_line_each(tmp_path):
    """What was sent lies in the file, also after another start."""
    path = tmp_path / "batches.jsonl"
    for part in (payloads(4)[:2], payloads(4)[2:]):
        publisher = FilePublisher(str(path))
        run(outbox(tmp_path / "box", part), publisher)
        publisher.status({"online": True})
        publisher.close({"online": False})
    lines = path.read_bytes().splitlines()
    assert lines == [with_content_sum(each) for each in payloads(4)]
    assert [line.split(b',"sum"')[0] + b"}" for line in lines] == payloads(4)


@pytest.mark.parametrize("torn, kept", [(b'{"sch', b""), (b'{"schema":1,"x', b""), (b"a", b"a\n")])
def test_a_torn_line_does_not_spoil_the_next(torn, kept, tmp_path):
    """Our own unfinished line is cut off; what is not ours stays."""
    path = tmp_path / "batches.jsonl"
    path.write_bytes(b"{}\n" + torn)
    publisher = FilePublisher(str(path))
    publisher.send(b"new")
    publisher.close()
    assert path.read_bytes() == b"{}\n" + kept + b"new\n"


def test_a_full_disk_leaves_no_torn_line(tmp_path):
    """Where only half a line fits, the file ends as before, and the batch waits."""
    publisher = FilePublisher(str(tmp_path / "batches.jsonl"))
    publisher.send(b"first")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9, limits[1]))
    try:
        with pytest.raises(Unsent, match="the disk is full: make room on the disk"):
            publisher.send(b"second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert publisher.trouble
    publisher.send(b"third")
    publisher.close()
    assert (tmp_path / "batches.jsonl").read_bytes() == b"first\nthird\n"
    assert not publisher.trouble


def test_a_file_in_a_folder_that_is_not_there(tmp_path):
    """Settings that can never work are told at once."""
    with pytest.raises(ValueError, match=r"no.such.*: No such file"):
        FilePublisher(str(tmp_path / "no such" / "file"))
