"""Sessions that are alike in tags, length and the audience's size."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.fleet.others import norms_of_each
from laughtrack.analytics.norms.standing import SCORES, norms
from laughtrack.analytics.norms.strata import (
    STRATA,
    TooFewAlike,
    alike,
    keys_of,
    of_strata,
    remarks,
    strata,
    stratum_of,
)


def evenings(count=30):
    """Return sessions: every third a drama, of two lengths, of any size; the last has no genre."""
    at = np.arange(count)
    table = pd.DataFrame(
        {
            "session": [f"s{k}" for k in at],
            "device": "cam",
            "context": "screening",
            "tags": np.where(at % 3, "film=The Night Bus; genre=comedy", "genre=drama"),
            "seconds": np.where(at % 2, 1500.0, 6000.0),
            "viewers": 10 * at + 5,
            **{score: at / count for score in SCORES},
        }
    )
    table.loc[count - 1, "tags"] = "film=a=b"
    return table


def test_bands_hold_their_lower_end():
    """Lengths in minutes, and sizes in whole viewers."""
    table = pd.DataFrame({"seconds": [0, 299.9, 300, 9000], "viewers": [9, 10, 29, 300]})
    found = strata(table, ["length", "audience"]).tolist()
    assert found[0] == "length=0-5 min; audience=0-9"
    assert found[1:] == [
        "length=0-5 min; audience=10-29",
        "length=5-30 min; audience=10-29",
        "length=150+ min; audience=300+",
    ]


def test_a_session_stands_among_those_alike():
    """With it, and no other."""
    table = evenings()
    keys = keys_of("genre, Length", table)
    found = alike(table, keys, "s1")
    assert stratum_of(found, keys) == "genre=comedy; length=5-30 min"
    assert found["session"].tolist() == [f"s{k}" for k in range(29) if k % 3 and k % 2]
    assert len(alike(table, (), "s1")) == 30


def test_a_stratum_of_few_is_refused():
    """With its number, and how many there would be by fewer keys; so is who lacks a tag."""
    table = evenings()
    with pytest.raises(TooFewAlike) as caught:
        alike(table, keys_of("genre,length,audience", table), "s1")
    assert str(caught.value) == (
        "s1 stands among 0 other sessions of genre=comedy; length=5-30 min; audience=10-29, fewer "
        "than 6: record more, or ask by fewer: 8 by genre,length, 1 by genre,audience, 0 by "
        "length,audience"
    )
    with pytest.raises(TooFewAlike, match="s29 has no genre: give it one, laughtrack tag s29 gen"):
        alike(table, ("genre",), "s29")


@pytest.mark.parametrize("by, wrong", [("gerne", "'gerne': expected some of"), ("film,film", "on")])
def test_wrong_keys(by, wrong):
    """Those that there are are named."""
    with pytest.raises(ValueError, match=wrong):
        keys_of(by, evenings())
    assert keys_of(" ", evenings()) == ()


def test_what_is_usual_in_each():
    """Of few nothing is told; who is in none is said, and what hangs on the length."""
    table = evenings()
    keys = keys_of("genre,audience", table)
    found = of_strata(table, keys)
    assert tuple(found.columns) == STRATA and not (found["stratum"] == "").any()
    numbers = ["median", "median_low", "median_high", "lowest", "highest"]
    few = found["sessions"] < 6
    assert few.any() and (~few).any()
    assert found.loc[few, numbers].isna().all(axis=None)
    assert found.loc[~few, numbers].notna().all(axis=None)
    assert (found["note"] == np.where(few, "fewer than 6", "")).all()
    said = remarks(table, keys)
    assert said[0] == "1 session in no stratum: no genre"
    assert said[1].startswith("reach, maximum_share, peak_end grow")
    assert remarks(table, ("length",)) == []
    assert of_strata(table, ())["stratum"].unique().tolist() == [""]
    assert of_strata(table[:0], ()).empty


def test_all_at_once_are_each_alone():
    """To the last digit; a stratum of few is withheld with a word."""
    table = evenings()
    for by in ("", "genre", "genre,audience"):
        keys = keys_of(by, table)
        found = norms_of_each(table, keys)
        for name in ("s0", "s1", "s28", "s29"):
            own = found[found["session"] == name]
            if not (own["note"] == "").all():
                assert own["percentile"].isna().all()
                assert own["lowest"].isna().all() and own["value"].notna().all()
                assert set(own["note"]) == {"no genre" if name == "s29" else "fewer than 6"}
                continue
            among = alike(table, keys, name)
            alone = norms(among, name, "cam", stratum_of(among, keys))
            own = own.drop(columns=["session", "device", "note"]).reset_index(drop=True)
            pd.testing.assert_frame_equal(own, alone, check_exact=True, check_dtype=False)
