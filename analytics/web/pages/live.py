"""The *Live* page: a session while it is recorded."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from laughtrack.analytics.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/live")
async def show(request: Request) -> Response:
    """Show the page."""
    return page(request, "live.html")
