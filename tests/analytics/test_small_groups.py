"""No figure, and no two subtracted from each other, give a single viewer away."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.compare import compare
from laughtrack.analytics.comparison.table import compare_table
from laughtrack.analytics.interchange.markers import markers
from laughtrack.analytics.report.session_page import Extras, report
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.subtraction import audience, narrowest, search

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("least, seed", [(2, 11), (5, 13), (10, 14)])
def test_no_viewer_is_given_away(least, seed):
    """By no combination of curves, scenes and groups, at three least numbers."""
    found, figures = search(audience(seed, viewers=7 + 2 * least), least)
    assert not found.viewers and figures > 50


def test_attack_finds_viewers_where_figures_are_only_left_out():
    """What the search above would find: without the rule it has viewers' seconds exactly."""
    found, _ = search(audience(11), 3, masked=True)
    assert len(found.viewers) > 5 and found.error < 1e-4


@pytest.mark.parametrize("least", [2, 3, 5])
def test_nothing_is_narrowed(least):
    """From all rounded sums together, each second of each viewer may be any part of it."""
    assert narrowest(audience(least, viewers=8, seconds=8, away=0.15), least, 8) > 1 - 1e-6


INFO = {"marks": [{"t_s": 9.0, "text": "joke"}], "media_offset_s": 0.0}
ROOM = pretend.Room(viewers=16, seconds=40.0, jokes=((10, 0.6), (30, 0.9)), at_rest=0.1, away=0.0)
GROUPS = pd.DataFrame({"viewer_id": range(1, 17), "group": ["back"] * 10 + ["front"] * 6})
SCENES = pd.DataFrame({"start_s": [0.0, 9.5], "end_s": [9.5, 40.0], "name": ["a", "b"]})
DIAL = pd.DataFrame({"t_s": np.arange(40.0), "anna": np.sin(np.arange(40.0) / 5)})


def pages(told, least):
    """Return what is written of a session at a least number."""
    tables = SessionTables(told, least)
    return [
        report(tables, extras=Extras(scenes=SCENES, dial=DIAL, groups=GROUPS)),
        markers(tables).table.to_csv(),
        analyze_session(tables).scores.to_csv(),
    ]


@pytest.mark.parametrize("least", [2, 5])
def test_two_of_a_cohort_are_not_told_apart(least):
    """With the smiles of two of them exchanged, everything written is the same to the byte."""
    told = pretend.session(ROOM, rate_hz=5, info=INFO)
    tables = SessionTables(told, least)
    one, other = tables.everyone.grid().ids[tables.cohorts[0].members[[0, -1]]]
    rows = told.readings.copy()
    at, to = (np.flatnonzero(rows["viewer_id"] == each) for each in (one, other))
    assert not np.allclose(rows["smile"].to_numpy()[at], rows["smile"].to_numpy()[to])
    for name in ("raw", "smile"):
        values = rows[name].to_numpy().copy()
        values[at], values[to] = values[to], values[at].copy()
        rows[name] = values
    assert pages(told, least) == pages(told._replace(readings=rows), least)


def test_page_holds_nobody():
    """Neither rows, seats, numbers nor IDs of single viewers, in what is seen or in its data."""
    told = pretend.session(ROOM, rate_hz=5, info=INFO)
    told = told._replace(readings=told.readings.assign(viewer_id=told.readings["viewer_id"] + 7100))
    page, with_them = report(told, 3), report(told)
    assert "7101" in with_them
    body = re.sub(r"<script>(?!\{).*?</script>", "", page.partition("<body")[2], flags=re.S)
    assert not re.search(r"\b71\d\d\b", body)
    assert '"heat":null' in page and "<canvas" not in body and "<circle" not in body
    for section in ("Where they sat", "After the marks", "Longest smile"):
        assert section in with_them and section not in body
    assert "no fewer than 3 viewers" in body
    (data,) = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.S)
    many = {each for each in json.loads(data)["judged"] if each}
    assert many == {16}


def test_compare_is_of_the_same_tables():
    """Scores that stand-ins cannot tell are withheld; the others are there."""
    a, b = (
        SessionTables(pretend.session(ROOM._replace(seed=seed), rate_hz=5, name=str(seed)), 4)
        for seed in (1, 2)
    )
    result = compare(a, b, by_film_time(a, b))
    table = compare_table(result).set_index("name")
    assert table.loc[["reach", "smiles_per_min"], "a":].isna().all(axis=None)
    assert table.loc[["share_smiling", "mean_smile", "maximum_share"], "a"].notna().all()
    assert result.facts.settings.min_viewers == 5 and result.facts.viewers == (16, 16)
