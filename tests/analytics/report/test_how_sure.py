"""Beside each result of a page two sentences say how sure it is, once somebody asks."""

import re
from pathlib import Path

import pytest

from laughtrack.analytics.report.languages import Language
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.report.rendering import FOLDER
from laughtrack.analytics.report.session_page import report
from tests.analytics.browsing import ask

TEMPLATES = FOLDER / "templates"
# What is no result: the sentences at the top, which say it themselves, the player, the method; and
# what stands within another section.
NO_RESULT = {"headline", "player", "method", "quiet", "seats", "curve", "moments_sure"}


@pytest.mark.parametrize(
    "path", sorted((TEMPLATES / "session").glob("*.html")), ids=lambda p: p.stem
)
def test_every_result_has_them(path: Path):
    """A new section, too: it is asked for here."""
    assert ("call sure()" in path.read_text(encoding="utf-8")) == (path.stem not in NO_RESULT)


@pytest.mark.slow
@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_they_are_closed_and_few(room, code):
    """Closed until somebody opens them, and two or three sentences each."""
    page = report(room(off=[(40, 45)]), look=Look(Language(code)))
    found = re.findall(r'<details class="sure">(.*?)</details>', page, re.S)
    assert len(found) >= 6 and '<details class="sure" open' not in page
    for each in found:
        said = re.search("<p>(.*?)</p>", each, re.S)[1].strip()
        assert 1 <= len(re.findall(r"\. [A-ZÉÀ„“«]", said)) <= 2, said


@pytest.mark.browser
def test_they_open(room, opened):
    """With a click, or a key."""
    page = opened(room())
    shown = "[...document.querySelectorAll('.sure p')].filter(p => p.checkVisibility()).length"
    assert ask(page, shown) == 0
    page.execute_script("document.querySelector('#moments .sure summary').click()")
    assert ask(page, shown) == 1
