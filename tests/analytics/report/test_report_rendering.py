"""Templates: every text is escaped, nothing is left out in silence, HTML comes from one place."""

import math
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError, nodes

from laughtrack.analytics.report import rendering
from laughtrack.analytics.report.elements import (
    Listing,
    Table,
    flatten,
    jump,
    nowrap,
    scene_name,
    still,
)
from laughtrack.analytics.report.languages import ENGLISH, Language
from laughtrack.analytics.report.rendering import render

TEMPLATES = rendering.FOLDER / "templates"
BAD = "<b>&\"'"


class Tags(HTMLParser):
    """Gather a page's tags with their attributes, and its texts."""

    def __init__(self, text):
        """Read the page."""
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        """Keep a text."""
        self.texts += [data.strip()] if data.strip() else []


def listed(*cells):
    """Return the tags and texts of a table of one row of these cells."""
    table = Table(BAD, ["", *map(str, range(len(cells)))], [[BAD, *cells]], "named")
    return Tags(render("session/moments.html", section=Listing(table, unlisted=BAD)))


def test_texts_are_escaped():
    """Caption, heading of a row, cells of every kind, and what stands below are texts."""
    page = listed(BAD, jump(1.0, BAD), nowrap(BAD), still("data:,", BAD))
    assert page.texts.count(BAD) == 6
    assert not [tag for tag, _ in page.tags if tag == "b"]
    assert ("img", {"class": "still", "src": "data:,", "alt": BAD}) in page.tags
    assert next(attrs for tag, attrs in page.tags if tag == "div")["aria-label"] == BAD


def test_cells():
    """A time is a button that says where to jump, and a number is written as it is."""
    page = listed(jump(61.25), 3, nowrap("1 to 2"))
    assert ("button", {"type": "button", "class": "jump", "data-t": "61.250"}) in page.tags
    assert ("span", {"class": "whole"}) in page.tags
    assert page.texts[-5:-1] == [BAD, "1:01.2", "3", "1 to 2"]


def test_cells_have_no_white_space():
    """A cell holds its text and nothing else, so that columns of figures stand below each other."""
    page = render(
        "session/moments.html", section=Listing(Table("", ["", ""], [["a", nowrap("b")]]))
    )
    assert '<th scope="row">a</th><td><span class="whole">b</span></td>' in page


def test_nothing_to_list():
    """Without a table, what is said instead."""
    page = Tags(render("session/moments.html", section=Listing(None, empty=BAD)))
    assert page.texts == [BAD] and [tag for tag, _ in page.tags] == ["p"]


def test_missing_values_are_errors():
    """A template that is not given what it shows does not leave it out."""
    with pytest.raises(UndefinedError):
        render("session/moments.html")


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_no_template_turns_escaping_off(path: Path):
    """No filter `safe`, no block without escaping: what is HTML already is so from Python."""
    tree = rendering.environment(ENGLISH).parse(path.read_text(encoding="utf-8"))
    assert "safe" not in {each.name for each in tree.find_all(nodes.Filter)}
    assert not list(tree.find_all(nodes.ScopedEvalContextModifier))


def test_scenes_without_a_name_are_named_in_the_language():
    """They have a number; a name that only begins so is left as it is."""
    say = Language("fr").say
    names = ["scene 3", "scene of the crime", "Scene 3", "scene "]
    assert [say(scene_name(name)) for name in names] == ["scène 3", *names[1:]]


def test_flatten():
    """Nested facts become pairs, their names joined by dots."""
    facts = {"a": {"b": 0.12345678, "c": [1, True]}, "d": None, "e": False}
    assert flatten(facts) == [("a.b", "0.123457"), ("a.c", "1, yes"), ("d", "–"), ("e", "no")]
    assert math.isnan(nowrap("x").t_s)
