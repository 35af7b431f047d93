"""Whether the server is up, whether it can do its work, and figures of it for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.versions import store_size, store_version
from laughtrack.analytics.web.monitoring import metrics as figures

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


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Tell Prometheus what is stored, scored, watched and heard."""
    state = request.app.state
    size = await run_in_threadpool(_size, state.settings.store)
    text = figures.exposition(state.hub, state.jobs, size)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _size(store: str) -> tuple[int, int, int] | None:
    try:
        return store_size(store)
    except (StoreError, OSError):
        return None
