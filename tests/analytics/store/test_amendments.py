"""The list of amendments in the store: nothing of it is lost, whatever else is written."""

import threading
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

from laughtrack.analytics.ingest.repeated_batches import matches_stored
from laughtrack.analytics.store import delta_table
from laughtrack.analytics.store.amendments.applied import amend
from laughtrack.analytics.store.amendments.entries import Amendment, in_effect
from laughtrack.analytics.store.amendments.ledger import ListChanged, add, read_list
from laughtrack.analytics.store.batches import append, extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import compact_small_files, finish, vacuum
from laughtrack.analytics.store.delta_table import StoreError, UnknownSession
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from tests.analytics.buckets import bucket
from tests.analytics.store_batches import batch, files

EXCLUDE = Amendment("exclude", (2,), who="Ada", why="usher")
# Of `batch`, all boxes of the two viewers are at x1 = seq, y1 = second, 40 by 50 pixels.
EVERYWHERE = Amendment("opt-out", box=(0, 0, 500, 500), who="Ada")


@pytest.fixture
def store(tmp_path):
    """Return a store with one name of two devices, three batches each."""
    folder = str(tmp_path / "my store")
    for device in ("cam", "other"):
        extend(folder, [batch(seq, device=device) for seq in (1, 2, 3)])
    return folder


def numbers(store, device="cam"):
    """Return the numbers of a list."""
    return [each.number for each in read_list(store, "friday", device)]


def viewers(store, amended=True):
    """Return the IDs of who counts."""
    return sorted({*load(store, "friday", "cam", amended).readings["viewer_id"]})


@pytest.mark.slow
def test_the_list_goes_where_the_session_goes(store):
    """Through late batches, tidying and the next entry; `forget` takes that device's with it."""
    assert list_sessions(store)["viewers"].tolist() == [2, 2]
    add(store, "friday", "cam", EXCLUDE, 0)
    add(store, "friday", "other", EXCLUDE, 0)
    # Counted as corrected.
    assert list_sessions(store)[["viewers", "readings"]].to_numpy().tolist() == [[1, 15]] * 2
    assert viewers(store) == [1] and viewers(store, amended=False) == [1, 2]
    for seq in [0, *range(4, 40)]:
        append(store, batch(seq))
    assert compact_small_files(store) == 1
    add(store, "friday", "cam", Amendment("group", (1,), name="press"), 1)
    append(store, batch(40, info={"complete": True}))
    finish(store, "friday", "cam")
    vacuum(store)
    first, second = read_list(store, "friday", "cam")
    assert first == EXCLUDE._replace(number=1, when_utc=first.when_utc)
    assert second.name == "press" and viewers(store) == [1]
    assert load(store, "friday", "cam").spans["seq"].tolist() == [*range(41)]
    forget(store, "friday", "cam")
    assert not any("device=cam" in str(path) for path in files(store, "friday"))
    assert numbers(store, "other") == [1]
    append(store, batch(0))
    assert numbers(store) == [] and viewers(store) == [1, 2]


@pytest.mark.slow
def test_what_is_made_while_batches_arrive_is_not_lost(store):
    """Three people and ingest at once: who is second is told, and repeats; all is there."""
    seqs = range(4, 24)
    told = []

    def mend(who):
        for n in range(4):
            while True:
                entry = Amendment("group", (n + 1,), name=f"{who} {n}", who=who)
                try:
                    add(store, "friday", "cam", entry, len(read_list(store, "friday", "cam")))
                    break
                except ListChanged as error:
                    told.append(str(error))

    threads = [threading.Thread(target=mend, args=[who]) for who in ("a", "b", "c")]
    threads.append(threading.Thread(target=lambda: [append(store, batch(seq)) for seq in seqs]))
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    entries = read_list(store, "friday", "cam")
    assert [each.number for each in entries] == [*range(1, 13)]
    assert {each.name for each in entries} == {f"{who} {n}" for who in "abc" for n in range(4)}
    assert load(store, "friday", "cam").spans["seq"].tolist() == [1, 2, 3, *seqs]
    assert all("by somebody else meanwhile" in each for each in told)


@pytest.mark.slow
def test_who_mends_what_has_changed_is_told(store):
    """Both versions are named, and the list is as it was."""
    add(store, "friday", "cam", EXCLUDE, 0)
    with pytest.raises(ListChanged, match="at version 1, and this was made on 0"):
        add(store, "friday", "cam", EXCLUDE, 0)
    assert numbers(store) == [1]
    with pytest.raises(UnknownSession, match="did you mean 'friday'"):
        add(store, "fridya", "cam", EXCLUDE, 0)


@pytest.mark.slow
def test_of_an_opt_out_seat_nothing_is_stored(store):
    """Of batches that come after it, whole commits and late ones; what is stored does not count."""
    add(store, "friday", "cam", EVERYWHERE._replace(box=(0, 0, 25, 500), to_s=30.0), 0)
    # The middle of a box is at seq + 20: until second 5 of the picture's x, that is seq 4.
    assert extend(store, [batch(4), batch(5), batch(0), batch(7)]) == [True] * 4
    raw, counted = (load(store, "friday", "cam", amended) for amended in (False, True))
    seqs = lambda found: sorted({*(found.readings["t_s"] // 5).astype(int)})  # noqa: E731
    assert seqs(raw) == [1, 2, 3, 5, 7] and seqs(counted) == [5, 7]
    assert raw.spans["seq"].tolist() == [0, 1, 2, 3, 4, 5, 7]
    # Two batches of five looks at two viewers are left.
    assert list_sessions(store).set_index("device").loc["cam", "readings"] == 20
    # A batch that comes again is known, what is stored of it or not; another's is not.
    assert matches_stored(store, [batch(1), batch(4), batch(5), batch(7)]) == [True] * 4
    other = batch(7, viewers=(1, 3))
    assert matches_stored(store, [other]) == [False]
    add(store, "friday", "cam", Amendment("undo", of=1), 1)
    append(store, batch(8))
    assert matches_stored(store, [batch(4), batch(1)]) == [True, True]
    assert seqs(load(store, "friday", "cam", True)) == [1, 2, 3, 5, 7, 8]


@pytest.mark.slow
def test_an_opt_out_that_crosses_a_batch_holds_for_it(store, monkeypatch):
    """The batch was on its way into the store: it is stored without the seat, or not at all."""
    opened = delta_table.open_table
    fresh = iter([True])

    def open_then_opt_out(place):
        found = opened(place)
        if next(fresh, False):
            add(store, "friday", "cam", EVERYWHERE, 0)
        return found

    monkeypatch.setattr(delta_table, "open_table", open_then_opt_out)
    assert append(store, batch(4))
    monkeypatch.undo()
    found = load(store, "friday", "cam")
    assert found.spans["seq"].tolist() == [1, 2, 3, 4] and found.readings["t_s"].max() < 20


@pytest.mark.slow
def test_damage_is_told(store):
    """An entry that is not what was written, or is gone, is no shorter list."""
    add(store, "friday", "cam", EXCLUDE, 0)
    add(store, "friday", "cam", EXCLUDE, 1)
    DeltaTable(store).delete("seq = -1")
    with pytest.raises(StoreError, match="list of corrections of 'friday' of 'cam'"):
        load(store, "friday", "cam", True)
    spoilt = {"amendment": "replace(amendment, 'Ada', 'Eve')"}
    DeltaTable(store).update(spoilt, predicate="seq < 0")
    with pytest.raises(StoreError, match="correction 2 in the store is damaged"):
        append(store, batch(4))
    forget(store, "friday", "cam")
    append(store, batch(4))
    assert numbers(store) == []


@pytest.mark.slow
def test_a_store_of_version_0_1_takes_one(tmp_path):
    """It has no such column, and devices share its files."""
    before = Path(__file__).parents[2] / "data" / "version_0_1" / "store"
    store = str(copytree(before, tmp_path / "store"))
    name, device = list_sessions(store)[["session", "device"]].iloc[0]
    raw = load(store, name, device)
    add(store, name, device, EVERYWHERE._replace(box=(0, 0, 9999, 9999)), 0)
    assert load(store, name, device).readings.equals(raw.readings)
    assert load(store, name, device, amended=True).readings.empty
    forget(store, name, device)
    assert {*list_sessions(store)["session"]} == {*list_sessions(str(before))["session"]} - {name}


@pytest.mark.slow
def test_in_a_bucket_it_is_the_same(monkeypatch):
    """A store on S3 takes entries, tells who is second, honours and forgets them."""
    with bucket(monkeypatch) as store:
        extend(store, [batch(1), batch(2)])
        add(store, "friday", "cam", EXCLUDE, 0)
        add(store, "friday", "cam", EVERYWHERE, 1)
        with pytest.raises(ListChanged):
            add(store, "friday", "cam", EXCLUDE, 1)
        append(store, batch(3))
        assert viewers(store) == [] and viewers(store, amended=False) == [1, 2]
        assert load(store, "friday", "cam").readings["t_s"].max() < 15
        forget(store, "friday", "cam")
        assert list_sessions(store).empty


def test_undoing_is_an_entry_that_can_be_undone():
    """Of what is undone nothing is in effect, until the undoing is undone."""
    undo = lambda of: Amendment("undo", of=of)  # noqa: E731
    for entries, numbers_in_effect in (
        ([], []),
        ([EXCLUDE, EXCLUDE], [1, 2]),
        ([EXCLUDE, EXCLUDE, undo(1)], [2]),
        ([EXCLUDE, EXCLUDE, undo(1), undo(3)], [1, 2]),
        ([EXCLUDE, EXCLUDE, undo(1), undo(3), undo(4)], [2]),
        ([EXCLUDE, undo(1), EXCLUDE, undo(3)], []),
    ):
        listed = [each._replace(number=k + 1) for k, each in enumerate(entries)]
        assert [each.number for each in in_effect(listed)] == numbers_in_effect


def naive(readings, entries):
    """Apply entries a reading at a time: slow, and as the conventions say it."""
    rows = [dict(each._asdict(), id=each.viewer_id, on=True) for each in readings.itertuples()]
    for entry in in_effect(entries):
        inside = lambda row, entry=entry: (  # noqa: E731
            (entry.from_s or 0) <= row["t_s"] < (np.inf if entry.to_s is None else entry.to_s)
        )
        named = [row for row in rows if row["id"] in entry.viewers]
        if entry.kind in ("merge", "split"):
            named.sort(key=lambda row: (row["t_s"], entry.viewers.index(row["id"])))
            taken = set()
            for row in named:
                row["on"] &= row["t_s"] not in taken
                taken |= {row["t_s"]} if row["on"] else set()
                row["id"] = entry.viewers[0]
        for row in named:
            if entry.kind == "split" and row["t_s"] >= entry.from_s:
                row["id"] = entry.made
            elif entry.kind == "exclude" and inside(row):
                row["on"] = False
        for row in rows if entry.kind == "opt-out" else []:
            x, y = (row["x1"] + row["x2"]) / 2, (row["y1"] + row["y2"]) / 2
            x1, y1, x2, y2 = entry.box
            row["on"] &= not (x1 <= x < x2 and y1 <= y < y2 and inside(row))
    return sorted((row["t_s"], row["id"], row["x1"]) for row in rows if row["on"])


def test_lists_are_applied_as_the_conventions_say():
    """Any list of entries, those that name who is not there among them, against the plain way."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        some = rng.random(120) < 0.7
        table = pd.DataFrame(
            {
                "viewer_id": np.tile(np.arange(1, 7), 20)[some],
                "t_s": np.repeat(np.arange(20.0), 6)[some],
                **{name: rng.integers(0, 50, some.sum()) for name in ("x1", "y1")},
            }
        )
        table = table.assign(x2=table["x1"] + 10, y2=table["y1"] + 10)
        entries, made = [], 101
        for number in range(1, 12):
            several = tuple(rng.permutation([*range(1, 9), *range(101, made)])[:3].tolist())
            from_s, to_s = sorted(rng.integers(0, 21, 2).tolist())
            kind = rng.choice(["merge", "split", "exclude", "opt-out", "undo"])
            entry = Amendment(str(kind), several, float(from_s), to_s + 0.5, number=number)
            if kind == "split":
                entry, made = entry._replace(made=made), made + 1
            elif kind == "undo":
                entry = entry._replace(of=int(rng.integers(1, number + 1)))
            elif kind == "opt-out":
                entry = entry._replace(box=(5, 5, 20, 20))
            entries.append(entry)
        rest, done = amend(table, entries)
        expected = naive(table, entries)
        found = rest[["t_s", "viewer_id", "x1"]].itertuples(index=False, name=None)
        assert [*found] == expected
        assert done.mended == len(in_effect(entries))
        assert not {*done.excluded} & {*rest["viewer_id"]}
