"""The page as text: what it says, what it withholds, what it must not contain."""

import re
from html.parser import HTMLParser

import pytest

from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.formatting import clock, percent
from laughtrack.analytics.report.elements import Listing, Table
from laughtrack.analytics.report.rendering import render
from laughtrack.analytics.report.sections.method import FOUND_BY
from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.edge.settings import FINDERS


class Page(HTMLParser):
    """Gather a page's words outside scripts and styles, its tables' rows, ids and addresses."""

    def __init__(self, text):
        """Read the page."""
        super().__init__()
        self.words, self.tables, self.ids, self.addresses = "", [], [], []
        self._inside, self._cell = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note ids, addresses, and where tables, rows and cells begin."""
        facts = dict(attrs)
        self.ids += [facts["id"]] if facts.get("id") else []
        self.addresses += [facts[name] for name in ("src", "href", "srcset") if name in facts]
        self._inside = [tag] if tag in ("script", "style") else []
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("dt", "dd"):
            self.words += " "
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        """End a cell, or what should not be read."""
        self._inside, self._cell = [], False

    def handle_data(self, data):
        """Keep words and cells."""
        if not self._inside:
            self.words += data
            if self._cell:
                self.tables[-1][-1][-1] += data


def words(text):
    """Return a page's words with single spaces."""
    return " ".join(Page(text).words.split())


def rows_of(text, first):
    """Return the rows of the table whose first heading is `first`, those folded away included."""
    whole, *more = (each for each in Page(text).tables if each[0][0].strip() == first)
    same = [each[1:] for each in more if each[0] == whole[0]]
    return sum(same, whole[1:])


ROOMS = [
    # name, options, what the page says, what it does not say
    ("usual", {},
        ["The Night Bus", "6 viewers were seen in 1:00", "Peak moments", "31 January 2026"],
        ["not complete", "No viewer"]),
    ("nobody", {"viewers": 0}, ["No viewer was seen", "There is no curve", "nobody there"],
        ["viewers were seen in"]),
    ("one viewer", {"viewers": 1}, ["1 viewer was seen in 1:00"], ["1 viewers"]),
    ("three seconds", {"seconds": 3, "apexes": (1.5,)}, ["6 viewers were seen in 0:03"], []),
    ("camera off in the middle", {"off": [(20, 40)]}, ["on for 40.0 s and off for 20.0 s"], []),
    ("no laugh", {"apexes": ()}, ["No moment stood out"], ["The moment that stood out most was"]),
    ("nobody could be judged", {"hidden": [(0, 60)]}, ["no face could be judged"], []),
    ("nothing recorded", {"viewers": 0, "seconds": 0}, ["The camera recorded nothing"], []),
    ("no facts", {"info": {"title": None, "settings": {}, "versions": {}, "model": {}}},
        ["friday-late", "No settings, versions or model card"], ["None"]),
    ("not complete", {"info": {"complete": False}}, ["not complete"], []),
    ("cut short", {"info": {"cut_short_s": 12.5}}, ["broke off 12.5 s before"], []),
    ("damaged", {"info": {"lost_pictures": 7}}, ["7 pictures of the recording could not"], []),
    ("model card", {}, ["genki4k.right", "0.9311", "LFW, GENKI-4K", "rate_hz"], []),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "said", "unsaid"), ROOMS)
def test_words(room, name, options, said, unsaid):
    """The page says in plain words what there was."""
    found = words(report(room(**options)))
    assert [text for text in said if text not in found] == []
    assert [text for text in [*unsaid, "nan", "NaN"] if text in found] == []


@pytest.mark.slow
@pytest.mark.parametrize("options", [row[1] for row in ROOMS])
def test_only_what_was_measured(room, options):
    """The page never says more than smile and viewer."""
    found = words(report(room(**options))).lower()
    assert not re.search(r"emotion|engage|identit|happ(y|iness)|enjoy", found)


@pytest.mark.slow
def test_same_bytes(room):
    """The same session gives the same bytes."""
    assert report(room()) == report(room())


@pytest.mark.slow
def test_made_when_told(room):
    """The time it was made stands on the page only when it is given."""
    assert "Page made" not in words(report(room()))
    assert "Page made 1 February 2026, 09:30 UTC" in words(
        report(room(), made_utc="2026-02-01T09:30:00Z")
    )


@pytest.mark.slow
def test_asks_for_nothing(room):
    """No address on the page leads anywhere but down the page."""
    assert Page(report(room())).addresses == ["data:,", "#main"]


@pytest.mark.slow
def test_pictures(room):
    """The curve, the viewers by time and the coverage have fixed places."""
    ids = Page(report(room())).ids
    assert {"curve", "viewers-by-time", "coverage-strip"} < set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"quoted\" & 'so'", "</title>", "$"]
)
def test_texts_are_escaped(room, text):
    """Whatever a title or a setting says is shown as it is written."""
    made = report(room(info={"title": text, "source": text, "settings": {text: text}}))
    assert Page(made).words.count(text) >= 4
    assert "<script>alert" not in made


@pytest.mark.slow
def test_moments(room):
    """The table of moments has the peaks, the largest first, with the film's time codes."""
    made = room(info={"media_offset_s": 3590.0})
    rows, found = rows_of(report(made), "No."), peaks(SessionTables(made))
    assert len(rows) == len(found) == 3
    for row, peak in zip(rows, found.itertuples(), strict=True):
        assert row[1:3] == [clock(peak.t_s, True), clock(peak.t_s + 3590, True)]
        assert row[3].split(" (")[0] == percent(peak.share_smiling) and row[4] == "6"


@pytest.mark.slow
def test_no_time_codes_without_offset(room):
    """Without an offset there is no column for the film's time."""
    assert "Film time code" not in words(report(room()))


@pytest.mark.slow
def test_viewers(room):
    """The table of viewers has a row for each, with the figures of `viewers`."""
    made = room()
    rows, people = rows_of(report(made), "Viewer"), SessionTables(made).viewers
    assert [row[0] for row in rows] == [str(viewer) for viewer in people["viewer_id"]]
    assert [row[1] for row in rows] == [percent(share) for share in people["smiling_share"]]


@pytest.mark.slow
def test_headline(room):
    """The headline figures are those of `headline`."""
    tables = SessionTables(room())
    found, main = words(report(room())), headline(tables, peaks(tables))
    assert f"the moment that stood out most {clock(main['top_s'])}" in found
    assert f"of the time smiling, mean over viewers {percent(main['share_smiling'])}" in found


@pytest.mark.slow
def test_gaps(room):
    """The camera's gaps are listed with their length."""
    made = report(room(off=[(20, 40)], info={"media_offset_s": 60.0}))
    assert rows_of(made, "From") == [["0:20.0", "1:20.0", "0:40.0", "20.0 s", "camera off"]]


@pytest.mark.slow
def test_too_few_viewers(room):
    """With fewer viewers than asked for, nothing about the audience or a viewer is shown."""
    made = report(room(viewers=3), min_viewers=4)
    found, ids = words(made), Page(made).ids
    assert "withheld: fewer than 4 viewers were seen" in found
    assert "viewers-by-time" not in ids
    assert not [rows for rows in Page(made).tables if rows[0][0] in ("Viewer", "No.")]
    assert "smiled at least once" not in found


@pytest.mark.slow
def test_too_few_for_a_while(room):
    """Where fewer could be judged than asked for, the curve has a gap and the page says so."""
    made, some = room(), room(hidden=[(25, 40)])
    readings = some.readings.where(some.readings["viewer_id"] > 2, made.readings)
    some = some._replace(readings=readings.astype({"viewer_id": int}))
    assert "the curve has a gap there" in words(report(some, min_viewers=3))
    assert "the curve has a gap there" not in words(report(some, min_viewers=2))
    assert len(rows_of(report(some, min_viewers=2), "No.")) == 3
    assert len(rows_of(report(some, min_viewers=3), "No.")) == 2


def test_rejects_no_viewers(room):
    """A least number of viewers below 1 is named in the error."""
    with pytest.raises(ValueError, match="min_viewers is 0: expected 1 or more"):
        report(room(), min_viewers=0)


@pytest.mark.slow
def test_small(room):
    """Two hours stay well below 15 MB, nearly all of it plotly.js."""
    assert len(report(room(viewers=20, seconds=7200))) < 7e6


@pytest.mark.parametrize(
    ("t_s", "tenths", "text"),
    [
        (0, False, "0:00"),
        (59.6, False, "1:00"),
        (61.25, True, "1:01.2"),
        (59.97, True, "1:00.0"),
        (3599.6, False, "1:00:00"),
        (3725, False, "1:02:05"),
        (-5, False, "−0:05"),
        (-0.01, True, "0:00.0"),
        (float("nan"), False, "–"),
    ],
)
def test_clock(t_s, tenths, text):
    """Times are m:ss, with hours only where there are any."""
    assert clock(t_s, tenths) == text


def test_table_without_rows():
    """A table of nothing keeps its headings."""
    made = Listing(Table("Gaps", ["From", "To"], []))
    page = render("session/moments.html", section=made)
    assert Page(page).tables == [[["From", "To"]]]


@pytest.mark.slow
@pytest.mark.parametrize("finder", [*FINDERS, "", "yunet", [1]])
def test_by_what_faces_were_found(room, finder):
    """Each finder in its words; nothing where a session doesn't tell, or tells nonsense."""
    assert {*FOUND_BY} == {*FINDERS}
    found = words(report(room(info={"settings": {"finder": finder}})))
    wanted = FOUND_BY[finder] if finder in [*FINDERS] else ""
    assert [each for each in FOUND_BY.values() if each in found] == [wanted] * bool(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("least", [1, 5])
def test_where_the_data_is_and_what_next(room, least):
    """Each as commands that name the session; those of single viewers only where they answer."""
    made = room()
    found = words(report(made, min_viewers=least))
    name = f"{made.device}/{made.name}"
    assert f"laughtrack peaks {name}" in found and f"laughtrack compare {name} OTHER" in found
    assert (f"laughtrack timelines {name}" in found) == (least == 1)
