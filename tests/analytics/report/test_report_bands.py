"""The curve's bands and bounds on the page: drawn where there is ground for one, and only there."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.report.figures.axes import MIDNIGHT_MS
from laughtrack.analytics.report.figures.curve import audience_figure
from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.browsing import ask
from tests.analytics.report.test_report import words

NO_COVER = pd.DataFrame({"start_s": [], "end_s": [], "state": []})


def curve(**columns):
    """Return a made-up curve of six seconds."""
    usual = {"t_s": np.arange(6.0), "visible": 5, "judged": 5, "watched": True}
    return pd.DataFrame({**usual, "share": 0.5, "degree": 0.4, **columns})


def drawn(table):
    """Return the traces of the picture of a curve."""
    found = pd.DataFrame({"t_s": []}), pd.DataFrame({"t_s": []})
    return audience_figure(table, found, NO_COVER).data


def filled(table):
    """Return the outlines (x in seconds, y) of the bands of a curve."""
    return [
        ((np.asarray(trace.x, dtype=float) - MIDNIGHT_MS) / 1000, np.asarray(trace.y, dtype=float))
        for trace in drawn(table)
        if trace.fill == "toself"
    ]


@pytest.mark.slow
def test_no_band_without_ground():
    """A curve without bands, or with empty ones, has no fill."""
    assert filled(curve()) == []
    assert filled(curve(share_low=np.nan, share_high=np.nan)) == []


@pytest.mark.slow
def test_band_breaks_where_it_is_not_known():
    """Each stretch with a band has an outline of its own, to the end of its last step."""
    low = np.array([0.2, 0.3, np.nan, np.nan, 0.1, np.nan])
    ((x, y),) = filled(curve(share_low=low, share_high=low + 0.4))
    gaps = np.flatnonzero(np.isnan(x))
    first, second = x[: gaps[0]], x[gaps[0] + 1 : gaps[1]]
    assert (first.min(), first.max()) == (0.0, 2.0)
    assert (second.min(), second.max()) == (4.0, 5.0)
    assert np.nanmin(y) == pytest.approx(0.1)
    assert np.nanmax(y) == pytest.approx(0.7)


@pytest.mark.slow
def test_wider_band_lies_below():
    """The band of the whole curve is drawn first, so that the narrower one is seen."""
    table = curve(share_low=0.4, share_high=0.6, share_all_low=0.3, share_all_high=0.8)
    assert [np.nanmax(y) for _, y in filled(table)] == pytest.approx([0.8, 0.6])


def test_lines_differ_in_kind():
    """In black and white the curves are told apart by their strokes."""
    table = curve(worst=0.3, best=0.7)
    dashes = [trace.line.dash for trace in drawn(table) if trace.mode == "lines" and trace.y.size]
    assert {"solid", "6px,3px", "1px,2px"} <= set(dashes)


ROOMS = [
    # name, options, whether there is a band
    ("six viewers", {}, True),
    ("one viewer", {"viewers": 1}, False),
    ("nobody", {"viewers": 0}, False),
    ("nobody judged", {"hidden": [(0, 60)]}, False),
    ("three seconds", {"seconds": 3, "apexes": (1.5,)}, True),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "there"), ROOMS)
def test_band_of_a_session(room, name, options, there):
    """There is a band where several could be judged, and the page says so where there is none."""
    made = room(**options)
    assert analyze_session(SessionTables(made)).curve["share_low"].notna().any() == there
    said = words(report(made))
    assert ("95 of 100 audiences it holds" in said) == there
    assert ("No band is drawn" in said) == (not there and options.get("viewers") != 0)


@pytest.mark.slow
def test_no_band_where_all_are_missing(room):
    """While nobody can be judged, or with the camera off, there is neither curve nor band."""
    for options in ({"hidden": [(9, 13)], "viewers": 12}, {"off": [(20, 40)], "viewers": 12}):
        table = analyze_session(SessionTables(room(**options))).curve
        first, last = next(iter(options.values()))[0]
        gap = table[(table["t_s"] >= first) & (table["t_s"] < last)]
        rest = table.drop(gap.index)
        for name in ("share", "share_low", "share_all_high"):
            assert gap[name].isna().all()
            assert rest[name].notna().all()
        assert (
            analyze_session(SessionTables(room(**options)))
            .moments["t_s"]
            .between(first, last)
            .sum()
            == 0
        )


@pytest.mark.slow
def test_bounds_hold_with_everybody_missing(room):
    """Where all are missing but the camera looked, the truth lies anywhere from nobody to all."""
    table = analyze_session(SessionTables(room(hidden=[(9, 13)]))).curve
    gap = table[(table["t_s"] >= 9) & (table["t_s"] < 13)]
    assert (gap["worst"] == 0).all()
    assert (gap["best"] == 1).all()


@pytest.mark.slow
def test_withheld_band(room):
    """Where fewer than asked for could be judged, no band tells what the curve does not."""
    table = analyze_session(SessionTables(room(viewers=3)), min_viewers=4).curve
    shown = ["share", "degree", "share_low", "share_all_low", "degree_low", "worst", "best"]
    assert table[shown].isna().all().all()


@pytest.mark.browser
def test_bounds_are_shown_when_asked_for(room, opened):
    """A button shows the bounds and says whether they are shown."""
    browser = opened(room(hidden=[(20, 40)]))
    button = browser.find_element("css selector", "[data-shows=bounds]")
    lines = (
        "document.getElementById('curve').data.filter(t => t.meta === 'bounds' && t.visible).length"
    )
    assert ask(browser, lines) == 0
    for pressed, shown in (("true", 2), ("false", 0)):
        button.click()
        assert button.get_attribute("aria-pressed") == pressed
        assert ask(browser, lines) == shown
    assert browser.get_log("browser") == []
