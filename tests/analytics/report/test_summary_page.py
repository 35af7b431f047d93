"""The summary: the first screen alone, on one printed sheet."""

import re
from pathlib import Path

import pytest

from laughtrack.analytics.report.languages import Language
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.report.sections.moments import MOST_IN_SUMMARY
from laughtrack.analytics.report.session_page import report
from laughtrack.cli import browser as printing
from tests.analytics.browsing import BROWSER, ask, faults

pytestmark = pytest.mark.slow
SUMMARY = Look(summary=True)
MARKS = [{"t_s": 8.5, "text": "the bus leaves"}]
APEXES = tuple(range(5, 60, 7))
ROOMS = {
    "many moments": {"apexes": APEXES, "info": {"media_offset_s": 12.0, "marks": MARKS}},
    "nobody": {"viewers": 0},
    "one viewer": {"viewers": 1},
    "not judged": {"hidden": [(0, 60)]},
}


@pytest.mark.parametrize("name", ROOMS)
def test_it_has_the_first_screen_alone(room, name):
    """Sentences, curve, moments and how sure they are; nothing of single viewers."""
    page = report(room(**ROOMS[name]), look=SUMMARY)
    sections = ["headline", "audience", "moments", "sure"]
    assert re.findall(r'<section id="(\w+)"', page) == sections[: 3 if name == "nobody" else 4]
    assert '"heat":null' in page and "<video" not in page and 'id="moment"' not in page


def test_it_has_the_largest_moments(room):
    """Of many, the first few, in columns that fit a sheet; how many more there are is said."""
    whole, page = (report(room(**ROOMS["many moments"]), look=look) for look in (Look(), SUMMARY))
    rows = [len(re.findall(r"<tr>", each.split('id="moments"')[1])) for each in (whole, page)]
    assert rows[1] == 1 + MOST_IN_SUMMARY < rows[0]
    assert f"{len(APEXES) - MOST_IN_SUMMARY} smaller moment" in page
    assert "Rise" in whole and ">Rise<" not in page


def test_figures_of_few_are_withheld(room):
    """As on the whole page."""
    page = report(room(), 8, look=SUMMARY)
    assert "Withheld: too few viewers were seen." in page and "peak 1" not in page


@pytest.mark.browser
@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_it_is_one_sheet(room, code):
    """Printed, in every language."""
    page = report(room(**ROOMS["many moments"]), look=Look(Language(code), summary=True))
    assert b"/Count 1" in printing.pdf(page.encode(), Path("summary.pdf"))


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_in_a_browser(room, opened):
    """No fault for axe-core, no scrolling sideways, and a moment's time moves the cursor."""
    page = opened(room(**ROOMS["many moments"]), 390, look=SUMMARY)
    assert faults(page) == []
    assert page.get_log("browser") == []
    assert ask(page, "document.documentElement.scrollWidth") <= 390
    before = ask(page, "document.querySelector('.cursor').style.left")
    page.execute_script("document.querySelector('.jump').click()")
    assert ask(page, "document.querySelector('.cursor').style.left") != before
