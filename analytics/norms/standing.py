"""Where a session stands among others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.norms.intervals import LEAST, median_places, percentile
from laughtrack.analytics.store.delta_table import AmbiguousSession
from laughtrack.analytics.store.queries import ambiguity

SCORES = (
    "share_smiling",
    "mean_smile",
    "reach",
    "smiles_per_min",
    "maximum_share",
    "minimum_share",
    "peak_end",
    "hook",
    "judged_share",
)
# Of which the drift is told if nothing is said.
DEFAULT_SCORE = "share_smiling"
PERCENTILE = ("percentile", "percentile_low", "percentile_high")
MEDIAN = ("median", "median_low", "median_high")
NORMS = ("score", "value", "others", *PERCENTILE, *MEDIAN, "lowest", "highest", "stratum")


def norms(
    table: pd.DataFrame, session: str, device: str | None = None, stratum: str = ""
) -> pd.DataFrame:
    """Say where a session stands among the others.

    Parameters
    ----------
    table : DataFrame
        Sessions and their figures, from `fleet.others`: all, or those of its stratum.
    session : str
        Its name.
    device : str, optional
        Whose it is; needed where several have one of that name.
    stratum : str
        What all these have in common, in words.

    Returns
    -------
    DataFrame
        A row a score: the session's `value`; how many `others` have that score; `percentile`, the
        share of these that lie below it, ties counting half, in 0 to 100; their `median`; both with
        95 % intervals, and NaN for fewer than `intervals.LEAST` others; their `lowest` and
        `highest`; NaN where there is none; and the `stratum`.
    """
    own = np.flatnonzero(own_row(table, session, device))[0]
    rows = [
        {"score": score, **{name: values[own] for name, values in standing(table[score]).items()}}
        for score in SCORES
    ]
    found = pd.DataFrame(rows).assign(stratum=stratum)
    return found[[*NORMS]].astype({"score": "str", "stratum": "str"})


def standing(values: pd.Series) -> dict[str, np.ndarray]:
    """Say where each of some sessions stands among the others.

    Parameters
    ----------
    values : Series of float
        One score, NaN for who has none.

    Returns
    -------
    dict
        The columns of `norms` but `score` and `stratum`, an array each, in the values' order.
    """
    value = values.to_numpy(dtype=float)
    has = ~np.isnan(value)
    known = np.sort(value[has])
    others = len(known) - has
    # Where its own value lies among all in order; those from there on move up by one without it.
    own = np.where(has, np.searchsorted(known, value), len(known))

    def at(place: np.ndarray) -> np.ndarray:
        """Return the other that is at a place, NaN where that is below 0."""
        inside = np.clip(place + (place >= own), 0, max(len(known) - 1, 0))
        return np.where(place < 0, np.nan, known[inside] if len(known) else np.nan)

    low, high = np.array([median_places(many) for many in others]).reshape(-1, 2).T
    enough = np.where(others >= LEAST, 1.0, np.nan)
    return {
        "value": value,
        "others": others,
        **dict(zip(PERCENTILE, percentile(known, value, has), strict=True)),
        "median": (at((others - 1) // 2) + at(np.where(others, others // 2, -1))) / 2 * enough,
        "median_low": at(low),
        "median_high": at(high),
        "lowest": at(np.where(others, 0, -1)),
        "highest": at(others - 1),
    }


def own_row(table: pd.DataFrame, session: str, device: str | None = None) -> pd.Series:
    """Say which row is the session's.

    Raises
    ------
    AmbiguousSession
        There is not one.
    """
    is_own = table["session"] == session
    if device is not None:
        is_own &= table["device"] == device
    if is_own.sum() != 1:
        raise AmbiguousSession(ambiguity(session, table["device"][is_own]))
    return is_own


def few(found: pd.DataFrame) -> str:
    """Say that norms are of too few others to say anything; "" where they are not."""
    if found["others"].max() >= LEAST:
        return ""
    return f"fewer than {LEAST} others: no percentile says anything yet"
