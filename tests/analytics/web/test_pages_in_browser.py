"""Sessions, Add footage and the pretend audience in Chromium: by clicks, and by keyboard alone."""

from contextlib import suppress

import pytest

from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.edge.simulate.simulate import simulate
from tests.analytics.browsing import ask, asked, browsing, count, faults
from tests.analytics.web.audiences import store_audience
from tests.analytics.web.running import serving
from tests.brokers import until

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROW, PATIENCE_S = "#found tbody tr", 180


@pytest.fixture(scope="module")
def browser():
    """Return a Chromium."""
    with browsing() as found:
        yield found


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("films") / "room.mp4"
    simulate(path, 3, 3, (400, 226), seed=2)
    return path


@pytest.fixture
def server(tmp_path, film):
    """Run a server of three sessions and a folder of films."""
    store = tmp_path / "store"
    store_audience(str(store), "first", title="The Night Bus")
    store_audience(str(store), "second", title="<img src=x onerror=alert(1)>", device="lobby")
    store_audience(str(store), "third", complete=False)
    with serving(tmp_path, footage=(film.parent,)) as found:
        found.store = str(store)
        yield found


def elements(browser, selector, text=""):
    """Return the elements of a selector whose text has a word."""
    found = browser.find_elements("css selector", selector)
    return [each for each in found if text in each.text]


def click(browser, selector, text):
    """Click the first element of a selector whose text has a word, once it is there."""
    from selenium.common.exceptions import StaleElementReferenceException

    def clicked():
        # The list may be made anew between finding and clicking.
        with suppress(StaleElementReferenceException):
            found = elements(browser, selector, text)
            return found and found[0].click() is None

    until(clicked, PATIENCE_S)


def names(browser):
    """Return the sessions of the list as it stands."""
    return ask(browser, f"[...document.querySelectorAll('{ROW}')].map(r => r.dataset.session)")


def keys(browser, *words):
    """Press keys, wherever the focus is."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    for word in words:
        ActionChains(browser).send_keys(getattr(Keys, word, word)).perform()


def tab_to(browser, condition):
    """Press Tab until the focus is on what a line of script says of `it`."""
    for _ in range(80):
        if ask(browser, f"(it => {condition})(document.activeElement)"):
            return
        keys(browser, "TAB")
    raise AssertionError(f"the keyboard never reaches {condition}")


@pytest.fixture(autouse=True)
def fresh(browser):
    """Begin with logs that are empty, and end without a page that asks for more."""
    browser.get_log("browser")
    asked(browser)
    yield
    browser.get("about:blank")


def sound(browser, server):
    """Check that nothing went wrong that nobody sees, and nothing was asked of others."""
    errors = [each for each in browser.get_log("browser") if each["level"] == "SEVERE"]
    assert errors == []
    assert all(each.startswith(server.address) for each in asked(browser))


def sized(browser, width):
    """Give the window a width, in pixels of the page."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def test_sessions_are_found_and_forgotten_by_clicks(browser, server):
    """Search, order, figures that come later, and forgetting with what goes."""
    sized(browser, 1400)
    browser.get(f"{server.address}/sessions")
    until(lambda: len(names(browser)) == 3, PATIENCE_S)
    share = '[...document.querySelectorAll("[data-figure=share]")].map(e => e.textContent)'
    until(lambda: all("%" in each for each in ask(browser, share)), PATIENCE_S)
    click(browser, "thead a", "Title")
    until(lambda: names(browser) == ["third", "second", "first"], PATIENCE_S)
    browser.find_element("css selector", "#q").send_keys("night bus")
    until(lambda: names(browser) == ["first"], PATIENCE_S)
    click(browser, f"{ROW} a", "Forget")
    until(lambda: "The Night Bus" in browser.title, PATIENCE_S)
    assert elements(browser, "dd", "4 viewers")
    browser.find_element("css selector", "button.danger").click()
    until(lambda: sorted(names(browser)) == ["second", "third"], PATIENCE_S)
    assert sorted(list_sessions(server.store)["session"]) == ["second", "third"]
    sound(browser, server)


def test_sessions_are_found_and_forgotten_by_keyboard(browser, server):
    """The same with Tab, letters and Enter."""
    browser.get(f"{server.address}/sessions")
    until(lambda: len(names(browser)) == 3, PATIENCE_S)
    tab_to(browser, "it.id === 'q'")
    keys(browser, "lobby", "ENTER")
    until(lambda: names(browser) == ["second"], PATIENCE_S)
    tab_to(browser, "it.textContent.startsWith('Forget')")
    keys(browser, "ENTER")
    until(lambda: "Forget" in browser.title, PATIENCE_S)
    tab_to(browser, "it.matches('button.danger')")
    keys(browser, "ENTER")
    until(lambda: sorted(names(browser)) == ["first", "third"], PATIENCE_S)
    sound(browser, server)


def test_footage_is_added_by_clicks(browser, server):
    """Chosen below a folder, scored, and its session opens."""
    browser.get(f"{server.address}/footage")
    click(browser, "#files button", "room.mp4")
    browser.find_element("css selector", "button.main").click()
    state = "document.querySelector('#queue .state')?.textContent"
    until(lambda: ask(browser, state) == "done", PATIENCE_S)
    click(browser, "#queue a", "Open the session")
    until(lambda: browser.current_url == f"{server.address}/sessions/replay/room", PATIENCE_S)
    sound(browser, server)


def test_footage_is_uploaded_and_cancelled_by_keyboard(browser, server, film):
    """Sent with a title, taken off the list; a page that is left open shows it."""
    server.app.state.jobs.close()  # it waits: nobody works
    browser.get(f"{server.address}/footage")
    until(lambda: elements(browser, "#files button", "room.mp4"), PATIENCE_S)
    tab_to(browser, "it.value === 'server'")
    keys(browser, "ARROW_DOWN")
    tab_to(browser, "it.id === 'file'")
    browser.find_element("css selector", "#file").send_keys(str(film))
    tab_to(browser, "it.id === 'title'")
    keys(browser, "<b>Night</b>")
    keys(browser, "ENTER")
    title = "document.querySelector('#queue li strong')?.textContent"
    until(lambda: ask(browser, title) == "<b>Night</b>", PATIENCE_S)
    words = "[...document.querySelectorAll('#queue button')].map(b => b.textContent).join()"
    for word in ("Cancel", "Remove"):
        until(lambda word=word: word in ask(browser, words), PATIENCE_S)
        tab_to(browser, f"it.textContent.startsWith('{word}')")
        keys(browser, "ENTER")
    until(lambda: count(browser, "#queue li") == 0, PATIENCE_S)
    sound(browser, server)


def test_pretend_audience_is_live_by_one_click(browser, tmp_path):
    """From an empty store to faces on the screen."""
    with serving(tmp_path) as server:
        server.app.state.pretend._seconds = 6
        browser.get(f"{server.address}/sessions")
        browser.find_element("css selector", "#pretend").click()
        until(lambda: "/live/live/pretend-" in browser.current_url, PATIENCE_S)
        sound(browser, server)
        # Before the server ends: what a page then misses is no fault of it.
        browser.get("about:blank")


def test_pages_are_for_everybody(browser, server):
    """No fault that axe-core finds, nothing wider than the window, in light and in dark."""
    paths = ("/sessions", "/sessions/cam/first/forget", "/footage", "/login")
    for path, shade in zip(paths, ("dark", "light", "dark", "light"), strict=True):
        media = {"features": [{"name": "prefers-color-scheme", "value": shade}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        browser.get(server.address + path)
        for width in (1400, 390):
            sized(browser, width)
            assert ask(browser, "document.documentElement.scrollWidth <= innerWidth"), (path, width)
        assert faults(browser) == [], path
    sound(browser, server)
