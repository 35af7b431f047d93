"""The list of a store's sessions, with a progress bar where it takes a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laughtrack.cli.terminal import counting

if TYPE_CHECKING:
    import pandas as pd

# So many are read within a second or two.
_SOON = 400


def listed_sessions(store: str) -> pd.DataFrame:
    """Return what a store holds, as `analytics.store.catalogue.session_list.list_sessions`."""
    from laughtrack.analytics.store.catalogue.session_list import list_in_parts

    parts = list_in_parts(store)
    listed = next(parts)
    if listed.missing <= _SOON:
        *_, listed = listed, *parts
        return listed.rows
    count = listed.missing
    with counting("reading what is new in the store", count) as step:
        for listed in parts:
            step(count - listed.missing)
    return listed.rows
