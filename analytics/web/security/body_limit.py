"""How much a request may send: a body is read into memory before it is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import HTTPException

# Films go to disk as they come, and have a limit of their own.
UPLOADS = "/footage/uploads"
# A file for a session's page, the largest of what is sent otherwise, is half of it.
MOST_BYTES = 16_000_000
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


def limited(path: str, receive: _Receive) -> _Receive:
    """Return what receives a request's body, and refuses one that is too large."""
    if path == UPLOADS:
        return receive
    taken = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise HTTPException(413, f"larger than {MOST_BYTES / 1e6:.0f} MB: send less")
        return message

    return counted
