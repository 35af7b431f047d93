"""Smiles as events: their rate and length, and how soon they come after a mark."""

import numpy as np
import pytest

from laughtrack.analytics.audience.latencies import (
    LATENCIES,
    MARKS,
    VIEWERS,
    after_marks,
    latencies,
    per_viewer,
)
from laughtrack.analytics.timelines.viewers import viewers
from tests.analytics import pretend
from tests.analytics.timeline_rows import NAN, readings, session, steady


def marked(table, *marks):
    """Return a session with these (t_s, text) marks."""
    info = {"marks": [{"t_s": t_s, "text": text} for t_s, text in marks]}
    return session(table, [(0, 10, 100)])._replace(info=info)


def test_smiles_of_each_viewer():
    """How many, how often in the judged time, how long; nothing of who never could be judged."""
    two = [0.9] * 10 + [0.1] * 10 + [0.9] * 20 + [0.1] * 20
    table = readings(*steady(1, 0, two), *steady(2, 0, [0.1] * 30), *steady(3, 0, [NAN] * 9))
    found = per_viewer(session(table))
    assert tuple(found.columns) == VIEWERS
    assert found["smiles"].tolist() == [2, 0, 0]
    np.testing.assert_allclose(found["judged_s"], [6, 3, 0])
    np.testing.assert_allclose(found["smiles_per_min"], [20, 0, NAN])
    np.testing.assert_allclose(found["mean_length_s"], [1.5, NAN, NAN])
    np.testing.assert_allclose(found["longest_s"], [2, NAN, NAN])


def test_rates_are_those_of_the_viewers_table():
    """Two tables of one session say the same."""
    made = pretend.session(pretend.Room())
    np.testing.assert_allclose(
        per_viewer(made)["smiles_per_min"], viewers(made)["smiles_per_min"], rtol=1e-6
    )


def test_nobody():
    """No viewers give no rows."""
    assert per_viewer(session(readings())).empty
    assert latencies(marked(readings(), (1.0, "joke"))).empty


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


@pytest.mark.parametrize(("name", "rows", "state", "latency"), AFTER, ids=[a[0] for a in AFTER])
def test_latency(name, rows, state, latency):
    """From the mark to the first smile that begins within 5 s of it."""
    found = latencies(marked(readings(*rows), (2.0, "joke")))
    assert tuple(found.columns) == LATENCIES
    assert found["state"].tolist() == [state]
    np.testing.assert_allclose(found["latency_s"], [latency], atol=1e-9)


def test_summed_up_by_mark():
    """Who was smiling already is left out of those who could begin, and counted."""
    table = readings(
        *smile_at(1, 3.0), *smile_at(2, 4.0), *smile_at(3, 99), *smile_at(4, 1.5),
        *steady(5, 0.0, [NAN] * 100),
    )  # fmt: skip
    found = after_marks(latencies(marked(table, (2.0, "joke"), (8.0, "end"))))
    assert tuple(found.columns) == MARKS
    counts = ["judged", "already_smiling", "free", "smiled"]
    assert found.iloc[0][counts].tolist() == [4, 1, 3, 2]
    assert found["median_latency_s"].iloc[0] == pytest.approx(1.5)
    assert found["first_latency_s"].iloc[0] == pytest.approx(1.0)
    assert found["text"].tolist() == ["joke", "end"]


def test_no_marks():
    """A session without marks has no latencies, with all the columns."""
    found = latencies(marked(readings(*smile_at(1, 2.0))))
    assert found.empty and tuple(found.columns) == LATENCIES
    assert tuple(after_marks(found).columns) == MARKS


def test_nothing_after_the_mark():
    """Who smiles within no time is no question."""
    with pytest.raises(ValueError, match="within_s is 0"):
        latencies(marked(readings(), (1.0, "joke")), 0)
