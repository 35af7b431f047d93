"""The page's cursor in a browser: film, slider, peaks and clicks move it, in all pictures."""

import time

import cv2
import numpy as np
import pytest

from tests.analytics.browsing import ask, count, shade

pytestmark = pytest.mark.browser
PLOTS = 3  # the curve, the viewers by time, the coverage
LEFT, RIGHT = 44, 44


def until(check, browser, seconds=20):
    """Wait until the page gives something true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ask(browser, check)
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never came true: {check}")


def cursors(browser, length_s=60.0):
    """Return at what session times the cursors stand, from their places on the screen."""
    return ask(
        browser,
        "[...document.querySelectorAll('.cursor')].map(c => {"
        "const box = c.parentNode.getBoundingClientRect(), at = c.getBoundingClientRect();"
        f"return (at.left + at.width / 2 - box.left) / box.width * {length_s}; }})",
    )


def set_slider(browser, t_s):
    """Move the slider as a reader does."""
    browser.execute_script(
        "const s = document.getElementById('moment'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('input', { bubbles: true }));",
        t_s,
    )


def test_cursor_follows_the_film(room, film, opened):
    """While the film plays, the cursor stands at its time in all pictures."""
    browser = opened(room(info={"media_offset_s": 2.0}), film=film)
    until("document.getElementById('film').readyState >= 2", browser)
    assert ask(browser, "document.getElementById('film').currentTime") == pytest.approx(2, abs=0.1)
    browser.execute_script("document.getElementById('film').muted = true;")
    browser.execute_script("document.getElementById('film').play();")
    until("document.getElementById('film').currentTime > 3.5", browser)
    browser.execute_script("document.getElementById('film').pause();")
    until("document.getElementById('film').paused", browser)
    time.sleep(0.3)
    film_s = ask(browser, "document.getElementById('film').currentTime")
    found = cursors(browser)
    assert len(found) == PLOTS
    assert found == pytest.approx([film_s - 2.0] * PLOTS, abs=0.3)
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("selector", ["#moments .jump", ".pin"])
def test_click_on_a_peak_jumps(room, film, opened, selector):
    """A peak's row, or its number on the curve, moves the film's picture and the cursors there."""
    browser = opened(room(), film=film)
    until("document.getElementById('film').readyState >= 2", browser)
    button = browser.find_element("css selector", selector)
    t_s = float(button.get_attribute("data-t"))
    button.click()
    until("!document.getElementById('film').seeking", browser)
    time.sleep(0.3)
    assert ask(browser, "document.getElementById('film').currentTime") == pytest.approx(
        t_s, abs=0.2
    )
    assert cursors(browser) == pytest.approx([t_s] * PLOTS, abs=0.2)
    shot = browser.find_element("id", "film").screenshot_as_png
    picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    # Above the controls.
    assert abs(float(np.median(picture[: len(picture) // 2])) - shade(t_s)) < 6


def test_cursor_without_a_film(room, opened):
    """The slider moves the cursors by itself, and says what was there."""
    browser = opened(room())
    set_slider(browser, 31.0)
    assert cursors(browser) == pytest.approx([31.0] * PLOTS, abs=0.1)
    assert "0:31: 100 % smiling of 6 viewers judged" in ask(
        browser, "document.getElementById('readout').textContent"
    )
    assert count(browser, "video") == 0


def test_keyboard(room, opened):
    """Arrow keys on the slider, and Enter on a peak, move the cursor without a mouse."""
    browser = opened(room(seconds=300))
    keys = pytest.importorskip("selenium.webdriver").Keys
    browser.find_element("id", "moment").send_keys(keys.ARROW_RIGHT * 3)
    assert cursors(browser, 300.0) == pytest.approx([3.0] * PLOTS, abs=0.5)
    peak = browser.find_element("css selector", "#moments .jump")
    peak.send_keys(keys.ENTER)
    t_s = float(peak.get_attribute("data-t"))
    assert cursors(browser, 300.0) == pytest.approx([t_s] * PLOTS, abs=0.5)
    browser.find_element("css selector", "[data-peak='-1']").send_keys(keys.SPACE)
    assert max(cursors(browser, 300.0)) < t_s - 1


@pytest.mark.parametrize("place", ["#curve", "#viewers-by-time", "#coverage-strip"])
def test_click_in_a_picture_moves_the_cursor(room, opened, place):
    """A click in any picture moves the cursor in all of them."""
    from selenium.webdriver import ActionChains

    browser = opened(room())
    plot = browser.find_element("css selector", place)
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", plot)
    wide = ask(browser, "arguments[0].closest('.plot').clientWidth", plot) - LEFT - RIGHT
    left, middle = ask(
        browser,
        "(p => [p.left, arguments[0].getBoundingClientRect().left + "
        "arguments[0].getBoundingClientRect().width / 2])"
        "(arguments[0].closest('.plot').getBoundingClientRect())",
        plot,
    )
    aside = round(left + LEFT + 0.75 * wide - middle)
    ActionChains(browser).move_to_element_with_offset(plot, aside, 3).click().perform()
    until("document.getElementById('moment').value > 1", browser)
    assert cursors(browser) == pytest.approx([45.0] * PLOTS, abs=0.3)


def test_spoken_once_at_rest(room, opened):
    """A screen reader hears where the cursor came to rest, not each step on the way."""
    browser = opened(room())
    for t_s in (5, 10, 31):
        set_slider(browser, t_s)
    assert ask(browser, "document.getElementById('said').textContent") == ""
    assert until("document.getElementById('said').textContent", browser).startswith("0:31: ")
    assert ask(browser, "document.getElementById('said').getAttribute('aria-live')") == "polite"


def test_zoom_is_the_same_in_all_pictures(room, opened):
    """Zooming in shows the same part of the session everywhere; zooming out leads back."""
    browser = opened(room())
    set_slider(browser, 30.0)
    for _ in range(2):
        browser.find_element("css selector", "[data-zoom='0.5']").click()
    until("document.querySelector('.axis span').textContent === '0:25'", browser)
    assert cursors(browser, 15.0) == pytest.approx([7.5] * PLOTS, abs=0.1)
    range_ms = ask(browser, "document.getElementById('curve').layout.xaxis.range.map(Number)")
    assert range_ms[1] - range_ms[0] == pytest.approx(15_000, abs=1)
    for _ in range(2):
        browser.find_element("css selector", "[data-zoom='2']").click()
    until("document.querySelector('.axis span').textContent === '0:00'", browser)


def test_film_that_does_not_load(room, film, opened, tmp_path):
    """The page says that the film is not there, and all else works."""
    path = tmp_path / "gone.mp4"
    path.write_bytes(film.read_bytes())
    browser = opened(room(), film=path)
    path.unlink()
    browser.refresh()
    until("!document.getElementById('film-lost').hidden", browser)
    told = ask(browser, "document.getElementById('film-lost').textContent")
    assert "could not be played" in told
    set_slider(browser, 31.0)
    assert cursors(browser) == pytest.approx([31.0] * PLOTS, abs=0.1)
