"""Events to one who watches, for as long as that lasts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import StreamingResponse

from laughtrack.analytics.web.live.event_ring import EventRing

# A line that says nothing, so that what lies between knows that the connection is alive.
QUIET_S = 15.0
# How soon a browser asks again when the connection broke, ms.
RETRY_MS = 1000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def stream(
    request: Request, ring: EventRing, snapshot: Callable[[], bytes], after: str = ""
) -> StreamingResponse:
    """Answer with a ring's events from now on, and those that were missed.

    Parameters
    ----------
    request : Request
        Its header Last-Event-ID says what the browser had, as does `after`.
    ring : EventRing
    snapshot : function
        Returns the event that stands for all before the newest one.
    after : str
        The ID of the last event that was seen, for who cannot send the header.
    """
    seen = request.headers.get("last-event-id") or after
    return StreamingResponse(
        _events(ring, snapshot, ring.position(seen)),
        media_type="text/event-stream",
        headers=HEADERS,
    )


async def _events(
    ring: EventRing, snapshot: Callable[[], bytes], number: int | None
) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    while not ring.closed:
        missed = None if number is None else ring.after(number)
        at = ring.last
        if missed is None:
            missed = snapshot()
        if missed:
            yield missed
        number = at
        if number == ring.last:
            await ring.wait(number, QUIET_S)
            if number == ring.last and not ring.closed:
                yield b": quiet\n\n"
