"""Kinds of event: an allow list, by one name each; work and education however they are written."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laughtrack.edge.contexts import (
    KINDS,
    ForbiddenContext,
    check_context,
    check_title,
    names_work_or_education,
)
from tests.edge.context_cases import ALLOWED, FORBIDDEN, UNKNOWN, WITH_GROUND

# What nobody sees, what stands between letters, and letters of another width.
NOTHING = ["", "\u200b", "\u200d", "\u00ad", "\u2060", "\ufeff", "\u0301", "\u0336"]
BETWEEN = ["", " ", "-", "_", ".", "/", " \u200b", "  "]
LEET = {"o": "0", "e": "3", "a": "4", "s": "5", "i": "1"}


def test_there_are_enough_of_them():
    """The tables are what the tests below stand on."""
    assert len(set(FORBIDDEN)) >= 250 and len(ALLOWED) >= 40


@pytest.mark.parametrize("said", ALLOWED)
def test_allowed_kind_has_one_name(said):
    """Whatever the case, width and punctuation; and its name is one, too."""
    assert check_context(said) == ALLOWED[said]
    assert check_context(ALLOWED[said]) == ALLOWED[said]


@pytest.mark.slow
@pytest.mark.parametrize("said", FORBIDDEN)
def test_work_and_education_are_refused(said):
    """Alone, as a kind's decoration, and under a legal ground."""
    kinds = (f"{kind} {said}" for kind in KINDS)
    for context in (said, said.upper(), f"{said}!", WITH_GROUND.format(said), *kinds):
        with pytest.raises(ForbiddenContext, match=r"AI Act, Article 5\(1\)\(f\)"):
            check_context(context)


@pytest.mark.parametrize("said", UNKNOWN)
def test_what_is_no_kind_is_refused_with_the_list(said):
    """And is not taken for work or education."""
    with pytest.raises(ValueError, match=r"context is .*expected|consent of each") as error:
        check_context(said)
    assert not isinstance(error.value, ForbiddenContext)


@pytest.mark.slow
@given(st.sampled_from([each for each in FORBIDDEN if each.isascii() and len(each) > 6]), st.data())
@settings(max_examples=150, deadline=None)
def test_disguises_do_not_help(said, data):
    """Case, leetspeak, full width, invisible characters and accents, and something between."""
    between = data.draw(st.sampled_from(BETWEEN))
    letters = []
    for letter in said:
        kind = data.draw(st.integers(0, 4))
        letter = letter.upper() if kind == 1 else letter
        letter = LEET.get(letter, letter) if kind == 2 else letter
        letter = chr(ord(letter) + 0xFEE0) if kind == 3 and letter > " " else letter
        letters.append(letter + data.draw(st.sampled_from(NOTHING)))
    with pytest.raises(ValueError, match="context is"):
        check_context(WITH_GROUND.format(between.join(letters)))


@pytest.mark.parametrize("said", [each for each in FORBIDDEN if each.isascii() and " " in each])
def test_words_spelt_together_are_found(said):
    """Of several words, each letter apart, none says where one ends."""
    with pytest.raises(ValueError, match="context is"):
        check_context(WITH_GROUND.format(" ".join(said)))


@pytest.mark.slow
@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_kind_or_an_error(said):
    """And what is taken is taken by a name that stands for itself."""
    for context in (said, WITH_GROUND.format(said)):
        try:
            name = check_context(context)
        except ValueError as error:
            assert re.search("context is ", str(error)) and len(str(error)) < 600
        else:
            assert check_context(name) == name and not names_work_or_education(said)


# Films and shows are called so.
TITLES = [
    "The Office", "School of Rock", "Office Space", "High School Musical", "The Class",
    "An Education", "Monsters University", "Dead Poets Society", "The Lesson", "Training Day",
    "The Interview", "Horrible Bosses", "Abbott Elementary", "Die Feuerzangenbowle",
    "Fack ju Göhte", "Entre les murs", "Kindergarten Cop", "Exam", "9 to 5", "Meeting Evil",
]  # fmt: skip
MEETINGS = [
    "Staff meeting", "STAFF-MEETING 3", "Stаff meeting", "Team meeting, May", "Lecture 5",
    "Mathe 7b Unterricht", "Mathe 7b", "Vorlesung Analysis", "Betriebsversammlung", "Klasse 9a",
    "Employee training", "Onboarding", "Performance review", "Math class", "réunion du personnel",
    "Reunión de equipo", "職員会議", "授業", "Совещание", "员工会议", "ｓｔａｆｆ　ｍｅｅｔｉｎｇ",
]  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_films_may_be_called_so(title):
    """A word in a title tells nothing of who watches."""
    assert check_title(title) == title


@pytest.mark.parametrize("title", MEETINGS)
def test_title_that_names_a_meeting_or_a_lesson_is_refused(title):
    """It contradicts the context; the error says what to do with a film of that name."""
    with pytest.raises(ForbiddenContext, match=r"title is .*If a film is called so"):
        check_title(title)
