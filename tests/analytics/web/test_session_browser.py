"""The *Session* page in a browser: its main jobs by clicks, and again by the keyboard alone."""

import shutil
from contextlib import contextmanager

import pytest

from laughtrack.analytics.store.metadata_changes import change_title
from tests.analytics import pretend
from tests.analytics.browsing import ask, asked, browsing, count, faults, make_film
from tests.analytics.web.running import serving
from tests.brokers import until
from tests.cli.test_statistics import put

pytestmark = pytest.mark.browser
TITLE = "<script>document.title='ran'</script> The Night Bus"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run a server of two sessions, with a film that may be chosen."""
    folder = tmp_path_factory.mktemp("session")
    for name, title in (("hall", TITLE), ("late", "The Day Bus")):
        room = pretend.Room(20, 20.0, ((10, 0.8),), seed=ord(name[0]))
        put(str(folder / "store"), pretend.session(room, 2.0, name=name))
        change_title(str(folder / "store"), name, title)
    (folder / "films").mkdir()
    make_film(folder / "films" / "the film.mp4", seconds=20, rate=5)
    (folder / "scenes.csv").write_text("start,end,name\n0,9,<b>Bus</b>\n9,20,Rest\n")
    with serving(folder, footage=(folder / "films",)) as server:
        server.folder = folder
        yield server


@pytest.fixture(scope="module")
def browser(server):
    """Start a browser that saves files into the server's folder."""
    with browsing() as browser:
        saved = {"behavior": "allow", "downloadPath": str(server.folder / "saved")}
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", saved)
        yield browser


@pytest.fixture
def opened(browser, server):
    """Open the page; at the end nothing was asked of others, and there was no error."""
    shutil.rmtree(server.folder / "state" / "sessions", ignore_errors=True)
    browser.set_window_size(1400, 900)
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(f"{server.address}/sessions/cam/hall")
    reported(browser)
    yield browser
    assert {each for each in asked(browser) if not each.startswith(server.address)} == set()
    assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == []


@contextmanager
def inside(browser, frame="iframe"):
    """Look into the report's frame."""
    browser.switch_to.frame(browser.find_element("css selector", frame))
    try:
        yield browser
    finally:
        browser.switch_to.default_content()


def reported(browser, selector="#audience .main-svg"):
    """Wait until the report has something."""

    def there():
        with inside(browser):
            return count(browser, selector) > 0

    until(there, 60)


def said(browser, words):
    """Wait until the page says something."""
    until(lambda: words in ask(browser, "document.querySelector('#said').textContent"), 60)


def click(browser, selector):
    """Click on an element."""
    browser.find_element("css selector", selector).click()


def press(browser, *keys):
    """Press keys where the focus is."""
    actions = pytest.importorskip("selenium.webdriver").ActionChains(browser)
    actions.send_keys(*keys).perform()


def tab_to(browser, selector):
    """Press Tab until an element has the focus."""
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    for _ in range(120):
        press(browser, keys.TAB)
        if ask(browser, "document.activeElement?.matches(arguments[0])", selector):
            return
    raise AssertionError(f"no way to {selector} by Tab")


def test_by_clicks(opened, server):
    """Film, groups and scenes come and go, a file is saved, two sessions are compared."""
    assert ask(opened, "document.title") == f"{TITLE} - Laughtrack"
    click(opened, "#beside > summary")
    click(opened, "#by option[value=row]")
    click(opened, "#film option:nth-child(2)")
    click(opened, "#choose")
    said(opened, "Shown below.")
    reported(opened, "section#groups")
    with inside(opened):
        until(lambda: ask(opened, "document.querySelector('#film').readyState") >= 1, 30)
        click(opened, "#moments .jump")
        until(lambda: 8 < ask(opened, "document.querySelector('#film').currentTime") < 12, 30)
    opened.find_element("id", "file-scenes").send_keys(str(server.folder / "scenes.csv"))
    click(opened, "#add-scenes")
    said(opened, "Added scenes.csv.")
    reported(opened, "section#scenes")
    with inside(opened):
        assert "<b>Bus</b>" in ask(opened, "document.querySelector('#scenes').textContent")
    assert ask(opened, "document.activeElement.id") == "away-scenes"
    click(opened, "#away-scenes")
    said(opened, "Taken away.")
    reported(opened)
    with inside(opened):
        assert count(opened, "section#scenes") == 0 and count(opened, "section#groups") == 1
    click(opened, "#exports > summary")
    click(opened, "#form option[value=vtt]")
    click(opened, "#save-export")
    said(opened, "Saved hall-vtt.vtt.")
    saved = server.folder / "saved" / "hall-vtt.vtt"
    until(lambda: saved.exists() and saved.read_text().startswith("WEBVTT"), 30)
    click(opened, "#compare > summary")
    opened.find_element("id", "with").send_keys("cam/late")
    click(opened, "#compare button.main")
    until(lambda: "/compare" in opened.current_url, 30)
    reported(opened, "section#curves .main-svg")


def test_by_keyboard(opened):
    """Norms are added, a file is saved, two sessions are compared, without a mouse."""
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    tab_to(opened, "#beside > summary")
    press(opened, keys.ENTER)
    tab_to(opened, "#norms")
    press(opened, keys.SPACE)
    tab_to(opened, "#choose")
    press(opened, keys.ENTER)
    said(opened, "Shown below.")
    reported(opened, "section#norms")
    assert ask(opened, "document.activeElement.id") == "choose"
    tab_to(opened, "#exports > summary")
    press(opened, keys.ENTER)
    tab_to(opened, "#form")
    press(opened, "Peaks for Open")
    tab_to(opened, "#save-export")
    press(opened, keys.ENTER)
    said(opened, "Saved hall-otio.otio.")
    tab_to(opened, "#compare > summary")
    press(opened, keys.ENTER)
    tab_to(opened, "#with")
    press(opened, "cam/late", keys.ENTER)
    until(lambda: "/compare" in opened.current_url, 30)
    reported(opened, "section#curves .main-svg")


@pytest.mark.parametrize("path", ["", "/api", "/compare"])
def test_nothing_is_in_the_way(path, opened, server):
    """Of who sees little, or on a small screen; everything that opens is open."""
    if path == "/api":
        opened.get(f"{server.address}{path}")
    if path == "/compare":
        opened.get(f"{server.address}/sessions/cam/hall/compare?with=cam%2Flate")
        reported(opened, "section#curves .main-svg")
        with inside(opened):
            assert faults(opened) == []
    opened.execute_script("for (const each of document.querySelectorAll('.part')) each.open = true")
    for width in (390, 1400):
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        assert faults(opened) == []
        assert ask(opened, "document.documentElement.scrollWidth") <= width
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
