"""How a score changed over months: each month's median, and whether there is a trend.

The unit of the trend is the month. What was shown, and where, differs from one month to the next,
so that a month's sessions differ together: counted one by one they would find trends where months
merely differ.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, theilslopes

from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.formatting import count, p_value
from laughtrack.analytics.norms.intervals import LEAST, median
from laughtrack.analytics.norms.standing import DEFAULT_SCORE, MEDIAN, SCORES

TREND = ("per_year", "per_year_low", "per_year_high", "p")
DRIFT = ("month", "sessions", *MEDIAN, "note", *TREND)
# Of four months no order has a p of 0.05: two of 24 are in order.
LEAST_MONTHS = 5
FEW = f"fewer than {LEAST}: not in the trend"


class Trend(NamedTuple):
    """How much a score changes in a year, with the 95 % interval, and the p of no trend; NaN of
    fewer than `LEAST_MONTHS` months, `months` of which were looked at."""

    per_year: float
    low: float
    high: float
    p: float
    months: int


def drift(table: pd.DataFrame, score: str = DEFAULT_SCORE) -> pd.DataFrame:
    """Say how sessions of each month scored.

    Parameters
    ----------
    table : DataFrame
        Sessions with their figures and `started_utc`, from `fleet.others`.
    score : str
        One of `standing.SCORES`.

    Returns
    -------
    DataFrame
        A row for each month (UTC, "2026-11") with a session that has the score: how many
        `sessions`, their `median` with its 95 % interval, NaN for fewer than `LEAST`, which `note`
        says; and in each row alike the trend over the other months, as of `trend`.

    Raises
    ------
    ValueError
        There is no such score.
    """
    if score not in SCORES:
        raise ValueError(f"score {score!r}: expected one of {', '.join(SCORES)}")
    months = _months(table)
    has = months.notna() & table[score].notna()
    rows = []
    for month, values in table[score][has].groupby(months[has]):
        note = "" if len(values) >= LEAST else FEW
        rows.append((month, len(values), *median(values.to_numpy()), note))
    found = pd.DataFrame(rows, columns=[*DRIFT[: -len(TREND)]])
    over = trend(found)
    more = dict(zip(TREND, over[: len(TREND)], strict=True))
    return found.astype({"month": "str", "sessions": "int64", "note": "str"}).assign(**more)


def trend(months: pd.DataFrame) -> Trend:
    """Test whether months' medians rise or fall.

    Parameters
    ----------
    months : DataFrame
        `month` and `median` of `drift`; those without a median are left out.

    Returns
    -------
    Trend
        The median of the slopes between any two months, with its interval (P. K. Sen 1968, Journal
        of the American Statistical Association 63:1379; `scipy.stats.theilslopes`), and the
        two-sided p of Kendall's tau of medians and months, exact without ties (H. B. Mann 1945,
        Econometrica 13:245; `scipy.stats.kendalltau`). It takes months to be independent.
    """
    whole = months[months["median"].notna()]
    if len(whole) < LEAST_MONTHS:
        return Trend(np.nan, np.nan, np.nan, np.nan, len(whole))
    year, month = (whole["month"].str[part].astype(int) for part in (slice(4), slice(5, 7)))
    at, values = (year + month / 12).to_numpy(), whole["median"].to_numpy()
    slope = theilslopes(values, at, LEVEL)
    p = float(kendalltau(at, values).pvalue)
    # Of medians that are all the same there is no tau.
    p = 1.0 if np.isnan(p) else p
    return Trend(float(slope.slope), float(slope.low_slope), float(slope.high_slope), p, len(whole))


def remarks(table: pd.DataFrame, months: pd.DataFrame, score: str) -> list[str]:
    """Say what `drift` found, and what is left out of it, in sentences."""
    found = []
    if undated := int(_months(table).isna().sum()):
        found.append(f"{count(undated, 'session')} left out: when they began is no date")
    over = trend(months)
    if over.months < LEAST_MONTHS:
        found.append(
            f"{count(over.months, 'month')} with {LEAST} sessions or more: for a trend there must "
            f"be {LEAST_MONTHS}"
        )
        return found
    ends = f"{over.low:+.3g} to {over.high:+.3g}"
    found.append(
        f"{score} over {over.months} months: {over.per_year:+.3g} a year ({ends}), "
        f"{p_value(over.p, 'p ')}, by Mann and Kendall's test of the months' medians. Films, rooms "
        "and cameras may have changed, too: it tells no cause"
    )
    return found


def _months(table: pd.DataFrame) -> pd.Series:
    """Return the month in which each session began, UTC; missing where it is no date."""
    began = pd.to_datetime(table["started_utc"], utc=True, format="ISO8601", errors="coerce")
    return began.dt.strftime("%Y-%m")
