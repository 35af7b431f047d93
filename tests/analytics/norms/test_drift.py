"""A score over months, and whether it has a trend."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.norms.drift import DRIFT, FEW, TREND, drift, remarks, trend


def shows(values, first=1):
    """Return sessions whose share smiling is given, a list a month from January on."""
    rows = [
        (f"2026-{month:02d}-{day + 1:02d}T20:00:00Z", value)
        for month, own in enumerate(values, first)
        for day, value in enumerate(own)
    ]
    return pd.DataFrame(rows, columns=["started_utc", "share_smiling"])


def test_a_year_that_rises():
    """By how much, and that it is more than chance; a month of few is told apart."""
    rng = np.random.default_rng(2)
    table = shows([0.2 + 0.01 * month + rng.normal(0, 0.03, 12) for month in range(11)])
    few = shows([[0.9] * 5], first=12)
    table = pd.concat([table, few, few.assign(started_utc="2026-02-31")])
    found = drift(table)
    assert tuple(found.columns) == DRIFT and found["month"].iloc[-1] == "2026-12"
    assert found["sessions"].tolist() == [12] * 11 + [5]
    assert found["note"].tolist() == [""] * 11 + [FEW] and np.isnan(found["median"].iloc[-1])
    (row,) = found[[*TREND]].drop_duplicates().itertuples()
    assert row.per_year_low < 0.12 < row.per_year_high and row.per_year_low > 0 and row.p < 0.01
    said = remarks(table, found, "share_smiling")
    assert said[0] == "5 sessions left out: when they began is no date"
    assert "share_smiling over 11 months: +0.1" in said[1] and "it tells no cause" in said[1]


@pytest.mark.slow
def test_months_that_merely_differ_have_no_trend():
    """5 % at most are called one, also where a month's shows differ together."""
    rng, many = np.random.default_rng(5), 300
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    found = 0
    for _ in range(many):
        medians = rng.normal(0, 0.05, 12) + np.median(rng.normal(0.2, 0.05, (12, 9)), axis=1)
        found += trend(pd.DataFrame({"month": months, "median": medians})).p <= 0.05
    # 15 are expected; of 26 or more the chance is 0.5 %.
    assert 4 <= found < 26


def test_too_few_months():
    """There is no trend, and it is said."""
    table = shows([[0.1] * 6] * 4)
    found = drift(table)
    assert len(found) == 4 and found[[*TREND]].isna().all(axis=None)
    assert remarks(table, found, "share_smiling") == [
        "4 months with 6 sessions or more: for a trend there must be 5"
    ]
    assert drift(table[:0]).empty


def test_months_that_are_all_the_same():
    """Do not drift."""
    found = drift(shows([[0.1] * 6] * 6))
    assert found[[*TREND]].iloc[0].tolist() == [0, 0, 0, 1]


def test_the_years_end_is_no_gap():
    """December and January are a month apart, and a month without shows counts as one."""
    months = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-05"]
    values = [0.0, 1.0, 2.0, 3.0, 6.0]
    found = trend(pd.DataFrame({"month": months, "median": values}))
    assert found.per_year == pytest.approx(12)


def test_an_unknown_score():
    """Is named with those there are."""
    with pytest.raises(ValueError, match="'mood': expected one of share_smiling"):
        drift(shows([]), "mood")
