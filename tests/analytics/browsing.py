"""A Chromium without a window for the tests of the page, and a film whose shade says its time."""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browsing():
    """Start a browser, which notes errors and requests."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    words = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
    for word in (*words, "--autoplay-policy=no-user-gesture-required"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Told where the driver is, selenium looks for no other, and so asks the network for nothing.
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    # axe-core takes half a minute over a page of 30 viewers on a busy machine.
    driver.set_script_timeout(180)
    try:
        yield driver
    finally:
        driver.quit()
        service.stop()


def shade(t_s):
    """Return how bright the film of `make_film` is at a time."""
    return 20 + 3 * int(t_s)


def make_film(path, seconds=60, rate=10):
    """Write a film that is a little brighter each second; its place is known from its picture."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")
    writer = ffmpeg.write_frames(str(path), (160, 96), fps=rate, codec="libx264")
    writer.send(None)
    for frame in range(seconds * rate):
        writer.send(np.full((96, 160, 3), shade(frame / rate), np.uint8).tobytes())
    writer.close()
    return path


def ask(browser, script, *values):
    """Return what a line of script gives in the page."""
    return browser.execute_script(f"return {script}", *values)


def count(browser, selector):
    """Return how many elements of the rendered page a selector finds."""
    return ask(browser, "document.querySelectorAll(arguments[0]).length", selector)


def asked(browser):
    """Return the addresses that a page asked for since its performance log was last read."""
    events = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    addresses = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    return [url for url in addresses if not url.startswith(("data:", "blob:"))]


def faults(browser):
    """Return axe-core's serious and critical faults of the page, with where they are."""
    package = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    script = (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    browser.execute_script(script)
    found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert len(found["passes"]) > 10
    return [
        (fault["id"], fault["help"], [node["html"][:120] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical", "moderate")
    ]
