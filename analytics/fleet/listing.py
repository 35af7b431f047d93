"""The list of a store where one session is broken: it is named, and the others listed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from laughtrack.analytics.fleet.jobs import reason
from laughtrack.analytics.store.catalogue.session_list import catalogue, session_rows
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.derived import derived_rows
from laughtrack.analytics.store.versions import versions


def without_broken(store: str, broken: Callable[[str], object]) -> pd.DataFrame:
    """List the sessions of a store one by one, but those that are known from before.

    It takes long: to be used where `session_list.list_sessions` was refused.

    Parameters
    ----------
    store : str
    broken : function
        Told of each session that cannot be listed, a line.

    Returns
    -------
    DataFrame
        As of `list_sessions`.

    Raises
    ------
    StoreError
        The store itself cannot be read.
    """
    now = versions(store)
    rows = derived_rows.read(store, catalogue(), now)
    known = {*zip(rows["session"], rows["device"], strict=True)}
    parts = [rows] if len(rows) else [session_rows(store, [])]
    for session, device in sorted({*now.sessions} - known):
        try:
            parts.append(session_rows(store, [(session, device)]))
        except StoreError as error:
            broken(f"{session} of {device}: left out: {reason(error)}")
    return pd.concat(parts).sort_values(["started_utc", "session", "device"], ignore_index=True)
