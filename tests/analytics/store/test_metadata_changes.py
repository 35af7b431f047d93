"""A stored session's title and tags can be changed; nothing that comes later undoes it."""

import json
import threading
from pathlib import Path
from shutil import copytree

import pytest
from deltalake import DeltaTable

from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.ingest.repeated_batches import matches_stored
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import compact_small_files, finish, vacuum
from laughtrack.analytics.store.delta_table import AmbiguousSession, StoreError, UnknownSession
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.metadata_changes import change_tags, change_title, tags_in
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.contexts import ForbiddenContext
from laughtrack.edge.readings import to_json
from tests.analytics.store_batches import batch

OLD = {"title": "Old", "context": "screening"}


def titles(store):
    """Return the titles by (session, device), also as a session's own load says them."""
    found = {(each.session, each.device): each.title for each in list_sessions(store).itertuples()}
    for session, device in found:
        assert load(store, session, device).info.get("title", "") == found[session, device]
    return found


@pytest.fixture
def store(tmp_path):
    """Return a store with one name of two devices, three batches each, all called Old."""
    folder = str(tmp_path / "my store")
    for device in ("cam", "other"):
        for seq in (1, 2, 3):
            append(folder, batch(seq, device=device, info=OLD))
    return folder


def change_and_check(store, title='It\'s "new" ü 🎬 \\ %s'):
    """Change one of the titles and check that this one alone is changed."""
    assert change_title(store, "friday", title, "cam") == "cam"
    assert titles(store) == {("friday", "cam"): title, ("friday", "other"): "Old"}


@pytest.mark.slow
def test_it_stays_whatever_comes(store):
    """Late and new batches, tidying, and the next change, each keep it and every reading."""
    before = load(store, "friday", "cam").readings
    change_and_check(store)
    assert load(store, "friday", "cam").readings.equals(before)
    append(store, batch(0, info=OLD))
    append(store, batch(4, info={**OLD, "title": "Old, still"}))
    change_and_check(store, "second")
    for seq in range(5, 38):
        append(store, batch(seq, info=OLD))
    assert compact_small_files(store) == 1
    change_and_check(store, "third")
    append(store, batch(38, info={**OLD, "complete": True}))
    finish(store, "friday", "cam")
    vacuum(store)
    change_and_check(store, "fourth")
    rows = DeltaTable(store).to_pyarrow_table(columns=["info", "device", "viewer_id"]).to_pylist()
    infos = [json.loads(each["info"]) for each in rows if each["viewer_id"] is None]
    assert sum("retitled" in info for info in infos) == 1
    forget(store, "friday", "cam")
    append(store, batch(0, info=OLD))
    assert titles(store)["friday", "cam"] == "Old"


@pytest.mark.slow
def test_a_batch_that_comes_again_is_the_same_one(store, tmp_path):
    """Its header has another title now; it is no batch of another device for that."""
    change_and_check(store, "")
    assert matches_stored(store, [batch(1, info=OLD)]) == [True]
    quarantine = tmp_path / "quarantine"
    ingestor = BatchIngestor(store, Quarantine(quarantine), print)
    ingestor.ingest([Arrival(to_json(batch(1, info=OLD)).encode(), "again")])
    assert (ingestor.repeated, ingestor.refused) == (1, 0)


@pytest.mark.slow
def test_changes_cross_the_batches_that_arrive(store):
    """Both get through, each once."""
    numbers = range(4, 14)
    writer = threading.Thread(
        target=lambda: [append(store, batch(seq, info=OLD)) for seq in numbers]
    )
    writer.start()
    for n in range(5):
        change_title(store, "friday", f"title {n}", "cam")
    writer.join()
    assert titles(store)["friday", "cam"] == "title 4"
    assert load(store, "friday", "cam").spans["seq"].tolist() == [1, 2, 3, *numbers]


@pytest.mark.slow
def test_what_is_no_title_is_refused(store):
    """And nothing is changed."""
    refused = [
        (("friday", "Staff meeting", "cam"), ForbiddenContext, "Staff meeting"),
        (("friday", "x" * 1001, "cam"), ValueError, "up to 1000"),
        (("friday", "\udcff", "cam"), ValueError, "title is"),
        (("friday", "New"), AmbiguousSession, "cam, other"),
        (("friiday", "New"), UnknownSession, "did you mean 'friday'"),
        (("friday", "New", "cma"), UnknownSession, "did you mean 'cam'"),
    ]
    for arguments, kind, says in refused:
        with pytest.raises(kind, match=says):
            change_title(store, *arguments)
    assert set(titles(store).values()) == {"Old"}


@pytest.mark.slow
def test_a_device_cannot_send_one_past_the_check(store, tmp_path):
    """The name under which it is kept is checked like the title itself."""
    said = []
    ingestor = BatchIngestor(store, Quarantine(tmp_path / "quarantine"), said.append)
    sent = batch(9, info={**OLD, "retitled": "Staff meeting"})
    ingestor.ingest([Arrival(to_json(sent).encode(), "device")])
    assert ingestor.refused == 1 and "Staff meeting" in said[0]


@pytest.mark.slow
def test_tags_are_given_changed_and_taken_away(store):
    """Those that were recorded, too; whatever arrives later, and as the list and a load say."""
    sent = {**OLD, "tags": {"film": "Bus", "cut": "1"}, "settings": {"site": "Hall 2"}}
    append(store, batch(4, info=sent))

    def tags():
        row = list_sessions(store).set_index("device").loc["cam"]
        loaded = load(store, "friday", "cam").info["tags"]
        assert tags_in(store, "friday", "cam").tags == loaded
        return row["tags"], loaded

    first = {"cut": "1", "film": "Bus", "site": "Hall 2"}
    assert tags() == ("cut=1; film=Bus; site=Hall 2", first)
    whose, known = change_tags(store, "friday", {"cut": "2", "film": "", "genre": "com'edy"}, "cam")
    assert (whose, known) == ("cam", {"cut": "2", "genre": "com'edy", "site": "Hall 2"})
    append(store, batch(5, info=sent))
    assert change_tags(store, "friday", {"site": ""}, "cam").tags == {
        "cut": "2",
        "genre": "com'edy",
    }
    change_title(store, "friday", "New", "cam")
    finish(store, "friday", "cam")
    assert tags()[0] == "cut=2; genre=com'edy"
    assert tags_in(store, "friday", "other").tags == {}
    with pytest.raises(ValueError, match="would have 21 tags"):
        change_tags(store, "friday", {f"k{k}": "x" for k in range(19)}, "cam")
    assert matches_stored(store, [batch(4, info=sent)]) == [True]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tags", "retagged"])
def test_a_device_cannot_send_tags_past_the_check(store, tmp_path, name):
    """As with titles; what is no tag is left out."""
    said = []
    ingestor = BatchIngestor(store, Quarantine(tmp_path / "quarantine"), said.append)
    sent = batch(9, info={**OLD, name: {"film": "Staff meeting"}})
    odd = batch(10, info={**OLD, name: {"film": ["x"], "X": "\x1b", "cut": "2"}})
    ingestor.ingest([Arrival(to_json(each).encode(), "device") for each in (sent, odd)])
    assert ingestor.refused == 1 and "Staff meeting" in said[0]
    assert tags_in(store, "friday", "cam").tags == {"cut": "2"}


@pytest.mark.slow
def test_damage_is_not_sealed_in(store):
    """A spoilt header gets no new sum that would make it right."""
    DeltaTable(store).update({"frames": "frames + 1"}, predicate="seq = 2 AND device = 'cam'")
    with pytest.raises(StoreError, match="not what was written"):
        change_title(store, "friday", "New", "cam")


@pytest.mark.slow
def test_a_store_of_version_0_1_takes_one(tmp_path):
    """It has no sums, and devices share its files."""
    before = Path(__file__).parents[2] / "data" / "version_0_1" / "store"
    store = str(copytree(before, tmp_path / "store"))
    old = titles(store)
    session, device = next(iter(old))
    change_title(store, session, "New", device)
    assert titles(store) == {**old, (session, device): "New"}
