"""New IDs in the same seat: joined where the rest of the room says that it is one viewer."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.fragments import join_fragments, remark
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import session


def seen(viewer, first_s, last_s, x=0, width=60):
    """Return readings of one ID in one place, five a second."""
    t_s = np.round(np.arange(first_s, last_s, 0.2), 3)
    sides = {"x1": x, "y1": 100, "x2": x + width, "y2": 100 + width}
    scores = {"quality": 0.9, "raw": 0.1, "smile": 0.1}
    return pd.DataFrame({"viewer_id": viewer, "t_s": t_s, **sides, **scores})


def joined(*parts) -> Session:
    """Return a session of these readings, joined."""
    table = pd.concat(parts, ignore_index=True).sort_values(["t_s", "viewer_id"])
    return join_fragments(session(table.reset_index(drop=True), [(0, 100, 500)]))


NEIGHBOURS = (seen(1, 0, 100, x=200), seen(2, 0, 100, x=400))
CASES = [
    ("a new ID at once", (seen(3, 0, 50), seen(4, 50, 100)), {4: 3}),
    ("after a gap", (seen(3, 0, 50), seen(4, 70, 100)), {4: 3}),
    ("several times", (seen(3, 0, 30), seen(4, 31, 60), seen(5, 62, 100)), {4: 3, 5: 3}),
    ("a little beside", (seen(3, 0, 50), seen(4, 50, 100, x=30)), {4: 3}),
    # Somebody else may sit there by then.
    ("after too long", (seen(3, 0, 20), seen(4, 85, 100)), {}),
    ("in another seat", (seen(3, 0, 50), seen(4, 50, 100, x=80)), {}),
    ("of another size", (seen(3, 0, 50), seen(4, 50, 100, x=-15, width=90)), {}),
    ("both at once", (seen(3, 0, 50), seen(4, 49, 100)), {}),
    ("the nearer of two", (seen(3, 0, 50), seen(5, 0, 50, x=30), seen(4, 50, 100, x=5)), {4: 3}),
]


@pytest.mark.parametrize(("name", "parts", "expected"), CASES, ids=[each[0] for each in CASES])
def test_one_viewer_or_two(name, parts, expected):
    """Who is where when says who goes on as whom."""
    assert dict(joined(*NEIGHBOURS, *parts).joined) == expected


def test_a_cut_joins_nobody():
    """Where all change at once, the same place is somebody else's."""
    shot = [seen(viewer, 0, 50, x=200 * viewer) for viewer in (1, 2, 3)]
    other = [seen(viewer + 3, 50, 100, x=200 * viewer) for viewer in (1, 2, 3)]
    assert joined(*shot, *other).joined == ()


def test_alone_is_not_joined():
    """Nobody else tells whether the film was cut."""
    assert joined(seen(1, 0, 50), seen(2, 50, 100)).joined == ()


def test_nobody():
    """An empty session stays so."""
    table = pretend.session(pretend.Room(viewers=0))
    assert SessionTables(table).viewers.empty


def broken(told, every_s=25.0):
    """Return a session in which each viewer has a new ID now and then."""
    table = told.readings
    turn = ((table["t_s"] + 7.3 * table["viewer_id"]) // every_s).astype(int)
    new = table["viewer_id"] + 100 * (turn - turn.groupby(table["viewer_id"]).transform("first"))
    made = table.assign(viewer_id=new).sort_values(["t_s", "viewer_id"], ignore_index=True)
    return told._replace(readings=made)


def test_tables_are_those_of_whole_viewers():
    """Of broken IDs the tables are as if none had been, but for IDs; as recorded on demand."""
    told = pretend.session(pretend.Room(viewers=8, away=0.0), rate_hz=5)
    whole, tables = SessionTables(told), SessionTables(broken(told))
    pd.testing.assert_frame_equal(tables.viewers, whole.viewers)
    pd.testing.assert_frame_equal(tables.smiles, whole.smiles)
    assert remark(tables.session).endswith("IDs joined to 8 by seat and time")
    kept = SessionTables(broken(told)._replace(joined=()))
    assert len(kept.viewers) > 8 * 4 and remark(kept.session) == ""
