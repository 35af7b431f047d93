"""What a restart needs is read back as far as it was written, wherever it was cut off."""

import errno
import json
import os
import shutil

import pytest

from laughtrack.edge.checked_files import damaged_count
from laughtrack.edge.session import journal as module
from laughtrack.edge.session.journal import NAME, Journal

HEAD = {"seq": 3, "text": "fïlm", "state": {"a": [1, 2.5, None]}}
LINES = [{"t_s": 0.1 * n, "readings": [[n, 0.5, [1, 2, 3, 4]]]} for n in range(4)]


def written(folder):
    """Write a journal as a session does; return its bytes."""
    journal = Journal(folder)
    journal.begin({"seq": 2})
    journal.add({"gone": True})
    journal.begin(HEAD)
    for line in LINES:
        journal.add(line)
    return (folder / NAME).read_bytes()


def test_all_is_read_back(tmp_path):
    """The last head, and the lines since."""
    written(tmp_path)
    assert Journal(tmp_path).read() == (HEAD, LINES)


def test_nothing_is_read_from_nothing(tmp_path):
    """The first start."""
    assert Journal(tmp_path).read() is None


@pytest.mark.slow
def test_cut_at_any_byte_a_prefix_is_read(tmp_path):
    """Never an error, never half a line; a head that is cut, as no power cut can, is said."""
    whole = written(tmp_path)
    ends = [n + 1 for n, byte in enumerate(whole) if byte == 10]
    for length in range(len(whole) + 1):
        shutil.rmtree(tmp_path / "damaged", ignore_errors=True)
        (tmp_path / NAME).write_bytes(whole[:length])
        lines = sum(end <= length for end in ends)
        expected = (HEAD, LINES[: lines - 1]) if lines else None
        assert Journal(tmp_path).read() == expected
        assert damaged_count(tmp_path) == (lines == 0)


def test_damaged_anywhere_a_prefix_is_read(tmp_path):
    """A block of zeros, as a power cut leaves it, ends what is read."""
    whole = written(tmp_path)
    for at in range(0, len(whole) - 7, 3):
        (tmp_path / NAME).write_bytes(whole[:at] + bytes(7) + whole[at + 7 :])
        found = Journal(tmp_path).read()
        assert found is None or (found[0] == HEAD and found[1] == LINES[: len(found[1])])


@pytest.mark.slow
def test_no_flipped_bit_is_read(tmp_path):
    """Flipped here and there, one bit at a time: a beginning is read, and it is said."""
    whole = written(tmp_path)
    for at in range(0, len(whole), 3):
        bad = whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
        shutil.rmtree(tmp_path / "damaged", ignore_errors=True)
        (tmp_path / NAME).write_bytes(bad)
        found = Journal(tmp_path).read()
        lines = bad[:at].count(b"\n")
        assert found == ((HEAD, LINES[: lines - 1]) if lines else None), at
        assert damaged_count(tmp_path) == 1


@pytest.mark.parametrize("order", [[0, 2, 1, 3, 4], [0, 1, 1, 2, 3, 4], [0, 2, 3, 4], [1, 2, 3]])
def test_lines_elsewhere_are_not_read(tmp_path, order):
    """Swapped, twice, left out, or without their head: what stands before that is read."""
    lines = written(tmp_path).splitlines(keepends=True)
    (tmp_path / NAME).write_bytes(b"".join(lines[n] for n in order))
    right = next((n for n, at in enumerate(order) if n != at), len(order))
    expected = (HEAD, LINES[: right - 1]) if right else None
    assert Journal(tmp_path).read() == expected
    assert damaged_count(tmp_path) == 1
    kept = [path.read_bytes() for path in (tmp_path / "damaged").iterdir()]
    assert kept == [(tmp_path / NAME).read_bytes()]


def test_a_journal_without_sums_is_read(tmp_path):
    """As version 0.1 wrote it."""
    lines = [json.dumps(each) for each in (HEAD, *LINES)]
    (tmp_path / NAME).write_text("".join(f"{line}\n" for line in lines))
    assert Journal(tmp_path).read() == (HEAD, LINES)


@pytest.mark.parametrize("left", [b"5\n", b"[]\n", b'{"a": 1\n}\n', b"\xff\n", b"\n", b"[" * 9999])
def test_what_is_no_journal_is_none(tmp_path, left):
    """Whatever lies there, the device starts."""
    (tmp_path / NAME).write_bytes(left)
    assert Journal(tmp_path).read() is None


def test_after_the_end_nothing_is_left(tmp_path):
    """A session that is over is not gone on with; a line that comes late is no matter."""
    written(tmp_path)
    journal = Journal(tmp_path)
    journal.begin(HEAD)
    journal.end()
    journal.add({"late": 1})
    assert Journal(tmp_path).read() is None and not list(tmp_path.iterdir())


def full(*_):
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_full_disk_at_a_head_leaves_no_journal(tmp_path, monkeypatch):
    """Rather a new session than the same batch numbers twice; with room it goes on."""
    journal = Journal(tmp_path)
    journal.begin({"seq": 1})
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            journal.begin({"seq": 2})
        journal.add(LINES[0])
        assert not list(tmp_path.iterdir())
    journal.begin(HEAD)
    journal.add(LINES[0])
    assert Journal(tmp_path).read() == (HEAD, LINES[:1])


@pytest.mark.parametrize("room", [0, 1, 10])
def test_full_disk_at_a_line_keeps_those_before(tmp_path, monkeypatch, room):
    """Said once; what follows is left out until the next head, so no hole is read over."""
    journal, write = Journal(tmp_path), os.write
    journal.begin(HEAD)
    journal.add(LINES[0])
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "write", lambda f, d: write(f, d[:room]) if room else full())
        with pytest.raises(OSError):
            journal.add(LINES[1])
    journal.add(LINES[2])
    assert Journal(tmp_path).read() == (HEAD, LINES[:1])
    journal.begin(HEAD)
    journal.add(LINES[3])
    assert Journal(tmp_path).read() == (HEAD, LINES[3:])


def test_a_damaged_file_with_a_picture_is_not_set_aside(tmp_path):
    """Version 0.1 kept one of the room in each line; other damaged files are kept."""
    for folder, key in ((tmp_path / "old", "changes"), (tmp_path / "new", "other")):
        folder.mkdir()
        lines = [json.dumps({"watcher": {key: {"seen": "eJw"}}}), "{damaged", "{}"]
        (folder / "session.jsonl").write_text("\n".join(lines) + "\n")
        assert Journal(folder).read() is not None
        assert (folder / "damaged").exists() == (key == "other")
