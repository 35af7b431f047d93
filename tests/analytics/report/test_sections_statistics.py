"""The page's comparisons in words: they claim what the tables allow, and nothing without ground."""

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.correction.error_model import ErrorModel
from laughtrack.analytics.audience.correction.session_correction import Correction
from laughtrack.analytics.audience.groups import compare, scores
from laughtrack.analytics.audience.latencies import after_marks, latencies
from laughtrack.analytics.audience.synchrony import synchrony
from laughtrack.analytics.inputs.viewer_groups import by_seat
from laughtrack.analytics.norms.standing import SCORES, norms
from laughtrack.analytics.report.languages import Language
from laughtrack.analytics.report.rendering import render
from laughtrack.analytics.report.sections import statistics as sections
from laughtrack.analytics.report.sections.method import _judged_less_well
from laughtrack.analytics.stats.misclassification import Errors, Interval
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.audience.test_synchrony import table, together
from tests.analytics.timeline_rows import readings, session

MARKS = {"marks": [{"t_s": 19.0, "text": "<joke>"}]}
HALL = pretend.session(pretend.Room(viewers=20, seconds=60.0), rate_hz=2.0, info=MARKS)


def shown(name, section):
    """Return the HTML that a template of the page makes of a section."""
    return render(f"session/{name}.html", section=section)


def text(html):
    """Return the words of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@pytest.mark.slow
def test_groups():
    """Both tables, whom they leave out, and how many comparisons differ."""
    found = compare(scores(SessionTables(HALL).viewers), by_seat(SessionTables(HALL).seats, "row"))
    remarks = ["Group 'x' is left out: 1 judged."]
    said = text(shown("groups", sections.groups((*found[:2], remarks))))
    assert "In 0 of 3 comparisons of 2 groups the groups differ" in said
    assert "Group 'x' is left out: 1 judged." in said
    assert "row 1, row 2" in said and "points" in said
    assert shown("groups", sections.groups(None)) == ""


def test_differences_have_a_sign_and_their_own_unit():
    """Shares in points of percent, degrees as numbers; without ground no interval."""
    assert sections._range(-0.251, -0.4, -0.1, "reach") == "−25 points (−40 to −10)"
    assert sections._range(0.25, np.nan, np.nan, "mean_smile") == "0.25"


@pytest.mark.slow
def test_together():
    """The figure with its interval, and the stretches that stand out."""
    rng = np.random.default_rng(2)
    values = rng.normal(0.2, 0.05, (10, 300))
    values[:, 130:140] += 0.4
    said = text(shown("synchrony", sections.synchrony(synchrony(table(values)))))
    assert "is more than viewers with no common timing would show (p < 0.001)" in said
    assert "2:00.0 2:30" in said and "0:30.0 1:00" not in said


def test_together_by_chance_is_said_to_be():
    """Viewers who have nothing in common are no more alike than chance."""
    found = synchrony(table(together(common=0, seed=4)), shifts=99)
    said = text(shown("synchrony", sections.synchrony(found)))
    assert "no more than viewers with no common timing" in said
    assert "Where the viewers were most alike" not in said


@pytest.mark.parametrize("viewers", [0, 1])
def test_together_of_nobody(viewers):
    """Without a figure there is no section."""
    found = sections.synchrony(synchrony(table(together()[:viewers])))
    assert shown("synchrony", found) == ""
    assert shown("synchrony", sections.synchrony(None)) == ""


def test_after_marks():
    """A mark's text is escaped, and who smiled is told of how many who could."""
    html = shown("after_marks", sections.after_marks(after_marks(latencies(SessionTables(HALL)))))
    assert "&lt;joke&gt;" in html and "<joke>" not in html
    assert re.search(r"\d+ of \d+", text(html))
    empty = after_marks(latencies(SessionTables(session(readings()))))
    assert shown("after_marks", sections.after_marks(empty)) == ""


def stores(count):
    """Return the scores of so many sessions."""
    rows = [(f"s{k}", "cam", *[k / 10] * len(SCORES)) for k in range(count)]
    return pd.DataFrame(rows, columns=["session", "device", *SCORES])


def test_norms():
    """A percentile only where there are enough others, and no section where there are none."""
    said = text(shown("norms", sections.norms(norms(stores(7), "s3"))))
    assert "time spent smiling 30 % 50 (19 to 81) 0 % to 60 % 6" in said
    few = text(shown("norms", sections.norms(norms(stores(3), "s1"))))
    assert "With fewer than 6 others no percentile is given." in few
    assert "10 % – 0 % to 20 % 2" in few
    alone = sections.norms(norms(stores(1), "s0"))
    assert shown("norms", alone) == shown("norms", sections.norms(None)) == ""


@pytest.mark.parametrize(("p", "said"), [(np.nan, "–"), (0.0004, "< 0.001"), (0.05, "0.050")])
def test_p_values(p, said):
    """Never 0."""
    assert sections.p_value(p) == said


def test_who_is_judged_less_well_is_named():
    """As the scorer's error model says; nothing where it knows of nobody, or there is none."""
    errors = Errors(Interval(0.9, 0.88, 0.92), Interval(0.93, 0.91, 0.95))
    nobody = ErrorModel(errors, 0.4, None)
    known = Correction(nobody, Interval(0.1, 0.0, 0.2), 0.1, 1.0, "")
    assert _judged_less_well(known) == []
    assert _judged_less_well(known._replace(model=None, reason="not known")) == []
    weak = known._replace(model=nobody._replace(weak_groups=(("glasses", 0.033), ("60-69", 0.04))))
    ((name, said),) = _judged_less_well(weak)
    assert name == "Judged less well"
    assert "people with glasses (3.3 points), 60-69 (4.0 points)" in said
    assert "Menschen mit Brille (3,3 Punkte)" in Language("de").say(said)
