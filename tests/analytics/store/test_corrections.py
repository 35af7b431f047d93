"""What a device takes back counts nowhere, however its batches come, and stays stored."""

import json
from itertools import permutations

import pytest
from deltalake import DeltaTable, write_deltalake

from laughtrack import api
from laughtrack.analytics.ingest.repeated_batches import matches_stored
from laughtrack.analytics.store import delta_table
from laughtrack.analytics.store.batches import append, extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.metadata_changes import change_title
from laughtrack.analytics.store.sessions import load, load_audience
from laughtrack.edge.readings import Batch, Reading, columns, corrections


def batch(seq, *corrected):
    """Return five seconds of two viewers, ten readings a second each."""
    readings = [
        Reading(viewer, seq * 5 + k / 10, (0, 0, 50, 50), 0.9, 0.5, 0.5)
        for k in range(50)
        for viewer in (1, 2)
    ]
    span = {"start_s": seq * 5.0, "end_s": seq * 5 + 5.0, "frames": 50}
    return Batch(
        1,
        "cam",
        "show",
        "2026-01-31T20:15:00Z",
        seq,
        **span,
        readings=columns(readings),
        info={},
        corrections=tuple(corrections(corrected)),
    )


PLAIN = batch(0)
TAKEN_BACK = batch(1, (2, 0.0, 7.0, "static"))
GIVEN_BACK = batch(2, (2, 1.0, 2.0, "alive"), (1, 0.0, 1.0, "static"))
THREE = [PLAIN, TAKEN_BACK, GIVEN_BACK]


def left(store):
    """How many readings of each viewer count, as `load` has it."""
    return load(store, "show").readings["viewer_id"].value_counts().to_dict()


@pytest.mark.slow
def test_what_was_taken_back_is_left_out_of_all(tmp_path):
    """Session, dataset and list agree, whether batches come in order or not."""
    for order in permutations(THREE):
        store = str(tmp_path / "-".join(str(each.seq) for each in order))
        for each in order:
            append(store, each)
        assert left(store) == {1: 140, 2: 90}
        assert api.readings(store).count_rows() == 230
        assert list_sessions(store)["readings"].tolist() == [230]


def test_who_has_nothing_left_is_nobody(tmp_path):
    """The list counts one viewer, and the session says who was left out."""
    store = str(tmp_path / "store")
    extend(store, [PLAIN, batch(1, (2, 0.0, 10.0, "static"))])
    session = load_audience(store, "show")
    assert session.static == (2,) and set(session.readings["viewer_id"]) == {1}
    assert list_sessions(store)[["viewers", "readings"]].values.tolist() == [[1, 100]]


def test_who_has_less_than_a_second_left_is_too_brief(tmp_path):
    """The least time counts what is left, in the list as in the tables."""
    store = str(tmp_path / "store")
    extend(store, [PLAIN, batch(1, (2, 0.0, 9.5, "static"))])
    assert load_audience(store, "show").brief == (2,)
    assert list_sessions(store)[["viewers", "readings"]].values.tolist() == [[1, 100]]


def test_corrections_stay_through_title_and_compaction(tmp_path):
    """Both rewrite rows."""
    store = str(tmp_path / "store")
    extend(store, THREE)
    change_title(store, "show", "Friday")
    finish(store, "show")
    assert left(store) == {1: 140, 2: 90} and matches_stored(store, THREE) == [True] * 3


def test_another_correction_is_another_batch(tmp_path):
    """A second batch of one number that takes something else back is told from the first."""
    store = str(tmp_path / "store")
    append(store, TAKEN_BACK)
    assert matches_stored(store, [TAKEN_BACK, batch(1)]) == [True, False]


def test_a_damaged_correction_is_refused(tmp_path):
    """A correction that a disk changed, or lost, is not read as what was written."""
    for number, value in enumerate(("NULL", "replace(corrections, '7.0', '6.0')")):
        store = str(tmp_path / str(number))
        extend(store, THREE)
        table = DeltaTable(store)
        table.update({"corrections": value}, predicate="seq = 1 AND viewer_id IS NULL")
        delta_table.log_sums.note(store, table)
        with pytest.raises(StoreError, match="not what was written"):
            load(store, "show")


def test_a_store_of_before_takes_corrections(tmp_path):
    """Its table gets the column with the first of them; batches without one change nothing."""
    store = str(tmp_path / "store")
    append(store, PLAIN)
    rows = DeltaTable(store).to_pyarrow_table().drop_columns(["corrections"])
    old = str(tmp_path / "old")
    write_deltalake(old, rows, partition_by=["session", "device"])
    append(old, batch(1))
    assert "corrections" not in json.loads(DeltaTable(old).schema().to_json()).__repr__()
    assert left(old) == {1: 100, 2: 100} and api.readings(old).count_rows() == 200
    append(old, GIVEN_BACK)
    assert left(old) == {1: 140, 2: 150} and api.readings(old).count_rows() == 290
