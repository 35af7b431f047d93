"""All pictures of a page agree: the same time in the same place, the same shares on one scale."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.comparison import alignment
from laughtrack.analytics.comparison.compare import compare
from laughtrack.analytics.formatting import clock
from laughtrack.analytics.report.comparison_page import compare_page
from laughtrack.analytics.report.figures.axes import (
    MIDNIGHT_MS,
    MOST_TICKS,
    SHARES,
    SHARES_RANGE,
    axis_ticks,
    tick_times,
)
from laughtrack.analytics.report.session_page import Extras, report
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.pretend import Room, session

TICK = re.compile(r'<span style="left: ([0-9.]+)%">([^<]*)</span>')


def figures(page):
    """Return each picture that plotly draws on a page: its traces and its layout, by its name."""
    found, read = {}, json.JSONDecoder().raw_decode
    for start in re.finditer(r'Plotly\.newPlot\(\s*"(\w+)",\s*', page):
        traces, end = read(page, start.end())
        layout, _ = read(page, re.compile(r"\s*,\s*").match(page, end).end())
        found[start[1]] = (traces, layout)
    return found


def axes(page):
    """Return the ticks of each picture that plotly does not draw, as (percent, text) pairs."""
    parts = re.findall(r'<div class="axis" aria-hidden="true">(.*?)</div>', page)
    return [[(float(x), text) for x, text in TICK.findall(part)] for part in parts]


def shares(layout):
    """Return the axes of shares of a picture."""
    return [
        axis
        for name, axis in layout.items()
        if name.startswith("yaxis") and axis.get("ticktext") == SHARES["ticktext"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "viewers, seconds, rate", [(2, 61.7, 10), (24, 125.3, 5), (6, 0.7, 10), (3, 3725.0, 1)]
)
def test_a_session(viewers, seconds, rate):
    """Curve, dials, heat map and the camera's strip, of few and many, short and long."""
    room = session(Room(viewers=viewers, seconds=seconds), rate_hz=rate)
    t_s = np.arange(max(int(seconds), 20.0))
    dial = pd.DataFrame({"t_s": t_s, "a": t_s % 7, "b": t_s % 5})
    page = report(room, extras=Extras(dial=dial if seconds > 60 else None))
    drawn = figures(page)
    assert set(drawn) >= ({"curve", "dials"} if seconds > 60 else {"curve"})
    length_s = SessionTables(room).length_s
    ends = [MIDNIGHT_MS, MIDNIGHT_MS + round(1000 * length_s)]
    ticks = [MIDNIGHT_MS + 1000 * each for each in tick_times(0.0, length_s)]
    for _, layout in drawn.values():
        axis = layout["xaxis"]
        assert axis["range"] == [axis["minallowed"], axis["maxallowed"]] == ends
        assert axis["tickvals"] == ticks
        assert axis["tickformat"] == ("%-H:%M:%S" if length_s >= 3600 else "%-M:%S")
        assert (layout["margin"]["l"], layout["margin"]["r"]) == (44, 44)
        for share in shares(layout):
            assert share["tickvals"] == SHARES["tickvals"]
            assert share["range"][0] == SHARES_RANGE[0] and share["range"][1] >= SHARES_RANGE[1]
        assert shares(layout)
    plain = axes(page)
    assert len(plain) == 2
    for found in plain:
        places = [MIDNIGHT_MS + 10 * length_s * x for x, _ in found]
        assert places == pytest.approx(ticks, abs=0.001 * 10 * length_s)
        for (_, text), at_ms in zip(found, ticks, strict=True):
            t_s = (at_ms - MIDNIGHT_MS) / 1000
            told = clock(t_s)
            assert text == told or (length_s >= 3600 and text == f"0:{told.zfill(5)}")
    data = json.loads(re.search(r'id="session-data">(.*?)</script>', page, re.S)[1])
    assert data["length"] == pytest.approx(length_s)


@pytest.mark.slow
def test_a_comparison():
    """Its one picture has the same scales and words as a session's."""
    a, b = (SessionTables(session(Room(viewers=8, seed=seed), name=str(seed))) for seed in (1, 2))
    page = compare_page(compare(a, b, alignment.by_film_time(a, b)))
    ((traces, layout),) = figures(page).values()
    axis, (share,) = layout["xaxis"], shares(layout)
    assert axis["range"] == [axis["minallowed"], axis["maxallowed"]]
    assert axis["tickformat"] == "%-M:%S"
    assert (share["tickvals"], tuple(share["range"])) == (SHARES["tickvals"], SHARES_RANGE)
    assert [each for each in traces if "%{y:.0%}" in each.get("hovertemplate", "")]


@pytest.mark.parametrize("length_s", [0.3, 1.0, 5.0, 7.5, 61.7, 600, 3599, 3600, 7200, 86400 * 3])
def test_ticks_are_round_and_few(length_s):
    """At most a few, from 0 on, evenly; none for no time."""
    found = tick_times(0.0, length_s)
    assert 1 <= len(found) <= MOST_TICKS + 1 and found[0] == 0 and found[-1] <= length_s
    assert len({*np.diff(found)}) <= 1
    assert axis_ticks(length_s)[0].text in ("0:00", "0:00:00")
    assert axis_ticks(0.0) == []
