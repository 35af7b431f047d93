"""The Review page in Chromium: a session mended by clicks alone, and again by keyboard alone."""

import pytest

from laughtrack.analytics.store.amendments.ledger import read_list
from laughtrack.analytics.store.sessions import load_audience
from tests.analytics import pretend
from tests.analytics.browsing import ask, asked, browsing, count, faults
from tests.analytics.review.broken_audience import POSTERS, broken, stored
from tests.analytics.web.running import serving
from tests.brokers import until

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PATH = "/sessions/hall/pretend/review"


@pytest.fixture(scope="module")
def browser():
    """Return a Chromium."""
    with browsing() as found:
        yield found


@pytest.fixture
def server(tmp_path):
    """Run a server of a session of 12 viewers with two posters on the wall."""
    room = pretend.session(pretend.Room(viewers=12, seconds=60.0), rate_hz=2.0)
    stored(tmp_path / "store", room, broken(room, splits=0, swaps=0))
    with serving(tmp_path) as found:
        found.store = str(tmp_path / "store")
        yield found


def kinds(server):
    """Return the kinds of the corrections that were made."""
    return [each.kind for each in read_list(server.store, "pretend")]


def open_page(browser, server):
    """Open the page, and wait until it shows the session."""
    # What is noted of an earlier server's page is no matter of this one's.
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(server.address + PATH)
    until(lambda: count(browser, "#viewers li") == 14)
    until(lambda: count(browser, "#map .box") >= 12)


def made(browser, server, count):
    """Wait until so many corrections are in the store, and the page shows them."""
    until(lambda: len(kinds(server)) == count)
    rows = "#corrections tbody tr"
    until(lambda: ask(browser, f"document.querySelectorAll('{rows}').length") == count)
    assert ask(browser, "document.getElementById('trouble').hidden")


def sound(browser, server):
    """Check that nothing went wrong that nobody sees."""
    errors = [each for each in browser.get_log("browser") if each["level"] == "SEVERE"]
    assert errors == []
    assert all(each.startswith(server.address) for each in asked(browser))


def middle_of(browser, viewer):
    """Return where on the screen a viewer's seat is."""
    script = """(() => { const place = document.querySelector(
        `#map .seat[data-viewer="${arguments[0]}"] circle`).getBoundingClientRect();
        return [place.x + place.width / 2, place.y + place.height / 2]; })()"""
    return ask(browser, script, str(viewer))


def press_at(browser, start, end=None):
    """Press the mouse at a place of the screen, drag it to another, and let go."""
    from selenium.webdriver.common.action_chains import ActionChains

    chain = ActionChains(browser, duration=50)
    mouse = chain.w3c_actions.pointer_action
    mouse.move_to_location(*map(round, start)).pointer_down()
    if end is not None:
        mouse.move_to_location(*map(round, end))
    mouse.pointer_up()
    chain.perform()


def test_by_clicks(browser, server):
    """Posters are excluded, a group is named by dragging, a viewer split and merged, a seat out."""
    browser.set_window_size(1400, 1300)
    open_page(browser, server)
    find = lambda selector: browser.find_element("css selector", selector)  # noqa: E731
    for poster in POSTERS:
        press_at(browser, middle_of(browser, poster))
    until(lambda: "901, 902" in find("#chosen").text)
    find("#exclude-form .danger:not([type])").click()
    made(browser, server, 1)
    # The back row, from its first seat to its last.
    (x1, y1), (x2, y2) = middle_of(browser, 1), middle_of(browser, 10)
    press_at(browser, (x1 - 8, y1 - 8), (x2 + 8, y2 + 8))
    until(lambda: "Chosen: 1, 2, 3" in find("#chosen").text)
    find("#group").send_keys("back row")
    find("#group-form button").click()
    made(browser, server, 2)
    find("#none").click()
    press_at(browser, middle_of(browser, 3))
    bar = find("#viewers li:nth-child(3) .bar")
    bar.click()
    assert abs(float(find("#cursor").get_attribute("value")) - 30) < 2
    find("#split").click()
    made(browser, server, 3)
    find("#viewers input[value='100001']").click()
    find("#merge").click()
    made(browser, server, 4)
    find("#none").click()
    find("#viewers input[value='12']").click()
    find("#opt-out").click()
    made(browser, server, 5)
    find("#corrections tbody tr:nth-child(4) button").click()
    made(browser, server, 6)
    assert kinds(server) == ["exclude", "group", "split", "merge", "opt-out", "undo"]
    found = load_audience(server.store, "pretend")
    assert sorted({*found.readings["viewer_id"]}) == [*range(1, 12)]
    assert found.amended.groups == ()
    sound(browser, server)


def test_by_keyboard(browser, server):
    """The same without a mouse: Tab, Space, Enter and arrows, and what is typed."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.set_window_size(390, 900)
    open_page(browser, server)

    def keys(*words):
        ActionChains(browser, duration=20).send_keys(*words).perform()

    def walk_to(test):
        """Press Tab until what has the focus is what is looked for."""
        for _ in range(120):
            keys(Keys.TAB)
            if ask(browser, f"document.activeElement.matches({test!r})"):
                return
        pytest.fail(f"no way to {test} by Tab")

    for poster in POSTERS:
        walk_to(f"#viewers input[value='{poster}']")
        keys(Keys.SPACE)
    walk_to("#exclude-form .danger:not([type])")
    keys(Keys.ENTER)
    made(browser, server, 1)
    walk_to("#cursor")
    keys(*[Keys.PAGE_UP] * 3, Keys.ARROW_RIGHT)
    assert float(ask(browser, "document.getElementById('cursor').value")) > 10
    walk_to("#viewers input[value='3']")
    keys(Keys.SPACE)
    walk_to("#split")
    keys(Keys.ENTER)
    made(browser, server, 2)
    walk_to("#viewers input[value='100001']")
    keys(Keys.SPACE)
    walk_to("#merge")
    keys(Keys.ENTER)
    made(browser, server, 3)
    walk_to("#group")
    keys("press", Keys.ENTER)
    made(browser, server, 4)
    walk_to("#opt-out")
    keys(Keys.ENTER)
    made(browser, server, 5)
    walk_to("#undo")
    keys(Keys.ENTER)
    made(browser, server, 6)
    assert kinds(server) == ["exclude", "split", "merge", "group", "opt-out", "undo"]
    assert load_audience(server.store, "pretend").amended.groups == ((3, "press"),)
    assert ask(browser, "document.documentElement.scrollWidth <= innerWidth")
    sound(browser, server)


def test_everybody_can_use_it(browser, server):
    """Axe finds nothing serious, light or dark, wide or narrow; another's change is told."""
    open_page(browser, server)
    browser.find_element("css selector", "#viewers input").click()
    for width, scheme in ((1400, "light"), (390, "dark")):
        browser.set_window_size(width, 1000)
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        assert faults(browser) == []
        assert ask(browser, "document.documentElement.scrollWidth <= innerWidth")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    from laughtrack.analytics.review import making
    from laughtrack.analytics.review.reviewed import review

    seen = review(server.store, "pretend")
    making.record(server.store, seen, making.exclude(seen, [901]), "another")
    browser.find_element("css selector", "#exclude-form .danger:not([type])").click()
    until(lambda: "somebody else" in browser.find_element("css selector", "#trouble").text)
    until(lambda: count(browser, "#viewers li") == 13)
    assert kinds(server) == ["exclude"]
