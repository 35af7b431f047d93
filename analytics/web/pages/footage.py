"""The *Add footage* page: films to be scored, and how far they are."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from laughtrack.analytics.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/footage")
async def show(request: Request) -> Response:
    """Show the page."""
    return page(request, "footage.html")
