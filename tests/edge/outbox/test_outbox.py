"""Batches wait on the disk: in order, over restarts, within bounds."""

import errno
import os
import threading

import pytest

from laughtrack.edge import atomic_files
from laughtrack.edge.checked_files import damaged_count
from laughtrack.edge.outbox import outbox
from laughtrack.edge.outbox.files import BLOCK
from laughtrack.edge.outbox.outbox import Outbox, OutboxError


def drain(box):
    """Acknowledge all that waits; return it in order."""
    found = []
    while box.first():
        key, payload = box.first()
        found.append(payload)
        box.remove(key)
    return found


def fill(box, count):
    """Put `count` batches that differ; return them."""
    payloads = [b'{"seq":%d}' % number for number in range(count)]
    for payload in payloads:
        box.put(payload)
    return payloads


def full_disk(monkeypatch, room):
    """Let writing fail, by `errno.ENOSPC`, while `room` says that there is none."""

    def write(file, data):
        if not room():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(file, data)

    stand_in = type("Os", (), {"__getattr__": lambda self, name: getattr(os, name)})()
    stand_in.write = write
    monkeypatch.setattr(atomic_files, "os", stand_in)


def test_what_is_put_comes_out_in_order(tmp_path):
    """The oldest comes first, and again until it is acknowledged."""
    box = Outbox(tmp_path / "a" / "box", 1e6)
    payloads = fill(box, 12)
    assert box.first() == box.first()
    assert box.waiting == 12 and box.bytes == 12 * BLOCK
    assert drain(box) == payloads
    assert box.first() is None and box.waiting == 0 and box.bytes == 0


def test_what_waits_outlives_a_restart(tmp_path):
    """A new outbox in the same folder goes on where the last one was."""
    payloads = fill(Outbox(tmp_path, 1e6), 5)
    box = Outbox(tmp_path, 1e6)
    box.remove(box.first()[0])
    box = Outbox(tmp_path, 1e6)
    box.put(b"last")
    assert drain(box) == [*payloads[1:], b"last"]


def test_an_empty_payload_is_a_payload(tmp_path):
    """Nothing at all is kept and given back."""
    Outbox(tmp_path, 1e6).put(b"")
    assert Outbox(tmp_path, 1e6).first()[1] == b""


def test_the_oldest_are_dropped_beyond_the_bound(tmp_path):
    """A full outbox drops its oldest batch for the newest, and counts it over restarts."""
    box = Outbox(tmp_path, 4 * BLOCK + 100)
    payloads = fill(box, 10)
    assert box.dropped == 6 and box.waiting == 4
    box = Outbox(tmp_path, 4 * BLOCK + 100)
    box.put(b"one more")
    assert Outbox(tmp_path, 1e6).dropped == 7
    assert drain(box) == [*payloads[7:], b"one more"]


def test_the_newest_stays_however_large(tmp_path):
    """A batch larger than the whole outbox is kept, alone."""
    box = Outbox(tmp_path, 2 * BLOCK)
    fill(box, 2)
    box.put(b"x" * 10 * BLOCK)
    assert box.dropped == 2 and drain(box) == [b"x" * 10 * BLOCK]


def test_a_batch_dropped_on_its_way_may_be_acknowledged(tmp_path):
    """An acknowledgement that comes after the drop is no error."""
    box = Outbox(tmp_path, BLOCK)
    box.put(b"old")
    key, _ = box.first()
    box.put(b"new")
    box.remove(key)
    box.refuse(key, "too late")
    assert box.refused == 0 and drain(box) == [b"new"]


def test_a_refused_batch_is_set_aside_with_its_reason(tmp_path):
    """It no longer waits; file and reason lie in the folder refused, and are counted."""
    box = Outbox(tmp_path, 1e6)
    payloads = fill(box, 3)
    box.refuse(box.first()[0], "199 KB, and at most 120 are taken")
    files = sorted((tmp_path / "refused").iterdir())
    assert [file.read_bytes() for file in files] == [
        payloads[0],
        b"199 KB, and at most 120 are taken\n",
    ]
    assert Outbox(tmp_path, 1e6).refused == 1
    assert drain(box) == payloads[1:]


def test_what_is_refused_has_a_bound(tmp_path):
    """Beyond a tenth of the outbox's size the oldest refused batch goes; all are counted."""
    box = Outbox(tmp_path, 100 * BLOCK)
    payloads = fill(box, 20)
    for _ in payloads:
        box.refuse(box.first()[0], "no")
    kept = sorted((tmp_path / "refused").glob("*.json"))
    assert [file.read_bytes() for file in kept] == payloads[-5:]
    assert len(list((tmp_path / "refused").iterdir())) == 10
    assert box.refused == 20


def test_a_full_disk_costs_the_oldest(tmp_path, monkeypatch):
    """Where dropping makes room, the newest batch takes the place of the oldest."""
    box = Outbox(tmp_path, 1e6)
    payloads = fill(box, 6)
    full_disk(monkeypatch, lambda: len(list(tmp_path.glob("0*.json"))) < 6)
    box.put(b"new")
    assert box.dropped == 1
    assert drain(box) == [*payloads[1:], b"new"]


def test_what_was_dropped_is_noted_on_a_full_disk(tmp_path, monkeypatch):
    """The counts have their room from the beginning."""
    box = Outbox(tmp_path, 1e6)
    fill(box, 6)
    full_disk(monkeypatch, lambda: False)
    with pytest.raises(OutboxError):
        box.put(b"none")
    assert box.dropped == 2 and Outbox(tmp_path, 1e6).dropped == 2


def test_what_was_dropped_is_noted_once_there_is_room(tmp_path, monkeypatch):
    """Where the disk was full from the beginning, the counts wait for room."""
    box = Outbox(tmp_path, 1e6)
    fill(box, 6)
    (tmp_path / "counts.json").unlink()
    with monkeypatch.context() as patch:
        full_disk(patch, lambda: False)
        box = Outbox(tmp_path, 1e6)
        with pytest.raises(OutboxError):
            box.put(b"none")
    assert box.dropped == 2 and not (tmp_path / "counts.json").exists()
    box.put(b"last")
    assert Outbox(tmp_path, 1e6).dropped == box.dropped


def test_a_disk_that_others_fill_does_not_cost_the_queue(tmp_path, monkeypatch):
    """Where dropping does not help, little is dropped, and the error names the cure."""
    box = Outbox(tmp_path, 1e6)
    payloads = fill(box, 6)
    full_disk(monkeypatch, lambda: False)
    with pytest.raises(OutboxError, match="No space left on device: make room on the disk"):
        box.put(b"new")
    monkeypatch.undo()
    assert box.dropped == 2 and not list(tmp_path.glob("*.part"))
    assert drain(Outbox(tmp_path, 1e6)) == payloads[2:]


def test_no_batch_is_lost_to_a_failing_disk(tmp_path, monkeypatch):
    """An error that room cannot cure drops nothing."""
    box = Outbox(tmp_path, 1e6)
    payloads = fill(box, 2)
    monkeypatch.setattr(
        atomic_files.os, "fsync", lambda file: (_ for _ in ()).throw(OSError(5, "bad"))
    )
    with pytest.raises(OutboxError, match="bad"):
        box.put(b"new")
    monkeypatch.undo()
    assert box.dropped == 0 and drain(Outbox(tmp_path, 1e6)) == payloads


BAD = {
    "nothing": lambda data: b"",
    "cut off": lambda data: data[:-1],
    "nothing but NULs": lambda data: bytes(len(data)),
    "another letter": lambda data: b"?" + data[1:],
    "too long": lambda data: data + b"\n",
}


@pytest.mark.parametrize("bad", BAD)
def test_an_unreadable_batch_is_set_aside(bad, tmp_path):
    """What a failing disk left of a batch is counted, explained, and in nobody's way."""
    payloads = fill(Outbox(tmp_path, 1e6), 3)
    file = sorted(tmp_path.glob("0*.json"))[1]
    file.write_bytes(BAD[bad](payloads[1]))
    box = Outbox(tmp_path, 1e6)
    assert drain(box) == [payloads[0], payloads[2]]
    assert box.refused == 1
    (reason,) = (tmp_path / "refused").glob("*.txt")
    assert reason.read_text().startswith(("cut off: ", "damaged: "))


def test_torn_temporaries_are_cleared(tmp_path):
    """What was in the making when the power went is removed, in both folders."""
    payloads = fill(Outbox(tmp_path, 1e6), 1)
    (tmp_path / "000000000009-10-00000000.json.part").write_bytes(b"to")
    (tmp_path / "refused" / "000000000009-10-00000000.json.txt.part").write_bytes(b"")
    (tmp_path / "refused" / "000000000009-10-00000000.json.txt").write_bytes(b"no batch")
    assert drain(Outbox(tmp_path, 1e6)) == payloads
    assert not list((tmp_path / "refused").iterdir())


def test_no_flipped_bit_of_the_counts_costs_a_batch_or_a_count(tmp_path):
    """Each block of the counts has a twin; what waits is there, and the counts are right."""
    box = Outbox(tmp_path, 4 * BLOCK)
    payloads = fill(box, 10)[-4:]
    path = tmp_path / "counts.json"
    whole = path.read_bytes()
    for at in [*range(0, 100, 9), *range(4096, 4196, 9)]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        again = Outbox(tmp_path, 4 * BLOCK)
        assert (again.dropped, again.waiting) == (6, 4), at
    assert path.read_bytes()[:4096] == path.read_bytes()[4096:]
    assert drain(again) == payloads


def test_counts_of_which_nothing_is_left_cost_no_batch(tmp_path, caplog):
    """Both blocks damaged: said, kept aside, and counted anew from what lies there."""
    box = Outbox(tmp_path, 4 * BLOCK)
    payloads = fill(box, 10)[-4:]
    box.refuse(box.first()[0], "no")
    path = tmp_path / "counts.json"
    path.write_bytes(path.read_bytes().replace(b'"below":', b'"below":9'))
    again = Outbox(tmp_path, 4 * BLOCK)
    assert (again.dropped, again.refused, again.waiting) == (0, 1, 3)
    assert damaged_count(tmp_path) == 1
    assert "the counts are 0 dropped, 1 refused" in caplog.text
    assert drain(again) == payloads[1:]


def test_counts_of_version_0_1_remove_nothing(tmp_path):
    """They have no sum: what they count counts, and what waits stays."""
    payloads = fill(Outbox(tmp_path, 1e6), 3)
    (tmp_path / "counts.json").write_text('{"dropped": 5, "refused": 1, "below": 1000000}')
    box = Outbox(tmp_path, 1e6)
    assert (box.dropped, box.refused) == (5, 1) and drain(box) == payloads


def test_a_tidy_end_lets_go_of_what_was_acknowledged(tmp_path):
    """Else it would be sent again at the next start."""
    box = Outbox(tmp_path, 1e6, keep_s=60.0)
    payloads = fill(box, 3)
    box.remove(box.first()[0])
    assert len(list(tmp_path.glob("0*.json"))) == 3
    box.forget_sent()
    assert drain(Outbox(tmp_path, 1e6)) == payloads[1:]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"dropped": "x"}', "\0\0", "1e999"])
def test_odd_counts_start_anew(text, tmp_path):
    """Counts that cannot be read cost no batch."""
    payloads = fill(Outbox(tmp_path, 1e6), 2)
    (tmp_path / "counts.json").write_text(text)
    box = Outbox(tmp_path, 1e6)
    assert (box.dropped, box.refused) == (0, 0) and drain(box) == payloads


def test_a_lost_file_is_no_obstacle(tmp_path):
    """A batch whose file somebody removed is passed over, and counted."""
    box = Outbox(tmp_path, 1e6)
    payloads = fill(box, 2)
    sorted(tmp_path.glob("0*.json"))[0].unlink()
    assert drain(box) == payloads[1:] and box.refused == 1


def test_too_many_open_files_cost_no_batch(tmp_path, monkeypatch):
    """What may be read later is not set aside."""
    box = Outbox(tmp_path, 1e6)
    payloads = fill(box, 2)

    def no_open(*_):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(outbox, "open", no_open, raising=False)
    with pytest.raises(OutboxError, match="how many files are open"):
        box.first()
    monkeypatch.undo()
    assert drain(box) == payloads


def test_no_folder_is_listed_for_a_batch(tmp_path, monkeypatch):
    """With a hundred thousand files, listing would take longer than sending."""
    box = Outbox(tmp_path, 1e6)

    def no_listing(*_):
        raise AssertionError("the folder was listed")

    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, no_listing)
    assert drain(box) == [] and fill(box, 3) == drain(box)


def test_a_folder_that_cannot_be_made(tmp_path):
    """A file where the folder should be is named, with what is needed."""
    (tmp_path / "box").write_text("")
    with pytest.raises(OutboxError, match=r"box: .*: it needs a folder"):
        Outbox(tmp_path / "box", 1e6)


def test_waiting_ends_with_a_batch(tmp_path):
    """Who waits wakes when a batch is put, when called, or when the time is over."""
    box = Outbox(tmp_path, 1e6)
    assert box.wait(0.01) is False
    threading.Timer(0.05, box.wake).start()
    assert box.wait(30) is False
    threading.Timer(0.05, box.put, [b"new"]).start()
    assert box.wait(30) is True and box.wait(30) is True


@pytest.mark.slow
def test_one_puts_while_another_sends(tmp_path):
    """Two threads at once: all comes out once, in order."""
    box = Outbox(tmp_path, 1e7)
    payloads = [b'{"seq":%d}' % number for number in range(300)]
    putting = threading.Thread(target=lambda: [box.put(payload) for payload in payloads])
    putting.start()
    found = []
    while len(found) < len(payloads) and box.wait(30):
        found += drain(box)
    putting.join()
    assert found == payloads and box.dropped == 0
