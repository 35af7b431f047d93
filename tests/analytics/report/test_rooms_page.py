"""The page of one film in several rooms: its words, its tables, its languages; and in a browser."""

import numpy as np
import pytest

from laughtrack.analytics.report.languages import LANGUAGES, Language
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.report.rooms.film_sections import notices
from laughtrack.analytics.report.rooms.rooms_page import rooms_page
from laughtrack.analytics.report.rooms.rooms_summary import summary
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.browsing import ask, count, faults
from tests.analytics.rooms.halls import hall, together

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow
CODES = [code for code in LANGUAGES if code != "en"]


@pytest.fixture(scope="module")
def result():
    """Return a film in six halls, one of which is unlike the others and has a name of its own."""
    halls = [hall(k, 12 + 2 * k) for k in range(1, 6)]
    site = {"tags": {"site": "Kino <International>, Saal 1"}}
    few = hall(8, 3)
    return together([*halls, hall(9, 20, at_rest=0.6, info=site), few])


def test_page_is_the_same_again(result):
    """The same result gives the same bytes."""
    assert rooms_page(result) == rooms_page(result)


def test_page_escapes(result):
    """Names are text, never markup."""
    page = rooms_page(result)
    assert "Kino &lt;International&gt;, Saal 1" in page and "Kino <International>" not in page


def test_summary_says_what_was_found(result):
    """Who, how much, a next room, how rooms differ, which does, and the peaks."""
    said = " ".join(summary(result))
    assert "6 rooms, 110 viewers judged" in said and "95 % interval over rooms" in said
    assert "A next such room of the usual size would show between" in said
    assert "One room differs from the others by more than rooms do: Kino" in said
    assert "peak of the film" in said or "peaks of the film" in said


def test_three_rooms_say_what_they_cannot():
    """Which of them differs is not told."""
    said = summary(together([hall(k, 15) for k in (1, 2, 3)]))
    assert "Of three rooms, none can be told to differ from the other two." in said


def test_who_was_left_out_is_on_the_page(result):
    """With the reason."""
    assert any("hall 8 is left out: 3 viewers could be judged" in e for e in notices(result.facts))
    assert "hall 8 is left out" in rooms_page(result)


def test_withheld_figures_are_said_to_be():
    """And those of single viewers are dashes."""
    found = together([SessionTables(hall(k, 15).session, 6) for k in (1, 2, 3, 4)])
    assert any("Figures of few viewers are withheld" in each for each in notices(found.facts))
    assert np.isnan(found.scores.set_index("score").at["Rate", "value"])
    assert "nan" not in rooms_page(found).split("<main")[1].split("<script")[0]


@pytest.mark.parametrize("code", CODES)
def test_page_in_another_language(result, code):
    """Its tables and sentences are, and its numbers are written as there."""
    page = rooms_page(result, Look(Language(code)))
    body = page.split("<main")[1].split("<script")[0]
    assert f'lang="{code}"' in page
    for text in ("mean over rooms", "A next room shows", "Room by room", "How sure is this?"):
        assert text not in body


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens the page at a width in pixels."""

    def open_page(result, width=1400, code="en"):
        path = tmp_path / "a page.html"
        path.write_text(rooms_page(result, Look(Language(code))), encoding="utf-8")
        browser.get_log("browser")
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(path.as_uri())
        return browser

    return open_page


@pytest.mark.browser
def test_pictures(result, opened):
    """Bands, the film's curve, the rooms' and each room's share are drawn, without an error."""
    browser = opened(result)
    assert count(browser, "#film .scatterlayer .trace path.js-line") >= 1 + 6 + 2
    assert count(browser, "#forest .scatterlayer .trace .points path") == 6 + 1
    assert count(browser, "#rooms tbody tr") >= 6
    names = ask(browser, "document.querySelector('#forest .yaxislayer-above').textContent")
    assert "Kino <Intern" in names
    assert browser.get_log("browser") == []


@pytest.mark.browser
@pytest.mark.parametrize("width, code", [(1400, "en"), (390, "de"), (390, "fr")])
def test_no_page_scrolls_sideways_and_axe_finds_no_fault(result, opened, width, code):
    """At a desk and on a telephone, in the language with the longest words."""
    browser = opened(result, width, code)
    wide = ask(browser, "document.documentElement.scrollWidth")
    assert wide <= ask(browser, "document.documentElement.clientWidth")
    assert faults(browser) == []
