"""The list of sessions: searched, sorted, a page at a time; and forgetting one of them."""

import re
import shutil
import threading
import time
from datetime import datetime, timezone

import pandas as pd
import pytest

from laughtrack.analytics.fleet.summaries import Kind, summaries
from laughtrack.analytics.store import metadata_changes
from laughtrack.analytics.store.catalogue.session_list import list_in_parts, list_sessions
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.web.listing import session_figures, session_list
from laughtrack.analytics.web.listing.session_figures import SessionFigures
from laughtrack.analytics.web.listing.session_list import Query
from laughtrack.analytics.web.sessions_cache import Key, SessionsCache
from tests.analytics.web.audiences import store_audience
from tests.analytics.web.serving import client, csrf_token
from tests.brokers import until

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


def listed(**columns):
    """Return a list of sessions of which only some columns are told."""
    count = len(next(iter(columns.values())))
    rows = [
        {
            "session": f"night-{k}",
            "device": "cam",
            "title": "",
            "started_utc": f"2026-02-{k + 1:02d}T20:00:00Z",
            "seconds": 60.0,
            "viewers": 4,
            "readings": 100,
            "batches": 12,
            "missing_batches": 0,
            "complete": True,
            "context": "screening",
            "tags": "",
        }
        for k in range(count)
    ]
    return pd.DataFrame(rows).assign(**columns)


def names(page):
    """Return the names of the sessions on a page, in order."""
    return re.findall(r'data-session="([^"]*)"', page.text)


@pytest.fixture(scope="module")
def two_sessions(tmp_path_factory):
    """Return a store of two sessions, which is not to be changed."""
    store = tmp_path_factory.mktemp("two") / "store"
    store_audience(str(store), "first", title="The Night Bus")
    title = "<script>alert(1)</script> Day & Bus"
    store_audience(str(store), "second", title=title, device="lobby")
    metadata_changes.change_tags(str(store), "second", {"film": "<b>Night</b> Bus", "cut": "2"})
    return store


@pytest.fixture
def two(two_sessions, tmp_path):
    """Return who asks a server of two sessions."""
    shutil.copytree(two_sessions, tmp_path / "store")
    with client(tmp_path) as asked:
        # Else a page may come before the list is read, on a busy machine.
        asked.app.state.sessions.list()
        yield asked


def test_what_is_written_is_shown_as_text(two):
    """A title is no markup, wherever it stands."""
    page = two.get("/sessions").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "cut=2; film=&lt;b&gt;Night&lt;/b&gt; Bus" in page
    page = two.get("/sessions/lobby/second/forget").text
    assert "<script>alert" not in page and "Day &amp; Bus" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["second", "first"]),
        ("?q=the+bus+NIGHT", ["first"]),
        ("?q=lobby", ["second"]),
        ("?q=cut%3D2", ["second"]),
        ("?q=nothing", []),
        ("?device=cam", ["first"]),
        ("?state=complete&sort=name&reverse=0", ["first", "second"]),
        ("?state=running", []),
        ("?sort=name&reverse=1&page=999&rows=50", ["second", "first"]),
        ("?sort=<x>&rows=7&page=-1&state=odd", ["second", "first"]),
    ],
)
def test_list_shows_what_is_asked_for(asked, found, two):
    """Words in title, name, device and tags; choices; an order; and nothing odd breaks it."""
    page = two.get(f"/sessions{asked}")
    assert page.status_code == 200
    if "sort" in asked and "name" in asked:
        assert names(page) == found
    assert sorted(names(page)) == sorted(found)


def test_each_page_has_its_part():
    """Sessions after each other, none twice, none left out; beyond the end is the last page."""
    table = session_list.with_states(listed(title=[f"t{k}" for k in range(60)]), set(), NOW)
    seen = []
    for number in (1, 2, 3):
        query = Query(sort="name", reverse=False, page=number)
        part = session_list.part(session_list.matching(table, query), query)
        seen += [row["session"] for row in part.rows]
        assert (part.all, part.pages) == (60, 3)
    # Numbers in names count as numbers.
    assert seen == [f"night-{k}" for k in range(60)]
    beyond = Query(page=9)
    assert session_list.part(session_list.matching(table, beyond), beyond).page == 3


def test_state_says_what_is_still_recorded():
    """Running is what ended just now or changes; what is neither that nor whole was interrupted."""
    started = ["2026-03-01T11:58:50Z", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z", "2026-02-31"]
    table = listed(started_utc=started, complete=[False, False, True, False])
    table["device"] = ["a", "b", "c", "d"]
    recorded = {Key("d", "night-3")}
    found = session_list.with_states(table, recorded, NOW)["state"]
    assert [*found] == ["running", "interrupted", "complete", "running"]


def test_the_list_is_the_stores_own(tmp_path):
    """After a title, a new session and a forgotten one; what changed is told."""
    store = str(tmp_path)
    for name in ("a", "b", "c"):
        store_audience(store, name)
    cache = SessionsCache(store)
    pd.testing.assert_frame_equal(cache.list(), list_sessions(store))
    cache.list()
    metadata_changes.change_title(store, "b", "Another")
    store_audience(store, "d", device="lobby")
    pd.testing.assert_frame_equal(cache.list(), list_sessions(store))
    tables = cache.tables("cam", "a")
    assert cache.tables("cam", "a") is tables
    cache.forget("cam", "b")
    assert cache.tables("cam", "a") is tables
    pd.testing.assert_frame_equal(cache.list(), list_sessions(store))
    assert cache.recently(60) == {Key("cam", "b"), Key("lobby", "d")}


def test_first_list_is_shown_in_parts(tmp_path, monkeypatch):
    """Nobody waits for thousands: what was read is there, and how many are missing."""
    for name in ("a", "b", "c"):
        store_audience(str(tmp_path), name)
    go_on = threading.Event()

    def slow(store):
        for listed in list_in_parts(store):
            yield listed
            if listed.missing == 1:
                go_on.wait(60)

    monkeypatch.setattr("laughtrack.analytics.web.sessions_cache.list_in_parts", slow)
    monkeypatch.setattr("laughtrack.analytics.store.catalogue.session_list._AT_ONCE", 1)
    cache = SessionsCache(str(tmp_path))
    until = time.monotonic() + 60
    while (listed := cache.so_far()).missing > 1 and time.monotonic() < until:
        pass
    assert ([*listed.rows["session"]], listed.missing) == (["a", "b"], 1)
    go_on.set()
    pd.testing.assert_frame_equal(cache.list(), list_sessions(str(tmp_path)))
    assert cache.so_far().missing == 0 and cache.recently(60) == set()


def test_figures_come_after_the_list(two):
    """They are those of the headline, measured behind the page."""
    keys = {"keys": [["cam", "first"], ["cam", "nobody"]]}
    header = {"x-csrf-token": csrf_token(two)}
    until = time.monotonic() + 60
    while True:
        first, second = two.post("/sessions/figures", json=keys, headers=header).json()
        if first or time.monotonic() > until:
            break
        time.sleep(0.05)
    assert re.fullmatch(r"\d+ %", first["share"]) and first["coverage"] == "100 %"
    assert second == {}
    assert first["share"] in two.get("/sessions?sort=share&reverse=1").text


def test_figures_of_what_grows_are_withheld(tmp_path):
    """Two of them would be of different groups, and the difference of one viewer."""
    for name, complete in (("grows", False), ("whole", True)):
        store_audience(str(tmp_path), name, viewers=8, complete=complete)
    figures = SessionFigures(SessionsCache(str(tmp_path), min_viewers=3))
    keys = [Key("cam", "grows"), Key("cam", "whole")]
    figures.want(keys)
    until(lambda: len(figures.known(keys)) == 2)
    grows, whole = (figures.known(keys)[key] for key in keys)
    assert grows.share_smiling is None and whole.share_smiling == pytest.approx(1 / 3, abs=0.05)
    assert grows.coverage == whole.coverage == 1.0


def test_figures_that_the_store_keeps_are_not_measured_again(tmp_path, monkeypatch):
    """Of the same least number of viewers; what is not kept is measured."""
    store = str(tmp_path)
    for name in ("kept", "new"):
        store_audience(store, name, viewers=8, complete=True)
    kept = summaries(store, [("kept", "cam")], Kind(3))
    loaded = []
    monkeypatch.setattr(
        session_figures, "load_audience", lambda *key: loaded.append(key[1]) or load_audience(*key)
    )
    figures, keys = SessionFigures(SessionsCache(store, 3)), [Key("cam", "kept"), Key("cam", "new")]
    figures.want(keys)
    until(lambda: len(figures.known(keys)) == 2)
    assert loaded == ["new"] and figures.known(keys)[keys[0]].coverage == 1.0
    assert figures.known(keys)[keys[0]].share_smiling == kept["share_smiling"][0]


def test_forgetting_says_what_goes_and_goes(two):
    """Asked first, gone then; who comes second is told."""
    page = two.get("/sessions/cam/first/forget")
    assert "The Night Bus" in page.text and "for good" in page.text
    version = re.search('name="version" value="([0-9a-f]+)"', page.text)[1]
    fields = {"csrf_token": csrf_token(two), "version": version}
    assert two.post("/sessions/cam/first/forget", data=fields).status_code == 303
    assert names(two.get("/sessions")) == ["second"]
    second = two.post("/sessions/cam/first/forget", data=fields)
    assert second.status_code == 404 and "was forgotten" in second.text


def test_what_changed_meanwhile_is_not_forgotten(two, tmp_path):
    """What was agreed to was another thing."""
    page = two.get("/sessions/cam/first/forget")
    version = re.search('name="version" value="([0-9a-f]+)"', page.text)[1]
    metadata_changes.change_title(str(tmp_path / "store"), "first", "Kept")
    fields = {"csrf_token": csrf_token(two), "version": version}
    answer = two.post("/sessions/cam/first/forget", data=fields)
    assert answer.status_code == 409 and "changed" in answer.text
    assert "Kept" in two.get("/sessions").text


def test_nothing_stored_yet(tmp_path):
    """A store that is not there is an empty list, with what to do."""
    page = client(tmp_path).get("/sessions")
    assert page.status_code == 200 and "Nothing is stored yet" in page.text


def test_damaged_store_is_told(tmp_path):
    """The store's own sentence, as a page."""
    store = tmp_path / "store"
    store_audience(str(store), "first")
    next(store.rglob("*.parquet")).write_bytes(b"PAR1")
    page = client(tmp_path).get("/sessions")
    assert page.status_code == 503 and "cannot read" in page.text
