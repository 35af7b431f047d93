"""What was acknowledged a moment ago can be sent once more: a broker that died may have lost it."""

import errno

import pytest

from laughtrack.edge.outbox import outbox
from laughtrack.edge.outbox import sent as outbox_sent
from laughtrack.edge.outbox.files import BLOCK
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.outbox.sender import Sender

BATCHES = [b'{"seq":%d}' % number for number in range(6)]


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""
    now = [100.0]
    monkeypatch.setattr(outbox_sent.time, "monotonic", lambda: now[0])
    return now


def sent(box, count):
    """Acknowledge so many batches; those."""
    found = []
    for _ in range(count):
        key, payload = box.first()
        box.remove(key)
        box.expire_sent()
        found.append(payload)
    return found


def filled(folder, keep_s=60.0, room=1e6):
    """An outbox with all batches."""
    box = Outbox(folder, room, keep_s)
    for batch in BATCHES:
        box.put(batch)
    return box


def test_recalled_batches_come_first_and_in_order(tmp_path, clock):
    """Before those that were never sent."""
    box = filled(tmp_path)
    sent(box, 4)
    assert box.waiting == 2 and box.bytes == 2 * BLOCK
    box.recall()
    assert box.waiting == 6 and sent(box, 6) == BATCHES


def test_after_the_time_they_are_gone(tmp_path, clock):
    """Each counts from its own acknowledgement."""
    box = filled(tmp_path)
    sent(box, 2)
    clock[0] += 50
    sent(box, 2)
    clock[0] += 11
    sent(box, 1)
    box.recall()
    assert sent(box, 4) == BATCHES[2:]


def test_a_broker_that_is_away_for_long_costs_none(tmp_path, clock):
    """What it took just before it went, new batches and the time that it is away leave alone."""
    box = filled(tmp_path)
    sent(box, 3)
    clock[0] += 3600
    box.put(b"new")
    box.recall()
    assert sent(box, 7) == [*BATCHES, b"new"]


def test_connections_that_keep_breaking_get_on(tmp_path, clock):
    """Each of them takes two batches only; what was sent often enough is not sent for ever."""
    box = filled(tmp_path)
    taken = []
    while box.waiting:
        taken += sent(box, 2)
        box.recall()
    assert taken == [each for first in (0, 2, 4) for _ in range(4) for each in BATCHES[first:][:2]]


def test_a_restart_sends_them_again(tmp_path, clock):
    """A program that was killed does not know what its broker has lost."""
    sent(filled(tmp_path), 3)
    assert sent(Outbox(tmp_path, 1e6, 60.0), 6) == BATCHES


def test_none_is_kept_where_none_is_asked_for(tmp_path):
    """Without a time the file goes with the acknowledgement."""
    box = filled(tmp_path, keep_s=0.0)
    sent(box, 6)
    assert not list(tmp_path.glob("0*.json"))


def test_they_give_way_to_new_batches(tmp_path, clock):
    """None that waits is dropped for one that was sent."""
    box = filled(tmp_path, room=6 * BLOCK)
    sent(box, 3)
    for batch in BATCHES[:3]:
        box.put(batch)
    box.recall()
    assert box.dropped == 0 and sent(box, 6) == [*BATCHES[3:], *BATCHES[:3]]


def test_a_disk_that_others_need_costs_the_oldest(tmp_path, monkeypatch):
    """Below the room to be left to others the queue does not grow, and keeps its length."""
    free_mb = [500.0]
    monkeypatch.setattr(outbox, "disk_free_mb", lambda folder: free_mb[0])
    box = Outbox(tmp_path, 1e6, min_free_mb=200.0)
    for batch in BATCHES[:3]:
        box.put(batch)
    free_mb[0] = 199.0
    for batch in BATCHES[3:]:
        box.put(batch)
    assert box.dropped == 3 and sent(box, 3) == BATCHES[3:]


def test_a_full_disk_takes_what_was_sent_first(tmp_path, monkeypatch):
    """None that waits is dropped where what was acknowledged makes room."""
    box = filled(tmp_path)
    sent(box, 2)
    real, full = outbox.write, [OSError(errno.ENOSPC, "No space left on device")]

    def write(path, data):
        if full:
            raise full.pop()
        return real(path, data)

    monkeypatch.setattr(outbox, "write", write)
    box.put(b"new")
    assert box.dropped == 0 and sent(box, 5) == [*BATCHES[2:], b"new"]


class Broker:
    """A publisher whose broker forgets what it took when its connection breaks."""

    connected, trouble, connection = True, "", 1

    def __init__(self, clock, away_s):
        self.holds, self._clock, self._away_s = [], clock, away_s

    def send(self, payload):
        """Take it; the fifth is taken by a broker that knows of none before, after some time."""
        if len(self.holds) == 4 and self.connection == 1:
            self.holds, self.connection = [], 2
            self._clock[0] += self._away_s
        self.holds.append(payload)


@pytest.mark.parametrize("away_s", [0.0, 3600.0])
def test_the_sender_recalls_them_with_a_new_connection(tmp_path, clock, away_s):
    """What a broker took with it is sent again, however long it was away."""
    box, broker = filled(tmp_path), Broker(clock, away_s)
    sender = Sender(box, broker, 10_000.0)
    sender.start()
    sender.stop(30)
    assert sorted({*broker.holds}) == BATCHES and box.waiting == 0
