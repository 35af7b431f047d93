"""The page in a browser: it opens from a file, asks for nothing, and shows its pictures."""

import pytest

from tests.analytics.browsing import asked, count

pytestmark = pytest.mark.browser
WIDTHS = (1400, 390)


@pytest.mark.parametrize("options", [{}, {"viewers": 0}, {"seconds": 3, "apexes": (1.5,)}])
def test_no_error(room, opened, options):
    """The console stays silent."""
    assert opened(room(**options)).get_log("browser") == []


def test_no_request(room, opened):
    """Nothing is asked for but the page itself."""
    browser = opened(room())
    assert asked(browser) == [browser.current_url]
    assert browser.current_url.startswith("file:")


def test_pictures(room, opened):
    """The curve, its counts, the viewers by time and the coverage are drawn."""
    browser = opened(room())
    assert count(browser, "#curve .scatterlayer .trace path.js-line") >= 4
    assert count(browser, "canvas#viewers-by-time") == 1
    assert count(browser, "#coverage-strip rect") == 1
    assert count(browser, "#curve .xtick text, #curve .xaxislayer-above text") >= 3


def test_curve_is_whole(room, opened):
    """The curve runs over the whole width, its first seconds first."""
    lefts = opened(room()).execute_script(
        "return [...document.querySelectorAll('#curve .trace path.js-line')].slice(0, 2).map("
        "p => { const b = p.getBBox(); return [b.x, b.width]; })"
    )
    widest = max(width for _, width in lefts)
    assert all(left < 0.02 * widest for left, _ in lefts)
    assert all(width > 0.95 * widest for _, width in lefts)


def test_tables(room, opened):
    """The tables stand in the rendered page with their rows."""
    browser = opened(room(off=[(20, 25)]))
    assert count(browser, "#moments tbody tr") == 3
    assert count(browser, "#viewers tbody tr") == 2 * 6
    assert count(browser, "#coverage tbody tr") == 1
    assert count(browser, "#method tbody tr") > 3


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("title", ["The Night Bus", "W" * 120])
def test_width(room, opened, width, title):
    """No page scrolls sideways, and no picture is wider than the screen."""
    browser = opened(room(viewers=30, info={"title": title}), width)
    size = "return [document.documentElement.scrollWidth, window.innerWidth]"
    needed, there = browser.execute_script(size)
    assert needed <= there
    right = browser.execute_script(
        "return Math.max(...[...document.querySelectorAll('.main-svg, .strip')]"
        ".map(each => each.getBoundingClientRect().right))"
    )
    assert right <= width


def test_paper(room, opened):
    """Printed, the pictures fit the paper's width."""
    browser = opened(room())
    browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    size = (
        "return (b => [b.width, b.height])"
        "(document.querySelector('#curve .main-svg').getBoundingClientRect())"
    )
    wide, high = browser.execute_script(size)
    assert wide <= 690
    assert 200 < high < 420
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    wide, high = browser.execute_script(size)
    assert wide > 690
    assert high == 420
