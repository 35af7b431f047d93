"""Whether the server is up, and whether it can do its work; figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.versions import store_version

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """Say that the server runs."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def readyz(request: Request) -> PlainTextResponse:
    """Say whether the store can be read."""
    try:
        store_version(request.app.state.settings.store)
    except (StoreError, OSError):
        # Anybody may ask this: the folder's name is nobody's business.
        return PlainTextResponse("the store cannot be read\n", 503)
    return PlainTextResponse("ok\n")
