"""Sessions are chosen by what was measured of them, and never by what is withheld."""

import pandas as pd
import pytest

from laughtrack.analytics.fleet.chosen import chosen
from laughtrack.analytics.fleet.summaries import table
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.conditions import read_condition
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.derived.derived_rows import write
from laughtrack.analytics.store.selection import Wanted
from laughtrack.analytics.store.versions import versions
from tests.analytics.store_batches import batch


@pytest.fixture
def store(tmp_path):
    """Return a store of three sessions of which two were measured, one with figures withheld."""
    folder = str(tmp_path / "store")
    extend(folder, [batch(0, name) for name in ("few", "many", "new")])
    now = versions(folder)
    row = {**dict.fromkeys(table().columns, 0.0), "uncorrected": False, "min_viewers": 1}
    rows = [
        {**row, "session": "few", "reach": 0.9},
        {**row, "session": "many", "reach": 0.8},
        {**row, "session": "few", "min_viewers": 5, "reach": float("nan")},
        {**row, "session": "many", "min_viewers": 5, "reach": 0.8},
    ]
    found = pd.DataFrame(rows).assign(device="cam")
    found["version"] = [now.of(name, "cam") for name in found["session"]]
    assert write(folder, table(), found)
    return folder


@pytest.mark.parametrize(
    "where, least, names, unmeasured",
    [
        (["reach>0.5"], 1, ["few", "many"], 1),
        (["reach>0.5"], 5, ["many"], 1),
        (["reach<=0.5"], 5, [], 1),
        (["reach>0.5"], 10, [], 3),
        (["reach>0.5", "session=few"], 1, ["few"], 0),
        (["session!=few"], 10, ["many", "new"], 0),
    ],
)
def test_they_are_chosen_by_their_figures(store, where, least, names, unmeasured):
    """Of the least number of viewers that holds; how many were not measured is told."""
    wanted = Wanted(where=tuple(map(read_condition, where)))
    found = chosen(store, list_sessions(store), wanted, least)
    assert (found.rows["session"].tolist(), found.unmeasured) == (names, unmeasured)
