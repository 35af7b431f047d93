"""Figures by group of people, of scores made up here."""

import math

import pytest

from laughtrack.models.evaluation import fairness, page, terms
from laughtrack.models.evaluation.tables import tables
from tests.models.evaluation.test_evaluate_page import MEASURED
from tests.models.evaluation.test_evaluate_tables import picture, scored


def crowd(right, sex, source="fairface", start=0):
    """Return pictures and scores of 40 people: so many of each 20 smiles, and others, are right."""
    pictures, scores = [], []
    for n in range(40):
        smile = n % 2
        known = {"sex": sex, "race": "White", "glasses": "1" if n < 20 else "0"}
        pictures.append(picture(start + n, source, str(smile), **known))
        scores.append(0.9 if (n // 2 < right) == bool(smile) else 0.1)
    return pictures, scores


@pytest.fixture
def two():
    """Return scores of 40 women, all right, and of 40 men, 18 of 20 of each kind."""
    women, men = crowd(20, "female"), crowd(18, "male", start=40)
    return women[0] + men[0], women[1] + men[1]


def test_a_group_is_measured_beside_all_of_its_set(two):
    """Words are groups; a set that says nothing of its people is no table."""
    pictures, scores = two
    found = tables(scored([*pictures, picture(99, "lfw")], [*scores, 0.9]))
    rows = found["fairness"]["fairface"]
    assert list(found["fairness"]) == ["fairface"]
    assert list(rows) == ["all", "female", "male", "White", "no glasses", "glasses"]
    assert [rows[name]["faces"] for name in rows] == [80, 40, 40, 80, 40, 40]
    assert rows["female"]["balanced"][0] == 1 and rows["male"]["balanced"][0] == 0.9
    assert (rows["male"]["false"], rows["male"]["missed"]) == (2, 2)
    assert rows["male"]["false_smiles"][0] == rows["male"]["missed_smiles"][0] == 0.1
    assert found["worse_groups"] == [
        {"set": "fairface", "group": "no glasses", "below": 0.05},
        {"set": "fairface", "group": "male", "below": 0.05},
    ] or {each["group"] for each in found["worse_groups"]} == {"male", "no glasses"}


def test_faces_not_found_count_without_a_label_too(two):
    """Who is not found is missing from an audience, whatever the label."""
    pictures, scores = two
    pictures = [p._replace(smile="" if n >= 70 else p.smile) for n, p in enumerate(pictures)]
    scores = [math.nan if n in (40, 79) else score for n, score in enumerate(scores)]
    rows = fairness.group_rows(scored(pictures, scores))["fairface"]
    assert (rows["male"]["pictures"], rows["male"]["found"][0]) == (40, 0.95)
    assert rows["male"]["faces"] == 29


def test_a_few_people_are_not_called_worse():
    """Chance alone does that."""
    pictures, scores = crowd(20, "female")
    pictures += [picture(90 + n, "fairface", "1", sex="male") for n in range(9)]
    found = fairness.group_rows(scored(pictures, [*scores, *[0.1] * 9]))
    assert not fairness.worse_groups(found)


def test_the_page_names_who_is_worse(two):
    """In points, or that there is none."""
    found = tables(scored(*two))
    line = page.worse_groups(found["worse_groups"])
    assert line.startswith("Groups of people more than 3 points below") and "male (FairFace" in line
    assert page.worse_groups([]).startswith("No group of people is more than 3 points")


def test_the_card_has_the_terms_of_every_set(two):
    """Of those trained on, and of those measured alone; somebody's own set is named as such."""
    shown = terms.table_of(["lfw", "ferplus", "mine"])
    assert "| its votes: FER+ (Barsoum et al., 2016) | MIT |" in shown
    assert "| mine | one's own |" in shown
    found = tables(scored(*two))
    assert "CC BY 4.0" in terms.measured_on(found, ["lfw"])
    assert terms.measured_on(found, ["fairface"]) == ""
    assert "male (FairFace" in terms.limits_of_groups(found)
    assert "No figure here is by age" in terms.limits_of_groups({"fairness": {}})


def test_figures_of_an_earlier_version_are_still_a_page(two):
    """The card is written again from them; what they lack is a dash."""
    found = tables(scored(*two))
    for row in found["sets"].values():
        for name in ("false", "missed", "false_smiles", "missed_smiles"):
            del row[name]
    del found["fairness"], found["worse_groups"]
    shown = {"video": None, "unreadable": [], "measured": {**MEASURED}} | found
    del shown["measured"]["finder"]
    text = page.page(shown)
    assert "with the cascades" in " ".join(text.split()) and "Groups of people" not in text
    assert "| - |" in text and page.summary_lines(shown)
    assert "No figure here is by age" in terms.limits_of_groups(shown)
