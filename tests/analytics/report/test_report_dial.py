"""Dials on the page: their curve, and what is said of how they go with the smiles."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.report.session_page import Extras, report
from tests.analytics import pretend
from tests.analytics.browsing import count
from tests.analytics.report.test_report import Page, words

LAUGHS = (10.0, 31.0, 150.0, 330.0, 410.0, 680.0, 810.0, 1090.0)


def dials(lag_s=2.0, people=8, seconds=1200, apexes=LAUGHS):
    """Return dials that are turned up some seconds after each of the room's laughs."""
    t_s = np.arange(0, seconds, 0.5)
    up = sum(np.exp(-(((t_s - at - lag_s) / 2.0) ** 2)) for at in apexes)
    noise = np.random.default_rng(5).normal(0, 0.05, (people, len(t_s)))
    columns = {f"p{k}": 50 + 30 * (up + noise[k]) for k in range(people)}
    return pd.DataFrame({"t_s": t_s, **columns})


def laughing(room):
    """Return a session of twenty minutes with eight laughs."""
    return room(seconds=1200, apexes=LAUGHS)


@pytest.mark.slow
def test_dials_that_follow(room):
    """The page says by how much they lag, and that chance would hardly do so."""
    page = report(laughing(room), extras=Extras(dial=dials()))
    said = words(page)
    assert "8 dials and 6 viewers: they agree most when the dials follow by 2 s" in said
    assert "would hardly agree so well at any lag" in said
    assert "dials" in Page(page).ids


@pytest.mark.slow
def test_dials_of_something_else():
    """Dials that were turned at random are said to agree by chance."""
    made = pretend.session(pretend.Room(viewers=10, seconds=500, seed=4), rate_hz=2.0)
    still = dials(seconds=500, apexes=(5, 70, 100, 310, 420), people=3)
    said = words(report(made, extras=Extras(dial=still)))
    assert "could well agree as much at some lag" in said


@pytest.mark.slow
def test_too_short_for_so_many_lags():
    """In two minutes ten seconds to both sides can never be significant, and the page says so."""
    made = pretend.session(pretend.Room(viewers=10, seconds=120, seed=4))
    said = words(report(made, extras=Extras(dial=dials(seconds=120, people=3))))
    assert "it cannot be told from chance" in said


@pytest.mark.slow
def test_no_dials(room):
    """Without dials there is no word of them, nor where figures are withheld."""
    assert "Dials" not in words(report(room()))
    assert "Dials" not in words(report(room(), min_viewers=7, extras=Extras(dial=dials())))


@pytest.mark.slow
def test_dials_of_another_time(room):
    """Dials that share no time with the session are refused."""
    late = dials().assign(t_s=lambda table: table["t_s"] + 5000)
    with pytest.raises(ValueError, match="the dials run from 5000"):
        report(room(), extras=Extras(dial=late))


@pytest.mark.browser
def test_drawn(room, opened):
    """Both lines are drawn, and the cursor runs along them too."""
    browser = opened(laughing(room), dial=dials())
    assert count(browser, "#dials .scatterlayer path.js-line") == 2
    assert count(browser, ".cursor") == 4
    assert browser.get_log("browser") == []
