"""`laughtrack fleet`: many sessions as the other commands do one."""

import json

import pandas as pd
import pytest

from laughtrack.analytics.store.batches import append
from laughtrack.cli import app
from tests.analytics.store_batches import batch
from tests.bench.fleet.stores import Show, make

pytestmark = [
    pytest.mark.slow,
    # Dask says so of connections that go as its processes do.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
pytest.importorskip("distributed", reason="Dask is not installed")

SHOW = Show(seconds=(40.0, 60.0), looks_per_s=(2.0, 3.0), sizes=(6, 8))


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Return a store of six sessions of one film, and one that is still being recorded."""
    monkeypatch.chdir(tmp_path)
    for name in ("LAUGHTRACK_STORE", "LAUGHTRACK_MIN_VIEWERS"):
        monkeypatch.delenv(name, raising=False)
    make("laughtrack-data", 6, show=SHOW)
    append("laughtrack-data", batch(0, "running"))
    return tmp_path / "laughtrack-data"


def run(*words, code=0):
    """Run a command."""
    assert app.main([*map(str, words)]) == code


def test_rows_pages_and_norms_are_those_of_one_session(store, capfd):
    """To the last digit, by two workers; the second time there is nothing to do."""
    run("fleet", "summarize", "--workers", 2, "--format", "json", "-o", "all.json")
    assert "2 workers on this machine" in capfd.readouterr().err
    run("fleet", "norms", "-o", "norms.parquet")
    said = capfd.readouterr().err
    assert "workers" not in said and "1 session left out: still being recorded" in said
    found = pd.read_parquet("norms.parquet")
    assert len(json.loads((store.parent / "all.json").read_text())) == 6
    for name, own in found.groupby("session"):
        run("norms", name, "-o", "one.parquet")
        own = own.drop(columns=["session", "device", "note"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(own, pd.read_parquet("one.parquet"), check_exact=True)


def test_pages_are_made_once_and_those_of_the_report(store, capfd):
    """A page that is missing, or whose session changed, is made again."""
    first, second = "film-000 room-00", "film-000 room-01"
    words = ("fleet", "reports", "film-000 room-0[01]", "-o", "pages", "--workers", 1)
    run(*words)
    assert len(capfd.readouterr().out.splitlines()) == 2
    pages = {
        name: store.parent / "pages" / f"{name}@hall-{name[-2:]}.html" for name in (first, second)
    }
    for name, path in pages.items():
        run("report", name, "-o", "one.html")
        assert path.read_bytes() == (store.parent / "one.html").read_bytes()
    times = {name: path.stat().st_mtime_ns for name, path in pages.items()}
    capfd.readouterr()
    run(*words)
    assert "worker" not in capfd.readouterr().err
    run("title", second, "Another")
    run(*words)
    assert pages[first].stat().st_mtime_ns == times[first]
    assert (
        pages[second].stat().st_mtime_ns > times[second] and "Another" in pages[second].read_text()
    )


def test_comparisons_are_those_of_two_sessions(store, capfd):
    """Each with one, in order; a pair that cannot be compared is named, and the exit code 1."""
    rooms, one = "film-000 room-0[013]", "film-000 room-00"
    run("fleet", "compare", rooms, "--with", one, "--workers", 1, "-o", "all.parquet")
    found = pd.read_parquet("all.parquet")
    assert found["session"].unique().tolist() == ["film-000 room-01", "film-000 room-03"]
    run("compare", "film-000 room-03", one, "-o", "one.parquet")
    alone = pd.read_parquet("one.parquet")
    own = found[found["session"] == "film-000 room-03"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own[alone.columns], alone, check_exact=True)
    assert (own["p_all"].dropna() == (2 * own["p"].dropna()).clip(upper=1)).all()
    run("fleet", "compare", "running", "--with", one, "--workers", 1, code=1)
    capfd.readouterr()
    run("fleet", "compare", rooms, "--with", one, "-o", "again.parquet")
    assert "worker" not in capfd.readouterr().err
    pd.testing.assert_frame_equal(pd.read_parquet("again.parquet"), found)
    run("forget", one)
    (left,) = {pd.read_parquet(path).size for path in store.rglob("comparisons/*.parquet")} or {0}
    assert left == 0


@pytest.mark.parametrize("was_listed", [False, True])
def test_a_broken_session_is_named_and_the_exit_code_is_1(was_listed, store, capfd):
    """The rest is done, also where the session was broken before it was ever listed."""
    if was_listed:
        run("sessions")
    (broken,) = (store / "session=film-000%20room-02").rglob("*.parquet")
    broken.write_bytes(broken.read_bytes()[:-100])
    run("fleet", "summarize", "--workers", 1, "--format", "csv", "-o", "some.csv", code=1)
    said = capfd.readouterr().err
    assert "film-000 room-02 of hall-02: left out: " in said and "1 of 6 left out" in said
    assert len(pd.read_csv("some.csv")) == 5


@pytest.mark.parametrize(
    "words, said",
    [
        (
            ["summarize", "--scheduler", "tcp://127.0.0.1:9", "--workers", "2"],
            "expected one of them",
        ),
        (["summarize", "--workers", "0"], "--workers"),
        (["reports"], "--output"),
        (["compare", "--min-viewers", "1"], "expected 2 or more"),
    ],
)
def test_wrong_words(words, said, tmp_path, monkeypatch, capfd):
    """Are usage."""
    monkeypatch.chdir(tmp_path)
    append("laughtrack-data", batch(0, "a", info={"complete": True}))
    run("fleet", *words, code=2)
    assert said in " ".join(capfd.readouterr().err.split())
