"""Moments that somebody marked while the session ran: when, what was said, who smiled after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.suppression import with_numbers
from laughtrack.analytics.timelines.bins import BIN_S, bin_of
from laughtrack.analytics.timelines.session_tables import SessionTables

COLUMNS = ("t_s", "text", "share_smiling", "viewers")
# What a mark sets off shows within a few seconds.
AFTER_S = 5.0
# The page shows so many.
MOST_MARKS = 200


def marks(tables: SessionTables, min_viewers: int = 1) -> pd.DataFrame:
    """Return the session's marked moments.

    Parameters
    ----------
    tables : SessionTables
    min_viewers : int
        Figures of fewer are withheld, as in `SessionTables`.

    Returns
    -------
    DataFrame
        A row for each, in order of time: `t_s`, seconds since the session began; `text`; of those
        who could be judged in the 5 s after it, `share_smiling` in [0, 1], the mean over them of
        the part of that time that they smiled, NaN where it is withheld or nobody could be judged,
        and how many `viewers` they are.
    """
    tables = tables.at_least(min_viewers)
    found = [
        (each["t_s"], each["text"], *_after(tables.bins, each["t_s"]))
        for each in tables.info.get("marks", ())
    ]
    types = {"t_s": float, "text": "str", "share_smiling": float, "viewers": np.int64}
    return with_numbers(pd.DataFrame(found, columns=COLUMNS).astype(types), tables, marks)


def _after(table: pd.DataFrame, t_s: float) -> tuple[float, int]:
    first, last = np.searchsorted(table["bin"], bin_of([t_s, t_s + AFTER_S], BIN_S))
    near = table.iloc[first:last]
    own = near.groupby("viewer_id")[["judged_s", "smiling_s"]].sum()
    own = own[own["judged_s"] > 0]
    return (own["smiling_s"] / own["judged_s"]).mean(), len(own)


def label(number: int) -> str:
    """Return the letters of the mark of that number, from 0: A to Z, then AA, AB and so on."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
