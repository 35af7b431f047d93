"""Many batches in one commit, repeats told from conflicts, and few files while batches come."""

from pathlib import Path

import pytest
from deltalake import DeltaTable

from laughtrack.analytics.ingest.repeated_batches import matches_stored
from laughtrack.analytics.store import compaction
from laughtrack.analytics.store.batches import append, extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import compact_small_files, vacuum
from laughtrack.analytics.store.sessions import load, stored_batches
from tests.analytics.store_batches import assert_exact, batch, files


@pytest.fixture
def folder(tmp_path):
    """Return a place for a store that is not there yet, with a name that needs care."""
    return str(tmp_path / "a store #1 ü")


# Groups of (session, device, seq), and what extend says of each of their batches.
GROUPS = [
    # Nothing at all.
    ([[]], [[]]),
    # Many sessions and devices at once.
    ([[("a", "x", 0), ("a", "y", 0), ("b c", "x", 0)]], [[True] * 3]),
    # The same again in one group.
    ([[("a", "x", 0), ("a", "x", 0), ("a", "x", 1)]], [[True, False, True]]),
    # Late ones beside new ones and repeats.
    ([[("a", "x", 3)], [("a", "x", 1), ("a", "x", 3), ("a", "x", 4)]],
        [[True], [True, False, True]]),
    # Downwards within a group.
    ([[("a", "x", 2), ("a", "x", 1), ("a", "x", 0)]], [[True] * 3]),
    # A group of repeats only.
    ([[("a", "x", 0), ("a", "y", 5)], [("a", "x", 0), ("a", "y", 5)]], [[True] * 2, [False] * 2]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "said"), GROUPS)
def test_groups_are_counted_once(folder, groups, said):
    """Each (device, session, seq) is stored once, whatever stands together with it."""
    for group, wanted in zip(groups, said, strict=True):
        made = [batch(seq, session, device) for session, device, seq in group]
        assert extend(folder, made) == wanted
    keys = {key for group in groups for key in group}
    for session, device in {key[:2] for key in keys}:
        stored = load(folder, session, device).spans["seq"].tolist()
        assert stored == sorted(seq for *pair, seq in keys if pair == [session, device])


def test_group_is_one_commit(folder):
    """A group of many sessions is stored all at once, so that a kill leaves all of it or none."""
    append(folder, batch(0))
    before = DeltaTable(folder).version()
    extend(folder, [batch(seq, f"s{seq % 3}", f"d{seq % 2}") for seq in range(12)])
    assert DeltaTable(folder).version() == before + 1


def test_one_bad_batch_stores_none_of_the_group(folder):
    """An invalid batch is named before anything of its group is written."""
    with pytest.raises(ValueError, match="frames is -1"):
        extend(folder, [batch(0), batch(1, frames=-1)])
    assert not Path(folder).exists()


OTHERS = [
    {"started_utc": "2026-01-31T20:15:01Z"},
    {"start_s": 4.5},
    {"end_s": 10.5},
    {"frames": 6},
    {"viewers": (1, 2, 3)},
    {"viewers": (1, 3)},
    {"info": {"instance": "other"}},
]


@pytest.mark.slow
@pytest.mark.parametrize("changes", OTHERS)
def test_other_batch_under_a_stored_key_is_told_from_a_repeat(folder, changes):
    """A repeat is what is held; a batch of another camera under the same key is not."""
    extend(folder, [batch(seq, info={"title": "a", "n": 1.5}) for seq in range(3)])
    same = batch(1, info={"n": 1.5, "title": "a"})
    other = batch(1, **{"info": {"title": "a", "n": 1.5}, **changes})
    assert extend(folder, [same, other]) == [False, False]
    assert matches_stored(folder, [same, other, batch(7)]) == [True, False, False]


def test_nothing_is_held_where_nothing_was_stored(folder):
    """Asking makes no folder."""
    assert matches_stored(folder, [batch(0)]) == [False]
    assert stored_batches(folder, [("friday", "cam")]) == {("friday", "cam"): ({}, False)}
    assert compact_small_files(folder) == 0
    vacuum(folder)
    assert not Path(folder).exists()


def test_numbers_say_what_is_stored_of_each(folder):
    """By session and device: the numbers that are there, and whether the last is among them."""
    last = batch(4, device="left", info={"complete": True})
    extend(folder, [batch(0, device="left"), last, batch(1, device="right")])
    asked = [("friday", "left"), ("friday", "right"), ("x", "left")]
    began = last.started_utc
    wanted = [({0: began, 4: began}, True), ({1: began}, False), ({}, False)]
    assert stored_batches(folder, asked) == dict(zip(asked, wanted, strict=True))


@pytest.mark.slow
def test_newest_batch_says_when_the_session_began(folder):
    """A device whose clock was set right after its first batches is believed then."""
    append(folder, batch(2, started_utc="2026-01-31T20:15:07Z"))
    append(folder, batch(0, started_utc="2000-01-01T00:00:00Z"))
    append(folder, batch(1, started_utc="2000-01-01T00:00:00Z"))
    assert list_sessions(folder)["started_utc"].tolist() == ["2026-01-31T20:15:07Z"]


def test_marks_of_all_batches_are_joined(folder):
    """Marks are of their batch alone: all are kept, in order of time, each once."""
    early, late = {"t_s": 3, "text": "film starts"}, {"t_s": 12.5, "text": "scene 2"}
    append(folder, batch(2, info={"marks": [late, early], "title": "Pilot"}))
    append(folder, batch(0, info={"marks": [early]}))
    append(folder, batch(1, info={"marks": []}))
    info = load(folder, "friday").info
    assert info == {"title": "Pilot", "marks": [early, late]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "bad",
    ["soon", 7, {"t_s": 1}, [{"text": "no time"}], [{"t_s": "1", "text": "a"}], [[1, "a"]],
     [{"t_s": float("nan"), "text": "a"}], [{"t_s": -1, "text": "a"}], [{"t_s": 1e9, "text": "a"}],
     [{"t_s": True, "text": "a"}], [{"t_s": 1, "text": None}]],
)  # fmt: skip
def test_what_is_no_mark_is_left_out(folder, bad):
    """Marks of a wrong shape harm nothing."""
    append(folder, batch(0, info={"marks": bad, "title": "Pilot"}))
    assert load(folder, "friday").info == {"title": "Pilot"}


@pytest.mark.slow
def test_files_stay_few_while_batches_come(folder, monkeypatch):
    """Small files are joined now and then; readers keep those they are at."""
    monkeypatch.setattr(compaction, "_SMALL_FILES", 5)
    for seq in range(23):
        extend(folder, [batch(seq, f"room {n}") for n in range(3)])
        compact_small_files(folder)
        live = DeltaTable(folder).file_uris()
        assert len(live) <= 3 * 6
    assert compact_small_files(folder) == 0
    assert len(files(folder, "room 1")) > len(live)
    for n in range(3):
        assert_exact(folder, f"room {n}", 23)


@pytest.mark.slow
def test_large_files_are_not_written_again(folder, monkeypatch):
    """A long session's joined files are left as they are once they are large."""
    monkeypatch.setattr(compaction, "_SMALL_FILES", 3)
    # Three times a batch's own file.
    monkeypatch.setattr(compaction, "_LARGE_BYTES", 30_000)
    seen = []
    for seq in range(60):
        append(folder, batch(seq, viewers=range(1, 301)))
        compact_small_files(folder)
        seen.append({*DeltaTable(folder).file_uris()})
    assert len(seen[-1]) <= 8
    assert seen[-1] & seen[-20]


@pytest.mark.slow
def test_old_files_are_swept(folder, monkeypatch):
    """What was replaced longer ago than any reader needs it is removed."""
    monkeypatch.setattr(compaction, "_SMALL_FILES", 3)
    for seq in range(5):
        append(folder, batch(seq))
    assert compact_small_files(folder) == 1
    vacuum(folder)
    assert len(files(folder, "friday")) == 6
    monkeypatch.setattr(compaction, "_OLD_FILES_HOURS", 0)
    vacuum(folder)
    assert len(files(folder, "friday")) == 1
    assert_exact(folder, "friday", 5)
