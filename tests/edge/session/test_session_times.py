"""Marks, pauses and clocks in a session."""

import os
import time

import numpy as np
import pytest

from laughtrack.edge.session import session as module
from laughtrack.edge.session.clock import SessionClock
from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.session import Session, day
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source
from tests.edge.session_cases import grey, restored, sent, services


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Thirteen seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("session") / "film.mp4"
    simulate(path, 3, 13, (400, 226), seed=4)
    return str(path)


@pytest.fixture(scope="module")
def frames(film):
    """Its frames."""
    return list(Source(film))


@pytest.mark.slow
def test_mark_travels_in_its_batch(tmp_path):
    """At its time, once, also over a kill."""
    session = Session(services(tmp_path), "show")
    session.source_opened()
    session.process(grey(0, 0.0))
    t_s = session.mark("film starts")
    session = restored(tmp_path)
    session.process(grey(1, 0.1))
    session.end()
    marks = [mark for b in sent(tmp_path) for mark in b.info.get("marks", [])]
    assert marks == [{"t_s": t_s, "text": "film starts"}] and 0 <= t_s < 60


@pytest.mark.slow
def test_mark_of_a_film_is_at_the_films_time(tmp_path, film, frames):
    """A film played faster than the clock has times of its own."""
    session = Session(services(tmp_path, film), "show")
    for frame in frames[:100]:
        session.process(frame)
    assert session.mark("joke") == frames[99].t_s


@pytest.mark.slow
def test_mark_of_a_session_that_is_over_is_none(tmp_path):
    """Nor does it get into the next session's journal."""
    shared = services(tmp_path)
    session = Session(shared, "show")
    session.end()
    Session(shared, "next")
    assert session.mark("late") is None
    assert Journal(tmp_path).read()[1] == []


def test_marks_alone_make_no_batch_too_large(tmp_path):
    """Without pictures nothing else would close it."""
    session = Session(services(tmp_path), "show")
    for n in range(100):
        session.mark("\U0001f600" * 190 + str(n))
    session.end()
    found = sent(tmp_path)
    assert sum(len(b.info.get("marks", [])) for b in found) == 100
    assert all(p.stat().st_size < 120 * 1024 for p in (tmp_path / "outbox").glob("*.json"))


def test_pause_closes_the_batch(tmp_path):
    """The time without pictures is in no batch."""
    session = Session(services(tmp_path), "show")
    session.source_opened()
    session.process(grey(0, 0.0))
    session.pause()
    session.pause()
    (batch,) = sent(tmp_path)
    assert batch.frames == 1 and batch.end_s < 1 and session.viewers == 0


@pytest.mark.slow
def test_restart_of_a_camera_closes_the_batch(tmp_path):
    """While the program was dead, nobody looked: no batch claims that it did."""
    session = Session(services(tmp_path), "show")
    session.source_opened()
    session.process(grey(0, 0.0))
    frame = session.process(grey(1, 0.1)).frame
    session = restored(tmp_path)
    session.source_opened()
    (batch,) = sent(tmp_path)
    assert batch.frames == 2 and batch.end_s == pytest.approx(frame.t_s + 0.001)


@pytest.mark.slow
def test_numbers_and_viewers_go_on_after_a_pause(tmp_path, film, frames):
    """A camera that was away gives the next batch the next number."""
    session = Session(services(tmp_path), "show")
    for frame in frames[:30]:
        session.process(frame)
    session.pause()
    session.source_opened()
    for frame in frames[30:60]:
        session.process(frame)
    session.end()
    found = sent(tmp_path)
    assert [b.seq for b in found] == list(range(len(found)))
    assert {v for b in found for v in b.readings["viewer_id"]} == {1, 2, 3}


@pytest.fixture
def clock(monkeypatch):
    """The machine's clocks, to be set by hand: seconds since boot, and since 1970."""
    hands = {"mono": 1000.0, "wall": 1_800_000_000.5}

    def session_clock(state=None):
        wall, mono = (lambda: hands["wall"]), (lambda: hands["mono"])
        return SessionClock(state, mono=mono, wall=wall, boot=lambda: "boot")

    monkeypatch.setattr(module, "SessionClock", session_clock)
    monkeypatch.setattr(module, "since_boot_s", lambda: hands["mono"])
    return hands


@pytest.mark.slow
def test_films_clock_is_not_its_own_time(tmp_path, film, frames, clock):
    """A film that was played five times as fast has played for as long as the clock says."""
    session = Session(services(tmp_path, film), "show")
    for frame in frames[:100]:
        clock["mono"] += 0.02
        clock["wall"] += 0.02
        session.process(frame)
    assert session.now_s() == pytest.approx(2)
    clock["mono"] += 1
    assert restored(tmp_path, film).now_s() == pytest.approx(3)


@pytest.mark.slow
def test_clock_set_in_the_middle_moves_the_beginning(tmp_path, clock):
    """Later batches know when the session really began; its seconds do not jump."""
    session = Session(services(tmp_path), "show")
    session.source_opened()
    for n in range(120):
        clock["mono"] += 0.1
        clock["wall"] += 0.1 + (3600 if n == 60 else 0)
        session.process(grey(n, n * 0.1))
        if n == 90:
            session = restored(tmp_path)
    session.end()
    found = sent(tmp_path)
    starts = [b.started_utc for b in found]
    assert starts[0] == "2027-01-15T08:00:00Z" and starts[-1] == "2027-01-15T09:00:00Z"
    assert sorted(starts) == starts
    assert [b.info["clock_set_s"] for b in found if "clock_set_s" in b.info] == [3600.0]
    times = [t for b in found for t in (b.start_s, b.end_s)]
    assert times == sorted(times) and times[-1] < 13


def test_mark_is_when_it_came_not_when_it_was_written(tmp_path, clock):
    """A look that was under way does not make it later."""
    session = Session(services(tmp_path), "show")
    clock["mono"] += 10

    class Held:
        def __enter__(self):
            clock["mono"] += 2

        def __exit__(self, *_):
            pass

    session._lock = Held()
    assert session.mark("now") == 10.0


# time zone, UTC -> day
DAYS = [
    ("UTC", "2026-01-31 04:59:59", "2026-01-30"),
    ("UTC", "2026-01-31 05:00:00", "2026-01-31"),
    ("Europe/Berlin", "2026-01-31 03:59:59", "2026-01-30"),
    ("Europe/Berlin", "2026-01-31 04:00:00", "2026-01-31"),
    ("America/Los_Angeles", "2026-01-31 12:59:59", "2026-01-30"),
    ("America/Los_Angeles", "2026-01-31 13:00:00", "2026-01-31"),
    # The night in which the clocks go forward, and the one in which they go back.
    ("Europe/Berlin", "2026-03-29 02:59:59", "2026-03-28"),
    ("Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25 03:59:59", "2026-10-24"),
    ("Europe/Berlin", "2026-10-25 04:00:00", "2026-10-25"),
]


@pytest.mark.parametrize("zone, utc, expected", DAYS)
def test_day_begins_at_five_where_the_device_hangs(monkeypatch, zone, utc, expected):
    """So that a show past midnight is one session."""
    if zone != "UTC" and not os.path.exists(f"/usr/share/zoneinfo/{zone}"):
        pytest.skip(f"no time zone {zone} on this machine: install tzdata")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        moment_s = np.datetime64(utc.replace(" ", "T"), "s").astype(int).item()
        assert day(moment_s) == expected
    finally:
        monkeypatch.undo()
        time.tzset()
