"""The folder for refused batches: safe names, the reason beside each, and never too large."""

import pytest

from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.edge import atomic_files

ORIGINS = [
    "laughtrack/hall/cam/timeline",
    "../../etc/passwd",
    "a\nb\x1b[31m",
    "",
    "..",
    "x" * 5000,
    "films/ünïcode \ud800.jsonl",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_names_are_safe(tmp_path, origin):
    """Whatever the origin's name, its folder is a plain one inside the quarantine."""
    path = Quarantine(tmp_path).put(b"payload", origin, f"because of {origin}")
    assert path.parent.parent == tmp_path
    assert not Quarantine(tmp_path).holds(origin)
    assert path.parent.name.isprintable()
    assert path.read_bytes() == b"payload"
    lines = path.with_suffix(".reason.txt").read_text().splitlines()
    assert [line.split(":")[0] for line in lines] == ["from", "time", "reason"]
    assert all(line.isprintable() for line in lines)


def test_origins_stay_apart(tmp_path):
    """Two origins never share a folder, however alike they look."""
    put = Quarantine(tmp_path).put
    places = {put(b"x", origin, "why").parent for origin in ("a/b", "a_b", "a b")}
    assert len(places) == 3


def test_same_payload_is_kept_once(tmp_path):
    """What is refused again and again takes no more room, also for the next process."""
    first = Quarantine(tmp_path).put(b"x", "topic", "first reason")
    box = Quarantine(tmp_path)
    assert box.put(b"x", "topic", "second reason") == first
    assert box.kept == 1
    assert "first reason" in first.with_suffix(".reason.txt").read_text()
    assert len(list(tmp_path.rglob("*.*"))) == 2


def test_one_origin_takes_an_eighth_at_most(tmp_path):
    """A flood from one device leaves room for the others, and stops there."""
    box = Quarantine(tmp_path, max_bytes=800_000)
    kept = [box.put(b"%d" % n * 10_000, "flood", "why") for n in range(100)]
    assert 0 < sum(each is not None for each in kept) < 10
    assert kept[0] is not None
    assert box.dropped == kept.count(None)
    assert box.put(b"x", "other", "why") is not None


@pytest.mark.slow
def test_all_origins_together_stay_in_bounds(tmp_path):
    """However many origins, the folder holds no more than it may."""
    box = Quarantine(tmp_path, max_bytes=400_000)
    for n in range(200):
        box.put(b"%d" % n * 2_000, f"origin {n}", "why" * 1000)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*.*"))
    assert size < 400_000
    assert box.dropped > 100
    assert box.put(b"new", "one more", "why") is None


def test_next_process_knows_what_is_there(tmp_path):
    """The bound holds over restarts."""
    for run in range(10):
        box = Quarantine(tmp_path, max_bytes=400_000)
        for n in range(5):
            box.put(b"%d" % n * 5_000, f"origin {run} {n}", "why")
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.json")) < 400_000
    assert box.dropped == 5


def test_emptied_folder_has_room_again(tmp_path):
    """What the operator removed counts no more after a restart."""
    box = Quarantine(tmp_path, max_bytes=200_000)
    kept = [box.put(b"%d" % n * 10_000, "flood", "why") for n in range(5)]
    for path in kept[0].parent.iterdir():
        path.unlink()
    assert Quarantine(tmp_path, max_bytes=200_000).put(b"y" * 10_000, "flood", "why")


def test_half_written_file_is_swept(tmp_path):
    """What a killed process left is removed, and is no payload."""
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "abc.part").write_bytes(b"half")
    Quarantine(tmp_path)
    assert list((tmp_path / "box").iterdir()) == []


def test_full_disk_is_counted(tmp_path, monkeypatch):
    """A payload that could not be written is counted as such, and leaves no part of it."""

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_files.os, "fsync", full)
    box = Quarantine(tmp_path)
    assert box.put(b"x", "topic", "why") is None
    assert (box.kept, box.dropped) == (0, 1)
    assert box.trouble.startswith(f"cannot set a batch aside in {tmp_path}: No space left")
    assert list(tmp_path.rglob("*.*")) == []


def test_folder_that_cannot_be_made_is_counted(tmp_path):
    """A file in the folder's place, as a folder without permission is for whoever is not root."""
    (tmp_path / "box").write_text("")
    box = Quarantine(tmp_path / "box")
    assert box.put(b"x", "topic", "why") is None
    assert box.dropped == 1 and "name a --quarantine that can be written" in box.trouble
