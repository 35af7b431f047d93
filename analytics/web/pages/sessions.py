"""The *Sessions* page: what the store holds, searched and sorted here, a page at a time."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from laughtrack.analytics.formatting import percent
from laughtrack.analytics.web import inputs
from laughtrack.analytics.web.listing import session_list
from laughtrack.analytics.web.listing.session_figures import Figures
from laughtrack.analytics.web.listing.session_list import MEASURED, ROWS, STATES, Query
from laughtrack.analytics.web.rendering import page
from laughtrack.analytics.web.sessions_cache import Key

router = APIRouter(include_in_schema=False)

# By what it sorts by, what stands above a column; whether it holds numbers.
COLUMNS = (
    ("title", "Title", False),
    ("started", "Began (UTC)", False),
    ("device", "Device", False),
    ("seconds", "Length", True),
    ("viewers", "Viewers", True),
    ("share", "Smiling", True),
    ("coverage", "Camera on", True),
    ("state", "State", False),
)
_WITHHELD = "withheld"
_MOST_ASKED = max(ROWS)


class Asked(BaseModel):
    """Sessions whose figures a page waits for, each as [device, session]."""

    keys: list[tuple[str, str]] = Field(max_length=_MOST_ASKED)


@router.get("/")
async def begin() -> Response:
    """Lead to the first page."""
    return RedirectResponse("/sessions", 303)


@router.get("/sessions")
def show(request: Request) -> Response:
    """Show the sessions that are asked for."""
    state = request.app.state
    query = session_list.query_of(request.query_params)
    listed = state.sessions.so_far()
    # A store that is away for a while holds nothing either: what was given for it stays.
    if len(listed.rows) and not listed.missing:
        there = {*zip(listed.rows["device"], listed.rows["session"], strict=True)}
        inputs.prune(state.settings.state, there)
    recorded = state.sessions.recently(session_list.STILL_S)
    whole = session_list.with_states(listed.rows, recorded, session_list.utc_now())
    found = session_list.matching(whole, query)
    waiting = 0
    if query.sort in MEASURED:
        keys = [Key(*key) for key in zip(found["device"], found["session"], strict=True)]
        state.figures.want(keys)
        known = state.figures.known(keys)
        waiting = len(keys) - len(known)
        found = session_list.by_figures(found, known, query)
    part = session_list.part(found, query)
    keys = [Key(row["device"], row["session"]) for row in part.rows]
    state.figures.want(keys)
    known = state.figures.known(keys)
    for row, key in zip(part.rows, keys, strict=True):
        row["address"] = address(key)
        row.update(_in_words(known.get(key), state.sessions.min_viewers))
    return page(
        request,
        "sessions.html",
        query=query,
        part=part,
        there=len(whole),
        missing=listed.missing,
        waiting=waiting,
        columns=[_column(query, *each) for each in COLUMNS],
        link=lambda **changes: _link(query, **changes),
        choices=_choices(whole),
    )


@router.post("/sessions/figures")
def figures(request: Request, asked: Asked) -> list[dict[str, Any]]:
    """Say what is known of sessions' figures by now, in the order asked for; {} for nothing yet."""
    state = request.app.state
    keys = [Key(*key) for key in asked.keys]
    known = state.figures.known(keys)
    state.figures.want(keys)
    return [
        _in_words(known[key], state.sessions.min_viewers) if key in known else {} for key in keys
    ]


def address(key: Key) -> str:
    """Return where a session's pages are."""
    return f"/sessions/{quote(key.device, safe='')}/{quote(key.session, safe='')}"


def _in_words(known: Figures | None, min_viewers: int) -> dict[str, str]:
    """Return a row's cells of measured figures, "" where they are not known yet."""
    if known is None:
        return {"share": "", "coverage": ""}
    none = _WITHHELD if min_viewers > 1 else percent(math.nan)
    share, cover = known
    return {
        "share": none if share is None else percent(share),
        "coverage": percent(math.nan if cover is None else cover),
    }


def _column(query: Query, sort: str, name: str, is_number: bool) -> dict[str, Any]:
    """Return what a column's heading shows: name, where it leads, which way it is sorted."""
    is_sorted = query.sort == sort
    # Numbers and dates are looked at from the largest on.
    reverse = not query.reverse if is_sorted else is_number or sort == "started"
    order = ("descending" if query.reverse else "ascending") if is_sorted else None
    kind = "number" if is_number else ""
    link = _link(query, sort=sort, reverse=reverse, page=1)
    return {"name": name, "link": link, "order": order, "kind": kind}


def _link(query: Query, **changes: object) -> str:
    """Return the address of another part of the list."""
    wanted = query._replace(**changes)._asdict()  # type: ignore[arg-type]
    wanted["reverse"] = int(wanted["reverse"])
    plain = Query()._asdict()
    words = {k: v for k, v in wanted.items() if v != plain[k] or k in ("sort", "reverse")}
    return f"/sessions?{urlencode(words)}"


def _choices(whole: pd.DataFrame) -> dict[str, list[str]]:
    return {
        "state": [*STATES],
        "device": sorted(set(whole["device"])),
        "context": sorted(set(whole["context"]) - {""}),
    }
