"""A made-up room for the tests of the page, and a browser that opens it."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.report.film import film_of
from laughtrack.analytics.report.look import PLAIN
from laughtrack.analytics.report.session_page import Extras, report
from laughtrack.analytics.session import Session
from tests.analytics.browsing import browsing, make_film

INFO = {
    "title": "The Night Bus",
    "context": "screening",
    "source": "hall-2.mp4",
    "complete": True,
    "settings": {"rate_hz": 10.0, "from_s": 0.0, "to_s": None},
    "versions": {"opencv": "4.14.0"},
    "model": {"trained_on": ["LFW", "GENKI-4K"], "genki4k": {"right": 0.9311}},
}


def _room(viewers=6, seconds=60, off=(), hidden=(), info=None, apexes=(10.0, 31.0, 50.0)):
    """Make a session whose viewers laugh at `apexes`.

    `off` lists (from, to) without camera, in multiples of 5 s; `hidden` those in which no face can
    be judged; `info` replaces facts.
    """
    rng = np.random.default_rng(3)
    t_s = np.arange(seconds * 10) / 10
    near = np.clip((t_s - np.array(apexes)[:, None]) / 3.0, -0.5, 0.5)
    laugh = 0.05 + 0.8 * np.cos(np.pi * near).clip(0).max(axis=0, initial=0.0) ** 2
    tables = []
    for viewer in range(1, viewers + 1):
        raw = np.clip(laugh + rng.normal(0, 0.05, len(t_s)), 0, 1).round(3)
        smile = np.interp(t_s - 0.3, t_s, laugh).round(3)
        for first, last in hidden:
            raw[(t_s >= first) & (t_s < last)] = smile[(t_s >= first) & (t_s < last)] = np.nan
        tables.append(pd.DataFrame({"viewer_id": viewer, "t_s": t_s, "raw": raw, "smile": smile}))
    names = {"viewer_id": np.int64, "t_s": float, "raw": float, "smile": float}
    table = pd.concat([pd.DataFrame(columns=[*names]).astype(names), *tables][bool(tables) :])
    for first, last in off:
        table = table[(table["t_s"] < first) | (table["t_s"] >= last)]
    quality = np.where(table["smile"].isna(), 0.3, 0.8)
    table = table.assign(quality=quality, x1=10, y1=10, x2=70, y2=70)
    start = np.arange(0, seconds, 5.0)
    spans = pd.DataFrame({"seq": range(len(start)), "started_utc": "2026-01-31T20:15:00Z"})
    spans = spans.assign(start_s=start, end_s=np.minimum(start + 5, seconds), frames=50)
    for first, last in off:
        spans.loc[(start >= first) & (start < last), "frames"] = 0
    readings = table.sort_values(["t_s", "viewer_id"], ignore_index=True)
    return Session(readings, spans, {**INFO, **(info or {})}, "friday-late", "hall-2")


@pytest.fixture
def room():
    """Return the function that makes a room."""
    return _room


@pytest.fixture(scope="module")
def browser():
    """Start a browser for a file's tests: left open, its last page keeps a processor busy."""
    with browsing() as driver:
        yield driver


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """Return a film of a minute."""
    return make_film(tmp_path_factory.mktemp("film") / "the film.mp4")


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a session's page at a width in pixels, with a film or without.

    The browser's notes begin anew with each page.
    """

    def open_page(session, width=1400, film=None, dial=None, look=PLAIN):
        path = tmp_path / "a page.html"
        shown = None if film is None else film_of(film, session.info, path)
        page = report(session, extras=Extras(shown, dial=dial), look=look)
        path.write_text(page, encoding="utf-8")
        for kind in ("browser", "performance"):
            browser.get_log(kind)
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(path.as_uri())
        return browser

    return open_page
