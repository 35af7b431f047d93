"""Which of a store's sessions are meant, also by what was measured of them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.store.catalogue.conditions import more_keys
from laughtrack.analytics.store.selection import Wanted, select


class Chosen(NamedTuple):
    """Sessions that are meant, and how many may be but were not measured yet."""

    rows: pd.DataFrame
    unmeasured: int


def chosen(
    store: str,
    listed: pd.DataFrame,
    wanted: Wanted,
    min_viewers: int = 1,
    uncorrected: bool = False,
) -> Chosen:
    """Return the sessions of a list that are meant.

    Parameters
    ----------
    store : str
    listed : DataFrame
        Its sessions, from `catalogue.session_list.list_sessions`.
    wanted : Wanted
    min_viewers : int
        Figures of fewer are withheld: no condition of them holds.
    uncorrected : bool
        Figures are without what a person mended.

    Raises
    ------
    ValueError, StoreError
        As `selection.select`, and if what was measured cannot be read.
    """
    asked = more_keys(wanted.where, listed)
    if not asked:
        return Chosen(select(listed, wanted), 0)
    # Only here: it is what a long list of sessions would wait for.
    from laughtrack.analytics.fleet.summaries import Kind, known

    figures = known(store, Kind(min_viewers, uncorrected))
    rows = select(listed, wanted, figures)
    plain = tuple(each for each in wanted.where if each.key not in asked)
    others = select(listed, wanted._replace(where=plain))
    measured = {*zip(figures["session"], figures["device"], strict=True)}
    keys = zip(others["session"], others["device"], strict=True)
    return Chosen(rows, sum(key not in measured for key in keys))
