"""Telling who records a session what to do: this machine's camera, or a broker's device."""

from __future__ import annotations

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool

from laughtrack.analytics.web.live.hub import Hub
from laughtrack.analytics.web.live.tell_device import tell
from laughtrack.analytics.web.sessions_cache import Key


async def tell_session(request: Request, key: Key, do: str, text: str = "") -> str:
    """Mark this moment in a session, or end it; return what was done.

    Parameters
    ----------
    request : Request
    key : Key
        The session's.
    do : str
        "mark" or "stop".
    text : str
        The mark.

    Raises
    ------
    UnknownSession, HTTPException, NoAnswer
        Nothing of it is being recorded; it is over; the device does not do it.
    """
    hub: Hub = request.app.state.hub
    watched = hub.session(*key)
    if watched.facts.state != "running":
        raise HTTPException(409, f"session {key.session} is over: {watched.facts.state}")
    if watched.facts.kind == "device":
        broker = request.app.state.settings.broker
        return await run_in_threadpool(tell, broker, hub.devices.address(key.device), do, text)
    if do == "mark":
        await hub.local.mark(key, text)
        return f"{text!r} is marked"
    await hub.local.stop_one(key)
    return f"{key.session} is over"
