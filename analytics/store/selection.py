"""Which of many sessions are meant, by name, device, context, title, date and whatever conditions;
and their order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.store.catalogue.conditions import Condition, holding

# By the word for it, the column that a list of sessions is sorted by.
ORDERS = {
    "started": "started_utc",
    "name": "session",
    "device": "device",
    "title": "title",
    "context": "context",
    "seconds": "seconds",
    "viewers": "viewers",
    "readings": "readings",
    "batches": "batches",
    "missing": "missing_batches",
    "complete": "complete",
}


class Wanted(NamedTuple):
    """Which sessions are meant; what is empty or None leaves none out.

    `names`: names, or patterns with ``*``, ``?`` and ``[...]``, of a session or of DEVICE/SESSION;
    one of them is enough. `device`, `context`: the same of these. `title`: words that are all in
    the title. `since`, `until`: begun then or later, and before. `complete`: whether
    all batches are there. `where`: conditions that all hold. Case does not count.
    """

    names: tuple[str, ...] = ()
    device: str = ""
    context: str = ""
    title: str = ""
    since: datetime | None = None
    until: datetime | None = None
    complete: bool | None = None
    where: tuple[Condition, ...] = ()


def select(
    sessions: pd.DataFrame, wanted: Wanted, figures: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the sessions that are meant.

    Parameters
    ----------
    sessions : DataFrame
        From `catalogue.session_list.list_sessions`.
    wanted : Wanted
    figures : DataFrame, optional
        Measured figures for the conditions: session, device, and a column a figure.

    Returns
    -------
    DataFrame
        Rows of `sessions`, in their order.

    Raises
    ------
    ValueError
        A condition is of something that there is not; it names what there is.
    """
    keep = pd.Series(True, sessions.index)
    if wanted.names:
        whole = sessions["device"] + "/" + sessions["session"]
        keep &= _like(sessions["session"], wanted.names) | _like(whole, wanted.names)
    for name in ("device", "context"):
        if pattern := getattr(wanted, name):
            keep &= _like(sessions[name], [pattern])
    titles = sessions["title"].map(str.casefold)
    for word in wanted.title.casefold().split():
        keep &= titles.map(lambda title, word=word: word in title).astype(bool)
    # Before and after nothing is what is no date, such as 31 February.
    started = pd.to_datetime(sessions["started_utc"], utc=True, format="ISO8601", errors="coerce")
    if wanted.since is not None:
        keep &= started >= wanted.since
    if wanted.until is not None:
        keep &= started < wanted.until
    if wanted.complete is not None:
        keep &= sessions["complete"] == wanted.complete
    if wanted.where:
        keep &= holding(wanted.where, _with(sessions, figures))
    return sessions[keep].reset_index(drop=True)


def _with(sessions: pd.DataFrame, figures: pd.DataFrame | None) -> pd.DataFrame:
    """Return a list with figures as more columns, NaN where there are none."""
    if figures is None:
        return sessions
    key = ["session", "device"]
    more = [name for name in figures.columns if name not in sessions.columns]
    whole = sessions[key].merge(figures[[*key, *more]], on=key, how="left")
    return sessions.assign(**{name: whole[name].to_numpy() for name in more})


def ordered(sessions: pd.DataFrame, by: str, reverse: bool = False) -> pd.DataFrame:
    """Return a list of sessions in order of one of `ORDERS`, equal ones as they were.

    Numbers within texts count as numbers: night 2 is before night 10.
    """
    values = sessions[ORDERS[by]].tolist()
    if by in ("name", "device", "title", "context"):
        values = [_natural(each) for each in values]
    order = sorted(range(len(values)), key=values.__getitem__, reverse=reverse)
    return sessions.iloc[order].reset_index(drop=True)


def _like(texts: pd.Series, patterns: Iterable[str]) -> pd.Series:
    lower = [each.casefold() for each in patterns]
    return texts.map(lambda text: any(fnmatchcase(text.casefold(), each) for each in lower)).astype(
        bool
    )


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", text.casefold())
        if part
    ]
