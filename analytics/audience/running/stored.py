"""The beginning of a session that goes on, from what is stored of it."""

from __future__ import annotations

import math

import pandas as pd

from laughtrack.analytics.audience.curve import curve
from laughtrack.analytics.audience.running.band import with_band, worth
from laughtrack.analytics.audience.running.curve import ROWS, SETTLED_S
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.session_tables import SessionTables


def stored_rows(session: Session, until_s: int) -> pd.DataFrame:
    """Return a stored session's rows as `RunningCurve` would have told them.

    Parameters
    ----------
    session : Session
        From `store.sessions.load`.
    until_s : int
        The seconds before this; of a session that goes on, those that are settled.

    Returns
    -------
    DataFrame
        `ROWS`; the design effect is of the whole of it.
    """
    tables = SessionTables(session._replace(joined=()))
    grid = tables.grid(1.0)
    if not tables.info.get("complete"):
        until_s = min(until_s, max(0, math.floor(tables.length_s - SETTLED_S)))
    rows = curve(tables, 1.0).iloc[:until_s].reset_index(drop=True)
    return with_band(rows, worth(grid.share, grid.ids, tables.seats))[[*ROWS]]
