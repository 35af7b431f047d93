"""Viewers by time in equal steps, and the states in it."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.inputs.viewer_groups import by_seat
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.timelines import grid as grids
from laughtrack.analytics.timelines.seating import seat_order
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import NAN, readings, session, steady


def test_share_is_of_the_judged_part():
    """Half a step judged, all of that in a smile: a share of 1, not of a half."""
    table = readings(*steady(1, 0.0, [0.9] * 5 + [NAN] * 5), *steady(1, 1.0, [0.1] * 10))
    found = SessionTables(session(table, [(0, 2, 20)])).grid()
    assert found.share.tolist() == [[1.0, 0.0]]
    np.testing.assert_allclose(found.scored_s, [[0.5, 1.0]], atol=1e-6)


def test_missing_is_nan():
    """Who was not there has no share, no score, and no judged time."""
    table = readings(*steady(1, 0.0, [0.2] * 20), *steady(7, 1.0, [0.2] * 10))
    found = SessionTables(session(table, [(0, 2, 20)])).grid()
    assert found.ids.tolist() == [1, 7]
    assert np.isnan([found.share[1, 0], found.smile[1, 0], found.raw[1, 0]]).all()
    assert found.scored_s[1, 0] == 0 and not found.seen[1, 0]


def test_states():
    """Smiling, not smiling, present without a score, absent, camera off: each its own."""
    rows = [*steady(1, 0.0, [0.9] * 10), *steady(1, 1.0, [0.1] * 10), *steady(1, 2.0, [NAN] * 10)]
    found = SessionTables(session(readings(*rows), [(0, 4, 40), (4, 5, 0)])).grid()
    assert [grids.STATES[code] for code in grids.states(found)[0]] == list(grids.STATES)


def test_nobody():
    """No viewers give a grid of none, as long as the session."""
    found = SessionTables(session(readings(), [(0, 3, 30)])).grid()
    assert found.share.shape == (0, 3) and found.watched.all()
    assert grids.states(found).shape == (0, 3)


def test_step_above_zero():
    """A step of no length is refused."""
    with pytest.raises(ValueError, match="above 0"):
        SessionTables(session(readings())).grid(0)


def seat(viewer, x, y, width=40):
    """Return readings of somebody sitting still."""
    table = readings(*steady(viewer, 0.0, [0.2] * 3))
    return table.assign(x1=x - width // 2, x2=x + width // 2, y1=y - 20, y2=y + 20)


def test_rows_and_places():
    """Rows from the top of the picture, places from the left; heads differ a little in height."""
    seats = {1: (300, 205), 2: (100, 200), 3: (200, 195), 4: (110, 100), 5: (290, 104)}
    table = pd.concat([seat(viewer, *at) for viewer, at in seats.items()])
    found = SessionTables(session(table)).seats.set_index("viewer_id")
    assert found["row"].to_dict() == {1: 1, 2: 1, 3: 1, 4: 0, 5: 0}
    assert found["place"].to_dict() == {1: 2, 2: 0, 3: 1, 4: 0, 5: 1}
    assert found["side"].to_dict() == {1: "right", 2: "left", 3: "middle", 4: "left", 5: "right"}


def test_order_keeps_neighbours_together():
    """Along one row and back along the next."""
    seats = {1: (100, 100), 2: (200, 100), 3: (300, 100), 4: (100, 200), 5: (300, 200)}
    found = SessionTables(
        session(pd.concat([seat(viewer, *at) for viewer, at in seats.items()]))
    ).seats
    assert found["viewer_id"].to_numpy()[seat_order(found)].tolist() == [1, 2, 3, 5, 4]


def test_without_a_box_nobody_has_a_seat():
    """Some files have none: such viewers are nobody's neighbours, the others sit as they do."""
    seats = {1: (300, 200), 2: (0, 0), 3: (100, 200), 4: (0, 0)}
    made = pd.concat([seat(viewer, *at) for viewer, at in seats.items()])
    made.loc[made["viewer_id"].isin([2, 4]), ["x1", "y1", "x2", "y2"]] = 0
    found = SessionTables(session(made)).seats.set_index("viewer_id")
    assert found["row"].to_dict() == {1: 0, 2: -1, 3: 0, 4: -1}
    assert found["place"].to_dict() == {1: 1, 2: -1, 3: 0, 4: -1}
    assert found["side"].to_dict() == {1: "right", 2: "", 3: "left", 4: ""}
    assert by_seat(found.reset_index(), "row")["viewer_id"].tolist() == [1, 3]


def test_strangers_without_boxes_have_no_neighbours():
    """Who follow each other in the file laugh together by chance: no row is made of them."""
    told = pretend.session(pretend.Room(viewers=20, contagion=0.9, away=0.0), rate_hz=1)
    told.readings[["x1", "y1", "x2", "y2"]] = 0
    assert draws(SessionTables(told).grid().share, SessionTables(told).seats, count=5).effect == 1.0


def test_seating_of_one_and_of_nobody():
    """One viewer sits in the middle; nobody sits nowhere."""
    assert SessionTables(session(seat(1, 100, 100))).seats["side"].tolist() == ["middle"]
    assert SessionTables(session(readings())).seats.empty
