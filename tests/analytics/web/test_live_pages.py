"""The pages Live and Devices in a real Chromium: by clicks, and again by keyboard alone."""

import json

import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.edge.mqtt.broker import Broker
from laughtrack.edge.simulate.simulate import simulate
from tests import brokers
from tests.analytics.browsing import ask, asked, browsing, faults
from tests.analytics.web.running import Line, camera, serving
from tests.brokers import until

pytestmark = [pytest.mark.browser, pytest.mark.broker]
WIDTHS = (1400, 390)
AWAY_S = 30
# Begins a session as the page does.
BEGIN = """
import("/static/post.js")
  .then(({ post }) => post("/live/start", { source: arguments[0], session: "cut" }))
  .then(() => (window.begun = true));
"""
# Each second as the page shows it.
NOTE_SECONDS = """
const place = document.getElementById("second");
window.seconds = [place.textContent];
const note = (change) => change.addedNodes.forEach((node) => window.seconds.push(node.data));
new MutationObserver((changes) => changes.forEach(note)).observe(place, { childList: true });
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Return a browser, a server that hears a broker, the broker's port, and a camera."""
    folder = tmp_path_factory.mktemp("live")
    film = folder / "room.mp4"
    simulate(film, 4, 8, (400, 226), seed=2)
    with (
        brokers.Broker(folder / "broker") as broker,
        camera(film) as source,
        serving(
            folder, broker=Broker(f"mqtt://127.0.0.1:{broker.port}", "laughtrack-serve-test")
        ) as server,
        browsing() as browser,
    ):
        yield browser, server, broker.port, source


def text(browser, place):
    """Return an element's text."""
    return ask(browser, "document.getElementById(arguments[0])?.textContent ?? ''", place)


def check(browser, server):
    """A page that is whole: for all readers, at both widths, and asking nobody else."""
    assert faults(browser) == []
    for width in WIDTHS:
        browser.set_window_size(width, 900)
        assert ask(browser, "document.documentElement.scrollWidth <= innerWidth")
    browser.set_window_size(1400, 900)
    assert [url for url in asked(browser) if not url.startswith(server.address)] == []
    assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == []


def focus(browser, selector):
    """Go to an element with the tabulator alone."""
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    for _ in range(60):
        if ask(browser, "document.activeElement.matches(arguments[0])", selector):
            return browser.switch_to.active_element
        browser.switch_to.active_element.send_keys(keys.TAB)
    raise AssertionError(f"no way to {selector}")


def test_by_clicks(room):
    """A session is begun, watched, marked and stopped; it is whole in the store then."""
    browser, server, _, source = room
    browser.get(f"{server.address}/live")
    check(browser, server)
    field = browser.find_element("id", "source")
    field.clear()
    field.send_keys(source.address)
    browser.find_element("id", "title").send_keys("The <b>Night</b> Bus")
    browser.find_element("id", "session").send_keys("clicks")
    browser.find_element("css selector", "#start button").click()
    until(lambda: browser.current_url.endswith("/live/live/clicks"))
    until(lambda: text(browser, "second").startswith("At 0:0"))
    assert text(browser, "title") == "The <b>Night</b> Bus"
    assert int(text(browser, "seen")) == 4
    browser.find_element("id", "mark-text").send_keys("first <i>joke</i>")
    browser.find_element("css selector", "#mark-form button.main").click()
    until(lambda: "first <i>joke</i>" in text(browser, "marks"))
    until(lambda: ask(browser, "document.querySelectorAll('#peaks tbody tr').length") > 0)
    lit = "document.getElementById('seats').getContext('2d').getImageData(0, 0, 800, 400).data"
    assert ask(browser, f"{lit}.some((value) => value > 0)")
    check(browser, server)
    browser.find_element("id", "stop").click()
    browser.find_element("css selector", "#sure button.danger").click()
    until(lambda: text(browser, "state") == "over")
    until(lambda: ask(browser, "!document.getElementById('done').hidden"))
    session = load(server.app.state.settings.store, "clicks", "live")
    assert session.info["complete"] is True
    assert [each["text"] for each in session.info["marks"]] == ["first <i>joke</i>"]


def test_by_keyboard(room):
    """The same without a mouse; M marks the moment."""
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    browser, server, _, source = room
    browser.get(f"{server.address}/live")
    field = focus(browser, "#source")
    field.send_keys(keys.CONTROL, "a")
    field.send_keys(source.address)
    focus(browser, "#session").send_keys("keys", keys.ENTER)
    until(lambda: browser.current_url.endswith("/live/live/keys"))
    until(lambda: text(browser, "second") != "")
    browser.switch_to.active_element.send_keys("m")
    until(lambda: "mark" in text(browser, "marks"))
    focus(browser, "#mark-text").send_keys("my joke", keys.ENTER)
    until(lambda: "my joke" in text(browser, "marks"))
    focus(browser, "#stop").send_keys(keys.ENTER)
    focus(browser, "#sure button.danger").send_keys(keys.ENTER)
    until(lambda: text(browser, "state") == "over")
    marks = load(server.app.state.settings.store, "keys", "live").info["marks"]
    assert [each["text"] for each in marks] == ["mark", "my joke"]


def shown(browser):
    """Return the seconds that the page showed, in their order."""
    clocks = [each.split()[1].rstrip(":") for each in ask(browser, "window.seconds")]
    return [60 * int(minute) + int(second) for minute, second in (c.split(":") for c in clocks)]


def test_a_browser_that_was_cut_off_goes_on(room):
    """It says so, and then shows each second of the store that it missed, once."""
    browser, server, _, source = room
    line = Line(int(server.address.rpartition(":")[2]))
    browser.get(f"{line.address}/live")
    browser.execute_script(BEGIN, source.address)
    until(lambda: ask(browser, "window.begun"))
    browser.get(f"{line.address}/live/live/cut")
    until(lambda: text(browser, "second") != "")
    browser.execute_script(NOTE_SECONDS)
    line.cut()
    until(lambda: ask(browser, "!document.getElementById('away').hidden"))
    watched = server.call(server.app.state.hub.session, "live", "cut")
    told_s = watched.told_s
    until(lambda: watched.told_s > told_s + AWAY_S, 3 * AWAY_S)
    line.mend()
    until(lambda: ask(browser, "document.getElementById('away').hidden"), 2 * AWAY_S)
    back_s = watched.told_s
    until(lambda: shown(browser)[-1] > back_s)
    server.call(server.app.state.hub.local.stop_one, watched.key)
    line.close()
    until(lambda: watched.facts.state != "running")
    spans = load(server.app.state.settings.store, "cut", "live").spans
    stored = [*range(int(spans["end_s"].max()))]
    seconds = shown(browser)
    assert seconds[0] <= told_s and seconds == stored[seconds[0] : seconds[-1] + 1]
    # What the cut left in the logs is no fault of the pages that come next.
    browser.get("about:blank")
    asked(browser)
    browser.get_log("browser")


def test_devices(room):
    """Each as it speaks, stale and offline ones marked; told by keyboard what to do."""
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    browser, server, port, _ = room
    browser.get(f"{server.address}/devices")
    until(lambda: ask(browser, "!document.getElementById('none').hidden"))
    listener = brokers.Listener(port, "laughtrack/hall/lobby/command")

    def say(device, **status):
        told = json.dumps({"online": True, "queue": 3, "camera": "ok <b>x</b>", **status})
        listener.tell(f"laughtrack/hall/{device}/status", told, retain=True)

    say("lobby", session="night")
    say("attic", online=False, at_utc="2026-01-31T20:15:00Z")
    cards = "document.querySelectorAll('#devices .device').length"
    until(lambda: ask(browser, cards) == 2)
    assert "online, last heard 0 s ago" in text(browser, "devices")
    assert "ok <b>x</b>" in text(browser, "devices") and "3 batches" in text(browser, "devices")
    assert ask(browser, "document.querySelectorAll('.device.stale h2').length") == 1
    check(browser, server)
    field = focus(browser, ".device:not(.stale) input")
    field.send_keys("the film starts")
    focus(browser, '.device:not(.stale) [data-do="mark"]').send_keys(keys.ENTER)
    command = json.loads(until(lambda: [m.payload for m in listener.heard])[0])
    assert (command["do"], command["text"]) == ("mark", "the film starts")
    answer = {"id": command["id"], "do": "mark", "ok": True, "said": "'the film starts' at 3 s"}
    say("lobby", session="night", answer=answer)
    until(lambda: text(browser, "told") == "lobby: 'the film starts' at 3 s")
    listener.tell("laughtrack/hall/attic/status", b"", retain=True)
    until(lambda: ask(browser, cards) == 1)
    listener.stop()
