"""The power is cut at every step of an outbox's life: it opens again, and no batch is lost.

What a disk may keep of each step is told in `power_cuts`.
"""

import shutil
from pathlib import Path

import pytest

from laughtrack.edge import atomic_files
from laughtrack.edge.outbox import counts as outbox_counts
from laughtrack.edge.outbox import files as outbox_files
from laughtrack.edge.outbox import outbox, refused
from laughtrack.edge.outbox.files import BLOCK
from laughtrack.edge.outbox.outbox import Outbox
from tests.edge.power_cuts import Disk, Journal, cuts, lay

# Room for four batches, so that the script's drops come soon.
ROOM = 4 * BLOCK


def payload(number):
    """Return a batch's bytes, each different."""
    return b'{"seq":%d}' % number


def live(folder, journal, keep_s):
    """Put, send, refuse, drop and restart; the journal's "know" steps say what is promised."""
    known = {"put": (), "gone": (), "aside": (), "drops": 0}

    def know(**changes):
        known.update(changes)
        journal.steps.append(("know", dict(known)))

    def put(number):
        know(drops=box.dropped + (box.bytes + BLOCK > ROOM))
        box.put(payload(number))
        know(put=(*known["put"], number), drops=box.dropped)

    know()
    box = Outbox(folder, ROOM, keep_s)
    for number in range(6):
        put(number)
    for act in ("remove", "refuse", "remove"):
        key, data = box.first()
        number = int(data[7:-1])
        if act == "remove":
            know(gone=(*known["gone"], number))
            box.remove(key)
        else:
            know(aside=(*known["aside"], number))
            box.refuse(key, "the broker will not have it")
        put(10 + number)
    box = Outbox(folder, ROOM, keep_s)
    for number in range(20, 23):
        put(number)
    while box.first():
        key, data = box.first()
        know(gone=(*known["gone"], int(data[7:-1])))
        box.remove(key)
    put(30)


@pytest.fixture
def watched(monkeypatch):
    """Return a function that sets a new journal in the place of `os`."""

    def watch(deaf=()):
        journal = Journal(deaf)
        for module in (atomic_files, outbox, outbox_counts, outbox_files, refused):
            monkeypatch.setattr(module, "os", journal)
        return journal

    return watch


def check(folder, known):
    """Open what is left and compare with what was promised; leave it working."""
    box = Outbox(folder, ROOM)
    found = []
    aside = [path.read_bytes() for path in (Path(folder) / "refused").glob("*.json")]
    lost = box.dropped
    while box.first():
        key, data = box.first()
        found.append(int(data[7:-1]))
        assert data == payload(found[-1])
        box.remove(key)
    assert found == sorted(found, key=ORDER.index)
    for number in known["aside"]:
        assert number in found or payload(number) in aside
    promised = [n for n in known["put"] if n not in known["gone"] + known["aside"]]
    missing = [n for n in promised if n not in found]
    # Only the oldest may be missing, for want of room, and each that is was counted.
    assert missing == promised[: len(missing)]
    # One acknowledged, and sent again since its file came back, may have been dropped then.
    again = [n for n in known["gone"] if n not in found]
    assert len(missing) <= lost <= min(known["drops"], len(missing) + len(again))
    box.put(payload(99))
    assert Outbox(folder, ROOM).first()[1] == payload(99)


ORDER = [0, 1, 2, 3, 4, 5, 12, 13, 14, 20, 21, 22, 30]


def cut_everywhere(tmp_path, watched, deaf=(), keep_s=0.0):
    """Live once, then check what each cut may leave; return how many cases that were."""
    folder = tmp_path / "box"
    journal = watched(deaf)
    live(folder, journal, keep_s)
    # Cutting is for later.
    watched(deaf)
    count = 0
    for state, known in cuts(journal.steps, Disk()):
        lay(state, folder, tmp_path / "after")
        check(tmp_path / "after", known)
        count += 1
    return count


@pytest.mark.slow
@pytest.mark.parametrize("keep_s", [0.0, 60.0])
def test_no_cut_loses_a_batch(keep_s, tmp_path, watched):
    """Whenever the power is cut, each batch kept and not acknowledged is there, in order."""
    assert cut_everywhere(tmp_path, watched, keep_s=keep_s) > 300


@pytest.mark.slow
def test_no_second_cut_loses_a_batch(tmp_path, watched):
    """The power may also be cut while an outbox puts itself in order after a cut."""
    folder, after, again = tmp_path / "box", tmp_path / "after", tmp_path / "again"
    journal = watched()
    live(folder, journal, 0.0)
    seconds = 0
    for state, known in list(cuts(journal.steps, Disk()))[::3]:
        lay(state, folder, after)
        recovery = watched()
        Outbox(after, ROOM)
        names = [(p.replace(str(folder), str(after), 1), data) for p, data in state]
        for second, _ in cuts(recovery.steps, Disk(names)):
            lay(second, after, again)
            check(again, known)
            seconds += 1
    assert seconds > 200


@pytest.mark.slow
@pytest.mark.parametrize("deaf", ["sync", "sync folder"])
def test_the_check_finds_a_missing_sync(deaf, tmp_path, watched):
    """Were a file or a folder not synced, the check above would fail."""
    with pytest.raises(AssertionError):
        cut_everywhere(tmp_path, watched, (deaf,))


def filled(folder):
    """Make an outbox of four batches after a drop and a refusal; return its payloads."""
    box = Outbox(folder, 5 * BLOCK)
    for number in range(7):
        box.put(payload(number) * 7)
    box.refuse(box.first()[0], "the broker will not have it")
    return [payload(number) * 7 for number in range(3, 7)]


def files():
    """Yield the index of each file in a filled outbox."""
    return range(7)


@pytest.mark.slow
@pytest.mark.parametrize("index", files())
def test_a_file_cut_at_any_length(index, tmp_path, watched):
    """Whatever file is cut, at many lengths, the other batches are there, in order."""
    watched()
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    expected = filled(whole)
    path = sorted(p for p in whole.rglob("*") if p.is_file())[index]
    data = path.read_bytes()
    torn = [data[:length] for length in range(0, len(data), max(1, len(data) // 64))]
    for bad in [*torn, bytes(len(data)), data + b"x", data[:-1] + b"?"]:
        shutil.rmtree(cut, ignore_errors=True)
        shutil.copytree(whole, cut)
        (cut / path.relative_to(whole)).write_bytes(bad)
        box = Outbox(cut, 5 * BLOCK)
        found = []
        while box.first():
            found.append(box.first()[1])
            box.remove(box.first()[0])
        assert found == [batch for batch in expected if batch != data]
        # One refused before; one more when a batch is what was cut. Lost counts start anew.
        if path.name != "counts.json":
            assert box.refused == 1 + (data in expected)
            assert box.dropped == 2


def test_the_files_that_are_cut(tmp_path):
    """The test above cuts four batches, the counts, and a refused batch with its reason."""
    filled(tmp_path)
    names = [p.suffix for p in sorted(tmp_path.rglob("*")) if p.is_file()]
    assert len(names) == len(files()) and names.count(".json") == 6
