"""The page of two audiences compared, its words and its table; and in a browser."""

import re
from pathlib import Path

import numpy as np
import pytest

from laughtrack.analytics.comparison.alignment import Alignment, by_film_time, pieces
from laughtrack.analytics.comparison.compare import Settings, compare
from laughtrack.analytics.comparison.table import COLUMNS, compare_table, for_people
from laughtrack.analytics.inputs.scene_lists import read_scenes
from laughtrack.analytics.report.comparison_page import compare_page
from laughtrack.analytics.report.comparison_summary import points, summary
from laughtrack.analytics.report.rendering import render
from laughtrack.analytics.report.sections.comparison import header, missed
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.browsing import ask, count
from tests.analytics.pretend import Room, session

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

SCENE = tuple((t_s, None) for t_s in (55.0, 58.0, 61.0, 64.0))


def cut(seed, strength, name, viewers=30, seconds=120.0):
    """Return the tables of a film with a scene so funny, whose beginning was missed."""
    jokes = ((20.0, 0.5), *((t_s, strength) for t_s, _ in SCENE))
    room = Room(viewers=viewers, seconds=seconds, jokes=jokes, seed=seed)
    info = {"title": "The Night Bus", "media_offset_s": 600.0}
    return SessionTables(session(room, rate_hz=5.0, name=name, info=info))


def compared(first=0.1, second=0.8, alignment=None, scenes=None, **room):
    """Compare two pretend audiences."""
    a, b = cut(2, first, "friday", **room), cut(3, second, "saturday <2>", **room)
    found = alignment or by_film_time(a, b)
    return compare(a, b, found, scenes, Settings(draws=400))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Return a comparison that finds a difference, with scenes."""
    path = tmp_path_factory.mktemp("scenes") / "scenes.csv"
    path.write_text("start,end,name\n0:10:00,0:10:50,The <stop>\n0:10:54,0:11:06,The bus\n")
    return compared(scenes=read_scenes(path))


@pytest.fixture(scope="module")
def same():
    """Return a comparison that finds none."""
    return compared(0.4, 0.4)


CASES = {
    "different": {},
    "the same": {"first": 0.4, "second": 0.4},
    "three seconds": {"seconds": 3.0, "viewers": 6},
    "with a cut": {
        "alignment": Alignment(
            pieces([[0, 50, 0, 50], [70, 120, 60, 110]]), "edit list", ("A <b>",)
        )
    },
}


def test_page_is_the_same_again(result):
    """The same comparison gives the same bytes."""
    assert compare_page(result) == compare_page(result)


def test_who_was_seen_too_briefly_is_said_of_the_side(result):
    """Three in B, and nobody in A."""
    found = dict(header(result.facts._replace(brief=(0, 3))))
    assert "left out" not in found["A"]
    assert found["B"].endswith("30 viewers judged, 3 seen for less than a second left out")


def test_page_escapes(result):
    """Names and scenes are text, never markup."""
    page = compare_page(result)
    assert "saturday &lt;2&gt;" in page and "saturday <2>" not in page
    assert "The &lt;stop&gt;" in page and "The <stop>" not in page


def test_page_shows_film_time(result):
    """Stretches are told in the film's time."""
    top = result.clusters.iloc[0]
    assert 53 < top["a_start_s"] < 67
    body = compare_page(result).split("<main")[1]
    minute, second = divmod(top["a_start_s"] + 600, 60)
    assert '<section id="stretches">' in body
    assert f"{minute:.0f}:{second:04.1f}" in body


def test_what_could_be_missed_is_one_number(result):
    """The sentence and the table round it alike, upwards."""
    cells = dict(row for row in missed(result.detectable).rows)
    (said,) = (each for each in summary(result) if "could have been missed" in each)
    assert f"less than {cells['10 s']} that lasts 10 s" in said


@pytest.mark.parametrize("name", CASES)
def test_summary(name):
    """At most five sentences, of which one says what could have been missed."""
    said = summary(compared(**CASES[name]))
    assert 1 <= len(said) <= 5
    assert all(text.endswith(".") for text in said)
    assert "missed" in " ".join(said) or "could not have been found" in " ".join(said)


def test_summary_of_a_difference(result):
    """It names the place, the side and the size, and does not say that the cut made it."""
    said = summary(result)
    assert re.search(r"differed by more than chance would give.* 1[01]:\d\d to 1[01]:\d\d", said[1])
    assert "more of B's viewers smiled than of A's" in said[1]
    assert "does not prove" in said[-1]


def test_summary_of_no_difference(same):
    """That nothing was found is not said to be equality."""
    said = summary(same)
    assert "No stretch differed" in said[1] and "does not show that there is none" in said[-1]


@pytest.mark.parametrize(
    "value, digits, text",
    [(0.123, 0, "+12"), (-0.123, 1, "−12.3"), (0.001, 0, "0"), (-0.001, 0, "0"), (np.nan, 0, "–")],
)
def test_points(value, digits, text):
    """Differences have a sign, nothing has none, and what is not known is a dash."""
    assert points(value, digits) == text


def test_table(result):
    """All that came of it is in one table."""
    table = compare_table(result)
    assert tuple(table) == COLUMNS
    assert table["what"].value_counts().to_dict() == {
        "stretch": len(result.clusters),
        "score": 7,
        "scene": 2,
        "findable": 5,
    }
    stretches = table[table["what"] == "stretch"]
    np.testing.assert_allclose(stretches["b_start_s"], result.clusters["b_start_s"] + 600)
    scores = table[table["what"] == "score"]
    np.testing.assert_array_equal(scores["p"], result.scores["p_holm"])


def test_table_for_people(result, same):
    """People get the scores, the scenes, and the stretches that count, without empty columns."""
    scores, scenes, stretches = for_people(compare_table(result))
    assert (len(scores), len(scenes)) == (7, 2)
    assert len(stretches) == (result.clusters["p"] <= 0.05).sum() > 0
    assert "a_start_s" not in scores and "name" not in stretches
    assert len(for_people(compare_table(same))) == 1


def test_nothing_could_be_found(result):
    """Where even everybody's smile is not enough, it is said in words."""
    none = result.detectable.assign(least_difference=np.nan)
    said = render("comparison/missed.html", section=missed(none))
    assert said.count("not even if all of them smiled") == 5
    said = summary(result._replace(detectable=none))
    assert "However large, a difference could not have been found." in said


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a comparison's page at a width in pixels."""

    def open_page(result, width=1400):
        path = tmp_path / "a page.html"
        path.write_text(compare_page(result), encoding="utf-8")
        browser.get_log("browser")
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(path.as_uri())
        return browser

    return open_page


@pytest.mark.browser
@pytest.mark.parametrize("name", CASES)
def test_no_error(name, opened):
    """The console stays silent."""
    assert opened(compared(**CASES[name])).get_log("browser") == []


@pytest.mark.browser
def test_pictures(result, opened):
    """Both curves, their difference, the band and the shades are drawn, and the tables stand."""
    browser = opened(result)
    shades = int((result.clusters["p"] <= 0.05).sum())
    assert count(browser, "#both .scatterlayer .trace path.js-line") >= 4
    assert count(browser, "#both .shapelayer path") == shades > 0
    assert count(browser, "#scores tbody tr") == 7
    assert count(browser, "#scenes tbody tr") == 2
    assert count(browser, "#missed tbody tr") == 5


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 390])
def test_width(result, opened, width):
    """No page scrolls sideways."""
    browser = opened(result, width)
    wide = ask(browser, "document.documentElement.scrollWidth")
    assert wide <= ask(browser, "document.documentElement.clientWidth")


@pytest.mark.browser
def test_lines_differ_without_colour(result, opened):
    """A and B differ in the kind of line, too."""
    script = "document.getElementById('both').data.map(d => d.line && d.line.dash)"
    kinds = ask(opened(result), script)
    assert kinds[2:4] == ["solid", "6px,3px"]


@pytest.mark.browser
def test_axe(result, opened):
    """axe-core finds no serious or critical fault."""
    package = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    browser = opened(result)
    browser.execute_script((Path(package.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    faults = [(f["id"], f["help"]) for f in found["violations"] if f["impact"] != "minor"]
    assert faults == []
