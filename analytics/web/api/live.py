"""The API's live part: what is being recorded, its events, marks in it, and the devices."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from laughtrack.analytics.web.api.answers import PROBLEMS, Problem
from laughtrack.analytics.web.live.event_stream import stream
from laughtrack.analytics.web.live.hub import Hub
from laughtrack.analytics.web.live.telling import tell_session
from laughtrack.analytics.web.sessions_cache import Key

router = APIRouter(tags=["live"])

DeviceInPath = Annotated[str, Path(max_length=100)]
SessionInPath = Annotated[str, Path(max_length=100)]
_OVER: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "The session is over."}
}


class LiveSession(BaseModel):
    """A session that is being recorded, or was just now."""

    device: str
    session: str
    kind: Literal["camera", "film", "device"]
    title: str
    context: str
    source: str
    started_utc: str
    state: Literal["running", "ended", "broken", "forgotten"]
    said: str = Field(description="Why it broke off; empty for nothing.")
    t_s: float | None = Field(description="Of the newest look, seconds of the session.")
    seen: int | None = Field(description="Viewers in view then.")
    judged: int | None = Field(description="Of them, those whose smiles could be scored.")


class LiveSessions(BaseModel):
    """What is being recorded."""

    sessions: list[LiveSession]


class Device(BaseModel):
    """How a device is, by what it said last; null for what it does not tell."""

    device: str
    site: str
    state: Literal["online", "offline", "stale"]
    said_s: float | None = Field(description="How long ago it said so, s.")
    session: str
    viewers: int | None
    camera: str
    trouble: str
    slow: str
    looks_per_s: float | None
    waiting: int | None = Field(description="Batches in its outbox.")
    waiting_bytes: int | None
    dropped: int | None
    refused: int | None
    damaged: int | None
    disk_free_mb: int | None
    memory_mb: int | None
    temperature_c: float | None
    clock_s: float | None = Field(description="By how much its clock is ahead, s.")
    version: str


class Devices(BaseModel):
    """What the broker's devices said last."""

    devices: list[Device]
    trouble: str = Field(description="What is wrong with the broker; empty for nothing.")
    remarks: list[str] = Field(description="What was refused of what they sent, or is missing.")


class NewMark(BaseModel):
    """A mark of this moment."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=200)]


class Told(BaseModel):
    """What whoever was told says to it."""

    said: str


@router.get("/live", responses={401: PROBLEMS[401]})
async def list_live(request: Request) -> LiveSessions:
    """List the sessions that are being recorded, or were just now."""
    hub: Hub = request.app.state.hub
    found = [
        {**each.facts._asdict(), **{name: each.now.get(name) for name in ("t_s", "seen", "judged")}}
        for each in hub.watched.values()
    ]
    return LiveSessions(sessions=[LiveSession(**each) for each in found])


@router.get(
    "/live/{device}/{session}/events",
    response_class=StreamingResponse,
    responses={
        **{status: PROBLEMS[status] for status in (401, 404, 422)},
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
async def show_events(
    request: Request, device: DeviceInPath, session: SessionInPath
) -> StreamingResponse:
    """Send what is seen of a session as it is seen: server-sent events, on and on.

    The first is "snapshot", how everything stands; then "look" (who is in view), "seconds" (rows of
    the curve, by column), "peaks", "mark", "facts" and "health". Each has an ID: with the header
    Last-Event-ID they go on after it, each once.
    """
    hub: Hub = request.app.state.hub
    watched = hub.session(device, session)
    return stream(request, watched.ring, watched.snapshot)


@router.post(
    "/live/{device}/{session}/marks",
    responses={**{status: PROBLEMS[status] for status in (401, 404, 422, 503)}, **_OVER},
)
async def add_mark(
    request: Request, device: DeviceInPath, session: SessionInPath, mark: NewMark
) -> Told:
    """Mark this moment."""
    if not mark.text.strip():
        raise HTTPException(422, "text: a mark needs one")
    return Told(said=await tell_session(request, Key(device, session), "mark", mark.text))


@router.get("/devices", responses={401: PROBLEMS[401]})
async def list_devices(request: Request) -> Devices:
    """List the broker's devices, and how each is."""
    hub: Hub = request.app.state.hub
    devices = [Device(**each._asdict()) for each in hub.devices.now()]
    return Devices(devices=devices, trouble=hub.devices.trouble, remarks=hub.devices.remarks)
