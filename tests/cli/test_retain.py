"""`laughtrack retain` forgets what is too old, says which, and proves it."""

import pytest

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.metadata_changes import change_tags
from laughtrack.cli import app
from laughtrack.cli.commands.store import forget as module
from tests.analytics.store_batches import batch

pytestmark = pytest.mark.slow

BEGUN = {"old": "2019-05-01T20:15:00Z", "older": "2018-05-01T20:15:00Z"}
NEW = {"new": "2026-11-01T20:15:00Z"}


@pytest.fixture
def store(tmp_path):
    """Return a store of two old sessions and a new one."""
    folder = str(tmp_path / "store")
    begun = {**BEGUN, **NEW}
    extend(folder, [batch(0, name, started_utc=each) for name, each in begun.items()])
    change_tags(folder, "older", {"film": "Bus"})
    return folder


@pytest.fixture
def retain(store, capfd):
    """Return a function that runs the command: its exit code, output, remarks."""

    def run(*words):
        code = app.main(["retain", *words, "--store", store])
        said = capfd.readouterr()
        return code, said.out, " ".join(said.err.split())

    return run


def names(store):
    """Return what is there."""
    return [*list_sessions(store)["session"]]


def test_it_says_which_and_only_then_forgets(store, retain):
    """A dry run removes nothing; without an answer neither."""
    code, shown, said = retain("--older-than", "400d", "--dry-run")
    assert code == 0 and "2 sessions to forget; --dry-run: nothing is removed" in said
    assert "older" in shown and "film=Bus" in shown and "new" not in shown
    assert retain("--older-than", "400d")[0] == 1 and len(names(store)) == 3
    code, shown, said = retain("--older-than", "400d", "--yes")
    assert code == 0 and "2 sessions gone from" in shown and names(store) == ["new"]
    code, shown, said = retain("--older-than", "400d", "--yes")
    assert code == 0 and "gone" not in shown


def test_only_where_is_meant(store, retain):
    """A condition narrows it."""
    assert retain("--older-than", "1y", "--where", "film=bus", "-y")[0] == 0
    assert names(store) == ["old", "new"]


def test_a_start_that_is_no_date_is_left_and_named(store, retain):
    """How old it is is not guessed; the exit code says that it is not done."""
    extend(store, [batch(0, "odd", started_utc="1970-01-01T00:00:00Z")])
    code, shown, said = retain("--older-than", "52w", "-y")
    assert code == 1 and "2 sessions gone" in shown
    assert "odd of cam is left: it began '1970-01-01T00:00:00Z'" in said
    assert sorted(names(store)) == ["new", "odd"]


def test_what_is_left_is_an_error(store, retain, monkeypatch):
    """It proves what it says."""
    monkeypatch.setattr("laughtrack.analytics.store.forget.forget_each", lambda *_: None)
    code, shown, said = retain("--older-than", "400d", "-y")
    assert code == 1 and "gone" not in shown
    assert "left: old of cam: rows" in said and "Repeat this" in said


def test_stopped_it_carries_on(store, retain, monkeypatch):
    """What was begun is finished, also where a condition means others."""

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("laughtrack.analytics.store.forget.live_files", killed)
        assert retain("--older-than", "400d", "-y")[0] == 130
    code, shown, said = retain("--older-than", "400d", "--where", "film=none", "-y")
    assert code == 0 and "2 sessions of which only files are left" in said
    assert "2 sessions gone" in shown and names(store) == ["new"]


@pytest.mark.parametrize("age", ["400", "0d", "-3d", "1.5y", "400 days", "123456d", ""])
def test_what_is_no_age_is_usage(store, retain, age):
    """Named, with what is expected."""
    code, _, said = retain("--older-than", age)
    assert code == 2 and "like 400d" in said


def test_ages_are_days_weeks_and_years():
    """A year is 365 days."""
    assert [module._age(text).days for text in ("400d", "8W", " 2y")] == [400, 56, 730]
