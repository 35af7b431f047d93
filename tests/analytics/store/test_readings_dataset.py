"""Readings for SQL: in DuckDB, Polars and pandas each reading is there once, and nothing else."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

import laughtrack
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.analytics.store.amendments.ledger import add
from laughtrack.analytics.store.batches import append, extend
from laughtrack.analytics.store.compaction import compact_small_files, finish, vacuum
from laughtrack.analytics.store.delta_table import KEY, READING, StoreError
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.metadata_changes import change_title
from laughtrack.analytics.store.sessions import load
from tests.analytics.store_batches import batch

COLUMNS = [*KEY, *READING]


def unscored(seq, session="friday", device="cam"):
    """Return a batch of which one reading has no score."""
    found = batch(seq, session, device)
    for name in ("raw", "smile"):
        found.readings[name][0] = None
    return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return a store of two devices' sessions, a file a batch, that nobody changes."""
    folder = str(tmp_path_factory.mktemp("kept") / "my show")
    for seq in range(34):
        append(folder, unscored(seq, "friday night"))
    extend(folder, [batch(seq, "friday night", "lobby") for seq in range(3)])
    append(folder, batch(0, "empty", viewers=()))
    return folder


@pytest.fixture
def store(kept, tmp_path):
    """Return a copy of it that may be changed."""
    return str(copytree(kept, tmp_path / "my show"))


def check(store):
    """Check that each engine has the readings that sessions have; return their number."""
    readings = laughtrack.readings(store)
    assert readings.schema.names == COLUMNS
    known = [(each.session, each.device) for each in laughtrack.sessions(store).itertuples()]
    # Each session as the program itself loads it: number of rows, of scores, and their sum.
    loaded = {}
    for session, device in known:
        own = load(store, session, device, amended=True).readings
        if len(own):
            loaded[session, device] = (len(own), own["smile"].count(), round(own["smile"].sum(), 6))
    query = """
        select session, device, count(*), count(smile), round(sum(smile), 6)
        from readings group by session, device
    """
    found = duckdb.sql(query).fetchall()
    assert {(row[0], row[1]): row[2:] for row in found} == loaded
    smile = pl.col("smile")
    table = (
        pl.scan_pyarrow_dataset(readings)
        .group_by("session", "device")
        .agg(pl.len(), smile.count().alias("scores"), smile.sum().round(6).alias("sum"))
        .collect()
    )
    assert {(row[0], row[1]): row[2:] for row in table.iter_rows()} == loaded
    frame = readings.to_table().to_pandas()
    assert frame["viewer_id"].notna().all()
    assert not frame.duplicated(["session", "device", "viewer_id", "t_s"]).any()
    assert len(frame) == readings.count_rows() == sum(rows for rows, *_ in loaded.values())
    return len(frame)


@pytest.mark.slow
def test_each_reading_is_there_once_whatever_was_done(store):
    """Files that were replaced stay for an hour; none of them is counted."""
    assert check(store) == 370
    assert compact_small_files(store) == 1
    change_title(store, "friday night", "New", "cam")
    finish(store, "friday night", "cam")
    files = [*Path(store).rglob("*.parquet")]
    live = DeltaTable(store).file_uris()
    # What reading the files at a guess would make of it.
    assert len(files) > len(live)
    assert sum(pq.read_metadata(path).num_rows for path in files) > 2 * 370
    assert check(store) == 370
    vacuum(store)
    assert check(store) == 370
    forget(store, "friday night", "lobby")
    assert check(store) == 340
    # Replaced, as by --overwrite.
    forget(store, "friday night", "cam")
    append(store, batch(0, "friday night"))
    assert check(store) == 10


@pytest.mark.slow
def test_conditions_reach_the_files(kept):
    """On columns of the folders as of the rows, and with nothing found."""
    readings = laughtrack.readings(kept)
    where = "device = 'lobby' and viewer_id = 2 and t_s >= 5"
    assert duckdb.sql(f"select count(*) from readings where {where}").fetchall() == [(10,)]
    wanted = (pl.col("device") == "lobby") & (pl.col("viewer_id") == 2) & (pl.col("t_s") >= 5)
    assert pl.scan_pyarrow_dataset(readings).filter(wanted).collect().height == 10
    assert duckdb.sql("select count(*) from readings where session = 'x'").fetchall() == [(0,)]


@pytest.mark.slow
def test_sessions_join_them(kept):
    """By name and device."""
    readings, sessions = laughtrack.readings(kept), laughtrack.sessions(kept)
    assert sessions["readings"].sum() == readings.count_rows()
    query = """
        select session, device, any_value(batches), count(viewer_id)
        from sessions left join readings using (session, device) group by all order by all
    """
    assert duckdb.sql(query).fetchall() == [
        ("empty", "cam", 1, 0),
        ("friday night", "cam", 34, 340),
        ("friday night", "lobby", 3, 30),
    ]


@pytest.mark.slow
def test_damage_is_refused_by_name(store):
    """As everywhere; who does not want all of it read is told of headers alone."""
    DeltaTable(store).update({"smile": "smile + 0.001"}, predicate="seq = 2 AND viewer_id = 2")
    with pytest.raises(StoreError, match="2 of 'friday night' of 'cam'"):
        laughtrack.readings(store)
    assert laughtrack.readings(store, check=False).count_rows() == 370
    DeltaTable(store).update({"frames": "frames + 1"}, predicate="seq = 2")
    with pytest.raises(StoreError, match="2 of 'friday night' of 'cam'"):
        laughtrack.readings(store, check=False)


@pytest.mark.slow
def test_readings_are_of_single_viewers(kept, monkeypatch):
    """Where figures of few are withheld, there are none."""
    with pytest.raises(ValueError, match=r"min_viewers is 5 .*readings is of single viewers"):
        laughtrack.readings(kept, min_viewers=5)
    monkeypatch.setenv("LAUGHTRACK_MIN_VIEWERS", "3")
    with pytest.raises(ValueError, match="min_viewers is 3"):
        laughtrack.readings(kept)
    assert laughtrack.readings(kept, min_viewers=1).count_rows() == 370


def test_nothing_stored_is_no_rows(tmp_path):
    """With the same columns, where a store was begun; elsewhere there is nothing to read."""
    place = tmp_path / "new"
    with pytest.raises(StoreError, match="no such folder"):
        laughtrack.readings(place)
    append(str(place), batch(0))
    forget(str(place), "friday")
    assert laughtrack.readings(place).to_table().column_names == COLUMNS
    assert laughtrack.readings(f"file://{place}").count_rows() == 0


@pytest.mark.slow
def test_a_store_of_version_0_1_is_read(tmp_path):
    """Its files are not parted by device."""
    before = Path(__file__).parents[2] / "data" / "version_0_1" / "store"
    assert check(str(copytree(before, tmp_path / "store"))) > 0


@pytest.mark.slow
def test_a_process_that_has_read_ends_well(kept):
    """Threads that still read as the program ends do not abort it."""
    code = "import laughtrack, sys; r = laughtrack.readings(sys.argv[1]); print(len(r.to_table()))"
    done = subprocess.run([sys.executable, "-c", code, kept], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "370\n"), done.stderr


@pytest.mark.slow
def test_what_a_person_corrected_is_honoured(store):
    """In whatever engine; without it, all is as recorded."""
    whole = check(store)
    add(store, "friday night", "cam", Amendment("exclude", (2,), to_s=20.0), 0)
    add(store, "friday night", "cam", Amendment("split", (1,), from_s=50.0, made=100_001), 1)
    assert check(store) == whole - 20
    raw, readings = (laughtrack.readings(store, uncorrected=each) for each in (True, False))
    assert raw.count_rows() == whole
    query = "select count(*) from readings where viewer_id = 100001 and t_s >= 50"
    assert duckdb.sql(query).fetchall() == [(34 * 5 - 50,)]
    assert readings.schema == raw.schema
    add(store, "friday night", "cam", Amendment("undo", of=1), 2)
    assert check(store) == whole
    # Devices share the files of version 0.1's stores.
    before = Path(__file__).parents[2] / "data" / "version_0_1" / "store"
    old = str(copytree(before, Path(store).parent / "old"))
    whole = check(old)
    name, device = laughtrack.sessions(old)[["session", "device"]].iloc[0]
    viewer = int(load(old, name, device).readings["viewer_id"].iloc[0])
    add(old, name, device, Amendment("exclude", (viewer,)), 0)
    assert check(old) < whole
