"""Marked moments: their table, their letters on the curve, and what each is followed by."""

import json
import re

import pytest

from laughtrack.analytics.audience.marks import MOST_MARKS, label, marks
from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.report.test_report import Page, rows_of, words

MARKS = [{"t_s": 8.5, "text": "the bus leaves"}, {"t_s": 20.25, "text": "scene 2"}]


def letters(page):
    """Return the letters on the curve of a page."""
    figure = re.search(r'Plotly\.newPlot\(\s*"curve",\s*(\[.*?\]),\s*\{"template"', page, re.S)
    texts = [trace.get("text", []) for trace in json.loads(figure[1])]
    return [text[3:-4] for each in texts for text in each if text[3:-4].isalpha()]


@pytest.mark.slow
def test_table_of_marks(room):
    """Each mark stands with its time, its text and who smiled after it."""
    page = report(room(info={"marks": MARKS}))
    first, second = rows_of(page, "Mark")
    assert first[:3] == ["A", "0:08.5", "the bus leaves"]
    assert second[:3] == ["B", "0:20.2", "scene 2"]
    # The room laughs at 10 s.
    assert int(first[3].split()[0]) > 25
    assert second[3:] == ["0 %", "6"]
    assert letters(page) == ["A", "B"]
    assert "Letters mark the marked moments" in words(page)


@pytest.mark.slow
def test_film_time_of_marks(room):
    """With an offset the film's time code stands beside the session's."""
    page = report(room(info={"marks": MARKS, "media_offset_s": 3600.0}))
    assert [row[1:3] for row in rows_of(page, "Mark")] == [
        ["0:08.5", "1:00:08.5"],
        ["0:20.2", "1:00:20.2"],
    ]


@pytest.mark.slow
def test_no_marks_leave_no_trace(room):
    """Without marks there is no section, no letter and no word of them."""
    page = report(room())
    assert "marked" not in Page(page).ids
    assert "Marked" not in words(page)
    assert letters(page) == []


@pytest.mark.slow
def test_marks_are_no_setting(room):
    """Marks stand in their own table, not among the settings."""
    page = report(room(info={"marks": MARKS}))
    assert "the bus leaves" in words(page)
    assert "the bus leaves" not in str(rows_of(page, "Name"))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\"a\" & 'b'", "</table>", "$css"])
def test_texts_of_marks_are_escaped(room, text):
    """Whatever somebody typed is shown as it was typed."""
    page = report(room(info={"marks": [{"t_s": 5.0, "text": text}]}))
    assert rows_of(page, "Mark")[0][2] == text
    assert "<script>alert" not in page


@pytest.mark.slow
def test_share_is_withheld_where_few_could_be_judged(room):
    """With fewer viewers than asked for, a mark has no share."""
    made = room(viewers=3, info={"marks": MARKS})
    assert [row[3] for row in rows_of(report(made, min_viewers=4), "Mark")] == ["–", "–"]
    assert marks(SessionTables(made), min_viewers=3)["share_smiling"].notna().all()


@pytest.mark.slow
def test_mark_where_nobody_was_judged(room):
    """A mark before, in a gap or at the end has no share and no viewers."""
    made = room(hidden=[(8, 14)], info={"marks": [*MARKS[:1], {"t_s": 500.0, "text": "late"}]})
    found = marks(SessionTables(made))
    assert found["viewers"].tolist() == [0, 0]
    assert found["share_smiling"].isna().all()
    assert letters(report(made)) == ["A"]


@pytest.mark.parametrize("viewers", [0, 6])
def test_columns_without_marks(room, viewers):
    """No marks are a table with its columns and types."""
    found = marks(SessionTables(room(viewers=viewers)))
    assert found.dtypes.astype(str).to_dict() == {
        "t_s": "float64",
        "text": "str",
        "share_smiling": "float64",
        "viewers": "int64",
    }


@pytest.mark.slow
def test_marks_of_a_session_without_viewers(room):
    """Marks are shown also where there is no curve."""
    page = report(room(viewers=0, info={"marks": MARKS}))
    assert [row[3:] for row in rows_of(page, "Mark")] == [["–", "0"]] * 2


@pytest.mark.slow
def test_crowded_letters_hide_no_other(room):
    """Marks that stand close keep their lines; letters are left out where there is no room."""
    many = [{"t_s": 10 + n / 4, "text": f"mark {n}"} for n in range(15)]
    page = report(room(info={"marks": many}))
    assert len(rows_of(page, "Mark")) == 15
    assert letters(page) == ["A", "F", "K"]


@pytest.mark.slow
def test_very_many_marks(room):
    """A flood of marks is cut, and the page says so."""
    many = [{"t_s": n / 10, "text": f"mark {n}"} for n in range(MOST_MARKS + 5)]
    page = report(room(info={"marks": many}))
    assert len(rows_of(page, "Mark")) == MOST_MARKS
    assert "5 later marks not listed" in words(page)


@pytest.mark.slow
def test_newest_batch_says_when_it_began(room):
    """The page shows the beginning as the clock had it once it was right."""
    made = room()
    spans = made.spans.assign(started_utc="1970-01-01T00:00:00Z")
    spans.loc[spans["seq"].idxmax(), "started_utc"] = "2026-01-31T20:15:00Z"
    assert "Began 31 January 2026, 20:15 UTC" in words(report(made._replace(spans=spans)))


@pytest.mark.parametrize(
    ("number", "text"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ")]
)
def test_letters(number, text):
    """Letters go on after Z."""
    assert label(number) == text
