"""Sessions that are older than they may be kept; and whether anything of forgotten ones is left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

import pandas as pd
from deltalake import DeltaTable

from laughtrack.analytics.store.delta_table import is_split_by_device, read
from laughtrack.analytics.store.derived.derived_rows import sessions_in
from laughtrack.analytics.store.disk.files import files_below, live_files
from laughtrack.analytics.store.forget import folder_of
from laughtrack.analytics.store.queries import pairs_in

# A device whose clock was never set says 1970, and a file without a date something like it.
_FIRST_YEAR = 2000
_PARTITION = re.compile(r"session=([^/]+)/device=([^/]+)/")


class Due(NamedTuple):
    """Sessions that ended too long ago, and those whose start says nothing of how old they are."""

    old: pd.DataFrame
    undated: pd.DataFrame


def due(sessions: pd.DataFrame, older_than: timedelta, now: datetime) -> Due:
    """Return which of a list of sessions are to go.

    Parameters
    ----------
    sessions : DataFrame
        From `catalogue.session_list.list_sessions`.
    older_than : timedelta
    now : datetime
        UTC.

    Returns
    -------
    Due
        `undated` are those whose start is no date, one before 2000, or one to come: how old they
        are is not guessed.
    """
    started = pd.to_datetime(sessions["started_utc"], utc=True, format="ISO8601", errors="coerce")
    is_date = (started.dt.year >= _FIRST_YEAR) & (started <= now + timedelta(days=1))
    ends = started + pd.to_timedelta(sessions["seconds"], unit="s", errors="coerce")
    is_old = is_date & (ends < now - older_than)
    return Due(sessions[is_old].reset_index(drop=True), sessions[~is_date].reset_index(drop=True))


def stopped(store: str) -> list[tuple[str, str]]:
    """Return the (session, device) of which no row is left, but files are: forgetting was stopped.

    In stores of version 0.1 devices share files, and none is found.

    Raises
    ------
    StoreError
    """

    def query(table: DeltaTable | None) -> list[tuple[str, str]]:
        if table is None or not is_split_by_device(table):
            return []
        matches = (_PARTITION.match(unquote(path)) for path in files_below(table, ""))
        return sorted({(each[1], each[2]) for each in matches if each} - pairs_in(table))

    return read(store, query)


def left_of(store: str, keys: Iterable[tuple[str, str]]) -> list[str]:
    """Return what is left of sessions, a line each: nothing where they are forgotten.

    Parameters
    ----------
    store : str
    keys : iterable of (session, device)

    Raises
    ------
    StoreError
    """
    wanted = sorted({*keys})

    def query(table: DeltaTable | None) -> list[str]:
        if table is None:
            return []
        live = live_files(table) if not is_split_by_device(table) else set()
        found, there = [], pairs_in(table)
        for session, device in wanted:
            if (session, device) in there:
                found.append(f"{session} of {device}: rows")
            paths = files_below(table, folder_of(table, session, device))
            found += [
                f"{session} of {device}: {path}" for path in paths if unquote(path) not in live
            ]
        return found

    derived = sorted({*wanted} & sessions_in(store))
    return [*read(store, query), *(f"{a} of {b}: what was worked out" for a, b in derived)]
