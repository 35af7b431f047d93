"""The *Sessions* page: what the store holds."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from laughtrack.analytics.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/")
async def begin() -> Response:
    """Lead to the first page."""
    return RedirectResponse("/sessions", 303)


@router.get("/sessions")
async def show(request: Request) -> Response:
    """Show a table of the sessions."""
    listed = await run_in_threadpool(request.app.state.sessions.list)
    return page(request, "sessions.html", rows=listed.to_dict("records"))
