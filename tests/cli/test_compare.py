"""`laughtrack compare`: its exit codes, its tables and its page."""

import json

import pandas as pd
import pytest

from laughtrack.analytics.comparison.table import COLUMNS
from laughtrack.analytics.store.batches import append
from laughtrack.cli import app
from laughtrack.edge.readings import Batch, Reading, columns


def put(store, name, viewers=8, laughs_s=(10, 12), offset_s=0.0, marks=()):
    """Store a session of 30 s in which everybody laughs then."""
    readings = [
        Reading(viewer, n / 5, (60 * viewer, 10, 60 * viewer + 40, 50), 0.9, smile, smile)
        for n in range(150)
        for viewer in range(1, viewers + 1)
        for smile in [0.9 if laughs_s[0] <= n / 5 < laughs_s[1] else 0.1]
    ]
    info = {"complete": True, "media_offset_s": offset_s}
    if marks:
        info["marks"] = [{"t_s": t_s, "text": text} for t_s, text in marks]
    batch = Batch(
        1, "cam", name, "2026-01-31T20:15:00Z", 0, 0.0, 30.0, 150, columns(readings), info
    )
    append(store, batch)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Return a store of two screenings that differ, one elsewhere in the film, and an empty one."""
    store = str(tmp_path / "store")
    put(store, "one", marks=[(10.0, "the joke")])
    put(store, "two", laughs_s=(20, 24), marks=[(20.0, "the joke")])
    put(store, "late", offset_s=900.0)
    put(store, "few", viewers=2)
    monkeypatch.setenv("LAUGHTRACK_STORE", store)
    monkeypatch.chdir(tmp_path)
    return store


@pytest.mark.slow
def test_table(store, capfd):
    """Scores, stretches and the summary are on standard output, remarks on standard error."""
    assert app.main(["compare", "one", "two"]) == 0
    out = capfd.readouterr().out
    assert "share_smiling" in out and "least_difference" in out
    assert "2 stretches differed by more than chance would give" in out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table.csv", "table.xlsx"])
def test_the_table_is_written_to_a_file(store, name, capfd):
    """By the file's name; standard output is left alone."""
    assert app.main(["compare", "one", "two", "-o", name]) == 0
    read = pd.read_csv if name.endswith("csv") else pd.read_excel
    assert tuple(read(name)) == COLUMNS and capfd.readouterr().out == ""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "json"])
def test_formats(store, form, capfd):
    """For other programs it is one table and nothing else."""
    assert app.main(["compare", "one", "two", "--format", form]) == 0
    out = capfd.readouterr().out
    rows = json.loads(out) if form == "json" else out.splitlines()[1:]
    assert [*rows[0]] == [*COLUMNS] if form == "json" else out.startswith(",".join(COLUMNS))
    assert len(rows) >= 2 + 6 + 3


@pytest.mark.slow
def test_by_markers(store, capfd):
    """Laid on each other by the mark, the joke is one joke, and the longer laugh differs."""
    words = ["compare", "one", "two", "--by-markers", "--format", "json"]
    assert app.main(words) == 0
    said = capfd.readouterr()
    stretches = [row for row in json.loads(said.out) if row["what"] == "stretch"]
    assert [(row["a_start_s"], row["b_start_s"]) for row in stretches] == [(12.0, 22.0)]
    assert "Only one mark is in both" in said.err


@pytest.mark.slow
def test_edits(store, capfd):
    """By an edit list the stretches correspond, and B's longer laugh is the difference."""
    pd.DataFrame({"a_start_s": [0, 10], "a_end_s": [8, 18], "b_start_s": [0, 20]}).to_csv("e.csv")
    words = ["compare", "one", "two", "--edits", "e.csv", "--format", "json"]
    assert app.main(words) == 0
    stretches = [r for r in json.loads(capfd.readouterr().out) if r["what"] == "stretch"]
    assert [(row["a_start_s"], row["b_start_s"]) for row in stretches] == [(12.0, 22.0)]


@pytest.mark.slow
def test_page(store, tmp_path, capfd):
    """With -o it makes the page."""
    (tmp_path / "s.csv").write_text("start,end,name\n0,15,first half\n15,30,second half\n")
    words = ["compare", "one", "two", "-o", "page.html", "--scenes", "s.csv"]
    assert app.main(words) == 0
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and "second half" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, code, says",
    [
        (["one", "nobody"], 1, "nobody"),
        (["one", "late"], 1, "they have none in common"),
        (["one", "few"], 1, "'few' has 2 viewers who could be judged"),
        (["one", "late", "--by-markers"], 1, "no mark is in both"),
        (["one", "two", "--edits", "no.csv"], 1, "no.csv"),
        (["one", "two", "-o", "no/such/x.html"], 1, "no/such/x.html"),
        (["one", "one"], 2, "two different sessions"),
        (["one", "two", "--edits", "e.csv", "--by-markers"], 2, "expected one of them"),
        (["one", "two", *["--edits", "e.csv"] * 3], 2, "--edits 3 times"),
        (["one", "two", "--min-viewers", "1"], 2, "min-viewers"),
        (["one", "two", "--block", "0"], 2, "block"),
        (["one", "two", "--fps", "zero"], 2, "no frame rate"),
    ],
)
def test_what_goes_wrong(store, words, code, says, capfd):
    """One line names what was wrong, and nothing is on standard output or left on the disk."""
    assert app.main(["compare", *words]) == code
    said = capfd.readouterr()
    assert says in " ".join((said.out + said.err).split()) and "Traceback" not in said.err
    assert code == 2 or said.out == ""
