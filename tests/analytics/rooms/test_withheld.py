"""Figures of few are withheld over all rooms: nothing says more than each room's stand-ins do."""

import numpy as np
import pytest

from laughtrack.analytics.rooms.film_scores import SCORES
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.rooms.halls import hall, together

pytestmark = pytest.mark.slow
LEAST = 6


def halls():
    """Return four halls."""
    return [hall(k, viewers) for k, viewers in enumerate((13, 20, 16, 18), 1)]


def swapped(tables, one, other):
    """Return a session in which two viewers have changed what they did, and nothing else."""
    table = tables.readings.copy()
    ids = table["viewer_id"].to_numpy().copy()
    first, second = (table["viewer_id"] == each for each in (one, other))
    ids[first], ids[second] = other, one
    seats = table[["viewer_id", "x1", "y1", "x2", "y2"]].drop_duplicates("viewer_id")
    seats = seats.set_index("viewer_id")
    table["viewer_id"] = ids
    for name in ("x1", "y1", "x2", "y2"):
        table[name] = seats[name].reindex(ids).to_numpy()
    table = table.sort_values(["t_s", "viewer_id"], ignore_index=True)
    return SessionTables(tables.session._replace(readings=table), tables.min_viewers)


def told(found):
    """Return all figures of a result as one row of numbers."""
    numbers = [name for name in SCORES if name not in ("score", "unit", "not_corrected")]
    parts = [
        found.curve.to_numpy(dtype=float),
        found.by_room,
        found.peaks.to_numpy(dtype=float),
        found.scores[numbers].to_numpy(dtype=float),
        found.rooms[["value", "low", "high", "difference", "p_holm"]].to_numpy(dtype=float),
    ]
    return np.concatenate([each.ravel() for each in parts])


def test_which_viewer_of_a_group_did_what_changes_nothing():
    """Two viewers of one cohort change places: every figure is the same to the last digit."""
    # Always judged, and in one row: else it would be other groups.
    always = [hall(k, 10, away=0.0) for k in range(1, 5)]
    rooms = [SessionTables(each.session, LEAST) for each in always]
    cohort = rooms[0].cohorts[0]
    ids = rooms[0].everyone.grid(1.0).ids[cohort.members]
    other = SessionTables(swapped(rooms[0].everyone, *ids[:2]).session, LEAST)
    assert not other.everyone.readings.equals(rooms[0].everyone.readings)
    np.testing.assert_array_equal(told(together(rooms)), told(together([other, *rooms[1:]])))


def test_what_is_of_single_viewers_is_not_told():
    """Nor with another set of rooms, from which it could be had by subtraction."""
    rooms = [SessionTables(each.session, LEAST) for each in halls()]
    for found in (together(rooms), together(rooms[:3])):
        scores = found.scores.set_index("score")["value"]
        withheld = scores[["Reach", "Rate", "Expressiveness", "Look-away"]]
        assert withheld.isna().all() and np.isfinite(scores["Average share"])
        assert found.facts.withholds


def test_groups_stay_those_of_the_whole_session():
    """A shorter film in one room clips the others, and forms no other groups in them."""
    rooms = [SessionTables(each.session, LEAST) for each in halls()]
    short = SessionTables(hall(9, 15, seconds=80.0).session, LEAST)
    whole, part = together(rooms), together([*rooms, short])
    assert part.facts.last_s == 80.0
    np.testing.assert_array_equal(part.by_room[:4], whole.by_room)


def test_a_room_of_fewer_is_left_out_however_many_there_are_in_all():
    """Its viewers count nowhere."""
    few = SessionTables(hall(8, 5).session, LEAST)
    rooms = [SessionTables(each.session, LEAST) for each in halls()]
    found = together([*rooms, few])
    assert [each.name for each in found.facts.left_out] == ["hall 8"]
    np.testing.assert_array_equal(told(found), told(together(rooms)))
