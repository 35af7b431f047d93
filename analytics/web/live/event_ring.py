"""Server-sent events with numbers: whoever was away is told each that was missed, once.

An event is kept as the bytes that are sent, made once for all who watch. The newest are kept, up to
a number of bytes; whoever needs older ones is told how everything stands now instead.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from typing import Any

MOST_BYTES = 4_000_000


class EventRing:
    """The last events of one thing that is watched; used on the event loop alone.

    Parameters
    ----------
    most_bytes : int
        Of all events kept.

    Attributes
    ----------
    last : int
        The newest event's number; 0 before the first.
    closed : bool
        No more events come.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        # Numbers of another run of the server mean nothing to this one.
        self._epoch = secrets.token_hex(4)
        self._most_bytes, self._bytes = most_bytes, 0
        self._events: deque[tuple[int, bytes]] = deque()
        self._news = asyncio.Event()
        self.last, self.closed = 0, False

    def close(self) -> None:
        """Let those who watch go."""
        self.closed = True
        self._wake()

    def add(self, kind: str, data: dict[str, Any]) -> None:
        """Add an event, of what JSON knows; those who wait hear of it."""
        self.last += 1
        event = self._encoded(kind, data)
        self._events.append((self.last, event))
        self._bytes += len(event)
        while self._bytes > self._most_bytes and len(self._events) > 1:
            self._bytes -= len(self._events.popleft()[1])
        self._wake()

    def snapshot(self, data: dict[str, Any]) -> bytes:
        """Return an event that tells how everything stands after the newest one."""
        return self._encoded("snapshot", data)

    def forget(self) -> None:
        """Keep nothing: whoever asks next gets a snapshot."""
        self._events.clear()
        self._bytes = 0
        self.last += 1
        self._wake()

    def position(self, event_id: str) -> int | None:
        """Return the number in an event's ID; None where it is no ID of this ring."""
        epoch, _, number = event_id.partition("-")
        if epoch != self._epoch or not (number.isascii() and number.isdigit()):
            return None
        return min(int(number[:18]), self.last)

    def after(self, number: int) -> bytes | None:
        """Return all events after a number; None where some of them are not kept any more."""
        if number == self.last:
            return b""
        if not self._events or self._events[0][0] > number + 1:
            return None
        first = number + 1 - self._events[0][0]
        return b"".join(self._events[place][1] for place in range(first, len(self._events)))

    async def wait(self, number: int, longest_s: float) -> None:
        """Return once there is an event after a number, or after some time."""
        news = self._news
        if number == self.last and not self.closed:
            try:
                await asyncio.wait_for(news.wait(), longest_s)
            except asyncio.TimeoutError:
                return

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _encoded(self, kind: str, data: dict[str, Any]) -> bytes:
        text = json.dumps(data, separators=(",", ":"), allow_nan=False)
        return f"id: {self._epoch}-{self.last}\nevent: {kind}\ndata: {text}\n\n".encode()
