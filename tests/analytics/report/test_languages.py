"""Pages in German and French: every text is translated, with its places, and numbers as usual.

Whether a text goes through the catalogues at all, those made known only yesterday included, is
tried with a language in which every letter is another: whatever Latin letters are left were never
asked for.
"""

import gettext
import json
import re
from html.parser import HTMLParser
from string import Formatter

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.compare import Settings, compare
from laughtrack.analytics.fleet.summary import summary
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.norms.standing import norms
from laughtrack.analytics.report.comparison_page import compare_page
from laughtrack.analytics.report.languages import DOMAIN, FOLDER, LANGUAGES, Language
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.report.rendering import FOLDER as RENDERED
from laughtrack.analytics.report.rooms.rooms_page import rooms_page
from laughtrack.analytics.report.session_page import Extras, report
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.cli.looks import Lang
from tests.analytics.pretend import Room, session
from tests.analytics.rooms.halls import hall, together
from tests.catalogues import OTHERS, catalogue, texts

PLACES = re.compile(r"\{[^}]*\}|%\(\w+\)s|%%|<[^>]*>")
# Names and facts that stand on pages as they are, and units and signs that are the same anywhere.
SAME = {
    *("The Night Bus", "friday-late", "hall-2", "hall-2.mp4", "screening", "the bus leaves"),
    *("hall", "pretend", "first", "second", "UTC", "SVG", "PNG", "opening", "Titles", "Dial"),
}
FACTS = "facts"


class Texts(HTMLParser):
    """Gather what a reader of a page sees or hears: texts, names and the script's own."""

    def __init__(self, page):
        """Read the page."""
        super().__init__()
        self.found, self._tags, self._facts, self._json = [], [], 0, False
        self.feed(page)
        drawn = re.findall(r'"(?:hovertemplate|text|ticktext)":("[^"]*"|\[[^]]*\])', page)
        self.found += [text for part in drawn for text in _strings(json.loads(part))]

    def handle_starttag(self, tag, attrs):
        """Note what is within what; what describes an element is read, too."""
        attrs = dict(attrs)
        self._tags.append(tag)
        self._json = attrs.get("type") == "application/json"
        # Settings and the model's card are another program's words.
        self._facts += tag == "table" and FACTS in (attrs.get("class") or "")
        self.found += [attrs[name] for name in ("aria-label", "alt", "title") if attrs.get(name)]

    def handle_endtag(self, tag):
        """Leave a table of facts."""
        self._facts -= tag == "table" and self._facts > 0

    def handle_data(self, data):
        """Keep a text."""
        if self._tags and self._tags[-1] == "script" and self._json:
            known = json.loads(data)
            heat = known["heat"] or {"places": []}
            self.found += _strings([known["said"], known["judged_of"], known["peak_texts"]])
            self.found += heat["places"]
        elif data.strip() and not self._facts and self._tags[-1] not in ("script", "style"):
            self.found.append(re.sub("[ \n]+", " ", data.strip(" \n")))
        self._json = False


def _strings(value):
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        return [text for each in value for text in _strings(each)]
    return [value] if isinstance(value, str) else []


class Other(gettext.NullTranslations):
    """A language in which every letter is another."""

    def gettext(self, text):
        """Write a text with other letters."""
        parts = re.split(f"({PLACES.pattern})", text)
        return "".join(p if k % 2 else re.sub(r"[A-Za-z]", "ж", p) for k, p in enumerate(parts))

    def ngettext(self, one, other, many):
        """Write the text for a number."""
        return self.gettext(one if many == 1 else other)


def _latin(page):
    """Return the texts of a page with words in Latin letters, places of the script left out."""
    found = {PLACES.sub("", text) for text in Texts(page).found}
    for name in sorted(SAME, key=len, reverse=True):
        found = {text.replace(name, "") for text in found}
    return sorted(text for text in found if re.search("[A-Za-z]{2,}", text))


def _usual(room):
    marks = [{"t_s": 8.5, "text": "the bus leaves"}]
    facts = {"media_offset_s": 12.0, "marks": marks, "cut_short_s": 2.0, "lost_pictures": 3}
    return room(info=facts, off=[(40, 45)], hidden=[(50, 52)]), Extras()


def _with_all(room):
    known = session(Room(viewers=24, seconds=60.0, jokes=((20.0, 0.9),)), rate_hz=5.0)
    scenes = {"start_s": [0.0, 30.0, 95.0], "end_s": [30.0, 90.0, 99.0]}
    scenes = pd.DataFrame({**scenes, "name": ["opening", "Titles", "Dial"]})
    t_s = np.arange(60.0)
    dial = pd.DataFrame({"t_s": t_s, "a": np.sin(t_s), "b": t_s % 5})
    tables = SessionTables(known)
    scored = [{"session": name, "device": "", **summary(tables)} for name in ("pretend", "first")]
    found = norms(pd.DataFrame(scored), "pretend")
    viewers = known.readings["viewer_id"].unique()
    groups = pd.DataFrame(
        {"viewer_id": viewers, "group": np.resize(["left", "row 2"], len(viewers))}
    )
    return known, Extras(None, scenes, dial, groups, found)


def _corrected(room):
    model = {"sensitivity": [0.9, 0.88, 0.92], "specificity": [0.97, 0.96, 0.98]}
    known = session(Room(viewers=20), rate_hz=5, info={"title": "Dial", "error_model": model})
    return known, Extras()


def _without_groups(room):
    """Figures of few are withheld: no viewer of these is in a group of a file."""
    known, extras = _with_all(room)
    return known, extras._replace(groups=None)


ROOMS = {
    "usual": (_usual, 1),
    "with all": (_with_all, 1),
    "few shown": (_without_groups, 5),
    "corrected": (_corrected, 1),
    "too few": (_usual, 8),
    "nobody": (lambda room: (room(viewers=0), Extras()), 1),
    "one viewer": (lambda room: (room(viewers=1, info={"model": {"network": "x"}}), Extras()), 1),
    "not judged": (lambda room: (room(hidden=[(0, 60)]), Extras()), 1),
    "three seconds": (lambda room: (room(seconds=3, apexes=(1.5,)), Extras()), 1),
}


@pytest.fixture(scope="module")
def comparison():
    """Return two pretend audiences compared."""
    rooms = [
        session(Room(viewers=14, seconds=60.0, jokes=((20.0, share),), seed=k), 5.0, name=name)
        for k, (share, name) in enumerate([(0.1, "first"), (0.9, "second")])
    ]
    a, b = map(SessionTables, rooms)
    return compare(a, b, by_film_time(a, b), None, Settings(draws=200))


@pytest.mark.slow
@pytest.mark.parametrize("name", ROOMS)
def test_every_text_of_a_session_goes_through_the_catalogues(room, name):
    """In a language of other letters no word in Latin ones is left."""
    make, least = ROOMS[name]
    known, extras = make(room)
    assert _latin(report(known, least, None, extras, Look(Language("de", Other())))) == []


@pytest.mark.slow
def test_every_text_of_a_summary_goes_through_the_catalogues(room):
    """As of a whole page."""
    known, extras = _corrected(room)
    assert _latin(report(known, 1, None, extras, Look(Language("de", Other()), summary=True))) == []


@pytest.mark.slow
def test_every_text_of_a_comparison_goes_through_the_catalogues(comparison):
    """As of a session."""
    assert _latin(compare_page(comparison, Look(Language("de", Other())))) == []


@pytest.mark.slow
def test_every_text_of_a_film_in_several_rooms_goes_through_the_catalogues():
    """As of a session; names of rooms stand as they are."""
    made = [hall(k, viewers, seconds=60.0) for k, viewers in enumerate((12, 12, 14, 12, 3), 1)]
    lively = hall(6, 14, seconds=50.0, at_rest=0.7)
    page = rooms_page(together([*made, lively]), Look(Language("de", Other())))
    left = [each for each in _latin(page) if not re.fullmatch(r"hall \d|The Night Bus", each)]
    assert left == []


def test_a_text_that_does_not_is_found():
    """The look for Latin letters finds a sentence, a picture's text and what a title says."""
    page = '<p title="a seat">ж</p><p>No word</p><script>{"hovertemplate":"at a time"}</script>'
    assert _latin(page) == ["No word", "a seat", "at a time"]


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated(code):
    """Also those that were added last: `make catalogues` writes them where translators look."""
    known = catalogue(code)
    for each in texts():
        if each.id:
            said = known.get(each.id)
            said = said.string if said else ""
            assert all(said if isinstance(said, tuple) else [said]), each.id
    assert {each.id for each in known} == {each.id for each in texts()}


@pytest.mark.parametrize("code", OTHERS)
def test_places_are_the_same(code):
    """A translation has the places of its text, with their formats, and no others."""
    for each in catalogue(code):
        if each.id and isinstance(each.id, str):
            assert _places(each.string) == _places(each.id)
        elif each.id:
            assert {*map(_fields, each.string)} <= {*map(_fields, each.id)}
            assert _places(each.string[1]) == _places(each.id[1])


def _places(text):
    """Return a text's places with their formats, in order of name."""
    fields = [(name, form) for _, name, form, _ in Formatter().parse(text) if name]
    return sorted(fields), sorted(re.findall(r"%\(\w+\)s", text)), "%%" in text


def _fields(text):
    return (*_places(text)[0], *_places(text)[1])


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_compiled_is_what_is_written(code):
    """`make catalogues` was run after the last change."""
    compiled = gettext.translation(DOMAIN, FOLDER, [code])
    for each in catalogue(code):
        if isinstance(each.id, tuple):
            said = compiled.ngettext(*each.id, 1), compiled.ngettext(*each.id, 2)
            assert said == each.string
        elif each.id:
            assert compiled.gettext(each.id) == each.string


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.slow
def test_no_english_is_left(room, code):
    """No sentence of the page is that of the English one, and numbers are written as usual."""
    known, extras = _usual(room)
    pages = [report(known, extras=extras, look=Look(Language(each))) for each in ("en", code)]
    english, other = ({*Texts(page).found} for page in pages)
    assert f'<html lang="{code}">' in pages[1] and '<html lang="en">' in pages[0]
    for text in english & other:
        left = text
        for name in SAME:
            left = left.replace(name, "")
        assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", left), text
    assert not [text for text in other if re.search(r"\d\.\d|\d %", text)]
    assert [text for text in other if re.search(r"\d,\d", text)]
    assert [text for text in other if "\u202f%" in text]


@pytest.mark.slow
def test_english_is_the_same_with_and_without_a_look(room):
    """English needs no catalogue."""
    assert report(room(seconds=3)) == report(room(seconds=3), look=Look(Language("en")))


@pytest.mark.parametrize("path", sorted((RENDERED / "assets").glob("*.js")), ids=lambda p: p.stem)
def test_scripts_have_no_words_of_their_own(path):
    """What they say comes with the page's data."""
    words = re.findall(r'"[A-Za-z]+ [a-z ]+"', path.read_text(encoding="utf-8"))
    assert {*words} == {'"use strict"'} or not words


@pytest.mark.browser
def test_what_scripts_say(room, opened):
    """At the cursor, at a peak's number and over the viewers by time, numbers as usual."""
    page = opened(room(), look=Look(Language("de")))
    readout = "return document.getElementById('readout').textContent"
    assert page.execute_script(readout) == "0:00: 0\u202f% von 6 beurteilten Zuschauern lächelnd"
    assert "zu dieser Spitze springen" in page.execute_script(
        "return document.querySelector('.pin').getAttribute('aria-label')"
    )
    tip = page.execute_script(
        "const map = document.getElementById('viewers-by-time'), box = map.getBoundingClientRect();"
        "const at = { clientX: box.left + box.width / 2, clientY: box.top + 5, bubbles: true };"
        "map.dispatchEvent(new MouseEvent('mousemove', at));"
        "return document.getElementById('tip').textContent"
    )
    assert re.fullmatch(r"Zuschauer 1 \(.*\), 0:\d\d: Lächelstärke \d,\d\d, (nicht )?lächelnd", tip)


def test_plurals():
    """French counts nobody as one."""
    said = {code: Language(code).say for code in LANGUAGES}
    for many, german, french in (
        (0, "0 Zuschauer beurteilt", "0 spectateur évalué"),
        (1, "1 Zuschauer beurteilt", "1 spectateur évalué"),
        (1200, "1.200 Zuschauer beurteilt", "1\u202f200 spectateurs évalués"),
    ):
        text = plural("{n:,} viewer judged", "{n:,} viewers judged", many)
        assert (said["de"](text), said["fr"](text)) == (german, french)
        assert said["en"](text) == text


def test_messages_within_messages():
    """All of it is said in the language, numbers with its signs; plain texts stay as they are."""
    say = Language("de").say
    low = message("{value:.2f} min", value=-1234.5)
    text = joined([message("{low} to {high}", low=low, high="yes"), message("yes")])
    assert text == "−1234.50 min to yes, yes"
    assert say(text) == "−1234,50 min bis yes, ja"
    assert say("yes") == "yes"


def test_the_command_line_knows_the_languages():
    """Those that there are, and no others."""
    assert [each.value for each in Lang] == [*LANGUAGES]


def test_an_unknown_language():
    """It says which there are."""
    with pytest.raises(ValueError, match="'es': expected one of en, de, fr"):
        Language("es")
