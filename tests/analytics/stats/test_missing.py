"""Missing viewers: who laughs turns away, the curve is too low, and the page can tell."""

import numpy as np
import pytest

from laughtrack.analytics.audience.bands import bands
from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.stats.missingness import missingness
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import readings, session

JOKES = tuple((10.0 + 20 * k, 0.7) for k in range(15))


def room(turns_away, seed=1):
    """Return a room of 40 who are away a tenth of the time, or more often while smiling."""
    return pretend.Room(40, 300.0, JOKES, away=0.1, turns_away=turns_away, seed=seed)


def test_laughing_viewers_who_turn_away_are_flagged():
    """The correlation is high, and no shift of the one against the other gives as much."""
    found = missingness(SessionTables(pretend.session(room(6.0), rate_hz=2)).grid())
    assert found.r > 0.5 and found.p <= 0.05


@pytest.mark.slow
def test_viewers_who_turn_away_at_random_are_not():
    """Of 20 such sessions two at most are flagged."""
    found = [
        missingness(SessionTables(pretend.session(room(1.0, seed), rate_hz=2)).grid())
        for seed in range(20)
    ]
    assert sum(each.p <= 0.05 for each in found) <= 3


@pytest.mark.slow
def test_bias_is_within_the_bounds():
    """At the jokes the curve of those judged is too low by a tenth; the bounds hold the truth."""
    told = room(6.0)
    table = pretend.session(told, rate_hz=2)
    laid = SessionTables(table).grid()
    found = bands(laid, draws(laid.share, SessionTables(table).seats, count=50))
    # Of these very viewers, not of all such: the bounds speak of who was there.
    on = pretend.smiling(told).mean(axis=0)
    tops = [int(t_s) for t_s, _ in JOKES]
    assert (on - found["share"])[tops].mean() > 0.1
    assert ((found["worst"] <= on + 1e-6) & (on <= found["best"] + 1e-6)).all()


def test_too_short_is_not_tested():
    """A session of half a minute, or of nobody, has no test."""
    short = pretend.session(pretend.Room(seconds=30.0), rate_hz=2)
    assert np.isnan(missingness(SessionTables(short).grid()).p)
    assert missingness(SessionTables(session(readings(), [(0, 90, 900)])).grid()) == (
        0,
        pytest.approx(np.nan, nan_ok=True),
        pytest.approx(np.nan, nan_ok=True),
    )


@pytest.mark.slow
def test_page_says_so():
    """The notice is on the page of who turned away, and not on that of the others."""
    said = "When the audience smiled, more viewers than usual could not be judged"
    assert said in report(pretend.session(room(6.0), rate_hz=2))
    assert said not in report(pretend.session(room(1.0), rate_hz=2))
