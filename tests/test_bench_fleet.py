"""The stores that many sessions are measured on are those that a device's batches make."""

import pandas as pd
import pytest

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from tests.bench.fleet.stores import Show, batches, make, recorded

SHOW = Show(seconds=(20.0, 30.0), sizes=(3, 5))


@pytest.mark.slow
def test_sessions_written_whole_are_those_of_their_batches(tmp_path):
    """Reading for reading and line for line of the list, each with its sums."""
    made, sent = str(tmp_path / "made"), str(tmp_path / "sent")
    make(made, 3, show=SHOW)
    for session, named in recorded(3, show=SHOW):
        extend(sent, batches(session, named))
    listed = list_sessions(made)
    assert len(listed) == 3 and listed["complete"].all()
    pd.testing.assert_frame_equal(listed, list_sessions(sent))
    for name in listed["session"]:
        one, other = load(made, name), load(sent, name)
        pd.testing.assert_frame_equal(one.readings, other.readings)
        pd.testing.assert_frame_equal(one.spans, other.spans)
        assert one.info == other.info
