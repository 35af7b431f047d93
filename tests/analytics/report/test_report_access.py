"""Whom the page serves: axe-core finds no serious fault, and nothing needs a mouse or colours."""

import itertools

import pytest

from laughtrack.analytics.report.languages import Language
from laughtrack.analytics.report.look import Look
from tests.analytics.browsing import ask, faults
from tests.catalogues import OTHERS

pytestmark = pytest.mark.browser
MARKS = [{"t_s": 8.5, "text": "the bus leaves"}]
ROOMS = {
    "usual": {"info": {"media_offset_s": 12.0, "marks": MARKS}, "off": [(40, 45)]},
    "nobody": {"viewers": 0},
    "one viewer": {"viewers": 1},
    "three seconds": {"seconds": 3, "apexes": (1.5,)},
    "many viewers": {"viewers": 30},
}


@pytest.mark.parametrize("name", ROOMS)
def test_axe(room, opened, name):
    """axe-core finds nothing serious, critical or moderate."""
    assert faults(opened(room(**ROOMS[name]))) == []


def test_axe_with_a_film_on_a_phone(room, film, opened):
    """Nor on a narrow screen with a film."""
    assert faults(opened(room(), 390, film=film)) == []


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("width", [390, 1400])
def test_axe_in_other_languages(room, opened, code, width):
    """Nor in German and French, whose words are longer; and nothing scrolls sideways."""
    page = opened(room(**ROOMS["usual"]), width, look=Look(Language(code)))
    assert faults(page) == []
    assert ask(page, "document.documentElement.scrollWidth") <= width
    assert page.get_log("browser") == []


def test_axe_sees_what_is_wrong(room, opened):
    """A fault put in is found: the look is a real one."""
    browser = opened(room())
    browser.execute_script("document.querySelector('label[for=moment]').remove()")
    assert [fault[0] for fault in faults(browser)] == ["label"]


def test_order_of_headings(room, opened):
    """Headings go down one level at a time, from a single first one."""
    browser = opened(room(**ROOMS["usual"]))
    levels = ask(
        browser, "[...document.querySelectorAll('h1, h2, h3')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(down <= up + 1 for up, down in itertools.pairwise(levels))


def test_tab_reaches_all_controls(room, film, opened):
    """Tab goes through skip link, film, slider, buttons and peaks, and what has it is seen."""
    keys = pytest.importorskip("selenium.webdriver").Keys
    browser = opened(room(), film=film)
    reached, outlined = [], []
    for _ in range(45):
        browser.switch_to.active_element.send_keys(keys.TAB)
        reached.append(
            ask(browser, "(e => e.id || e.className || e.textContent)(document.activeElement)")
        )
        outlined.append(
            ask(browser, "getComputedStyle(document.activeElement).outlineStyle") != "none"
        )
    assert reached[0] == "skip"
    assert {"film", "moment", "Next peak", "jump", "pin", "by seat"} <= set(reached)
    # Inside the film the browser shows the focus on its own controls.
    seen = zip(reached, outlined, strict=True)
    assert [name for name, line in seen if not line and name != "film"] == []


def test_less_motion(room, opened, browser):
    """Who asks for less motion gets no scrolling or moving by itself."""
    media = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        opened(room())
        assert ask(browser, "matchMedia('(prefers-reduced-motion: reduce)').matches")
        moving = (
            "[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);"
            "return s.animationName !== 'none' || s.scrollBehavior === 'smooth'; }).length"
        )
        assert ask(browser, moving) == 0
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_pictures_have_words(room, opened):
    """Every picture has a name that sums it up."""
    browser = opened(room(**ROOMS["usual"]))
    named = ask(
        browser,
        "[...document.querySelectorAll('[role=img]')].map(e => e.getAttribute('aria-label'))",
    )
    assert len(named) == 3
    assert "most at 0:" in named[0]
    assert "camera off 8 %" in named[1]
    assert "someone in view 92 %" in named[2]
