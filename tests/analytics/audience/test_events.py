"""Latencies: how soon after a mark viewers smile."""

import numpy as np
import pytest

from laughtrack.analytics.audience.latencies import (
    LATENCIES,
    MARKS,
    after_marks,
    latencies,
)
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.timeline_rows import NAN, readings, session, steady


def marked(table, *marks):
    """Return a session with these (t_s, text) marks."""
    info = {"marks": [{"t_s": t_s, "text": text} for t_s, text in marks]}
    return session(table, [(0, 10, 100)])._replace(info=info)


def test_nobody():
    """No viewers give no rows."""
    assert latencies(SessionTables(marked(readings(), (1.0, "joke")))).empty


def smile_at(viewer, start_s, length_s=1.0, until_s=10.0):
    """Return rows of one smile."""
    t_s = np.round(np.arange(0, until_s, 0.1), 3)
    on = (t_s >= start_s) & (t_s < start_s + length_s)
    return steady(viewer, 0.0, np.where(on, 0.9, 0.1))


AFTER = [
    # what the viewer did, state, latency
    ("begins after it", smile_at(1, 3.2), "smiled", 1.2),
    ("begins with it", smile_at(1, 2.0), "smiled", 0.0),
    ("begins too late", smile_at(1, 7.0), "no smile", NAN),
    ("never", smile_at(1, 99), "no smile", NAN),
    ("was under way",  smile_at(1, 1.5),
        "already smiling", NAN),
    ("was over before", smile_at(1, 0.5), "no smile", NAN),
    ("left before", smile_at(1, 99, until_s=1.0), "not judged", NAN),
    ("left soon after", smile_at(1, 99, until_s=4.0), "not judged", NAN),
    ("left after most of it", smile_at(1, 99, until_s=4.6), "no smile", NAN),
    ("smiled, then left", smile_at(1, 2.5, until_s=3.5), "smiled", 0.5),
    ("could not be judged", steady(1, 0.0, [NAN] * 100), "not judged", NAN),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rows", "state", "latency"), AFTER, ids=[a[0] for a in AFTER])
def test_latency(name, rows, state, latency):
    """From the mark to the first smile that begins within 5 s of it."""
    found = latencies(SessionTables(marked(readings(*rows), (2.0, "joke"))))
    assert tuple(found.columns) == LATENCIES
    assert found["state"].tolist() == [state]
    np.testing.assert_allclose(found["latency_s"], [latency], atol=1e-9)


def test_summed_up_by_mark():
    """Who was smiling already is left out of those who could begin, and counted."""
    table = readings(
        *smile_at(1, 3.0), *smile_at(2, 4.0), *smile_at(3, 99), *smile_at(4, 1.5),
        *steady(5, 0.0, [NAN] * 100),
    )  # fmt: skip
    found = after_marks(latencies(SessionTables(marked(table, (2.0, "joke"), (8.0, "end")))))
    assert tuple(found.columns) == MARKS
    counts = ["judged", "already_smiling", "free", "smiled"]
    assert found.iloc[0][counts].tolist() == [4, 1, 3, 2]
    assert found["median_latency_s"].iloc[0] == pytest.approx(2.0)
    assert found["first_latency_s"].iloc[0] == pytest.approx(1.0)
    assert found["text"].tolist() == ["joke", "end"]


def test_median_counts_those_who_did_not_smile():
    """Where most did not smile, half never began: there is no median, though one was quick."""
    rows = [*smile_at(1, 2.5), *smile_at(2, 99), *smile_at(3, 99)]
    found = after_marks(latencies(SessionTables(marked(readings(*rows), (2.0, "joke")))))
    assert np.isnan(found["median_latency_s"].iloc[0])
    assert found["first_latency_s"].iloc[0] == pytest.approx(0.5)


def test_no_marks():
    """A session without marks has no latencies, with all the columns."""
    found = latencies(SessionTables(marked(readings(*smile_at(1, 2.0)))))
    assert found.empty and tuple(found.columns) == LATENCIES
    assert tuple(after_marks(found).columns) == MARKS


def test_nothing_after_the_mark():
    """Who smiles within no time is no question."""
    with pytest.raises(ValueError, match="within_s is 0"):
        latencies(SessionTables(marked(readings(), (1.0, "joke"))), 0)
