"""A session among the others of its store."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.norms import LEAST_OTHERS, NORMS, SCORES, norms
from laughtrack.analytics.store.delta_table import AmbiguousSession


def scored(*shares, device="cam"):
    """Return the scores of sessions a, b, c and so on that differ in one thing."""
    names = [chr(97 + k) for k in range(len(shares))]
    return pd.DataFrame(
        {"session": names, "device": device, **{score: shares for score in SCORES}}, dtype=object
    ).astype(dict.fromkeys(SCORES, float))


def test_percentile():
    """The share of the others that lie below, ties counting half."""
    found = norms(scored(0.5, 0.1, 0.2, 0.5, 0.9, 0.8), "a")
    assert tuple(found.columns) == NORMS and found["score"].tolist() == [*SCORES]
    assert found["others"].tolist() == [5] * len(SCORES)
    np.testing.assert_allclose(found["percentile"], 100 * (2 + 0.5) / 5)
    np.testing.assert_allclose(found[["lowest", "median", "highest"]].iloc[0], [0.1, 0.5, 0.9])


def test_too_few_others():
    """Without enough others there is no percentile, and their values are shown all the same."""
    found = norms(scored(*[0.5] * LEAST_OTHERS), "a")
    assert found["percentile"].isna().all() and (found["median"] == 0.5).all()
    assert norms(scored(*[0.5] * (LEAST_OTHERS + 1)), "a")["percentile"].notna().all()


def test_alone():
    """The only session of its store stands among none."""
    found = norms(scored(0.5), "a")
    assert found["others"].tolist() == [0] * len(SCORES)
    assert found[["percentile", "lowest", "median", "highest"]].isna().all(axis=None)
    assert found["value"].tolist() == [0.5] * len(SCORES)


def test_others_without_a_score():
    """A session in which nobody could be judged is no other, and has no percentile itself."""
    table = scored(0.5, 0.1, 0.2, 0.3, 0.4, np.nan, 0.6)
    assert norms(table, "a")["others"].tolist() == [5] * len(SCORES)
    assert norms(table, "f")["percentile"].isna().all()


def test_session_of_two_devices():
    """Each device's stands by itself; the name alone says too little."""
    table = scored(0.5, *[0.1] * 5)
    table = pd.concat([table, table[:1].assign(device="cam2", share_smiling=0.0)])
    for device, percentile in (("cam", 100), ("cam2", 0)):
        found = norms(table, "a", device).set_index("score").loc["share_smiling"]
        assert found["percentile"] == percentile and found["others"] == 6
    with pytest.raises(AmbiguousSession, match="cam, cam2"):
        norms(table, "a")
