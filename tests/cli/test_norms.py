"""`laughtrack norms` and `fleet norms`: among those alike, what is usual, and over months."""

import json

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.fleet.summaries import table
from laughtrack.analytics.fleet.summary import COUNTS
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.derived.derived_rows import write
from laughtrack.analytics.store.versions import versions
from laughtrack.cli import app
from tests.analytics.store_batches import batch

pytestmark = pytest.mark.slow


def evenings():
    """Yield name, month, genre and viewers of 36 evenings of half a year, and of one more."""
    for month in range(1, 7):
        for k in range(6):
            yield f"m{month}-{k}", month, *(("comedy", 6) if k < 5 else ("drama", 12))
    yield "other", 6, "", 6


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store of them, all measured before: who smiled is less each month."""
    store = str(tmp_path_factory.mktemp("norms") / "store")
    shows = [*evenings()]
    for name, month, genre, _ in shows:
        tags = {"genre": genre} if genre else {}
        info = {"context": "screening", "complete": True, "tags": tags}
        began = f"2026-{month:02d}-20T20:00:00Z"
        extend(store, [batch(0, name, started_utc=began, info=info)])
    write(store, table(), measured(store, shows, 1))
    write(store, table(), measured(store, shows, 7))
    return store


def measured(store, shows, least):
    """Return the rows of `summaries`, of figures that are withheld for fewer than `least`."""
    rng, now = np.random.default_rng(1), versions(store)
    rows = []
    for name, month, _, viewers in shows:
        figures = rng.normal(0.6 - 0.05 * month, 0.01) if viewers >= least else np.nan
        row = {"session": name, "device": "cam", "version": now.of(name, "cam")}
        row |= {"min_viewers": least, "uncorrected": False, **dict.fromkeys(COUNTS, viewers)}
        rows.append({**{each: figures for each in table().columns}, **row, "seconds": 200.0})
    return pd.DataFrame(rows)


@pytest.fixture
def run(store, monkeypatch, capfd):
    """Return what runs a command: its rows and what it says."""
    monkeypatch.delenv("LAUGHTRACK_MIN_VIEWERS", raising=False)

    def run(*words, code=0):
        capfd.readouterr()
        form = [] if "-o" in words else ["--format", "json"]
        assert app.main([*words, "--store", store, *form]) == code
        found = capfd.readouterr()
        return json.loads(found.out) if found.out else [], " ".join(found.err.split())

    return run


def test_among_those_alike(run):
    """The number of others, percentile and median with intervals, and what they are alike in."""
    found, said = run("norms", "m6-0", "--by", "genre,length,audience")
    assert {row["others"] for row in found} == {29}
    assert {row["stratum"] for row in found} == {"genre=comedy; length=0-5 min; audience=0-9"}
    first = found[0]
    assert first["percentile_low"] <= first["percentile"] < 17 < first["percentile_high"] < 40
    assert first["median_low"] < first["median"] < first["median_high"]
    assert "grow with a session's length" not in said and "no genre" not in said


def test_a_stratum_of_few_is_1(run):
    """With its number and what to do; so is a session without the tag, and an unknown key."""
    found, said = run("norms", "m6-5", "--by", "genre,audience", code=1)
    assert not found and "5 other sessions of genre=drama; audience=10-29, fewer than 6" in said
    assert "record more, or ask by fewer" in said
    found, said = run("norms", "other", "--by", "genre", code=1)
    assert not found and "other has no genre: give it one, laughtrack tag other genre=" in said
    found, said = run("norms", "other", "--by", "film", code=1)
    assert "expected some of audience, context, device, genre, length" in said


def test_what_is_usual(run):
    """In each stratum, those of few withheld with a word; without keys, in all."""
    found, said = run("norms", "--by", "genre")
    assert "1 session in no stratum: no genre" in said
    of = {row["stratum"]: row for row in found if row["score"] == "share_smiling"}
    assert of["genre=comedy"]["sessions"] == 30 and of["genre=comedy"]["note"] == ""
    assert of["genre=drama"]["sessions"] == 6
    found, _ = run("norms", "--by", "genre,audience", "--min-viewers", "7")
    few = {row["note"] for row in found if row["stratum"].startswith("genre=comedy")}
    # All comedies are of six viewers.
    assert few == {"fewer than 6"}
    found, _ = run("norms")
    assert {row["stratum"] for row in found} == {""} and found[0]["sessions"] == 37


def test_drift(run):
    """Each month's median, and the trend of them: exact, since six in order are 2 of 720."""
    found, said = run("norms", "--drift")
    assert [row["month"] for row in found] == [f"2026-{month:02d}" for month in range(1, 7)]
    assert [row["sessions"] for row in found] == [6, 6, 6, 6, 6, 7]
    assert found[0]["p"] == pytest.approx(2 / 720, abs=1e-6) and found[0]["per_year_high"] < 0
    assert "share_smiling over 6 months: -0." in said and "it tells no cause" in said


@pytest.mark.parametrize(
    "words",
    [
        ["m1-0", "--drift"],
        ["--drift", "--by", "genre"],
        ["--score", "reach"],
        ["--drift", "--score", "mood"],
    ],
)
def test_wrong_words(words, run):
    """Are usage."""
    assert run("norms", *words, code=2)[0] == []


def test_many_are_each_alone(run, tmp_path):
    """`fleet norms --by` tells of each what `norms SESSION --by` does."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    path = tmp_path / "all.parquet"
    run("fleet", "norms", "--by", "genre,audience", "-o", str(path))
    found = pd.read_parquet(path)
    assert set(found["note"]) == {"", "fewer than 6", "no genre"}
    own = found[found["session"] == "m3-2"].drop(columns=["session", "device", "note"])
    alone, _ = run("norms", "m3-2", "--by", "genre,audience")
    assert own.to_dict("records") == alone
