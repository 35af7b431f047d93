"""Who is seen for less than a second changes no row, count or group of any command, nor a page."""

import re

import numpy as np
import pandas as pd
import pytest

import laughtrack
from laughtrack.analytics import brief_viewers as rule
from laughtrack.analytics.store.batches import extend
from laughtrack.cli import app
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.readings import Reading

pytestmark = pytest.mark.slow
# First and last look of each visit, in tenths of a second: of 0.1 to 0.9 s, in one visit or in
# several, alone, with the others, before they come, after they left.
BRIEF = {
    901: [(0, 0)],
    902: [(3, 11)],
    903: [(100, 100), (200, 200), (300, 303)],
    904: [(395, 399)],
    905: [(195, 203)],
    906: [(49, 50)],
}
LONG = {950: [(0, 4), (100, 104)]}
TABLES = {
    "sessions": [],
    "viewers": ["{one}"],
    "timelines": ["{one}"],
    "curve": ["{one}"],
    "peaks": ["{one}"],
    "scenes": ["{one}", "scenes.csv"],
    "groups": ["{one}", "--by", "row", "--min-group", "2"],
    "groups ": ["{one}", "--by", "groups.csv", "--means", "--min-group", "2"],
    "norms": ["{one}"],
    "dial": ["{one}", "dial.csv"],
    "synchrony": ["{one}", "--of", "viewers"],
    "synchrony ": ["{one}"],
    "compare": ["{one}", "two"],
    "curve ": ["{one}", "--min-viewers", "4"],
}
EXPORTS = {
    "openface": [],
    "affectiva": [],
    "pyfeat": ["--fps", "10"],
    "mot": ["--fps", "10"],
    "vtt": [],
    "otio": ["--fps", "25"],
    "fcpxml": ["--fps", "25"],
}


def _put(store, name, visits, seed=2, shift_s=0.0):
    """Store a session of 40 s of ten viewers in two rows, and the visits of others."""
    rng = np.random.default_rng(seed)
    batcher = Batcher(BatchHeader("cam", name, "2026-01-31T20:15:00Z"), {"title": "The Night Bus"})
    batches = []
    for look in range(400):
        t_s = round(look / 10, 3)
        laugh = 0.1 + 0.8 * max(np.cos(np.clip((t_s - 20 - shift_s) / 3, -0.5, 0.5) * np.pi), 0)
        scores = np.clip(rng.normal(laugh, 0.1, 10), 0, 1).round(3).tolist()
        there = [(viewer, score) for viewer, score in enumerate(scores, start=1) if look > 5]
        there += [
            (viewer, 0.95)
            for viewer, spans in visits.items()
            if any(a <= look <= b for a, b in spans)
        ]
        readings = []
        for viewer, score in there:
            x, y = 60 * (viewer % 5), 10 + 100 * (viewer % 2)
            readings.append(Reading(viewer, t_s, (x, y, x + 50, y + 50), 0.9, score, score))
        batches.append(batcher.add(t_s, readings))
    extend(store, [*filter(None, batches), batcher.close({"complete": True})])


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Return two folders, each with a store: without the brief ones, and with them."""
    places = []
    for name, visits in (("without", {}), ("with", BRIEF)):
        place = tmp_path_factory.mktemp(name)
        _put(str(place / "store"), "one", visits)
        _put(str(place / "store"), "two", visits, seed=3, shift_s=6.0)
        (place / "scenes.csv").write_text("start,end,name\n0,20,A\n20,40,B\n")
        rows = "".join(f"{v},{'ab'[v % 2]}\n" for v in (*range(1, 11), *visits))
        (place / "groups.csv").write_text("viewer_id,group\n" + rows)
        (place / "dial.csv").write_text(
            "t_s,a,b,c\n" + "".join(f"{t},{t % 7},{t % 5},{(t - 20) ** 2}\n" for t in range(40))
        )
        places.append(place)
    return places


def _both(stores, monkeypatch, words):
    """Return what a command writes in each folder: standard output, and the file "out"."""
    found = []
    for place in stores:
        monkeypatch.chdir(place)
        (place / "out").unlink(missing_ok=True)
        assert app.main([*words, "--store", "store"]) == 0
        found.append((place / "out").read_bytes() if (place / "out").exists() else b"")
    return found


@pytest.mark.parametrize("command", TABLES)
def test_every_table_is_the_same(command, stores, monkeypatch, capfd):
    """To the last digit; what is left out is said, a line a session."""
    words = [each.format(one="one") for each in TABLES[command]]
    said = []
    for place in stores:
        monkeypatch.chdir(place)
        assert app.main([command.strip(), *words, "--format", "csv", "--store", "store"]) == 0
        said.append(capfd.readouterr())
    assert said[0].out == said[1].out and len(said[0].out.splitlines()) > 1
    lines = re.findall(r"(\w+): 6 seen for less than a second left out\n", said[1].err)
    assert lines == {"sessions": [], "norms": [], "compare": ["one", "two"]}.get(command, ["one"])
    assert "less than a second" not in said[0].err


@pytest.mark.parametrize("form", EXPORTS)
def test_every_export_is_the_same(form, stores, monkeypatch, capfd):
    """Readings and peaks alike."""
    words = ["export", "one", "--as", form, *EXPORTS[form], "-o", "out"]
    without, found = _both(stores, monkeypatch, words)
    assert without == found and without


@pytest.mark.parametrize("more", [["--min-viewers", "4"], ["--groups", "row", "--norms"]])
def test_the_page_is_the_same_but_for_one_line(more, stores, monkeypatch, capfd):
    """Its head says how many are left out."""
    pages = []
    for place in stores:
        monkeypatch.chdir(place)
        assert app.main(["report", "one", *more, "-o", "p.html", "--store", "store"]) == 0
        pages.append((place / "p.html").read_text())
    assert pages[0] != pages[1]
    line = "<div><dt>Viewers</dt><dd>6 seen for less than a second left out</dd></div>\n"
    assert pages[1].count(line) == 1 and pages[1].replace(line, "") == pages[0]


def test_the_comparison_page_is_the_same_but_for_its_head(stores, monkeypatch, capfd):
    """Which says of each side how many are left out; nothing else on it is of those."""
    pages = []
    for place in stores:
        monkeypatch.chdir(place)
        assert app.main(["compare", "one", "two", "-o", "p.html", "--store", "store"]) == 0
        pages.append((place / "p.html").read_text())
    said = ", 6 seen for less than a second left out</dd>"
    assert pages[1].count(said) == 2 and said not in pages[0]
    assert pages[1].replace(said, "</dd>") == pages[0]


def test_in_a_notebook_too(stores):
    """They are named, and in no table."""
    night = laughtrack.load("one", f"{stores[1]}/store")
    assert night.session.brief == tuple(sorted(BRIEF))
    assert len(night.viewers) == len(laughtrack.viewers(night)) == 10
    listed = laughtrack.sessions(f"{stores[1]}/store").iloc[0]
    assert (listed["viewers"], listed["readings"]) == (10, len(night.readings))


def test_visits_add_up(tmp_path):
    """Two of half a second each are a second, and count; they are counted in the list too."""
    _put(str(tmp_path), "one", LONG)
    assert len(laughtrack.load("one", str(tmp_path)).viewers) == 11
    assert laughtrack.sessions(str(tmp_path))["viewers"].tolist() == [11]


def test_the_rule_needs_nobody_else():
    """From 1.0 s on, at any rate of looks; a look a second stands for a second."""
    for rate in (1, 2, 5, 10, 30):
        for looks in range(1, 2 * rate + 1):
            t_s = pd.Series(np.round(np.arange(looks) / rate, 3))
            found = rule.brief_viewers(pd.Series([7] * looks), t_s, 1 / rate)
            assert (len(found) == 0) == (looks >= rate), (rate, looks)
