"""A session among others."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import percentileofscore, quantile_test
from statsmodels.stats.proportion import proportion_confint

from laughtrack.analytics.norms.intervals import LEAST, median, percentile
from laughtrack.analytics.norms.standing import (
    MEDIAN,
    NORMS,
    PERCENTILE,
    SCORES,
    few,
    norms,
    standing,
)
from laughtrack.analytics.store.delta_table import AmbiguousSession


def scored(*shares, device="cam"):
    """Return the scores of sessions a, b, c and so on that differ in one thing."""
    names = [chr(97 + k) for k in range(len(shares))]
    return pd.DataFrame(
        {"session": names, "device": device, **{score: shares for score in SCORES}}, dtype=object
    ).astype(dict.fromkeys(SCORES, float))


def test_percentile():
    """The share of the others that lie below, ties counting half."""
    found = norms(scored(0.5, 0.1, 0.2, 0.5, 0.9, 0.8, 0.7), "a")
    assert tuple(found.columns) == NORMS and found["score"].tolist() == [*SCORES]
    assert found["others"].tolist() == [6] * len(SCORES)
    np.testing.assert_allclose(found["percentile"], 100 * (2 + 0.5) / 6)
    np.testing.assert_allclose(found[["lowest", "median", "highest"]].iloc[0], [0.1, 0.6, 0.9])


def test_each_is_told_as_by_the_libraries():
    """Of the others alone: scipy's percentile and median, statsmodels' interval, with ties."""
    values = np.random.default_rng(3).integers(0, 9, 25) / 10
    found = pd.DataFrame(standing(pd.Series(values)))
    for at, row in found.iterrows():
        others = np.delete(values, at)
        share = percentileofscore(others, values[at], kind="mean") / 100
        ends = proportion_confint(share * 24, 24, method="wilson")
        np.testing.assert_allclose(row[[*PERCENTILE]], 100 * np.array([share, *ends]), atol=1e-9)
        within = quantile_test(others, p=0.5).confidence_interval(0.95)
        np.testing.assert_allclose(row[[*MEDIAN]], [np.median(others), *within])
        np.testing.assert_allclose(row[[*MEDIAN]], median(others))
        assert (row["lowest"], row["highest"]) == (others.min(), others.max())


@pytest.mark.slow
def test_the_intervals_hold_what_they_say():
    """Of 95 % of sessions from the same source the percentile among all lies within."""
    rng = np.random.default_rng(7)
    for many in (LEAST, 12, 40):
        draws = rng.random((1500, many + 1))
        rows = [percentile(np.sort(d[1:]), d[:1], np.zeros(1, bool)) for d in draws]
        _, low, high = np.array(rows)[:, :, 0].T
        assert 0.93 < np.mean((low <= 100 * draws[:, 0]) & (100 * draws[:, 0] <= high)) < 0.975
        ends = np.array([median(draw) for draw in draws[:, 1:]])
        assert np.mean((ends[:, 1] <= 0.5) & (ends[:, 2] >= 0.5)) > 0.94


def test_too_few_others():
    """Without enough others there is no percentile, and their values are shown all the same."""
    found = norms(scored(*[0.5] * LEAST), "a")
    assert found[["percentile", "median"]].isna().all(axis=None)
    assert (found["lowest"] == 0.5).all() and "fewer than 6 others" in few(found)
    found = norms(scored(*[0.5] * (LEAST + 1)), "a")
    assert found[[*PERCENTILE, *MEDIAN]].notna().all(axis=None) and few(found) == ""


def test_alone():
    """The only session of its store stands among none."""
    found = norms(scored(0.5), "a")
    assert found["others"].tolist() == [0] * len(SCORES)
    assert found[[*PERCENTILE, *MEDIAN, "lowest", "highest"]].isna().all(axis=None)
    assert found["value"].tolist() == [0.5] * len(SCORES)


def test_others_without_a_score():
    """A session in which nobody could be judged is no other, and has no percentile itself."""
    table = scored(0.5, 0.1, 0.2, 0.3, 0.4, np.nan, 0.6, 0.7)
    assert norms(table, "a")["others"].tolist() == [6] * len(SCORES)
    found = norms(table, "f")
    assert found["percentile"].isna().all() and (found["median"] == 0.4).all()
    assert found["others"].tolist() == [7] * len(SCORES)


def test_session_of_two_devices():
    """Each device's stands by itself; the name alone says too little."""
    table = scored(0.5, *[0.1] * 6)
    table = pd.concat([table, table[:1].assign(device="cam2", share_smiling=0.0)])
    for device, percentile_of in (("cam", 100), ("cam2", 0)):
        found = norms(table, "a", device).set_index("score").loc["share_smiling"]
        assert found["percentile"] == percentile_of and found["others"] == 7
    with pytest.raises(AmbiguousSession, match="cam, cam2"):
        norms(table, "a")
