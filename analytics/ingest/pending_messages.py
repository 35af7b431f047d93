"""What has come from a broker and is not stored yet; acknowledged once it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from laughtrack.analytics.ingest.arrivals import (
    GROUP_BYTES,
    GROUP_S,
    GROUP_SIZE,
    Arrival,
    device_in,
)
from laughtrack.analytics.ingest.files import in_groups
from laughtrack.analytics.store.delta_table import StoreError

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

# Bounds on memory: messages that the broker need not wait with, since nobody asked for their
# acknowledgement, are not bounded by what it was asked to send.
MAX_MESSAGES = 10 * GROUP_SIZE
MAX_BYTES = 32_000_000
# What paho and the table of messages take for each, in bytes.
_OVERHEAD = 2_000
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class PendingMessages:
    """A group of messages on its way into the store.

    Parameters
    ----------
    ingest : function
        Takes a list of `Arrival`; returns when they are kept, and raises StoreError or OSError when
        they are not.
    notify : function
        Takes a remark, one line.
    topic_names_device : bool
        The level before a topic's last one is the device.

    Attributes
    ----------
    error : Exception or None
        Why the messages could not be stored when that was last tried.
    overflowed : bool
        There was no room for a message that the broker will send again.
    dropped : int
        Messages that nobody sends again for which there was no room.
    """

    def __init__(
        self,
        ingest: Callable[[list[Arrival]], None],
        notify: Callable[[str], None],
        topic_names_device: bool,
    ) -> None:
        self._ingest, self._notify = ingest, notify
        self._topic_names_device = topic_names_device
        # By topic and payload: the (connection, mid) of each time it came.
        self._messages: dict[tuple[str, bytes], list[tuple[int, int]]] = {}
        self._bytes, self._first_s = 0, 0.0
        self._retry_at_s, self._pause_s = 0.0, _FIRST_PAUSE_S
        self.error: Exception | None = None
        self.overflowed, self.dropped = False, 0

    def __len__(self) -> int:
        """Return how many different messages are pending."""
        return len(self._messages)

    def add(self, message: MQTTMessage, connection: int) -> None:
        """Add a message of paho's that came by this connection, a number."""
        key = message.topic, bytes(message.payload)
        deliveries = self._messages.get(key)
        if deliveries is None:
            size = len(key[1]) + _OVERHEAD
            if len(self._messages) >= MAX_MESSAGES or self._bytes + size > MAX_BYTES:
                self.overflowed = self.overflowed or message.qos > 0
                self.dropped += message.qos == 0
                return
            if not self._messages:
                self._first_s = time.monotonic()
            self._bytes += size
            deliveries = self._messages[key] = []
        if message.qos:
            deliveries.append((connection, message.mid))

    def flush(self, acknowledge: Callable[[int, int], None], last: bool = False) -> None:
        """Store what is pending, if it is time to or the `last` time; then acknowledge it.

        Parameters
        ----------
        acknowledge : function
            Takes the connection and the number of a message.
        last : bool
        """
        now_s = time.monotonic()
        full = len(self) >= GROUP_SIZE or self._bytes >= GROUP_BYTES
        due = full or now_s - self._first_s >= GROUP_S
        if not self._messages or not (last or (due and now_s >= self._retry_at_s)):
            return
        for group in in_groups([self._arrival(*key) for key in self._messages]):
            if not self._store(group):
                return
            for arrival in group:
                key = arrival.origin, arrival.payload
                self._bytes -= len(arrival.payload) + _OVERHEAD
                for connection, mid in self._messages.pop(key):
                    acknowledge(connection, mid)

    def _arrival(self, topic: str, payload: bytes) -> Arrival:
        return Arrival(payload, topic, device_in(topic, self._topic_names_device))

    def _store(self, group: list[Arrival]) -> bool:
        """Store a group; return whether that worked."""
        try:
            self._ingest(group)
        except (StoreError, OSError) as error:
            if self.error is None:
                self._notify(f"{error} - nothing is acknowledged or lost; trying again")
            self.error, self._retry_at_s = error, time.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
            return False
        if self.error is not None:
            self._notify("the store takes batches again")
        self.error, self._pause_s = None, _FIRST_PAUSE_S
        return True

    def clear(self) -> None:
        """Drop what is pending: it comes again with the next connection."""
        self._messages, self._bytes = {}, 0
