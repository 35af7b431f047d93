"""Each session in one row, worked out once and kept until it changes."""

import gc
import weakref

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.correction.session_correction import correction
from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.fleet import summaries as module
from laughtrack.analytics.fleet.figures import COUNTS, FIGURES, SEARCHED
from laughtrack.analytics.fleet.jobs import Job, one_by_one
from laughtrack.analytics.fleet.others import with_others
from laughtrack.analytics.fleet.summaries import Kind, known, summaries
from laughtrack.analytics.fleet.summary import summary
from laughtrack.analytics.norms.standing import SCORES
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.metadata_changes import change_title
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.store_batches import batch
from tests.analytics.timeline_rows import readings, session

ENDED = {"context": "screening", "complete": True}


def store_of(folder, **infos):
    """Return a store with a session of one batch for each name, and its info."""
    for name, info in infos.items():
        append(str(folder), batch(0, name, info=info))
    return str(folder)


def pairs(*names):
    """Return sessions of one device."""
    return [(name, "cam") for name in names]


def counted(calls):
    """Return what does jobs one by one, and notes which."""

    def each(task, jobs):
        jobs = [*jobs]
        calls.append([job.session for job in jobs])
        return one_by_one(task, jobs)

    return each


def test_of_nobody():
    """An empty room has all names and no values but the number of viewers, none."""
    found = summary(SessionTables(session(readings(), [(0, 3, 30)])))
    assert set(found) == {*COUNTS, *FIGURES} >= set(SCORES)
    assert found["viewers"] == found["judged"] == 0 and found["coverage"] == 1
    assert np.isnan([found[name] for name in SCORES]).all()


@pytest.mark.slow
@pytest.mark.parametrize("least", [1, 5])
def test_the_figures_are_those_of_the_page(least):
    """To the last digit, whether figures of few are withheld or not."""
    tables = SessionTables(pretend.session(pretend.Room()), least)
    found, page = summary(tables), analyze_session(tables)
    main = headline(tables, page.moments)
    for name in (*COUNTS, "seconds", "watched_s", "judged_share", "share_smiling", "reach"):
        np.testing.assert_equal(found[name], main[name])
    scores = page.scores.set_index("score")
    for name, score in SEARCHED.items():
        np.testing.assert_equal(found[name], scores["value"][score])
    for end in ("low", "high"):
        np.testing.assert_equal(found[f"share_{end}"], scores[end]["Average share"])
        np.testing.assert_equal(found[f"reach_{end}"], scores[end]["Reach"])
    assert not correction(tables, 1.0).possible and np.isnan(found["corrected_share"])


@pytest.mark.parametrize("least", [1, 4])
def test_a_session_goes_from_memory_with_its_row(least):
    """At once: several long ones that wait for Python's collector fill a worker's memory."""
    tables = SessionTables(pretend.session(pretend.Room(seconds=30.0)), least)
    summary(tables)
    gone = weakref.ref(tables)
    gc.disable()
    try:
        del tables
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.slow
def test_each_session_is_worked_out_once_until_it_changes(tmp_path):
    """Afterwards those alone that are new, or changed, in a fixed order of rows."""
    store, calls = store_of(tmp_path, b=ENDED, a=ENDED), []
    first = summaries(store, pairs("a", "b"), each=counted(calls))
    assert first["session"].tolist() == ["a", "b"] and calls == [["a", "b"]]
    pd.testing.assert_frame_equal(summaries(store, pairs("b", "a"), each=counted(calls)), first)
    append(store, batch(0, "c", info=ENDED))
    change_title(store, "b", "Another")
    again = summaries(store, pairs("a", "b", "c"), each=counted(calls))
    assert calls == [["a", "b"], ["b", "c"]]
    pd.testing.assert_frame_equal(again[:2], first)
    pd.testing.assert_frame_equal(known(store), again)


@pytest.mark.slow
def test_kinds_of_rows_do_not_mix(tmp_path):
    """Figures that withhold, and those as recorded, are rows of their own."""
    store, calls = store_of(tmp_path, a=ENDED), []
    for kind in (Kind(), Kind(3), Kind(uncorrected=True)) * 2:
        assert len(summaries(store, pairs("a"), kind, counted(calls))) == 1
    assert calls == [["a"]] * 3
    assert known(store, Kind(3))["share_smiling"].isna().all()
    assert known(store)["share_smiling"].notna().all()


@pytest.mark.slow
def test_stopped_work_is_kept(tmp_path):
    """What was worked out when the command was stopped need not be worked out again."""
    store, calls = store_of(tmp_path, a=ENDED, b=ENDED, c=ENDED), []

    def stopped(task, jobs):
        for done in one_by_one(task, jobs):
            if done.job.session == "c":
                raise KeyboardInterrupt
            yield done

    with pytest.raises(KeyboardInterrupt):
        summaries(store, pairs("a", "b", "c"), each=stopped)
    summaries(store, pairs("a", "b", "c"), each=counted(calls))
    assert calls == [["c"]]


@pytest.mark.slow
def test_a_broken_session_is_named_and_the_others_go_on(tmp_path, monkeypatch):
    """Its reason is told, and it has no row."""
    store, said = store_of(tmp_path, a=ENDED, b=ENDED, c=ENDED), []

    def broken(place, name, *more):
        if name == "b":
            raise ValueError("batch 3\nis damaged")
        return load_audience(place, name, *more)

    monkeypatch.setattr(module, "load_audience", broken)
    found = summaries(store, pairs("a", "b", "c"), told=said.append)
    assert found["session"].tolist() == ["a", "c"]
    assert [(one.job.text, one.reason) for one in said if one.reason] == [
        ("b of cam", "batch 3 is damaged")
    ]


@pytest.mark.slow
def test_what_is_forgotten_has_no_row(tmp_path):
    """No file of the table holds it."""
    store = store_of(tmp_path, a=ENDED, b=ENDED)
    summaries(store, pairs("a", "b"))
    forget(store, "a")
    files = [pd.read_parquet(path) for path in (tmp_path / "_tables").rglob("*.parquet")]
    assert pd.concat(files)["session"].tolist() == ["b"]


@pytest.mark.slow
def test_others_still_being_recorded_are_left_out_and_counted(tmp_path):
    """Only whole sessions are others; the one asked for may be running itself, and has no row."""
    store, said, steps = store_of(tmp_path, a=ENDED, b={}, c={}, d=ENDED, e={}), [], []
    job = Job(store, "b", "cam")
    found = with_others(list_sessions(store), job, step=steps.append, left_out=said.append)
    assert sorted(found["session"]) == ["a", "b", "d"] and steps == [1, 2]
    assert said == ["2 sessions left out: still being recorded, or broken off"]
    assert known(store)["session"].tolist() == ["a", "d"]
