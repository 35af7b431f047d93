"""Batches that the disk has no room for wait in memory until it has."""

from laughtrack.edge.outbox.memory_buffer import MemoryBuffer


class Disk(list):
    """An outbox whose disk is full when told so."""

    full, dropped = False, 0

    def put(self, payload):
        """Keep it, or not."""
        if self.full:
            raise OSError("cannot keep a batch: make room on the disk")
        self.append(payload)


def test_all_is_kept_in_order_once_there_is_room():
    """What came in between stands in between."""
    disk = Disk()
    buffer = MemoryBuffer(disk)
    for n in range(6):
        disk.full = n in (2, 3)
        buffer.put(b"%d" % n)
        assert buffer.waiting == max(0, n - 1) * disk.full
        assert bool(buffer.trouble) == disk.full
    assert disk == [b"0", b"1", b"2", b"3", b"4", b"5"] and buffer.lost == 0


def test_it_is_said_when_the_oldest_go(caplog):
    """Once for each batch that costs one, and not before."""
    disk = Disk()
    buffer = MemoryBuffer(disk)
    buffer.put(b"0")
    assert not caplog.messages
    disk.put = lambda payload: setattr(disk, "dropped", 1)
    buffer.put(b"1")
    buffer.put(b"2")
    assert [each[:8] for each in caplog.messages] == ["no room:"]


def test_memory_is_bounded_and_the_oldest_lost():
    """The newest stay, and the lost are counted."""
    disk = Disk()
    disk.full, buffer = True, MemoryBuffer(disk, max_bytes=10)
    for n in range(5):
        buffer.put(b"%d" % n * 4)
    assert (buffer.waiting, buffer.lost) == (2, 3)
    disk.full = False
    buffer.put(b"last")
    assert disk == [b"3333", b"4444", b"last"] and buffer.waiting == 0


def test_one_larger_than_the_memory_waits_all_the_same():
    """The newest always stays."""
    disk = Disk()
    disk.full, buffer = True, MemoryBuffer(disk, max_bytes=2)
    buffer.put(b"12345")
    assert (buffer.waiting, buffer.lost) == (1, 0)
