"""The *Live* page: sessions while they are recorded, on this machine or by a broker's devices."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from laughtrack.analytics.web.live.event_stream import stream
from laughtrack.analytics.web.live.hub import Hub
from laughtrack.analytics.web.live.local_source import Wanted
from laughtrack.analytics.web.live.picture import picture
from laughtrack.analytics.web.live.telling import tell_session
from laughtrack.analytics.web.live.watched_session import WatchedSession
from laughtrack.analytics.web.rendering import page
from laughtrack.analytics.web.sessions_cache import Key
from laughtrack.edge.contexts import KINDS

router = APIRouter(prefix="/live", include_in_schema=False)


class Start(BaseModel):
    """What is to be looked at."""

    source: str = Field(max_length=1000)
    session: str = Field("", max_length=100)
    title: str = Field("", max_length=200)
    context: str = Field("screening", max_length=400)
    media_offset_s: float = Field(0.0, ge=-1e6, le=1e6)
    picture: bool = False


@router.get("")
async def show(request: Request) -> Response:
    """Show what is being recorded, and what can be begun."""
    hub: Hub = request.app.state.hub
    watched = [(each.facts, each.now) for each in reversed([*hub.watched.values()])]
    devices = [each for each in hub.devices.now() if each.state == "online"]
    trouble = hub.devices.trouble
    return page(
        request, "live.html", watched=watched, devices=devices, trouble=trouble, kinds=KINDS
    )


@router.post("/start")
async def start(request: Request, wanted: Start) -> dict[str, str]:
    """Begin a session on a camera or stream of this machine."""
    hub: Hub = request.app.state.hub
    facts = wanted.model_dump()
    place = facts.pop("source").strip()
    key = await hub.local.start(Wanted(place, **facts))
    return {"path": f"/live/{key.device}/{key.session}"}


@router.get("/{device}/{session}")
async def watch(request: Request, device: str, session: str) -> Response:
    """Show one session as it grows."""
    watched = _watched(request, device, session)
    least = request.app.state.settings.min_viewers
    return page(request, "watch.html", facts=watched.facts, least=least)


@router.get("/{device}/{session}/events")
async def events(request: Request, device: str, session: str, after: str = "") -> Response:
    """Send what is seen of it, and first what was missed."""
    watched = _watched(request, device, session)
    return stream(request, watched.ring, watched.snapshot, after)


@router.get("/{device}/{session}/picture")
async def room(request: Request, device: str, session: str) -> Response:
    """Send the room's picture, of which nothing is kept."""
    hub: Hub = request.app.state.hub
    address = hub.local.picture_address(Key(device, session))
    if not request.app.state.settings.shows_scores_in_pictures or not address:
        raise HTTPException(404, "there is no picture: the server or the session shows none")
    return await picture(address)


@router.post("/{device}/{session}/mark")
async def mark(
    request: Request,
    device: str,
    session: str,
    text: Annotated[str, Body(embed=True, min_length=1, max_length=200)],
) -> dict[str, str]:
    """Mark this moment."""
    return {"said": await tell_session(request, Key(device, session), "mark", text)}


@router.post("/{device}/{session}/stop")
async def stop(request: Request, device: str, session: str) -> dict[str, str]:
    """End the session; it is whole in the store then."""
    return {"said": await tell_session(request, Key(device, session), "stop")}


def _watched(request: Request, device: str, session: str) -> WatchedSession:
    hub: Any = request.app.state.hub
    found: WatchedSession = hub.session(device, session)
    return found
