"""A session among the others of its store."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience import norms as module
from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.audience.norms import LEAST_OTHERS, NORMS, SCORES, norms, store_scores
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.delta_table import AmbiguousSession
from laughtrack.analytics.store.sessions import load
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.store_batches import batch
from tests.analytics.timeline_rows import readings, session


def scored(*shares, device="cam"):
    """Return the scores of sessions a, b, c and so on that differ in one thing."""
    names = [chr(97 + k) for k in range(len(shares))]
    return pd.DataFrame(
        {"session": names, "device": device, **{score: shares for score in SCORES}}, dtype=object
    ).astype(dict.fromkeys(SCORES, float))


def test_percentile():
    """The share of the others that lie below, ties counting half."""
    found = norms(scored(0.5, 0.1, 0.2, 0.5, 0.9, 0.8), "a")
    assert tuple(found.columns) == NORMS and found["score"].tolist() == [*SCORES]
    assert found["others"].tolist() == [5] * len(SCORES)
    np.testing.assert_allclose(found["percentile"], 100 * (2 + 0.5) / 5)
    np.testing.assert_allclose(found[["lowest", "median", "highest"]].iloc[0], [0.1, 0.5, 0.9])


def test_too_few_others():
    """Without enough others there is no percentile, and their values are shown all the same."""
    found = norms(scored(*[0.5] * LEAST_OTHERS), "a")
    assert found["percentile"].isna().all() and (found["median"] == 0.5).all()
    assert norms(scored(*[0.5] * (LEAST_OTHERS + 1)), "a")["percentile"].notna().all()


def test_alone():
    """The only session of its store stands among none."""
    found = norms(scored(0.5), "a")
    assert found["others"].tolist() == [0] * len(SCORES)
    assert found[["percentile", "lowest", "median", "highest"]].isna().all(axis=None)
    assert found["value"].tolist() == [0.5] * len(SCORES)


def test_others_without_a_score():
    """A session in which nobody could be judged is no other, and has no percentile itself."""
    table = scored(0.5, 0.1, 0.2, 0.3, 0.4, np.nan, 0.6)
    assert norms(table, "a")["others"].tolist() == [5] * len(SCORES)
    assert norms(table, "f")["percentile"].isna().all()


def test_session_of_two_devices():
    """Each device's stands by itself; the name alone says too little."""
    table = scored(0.5, *[0.1] * 5)
    table = pd.concat([table, table[:1].assign(device="cam2", share_smiling=0.0)])
    for device, percentile in (("cam", 100), ("cam2", 0)):
        found = norms(table, "a", device).set_index("score").loc["share_smiling"]
        assert found["percentile"] == percentile and found["others"] == 6
    with pytest.raises(AmbiguousSession, match="cam, cam2"):
        norms(table, "a")


def test_scores_of_nobody():
    """An empty room has the scores' names and no values."""
    found = module.scores(SessionTables(session(readings(), [(0, 3, 30)])))
    assert set(found) == set(SCORES) and np.isnan([*found.values()]).all()


@pytest.mark.slow
def test_scores_of_a_store(tmp_path):
    """One session after the other, each with the figures of its own report."""
    for name in ("a", "b"):
        append(str(tmp_path), batch(0, name, info={"context": "screening", "complete": True}))
    steps = []
    found = store_scores(str(tmp_path), "b", lambda *done: steps.append(done))
    assert found["session"].tolist() == ["a", "b"] and steps == [(0, 2), (1, 2), (2, 2)]
    tables = SessionTables(load(str(tmp_path), "a"))
    main = headline(tables, peaks(tables))
    assert found["mean_smile"][0] == pytest.approx(main["mean_smile"])
    page = analyze_session(tables).scores.set_index("score")["value"]
    for score, name in (("maximum_share", "Maximum share"), ("peak_end", "Peak-end")):
        assert found[score][0] == page[name] or np.isnan(page[name])


def test_no_such_session(tmp_path):
    """A wrong name is told before any work, with the right ones."""
    append(str(tmp_path), batch(0, "friday"))
    with pytest.raises(ValueError, match=r"no session 'monday' in .*: friday"):
        store_scores(str(tmp_path), "monday", lambda *_: pytest.fail("began"))


@pytest.mark.slow
def test_others_still_being_recorded_are_left_out_and_counted(tmp_path):
    """Only whole sessions are others; the one asked for may be running itself."""
    ended = {"context": "screening", "complete": True}
    for name, info in (("a", ended), ("b", {}), ("c", {}), ("d", ended), ("e", {})):
        append(str(tmp_path), batch(0, name, info=info))
    said = []
    found = store_scores(str(tmp_path), "b", left_out=said.append)
    assert found["session"].tolist() == ["a", "b", "d"]
    assert said == ["2 sessions left out: still being recorded, or broken off"]
