"""The *Devices* page: how each device is, by what it said last."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from laughtrack.analytics.web.live.event_stream import stream
from laughtrack.analytics.web.live.hub import Hub
from laughtrack.analytics.web.live.tell_device import tell
from laughtrack.analytics.web.rendering import page

router = APIRouter(prefix="/devices", include_in_schema=False)


@router.get("")
async def show(request: Request) -> Response:
    """Show the page."""
    hub: Hub = request.app.state.hub
    return page(request, "devices.html", devices=hub.devices)


@router.get("/events")
async def events(request: Request, after: str = "") -> Response:
    """Send how the devices are, whenever one of them says something."""
    hub: Hub = request.app.state.hub
    return stream(request, hub.devices.ring, hub.devices.snapshot, after)


@router.post("/{site}/{device}/tell")
async def tell_one(
    request: Request,
    site: str,
    device: str,
    do: Annotated[str, Body(max_length=20)],
    text: Annotated[str, Body(max_length=200)] = "",
) -> dict[str, str]:
    """Tell a device what to do."""
    hub: Hub = request.app.state.hub
    broker, address = request.app.state.settings.broker, hub.devices.address(device, site)
    return {"said": await run_in_threadpool(tell, broker, address, do, text.strip())}
