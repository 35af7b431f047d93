"""The list of sessions as a page shows it: what is asked for, in the order asked for, in parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import reduce
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.store.selection import ORDERS, ordered
from laughtrack.analytics.web.listing.session_figures import Figures
from laughtrack.analytics.web.sessions_cache import Key

COMPLETE, RUNNING, INTERRUPTED = "complete", "running", "interrupted"
STATES = (COMPLETE, RUNNING, INTERRUPTED)
# By the figures that are measured behind: see `session_figures`.
MEASURED = {"share": "share_smiling", "coverage": "coverage"}
SORTS = (*ORDERS, "state", *MEASURED)
ROWS = (25, 50, 100)
# A device sends a batch every 5 s and keeps what it cannot send: after this long it is no more
# recorded, or nothing of it arrives.
STILL_S = 120.0


class Query(NamedTuple):
    """What a page of the list is to show.

    `q` is words that are all in title, name, device or tags; `state` one of `STATES`, `device` and
    `context` the whole words, "" for any. `sort` is one of `SORTS`; `page` counts from 1.
    """

    q: str = ""
    state: str = ""
    device: str = ""
    context: str = ""
    sort: str = "started"
    reverse: bool = True
    page: int = 1
    rows: int = ROWS[0]


def query_of(asked: Mapping[str, str]) -> Query:
    """Read what an address asks for; what is no such thing counts as not asked."""
    plain = Query()
    words = {name: asked.get(name, "").strip() for name in Query._fields}
    numbers = {name: int(words[name]) for name in ("page", "rows") if _is_number(words[name])}
    return Query(
        words["q"],
        words["state"] if words["state"] in STATES else plain.state,
        words["device"],
        words["context"],
        words["sort"] if words["sort"] in SORTS else plain.sort,
        words["reverse"] == "1" if words["sort"] in SORTS else plain.reverse,
        max(1, numbers.get("page", plain.page)),
        numbers["rows"] if numbers.get("rows") in ROWS else plain.rows,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


class Part(NamedTuple):
    """A page of the list: its rows, and how many there are in `all` on all `pages`."""

    rows: list[dict[str, Any]]
    all: int
    page: int
    pages: int


def with_states(listed: pd.DataFrame, recorded: set[Key], now: datetime) -> pd.DataFrame:
    """Return a list of sessions with a column `state`: one of `STATES`.

    Parameters
    ----------
    listed : DataFrame
        From `catalogue.session_list.list_sessions`.
    recorded : set of Key
        Those of which something arrived within the last `STILL_S`, or that this machine records.
    now : datetime
        UTC.
    """
    started = pd.to_datetime(listed["started_utc"], utc=True, format="ISO8601", errors="coerce")
    ends = started + pd.to_timedelta(listed["seconds"], unit="s", errors="coerce")
    is_recent = (ends > now - timedelta(seconds=STILL_S)) & (ends < now + timedelta(days=1))
    keys = zip(listed["device"], listed["session"], strict=True)
    is_running = is_recent | pd.Series([Key(*key) in recorded for key in keys], listed.index, bool)
    state = pd.Series(INTERRUPTED, listed.index, str).mask(is_running, RUNNING)
    return listed.assign(state=state.mask(listed["complete"], COMPLETE))


def utc_now() -> datetime:
    """Return what time it is."""
    return datetime.now(timezone.utc)


def matching(table: pd.DataFrame, query: Query) -> pd.DataFrame:
    """Return the sessions that are asked for, in the order asked for, without `MEASURED` ones.

    `table` is from `with_states`.
    """
    if query.state:
        table = table[table["state"] == query.state]
    for name in ("device", "context"):
        if wanted := getattr(query, name):
            table = table[table[name] == wanted]
    columns = [table[name] for name in ("title", "session", "device", "tags")]
    texts = reduce(lambda whole, each: whole + "\n" + each, columns).map(str.casefold)
    for word in query.q.casefold().split():
        table = table[texts.map(lambda text, word=word: word in text).astype(bool)]
        texts = texts.loc[table.index]
    if query.sort == "state":
        by_state = table["state"].map(STATES.index)
        return table.loc[by_state.sort_values(kind="stable", ascending=not query.reverse).index]
    if query.sort in MEASURED:
        return table
    return ordered(table, query.sort, query.reverse)


def by_figures(table: pd.DataFrame, figures: Mapping[Key, Figures], query: Query) -> pd.DataFrame:
    """Return sessions in order of a measured figure; those without it last."""
    keys = [Key(*key) for key in zip(table["device"], table["session"], strict=True)]
    name = MEASURED[query.sort]
    values = [getattr(figures[key], name) if key in figures else None for key in keys]
    column = pd.Series(values, table.index, dtype=float)
    order = column.sort_values(ascending=not query.reverse, kind="stable", na_position="last")
    return table.loc[order.index]


def part(table: pd.DataFrame, query: Query) -> Part:
    """Return one page of a table: the last one where there are not so many."""
    pages = max(1, math.ceil(len(table) / query.rows))
    page = min(max(query.page, 1), pages)
    rows = table.iloc[(page - 1) * query.rows : page * query.rows].to_dict("records")
    return Part(rows, len(table), page, pages)
