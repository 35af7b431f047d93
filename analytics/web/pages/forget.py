"""Forgetting a session from a page: what goes is said first."""

from __future__ import annotations

from typing import Annotated, Any

import anyio.from_thread
from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from laughtrack.analytics.store.delta_table import UnknownSession
from laughtrack.analytics.web import inputs
from laughtrack.analytics.web.pages.sessions import address
from laughtrack.analytics.web.rendering import page
from laughtrack.analytics.web.sessions_cache import Key

router = APIRouter(prefix="/sessions/{device}/{session}/forget", include_in_schema=False)


@router.get("")
def ask(request: Request, device: str, session: str) -> Response:
    """Say what of a session goes, and ask."""
    sessions = request.app.state.sessions
    version = sessions.version(device, session)
    row = _row(request, device, session)
    return page(
        request, "forget.html", row=row, version=version, address=address(Key(device, session))
    )


@router.post("")
def forget(
    request: Request, device: str, session: str, version: Annotated[str, Form(max_length=100)]
) -> Response:
    """Forget it, if it still is what was shown."""
    _row(request, device, session)
    if request.app.state.sessions.version(device, session) != version:
        raise HTTPException(
            409,
            f"session {session} of {device} has changed since you were asked: look at what goes "
            "now, and decide again",
        )
    if request.app.state.jobs.recording() == (device, session):
        raise HTTPException(409, f"session {session} is being scored: cancel that first")
    # Who watches it sees no more of it, and a camera of this machine adds nothing to it.
    anyio.from_thread.run(request.app.state.hub.forget, device, session)
    request.app.state.sessions.forget(device, session)
    request.app.state.jobs.forgotten((device, session))
    inputs.forget(request.app.state.settings.state, device, session)
    return RedirectResponse("/sessions", 303)


def _row(request: Request, device: str, session: str) -> dict[str, Any]:
    """Return a session's row of the list."""
    listed = request.app.state.sessions.list()
    found = listed[(listed["device"] == device) & (listed["session"] == session)]
    if found.empty:
        raise UnknownSession(
            f"there is no session {session} of {device}: it was forgotten, or never was"
        )
    row: dict[str, Any] = found.iloc[0].to_dict()
    return row
