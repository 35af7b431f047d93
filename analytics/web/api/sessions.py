"""The API's list of sessions, and what is known of one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from laughtrack.analytics.fleet.chosen import chosen
from laughtrack.analytics.store.catalogue.conditions import read_condition
from laughtrack.analytics.store.selection import ORDERS, Wanted, ordered
from laughtrack.analytics.store.sessions import device_of
from laughtrack.analytics.web.api.answers import PROBLEMS, Form, one_of, responses, table_answer
from laughtrack.analytics.web.api.rows import SessionRow
from laughtrack.analytics.web.asked import DeviceName, SessionName
from laughtrack.analytics.web.sessions_cache import SessionsCache

router = APIRouter(tags=["sessions"])

Order = Annotated[str, Query(json_schema_extra={"enum": [*ORDERS]}, description="By what.")]
MOST_ON_PAGE = 1000
_TOTAL = (int, Field(description="Sessions that are meant, on all pages together."))
Pattern = Annotated[str, Query(max_length=200, description="A name, or a pattern like `night*`.")]


class SessionInfo(BaseModel):
    """What is known of a session besides its readings."""

    summary: SessionRow
    info: dict[str, Any] = Field(
        description="Title, settings, versions, marks and the like, as recorded."
    )


@router.get("/sessions", responses=responses(SessionRow, total=_TOTAL, page=(int, ...)))
def list_sessions(
    request: Request,
    name: Annotated[
        list[Annotated[str, Field(max_length=200)]] | None,
        Query(max_length=100, description="Names, or patterns, of SESSION or DEVICE/SESSION."),
    ] = None,
    device: Pattern = "",
    context: Pattern = "",
    title: Annotated[str, Query(max_length=200, description="Words in the title.")] = "",
    complete: bool | None = None,
    where: Annotated[
        list[Annotated[str, Field(max_length=200)]] | None,
        Query(
            max_length=100,
            description="Conditions that all hold: KEY=PATTERN or KEY<NUMBER, also != <= > >=, of "
            "columns, tags and measured figures.",
        ),
    ] = None,
    sort: Order = "started",
    reverse: bool = False,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 100,
    format: Form = "json",
) -> Response:
    """List the store's sessions, as `laughtrack sessions` does, page by page."""
    conditions = tuple(map(read_condition, where or ()))
    wanted = Wanted(tuple(name or ()), device, context, title, None, None, complete, conditions)
    known: SessionsCache = request.app.state.sessions
    found = chosen(known.store, known.list(), wanted, known.min_viewers).rows
    found = ordered(found, one_of("sort", sort, ORDERS), reverse)
    first = (page - 1) * per_page
    rows = found.iloc[first : first + per_page]
    return table_answer(rows, format, f"sessions-{page}", total=len(found), page=page)


@router.get("/sessions/{session}", response_model=SessionInfo, responses=PROBLEMS)
def show_session(request: Request, session: SessionName, device: DeviceName = None) -> SessionInfo:
    """Return what is known of a session besides its readings."""
    state = request.app.state
    whose = device_of(state.settings.store, session, device)
    listed = state.sessions.list()
    row = listed[(listed["session"] == session) & (listed["device"] == whose)].iloc[0]
    return SessionInfo(
        summary=SessionRow(**row.to_dict()), info=state.sessions.tables(whose, session).info
    )
