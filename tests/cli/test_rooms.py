"""`laughtrack rooms`: its exit codes, its tables and its page."""

import json

import pandas as pd
import pytest

from laughtrack.analytics.rooms.table import COLUMNS
from laughtrack.analytics.store.batches import append
from laughtrack.cli import app
from laughtrack.edge.readings import Batch, Reading, columns

pytestmark = pytest.mark.slow


def put(store, name, viewers=8, laugh_s=10, marks=(), **info):
    """Store a session of 40 s in which most viewers laugh then, each for a time of its own."""
    readings = [
        Reading(viewer, n / 5, (60 * viewer, 10, 60 * viewer + 40, 50), 0.9, smile, smile)
        for n in range(200)
        for viewer in range(1, viewers + 1)
        for smile in [0.9 if laugh_s <= n / 5 < laugh_s + viewer % 4 else 0.1]
    ]
    info = {"complete": True, "media_offset_s": 0.0, **info}
    if marks:
        info["marks"] = [{"t_s": t_s, "text": text} for t_s, text in marks]
    batch = Batch(
        1, "cam", name, "2026-01-31T20:15:00Z", 0, 0.0, 40.0, 200, columns(readings), info
    )
    append(store, batch)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Return a store of one film in four halls, one of which began elsewhere, and a small one."""
    store = str(tmp_path / "store")
    bus = {"marks": [(10.0, "the joke")], "tags": {"film": "bus"}}
    put(store, "one", **bus)
    put(store, "two", viewers=10, **bus)
    put(store, "three", viewers=12, **bus)
    late = {**bus, "marks": [(5.0, "the joke")]}
    put(store, "late", laugh_s=5, media_offset_s=5.0, **late)
    put(store, "few", viewers=3, marks=[(10.0, "the joke")])
    put(store, "elsewhere", media_offset_s=900.0)
    monkeypatch.setenv("LAUGHTRACK_STORE", store)
    monkeypatch.chdir(tmp_path)
    return store


ALL = ["one", "two", "three", "late"]


def test_tables_and_summary(store, capfd):
    """Scores, rooms and sentences on standard output, remarks on standard error."""
    assert app.main(["rooms", *ALL, "few"]) == 0
    said = capfd.readouterr()
    assert "Average share" in said.out and "next_low" in said.out
    assert "4 rooms, 38 viewers judged: put together over" in said.out
    assert "few is left out: 3 viewers could be judged, and 5 are needed" in said.err


@pytest.mark.parametrize("words", [[], ["--by-markers"]])
def test_sessions_are_laid_on_each_other(store, words, capfd):
    """By the film's time, or by marks: the laugh of all is at one moment."""
    assert app.main(["rooms", *ALL, "--format", "json", *words]) == 0
    rows = json.loads(capfd.readouterr().out)
    curve = [row for row in rows if row["what"] == "curve" and row["value"] is not None]
    top = max(curve, key=lambda row: row["value"])
    assert top["t_s"] == 10.0 and top["rooms"] == 4 and top["value"] > 0.6


def test_sessions_are_found_by_their_film(store, capfd):
    """With --where, and patterns beside it; one that is still recorded is left out, and said."""
    put(store, "going on", complete=False, tags={"film": "bus"})
    assert app.main(["rooms", "*", "--where", "film=bus"]) == 0
    said = capfd.readouterr()
    assert "4 rooms, 38 viewers judged" in said.out
    assert "1 session left out: still being recorded" in said.err


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_the_table_is_written_to_a_file(store, name, capfd):
    """By the file's name; standard output is left alone."""
    assert app.main(["rooms", *ALL, "-o", name]) == 0
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    assert tuple(read(name)) == COLUMNS and capfd.readouterr().out == ""


def test_page(store, tmp_path, capfd):
    """With -o it makes the page, in a language."""
    assert app.main(["rooms", *ALL, "-o", "page.html", "--lang", "de"]) == 0
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and "Saal für Saal" in page


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["one", "two"], 1, "2 rooms: at least 3 are needed"),
        (["one", "two", "few"], 1, "'few' is left out: 3 viewers could be judged"),
        (["one", "two", "elsewhere"], 1, "it shows less than half"),
        (["one", "two", "elsewhere", "three", "--by-markers"], 1, "no mark is in both"),
        (["one", "two", "nobody"], 1, "nobody"),
        (["one", "two", "two"], 2, "named twice"),
        (["one", "two", "three", "--min-viewers", "0"], 2, "min-viewers"),
        (["one", "two", "three", "--min-viewers", "9"], 1, "'one' is left out"),
        ([], 2, "--where film="),
        (["--where", "film=nothing"], 1, "no session that has ended is meant by film=nothing"),
        (["one", "two", "--where", "film=bus"], 1, "2 rooms: at least 3 are needed"),
    ],
)
def test_what_goes_wrong(store, words, code, says, capfd):
    """One line names what was wrong, and nothing is on standard output."""
    assert app.main(["rooms", *words]) == code
    said = capfd.readouterr()
    assert says in " ".join((said.out + said.err).split()) and "Traceback" not in said.err
    assert code == 2 or said.out == ""
