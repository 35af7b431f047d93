"""Pictures saved from the page, long tables folded, and wide ones that say so."""

import base64
import json
from xml.etree import ElementTree

import cv2
import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.report.elements import Listing, Table
from laughtrack.analytics.report.rendering import FIRST_ROWS, MOST_ROWS, render
from laughtrack.analytics.report.sections.moments import moments
from tests.analytics.browsing import asked, count

SVG = "{http://www.w3.org/2000/svg}"
MARKS = [{"t_s": 8.5, "text": "the bus leaves"}]
# What is saved is not downloaded, but given to the test.
SAVE = """
const [selector, done] = arguments;
const make = URL.createObjectURL;
HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };
URL.createObjectURL = function (blob) {
  URL.createObjectURL = make;
  const reader = new FileReader();
  reader.onload = () => done(JSON.stringify([window.savedAs, reader.result]));
  reader.readAsDataURL(blob);
  return "blob:none";
};
document.querySelector(selector).click();
"""


def saved(browser, place, form):
    """Save a picture; its file's name and bytes."""
    selector = f"{place} [data-save={form}]"
    name, url = json.loads(browser.execute_async_script(SAVE, selector))
    return name, base64.b64decode(url.split(",")[1])


def table(rows):
    """Return a page's part with a table of so many rows."""
    made = Table("Rows", ["Row"], [[f"row {k}"] for k in range(rows)])
    return render("session/marked.html", section=Listing(made))


@pytest.mark.parametrize("rows", [1, MOST_ROWS, MOST_ROWS + 1, 100])
def test_long_tables_are_folded(rows):
    """All rows are there, once; of many the first before the fold."""
    page = table(rows)
    assert [page.count(f">row {k}<") for k in range(rows)] == [1] * rows
    folded = rows > MOST_ROWS
    assert page.count('<details class="more">') == folded
    if folded:
        before, after = page.split('<details class="more">')
        assert before.count("<td>") + before.count('scope="row"') == FIRST_ROWS
        assert f"<summary>{rows - FIRST_ROWS} more rows</summary>" in after


def test_the_surest_moments_come_first():
    """Those beyond chance stand above larger ones that are not, with the number on the curve."""
    found = pd.DataFrame({"t_s": [5.0, 9.0, 14.0], "p_value": [0.3, 0.01, np.nan]})
    found = found.assign(share_smiling=0.5, viewers=8, mean_smile=0.5, start_s=1.0, end_s=2.0)
    rows = moments(found.assign(rise=0.4)).table.rows
    assert [row[0] for row in rows] == [2, 1, 3]


@pytest.fixture
def page(room, opened):
    """Open a page with all kinds of pictures, one of them zoomed."""
    x = [10 + 90 * (k % 3) for k in range(6)]
    known = room(info={"media_offset_s": 12.0, "marks": MARKS}, off=[(40, 45)])
    spread = dict(zip(range(1, 7), x, strict=True))
    left = known.readings["viewer_id"].map(spread).astype("int64")
    known = known._replace(readings=known.readings.assign(x1=left, x2=left + 60))
    return opened(known)


PLACES = {
    "#audience figure": {"The audience over time", "share of viewers smiling", "100 %", "1"},
    "#viewers figure": {"Viewer by viewer", "absent", "0:10"},
    "#viewers .maps figure": {"Part of the time smiling"},
    "#coverage figure": {"What the camera covered", "camera off", "0:10"},
}


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("place", PLACES)
def test_saved_pictures(page, place):
    """Each as SVG and PNG, with its heading, key and times, and nothing is asked for."""
    name, data = saved(page, place, "svg")
    assert name.startswith("The-Night-Bus-") and name.endswith(".svg")
    root = ElementTree.fromstring(data)
    texts = {text for each in root.iter(f"{SVG}text") for text in each.itertext()}
    assert {"The Night Bus", *PLACES[place]} <= texts
    assert not {each.tag for each in root.iter()} & {f"{SVG}foreignObject", f"{SVG}script"}
    assert all(
        value.startswith(("#", "data:image/png"))
        for each in root.iter()
        for key, value in each.attrib.items()
        if key.endswith("href")
    )
    name, data = saved(page, place, "png")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    size = [round(2 * float(root.get(side))) for side in ("height", "width")]
    assert name.endswith(".png") and list(pixels.shape[:2]) == pytest.approx(size, abs=2)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20
    assert page.get_log("browser") == [] and asked(page) == [page.current_url]


@pytest.mark.slow
@pytest.mark.browser
def test_every_picture_can_be_saved(page):
    """No figure without the buttons."""
    assert count(page, "figure") == count(page, "figure .save") == 5


@pytest.mark.slow
@pytest.mark.browser
def test_wide_tables_say_so(room, opened):
    """On a phone, and only where there is more to see."""
    page = opened(room(), 390)
    wide = (
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    )
    many, marked = page.execute_script(
        f"return [{wide}.length, {wide}.filter(e => e.matches('.wide')).length]"
    )
    assert many == marked == count(page, ".scroll.wide") > 0


@pytest.mark.slow
@pytest.mark.browser
def test_all_rows_are_printed(room, opened):
    """Folded rows are opened for paper, and folded again; hundreds of viewers stay folded."""
    marks = [{"t_s": 2.0 * n, "text": f"mark {n}"} for n in range(20)]
    page = opened(room(viewers=30, info={"marks": marks}))
    closed = "details.more:not([open])"
    before = count(page, closed)
    page.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert count(page, "#marked details.more[open]") == 1
    assert count(page, closed) == count(page, f"#viewers {closed}") == 1
    page.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert count(page, closed) == before
