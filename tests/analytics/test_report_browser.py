"""The page in a browser: it opens from a file, asks for nothing, and shows its pictures."""

import json
import shutil

import pytest

from analytics.report import report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    BROWSER is None or shutil.which("chromedriver") is None,
    reason="no Chromium with its driver on this machine (apt-get install chromium chromium-driver)",
)

WIDTHS = (1400, 390)


@pytest.fixture(scope="module")
def browser():
    """Start a Chromium without a window, which notes errors and requests."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Told where the driver is, selenium looks for no other, and so asks the network for nothing.
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()
    service.stop()


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a session's page at a width in pixels."""

    def open_page(session, width=1400):
        path = tmp_path / "a page.html"
        path.write_text(report(session), encoding="utf-8")
        for kind in ("browser", "performance"):
            browser.get_log(kind)
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(path.as_uri())
        return browser

    return open_page


def count(browser, selector):
    """Return how many elements of the rendered page a selector finds."""
    return browser.execute_script("return document.querySelectorAll(arguments[0]).length", selector)


@pytest.mark.parametrize("options", [{}, {"viewers": 0}, {"seconds": 3, "apexes": (1.5,)}])
def test_no_error(room, opened, options):
    """The console stays silent."""
    assert opened(room(**options)).get_log("browser") == []


def test_no_request(room, opened):
    """Nothing is asked for but the page itself."""
    browser = opened(room())
    events = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    asked = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    left = [url for url in asked if not url.startswith(("data:", "blob:"))]
    assert left == [browser.current_url]
    assert left[0].startswith("file:")


def test_pictures(room, opened):
    """The curve, its counts, the viewers by time and the coverage are drawn."""
    browser = opened(room())
    assert count(browser, "#curve .scatterlayer .trace path.js-line") >= 4
    assert count(browser, "#viewers-by-time .heatmaplayer image") == 1
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


def test_blank_is_not_zero(room, opened):
    """A time that could not be judged is blank in the picture of viewers, and has no points."""
    values = opened(room(hidden=[(20, 40)])).execute_script(
        "return Array.from(document.getElementById('viewers-by-time')._fullData[0].z[0])"
        ".map(v => v === null || Number.isNaN(v))"
    )
    assert any(values)
    assert not all(values)


def test_tables(room, opened):
    """The tables stand in the rendered page with their rows."""
    browser = opened(room(off=[(20, 25)]))
    assert count(browser, "#moments tbody tr") == 3
    assert count(browser, "#viewers tbody tr") == 6
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
    wide = "return document.querySelector('#curve .main-svg').getBoundingClientRect().width"
    assert browser.execute_script(wide) <= 690
