"""Where each moment of the film lies in every session, and which sessions are one room."""

import numpy as np
import pytest

from laughtrack.analytics.rooms.clusters import doubtful, rooms_of, too_short
from laughtrack.analytics.rooms.film_steps import by_common_marks, by_film_time
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.rooms.halls import hall


def marked(number, *times, **more):
    """Return a hall in which the same three moments were marked."""
    marks = [{"t_s": t_s, "text": text} for t_s, text in zip(times, "abc", strict=True)]
    return hall(number, viewers=6, info={"marks": marks}, **more)


def test_film_time_counts_each_sessions_offset():
    """A session that began 10 s into the film shows its first second there."""
    halls = [hall(1, 6), hall(2, 6, seconds=100.0, info={"media_offset_s": 10.0})]
    steps = by_film_time(halls)
    assert steps.step_s == 1 and len(steps.t_s) == 120
    assert np.isnan(steps.starts[1, :10]).all() and steps.starts[1, 10] == 0
    assert np.isnan(steps.starts[1, 110:]).all() and steps.ends[1, 109] == 100
    np.testing.assert_array_equal(steps.starts[0], steps.t_s)


def test_nobody_saying_when_the_film_began_is_said():
    """Neither silence nor a refusal."""
    halls = [hall(k, 6) for k in (1, 2, 3)]
    assert not by_film_time(halls).notes
    for each in halls:
        del each.info["media_offset_s"]
    assert "all are taken to begin with it" in by_film_time(halls).notes[0]


def test_marks_carry_the_films_time_to_each_session():
    """Evenly between two of them; what lies outside of both sessions is missing."""
    halls = [marked(1, 10, 50, 90), marked(2, 5, 45, 65), marked(3, 20, 60, 100)]
    steps = by_common_marks(halls)
    at = np.flatnonzero(steps.t_s == 70)[0]
    assert steps.starts[:, at].tolist() == [70, 55, 80]
    assert steps.ends[1, at] == pytest.approx(55.5)
    assert np.isnan(steps.starts[2, steps.t_s > 110]).all()


def test_a_session_without_a_common_mark_is_named():
    """With what else may be done."""
    halls = [marked(1, 10, 50, 90), marked(2, 5, 45, 65), hall(3, 6)]
    with pytest.raises(ValueError, match="no mark is in both 'hall 1' and 'hall 3': leave"):
        by_common_marks(halls)


def test_sessions_of_one_site_are_one_room():
    """Those that name none are rooms of their own, also beside one of that name."""
    told = [{"tags": {"site": "Odeon"}}, {}, {"tags": {"site": "Odeon"}}, {"tags": {"site": " "}}]
    halls = [hall(k, 6, info=info) for k, info in enumerate(told)]
    assert rooms_of(halls) == [("Odeon", (0, 2)), ("hall 1", (1,)), ("hall 3", (3,))]


def test_one_device_in_several_sessions_without_a_site_is_said():
    """Unless it recorded all of them: then it is a computer, and no room."""
    halls = [hall(k, 6) for k in (1, 2, 3)]
    assert doubtful(halls) == []
    other = SessionTables(hall(4, 6).session._replace(device="cam-2"))
    assert "hall recorded 3 of the sessions" in doubtful([*halls, other])[0]
    told = [hall(k, 6, info={"tags": {"site": f"hall {k}"}}) for k in (1, 2, 3)]
    assert doubtful([*told, other]) == []


def test_a_session_that_broke_off_early_is_told():
    """It shows less than half of what most of the others show."""
    halls = [hall(1, 6), hall(2, 6), hall(3, 6, seconds=50.0), hall(4, 6, seconds=70.0)]
    out = too_short(halls, by_film_time(halls))
    assert [each and each.name for each in out] == [None, None, "hall 3", None]
