"""The tables beside the readings, as other programs read them: what the guide says of it is run."""

import re
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from laughtrack.analytics.fleet.summaries import Kind, summaries
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from tests.analytics.store_batches import batch

pytestmark = pytest.mark.slow
GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "sql.md"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store of three evenings of two months, one of them measured of two kinds."""
    store = str(tmp_path_factory.mktemp("sql") / "laughtrack-data")
    for name, month, genre in (("a", 1, "comedy"), ("007", 1, "comedy"), ("friday night", 2, "")):
        tags = {"film": "x", **({"genre": genre} if genre else {})}
        info = {"context": "screening", "complete": True, "tags": tags}
        append(store, batch(0, name, started_utc=f"2026-{month:02d}-03T20:00:00Z", info=info))
    pairs = [*zip(*(list_sessions(store)[name] for name in ("session", "device")), strict=True)]
    summaries(store, pairs)
    summaries(store, pairs[:1], Kind(min_viewers=3))
    return store


def test_the_guides_query(store, monkeypatch):
    """Tells months and genres, each evening once."""
    monkeypatch.chdir(Path(store).parent)
    (query,) = re.findall(
        r"```python\n(import duckdb\nfrom deltalake.*?)```", GUIDE.read_text(), re.S
    )
    *lines, last = re.split(r"\n(?=duckdb\.sql)", query)
    names = {}
    exec("\n".join(lines), names)
    rows = eval(last.strip(), names).fetchall()
    assert [row[:3] for row in rows] == [("", "2026-02", 1), ("comedy", "2026-01", 2)]
    assert all(0 <= row[3] <= 1 for row in rows)


def test_polars_reads_them(store):
    """By itself, as it does any Delta table."""
    found = pl.scan_delta(f"{store}/_tables/summaries").filter(pl.col("min_viewers") == 1)
    assert sorted(found.collect()["session"]) == ["007", "a", "friday night"]


@pytest.mark.parametrize("place", ["", "/_tables/sessions", "/_tables/summaries"])
def test_every_reader_knows_their_protocol(place, store):
    """The first one: nothing that a reader must be new to understand."""
    table = DeltaTable(store + place)
    assert table.protocol().min_reader_version == 1 and not table.protocol().reader_features
    assert table.metadata().partition_columns == ([] if place else ["session", "device"])
