"""`--where`: what a condition holds for, and what is no condition."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.store.catalogue.conditions import read_condition
from laughtrack.analytics.store.selection import Wanted, select

LISTED = pd.DataFrame(
    {
        "session": ["a", "b", "c", "d"],
        "device": ["hall-1", "hall-2", "Hall-10", "lobby"],
        "title": ["The Bus", "", "the bus", "Another"],
        "started_utc": ["2026-01-31T20:15:00Z", "2026-02-01T10:00:00.5Z", "2026-02-31", "x"],
        "seconds": [60.0, 3600.0, 7200.0, 0.0],
        "viewers": [12, 4, 100, 0],
        "complete": [True, True, False, True],
        "context": "screening",
        "tags": ["cut=2; film=The Bus", "cut=10; film=The Bus", "film=Else=More", ""],
    }
)
FIGURES = pd.DataFrame(
    {
        "session": ["b", "a", "d"],
        "device": ["hall-2", "hall-1", "lobby"],
        "viewers": [99, 99, 99],
        "reach": [0.5, 0.25, np.nan],
    }
)


@pytest.mark.parametrize(
    "where, found",
    [
        (["film=the bus"], "ab"),
        (["film=The*"], "ab"),
        (["FILM = the ?us "], "ab"),
        (["film!=the bus"], "cd"),
        (["film=else=more"], "c"),
        (["film="], "d"),
        (["film!="], "abc"),
        (["cut>=2"], "ab"),
        (["cut<10"], "a"),
        (["cut=2"], "a"),
        (["genre="], "abcd"),
        (["genre=*"], "abcd"),
        (["viewers>4"], "ac"),
        (["viewers>=4", "viewers<100"], "ab"),
        (["viewers=4"], "b"),
        (["viewers!=4.0"], "acd"),
        (["viewers=1*"], "ac"),
        (["seconds<=60"], "ad"),
        (["complete=t*"], "ab" + "d"),
        (["complete!=True"], "c"),
        (["device=hall*", "complete=true"], "ab"),
        (["title=the bus"], "ac"),
        (["started_utc>=2026-02-01"], "b"),
        (["started_utc<2026-02-01T12:00+02:00"], "a"),
        (["started_utc=2026-0[12]-*"], "abc"),
        (["reach>0.2"], "ab"),
        (["reach<1"], "ab"),
        (["reach!=0.5"], "a"),
        (["reach=0.5"], "b"),
        ([], "abcd"),
    ],
)
def test_what_holds(where, found):
    """Case does not count; of what is not there, nothing holds but that a tag is none."""
    conditions = tuple(map(read_condition, where))
    assert "".join(select(LISTED, Wanted(where=conditions), FIGURES)["session"]) == found


@pytest.mark.parametrize(
    "text, says",
    [
        ("film", "expected KEY=PATTERN"),
        ("=x", "expected KEY=PATTERN"),
        ("viewers<many", "expected a number after <"),
        ("viewers>=nan", "expected a number after >="),
        ("viewers<", "expected a number"),
        ("started_utc>yesterday", "expected a date like"),
    ],
)
def test_what_is_no_condition(text, says):
    """It is named, with what is expected."""
    with pytest.raises(ValueError, match=says):
        read_condition(text)


def test_an_unknown_key_is_answered_with_those_there_are():
    """Columns, tags in use, and where figures come from; of an empty list nothing is unknown."""
    wanted = Wanted(where=(read_condition("rech>0.5"),))
    with pytest.raises(ValueError, match=r"rech: there is no such key.*viewers.*cut, film"):
        select(LISTED, wanted)
    assert select(LISTED[:0], wanted).empty
