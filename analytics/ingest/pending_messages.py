"""What has come from a broker and is not stored yet; acknowledged once it is."""

from __future__ import annotations

import time

from laughtrack.analytics.ingest.batch_ingestor import GROUP, GROUP_S, Arrival
from laughtrack.analytics.store.delta_table import StoreError

# More than this need not wait here for the store, should a broker send more than it was told to.
MOST = 10 * GROUP
_LONGEST_PAUSE_S = 30.0


class Waiting:
    """A group of messages on its way into the store.

    Parameters
    ----------
    take : function
        Takes a list of `Arrival`; returns when they are kept, and raises StoreError or OSError when
        they are not.
    say : function
        Takes a remark, one line.
    named : bool
        The level before a topic's last one is the device.

    Attributes
    ----------
    failed : Exception or None
        Why what waits could not be stored when that was last tried.
    overrun : bool
        There was no room for a message that the broker will send again.
    dropped : int
        Messages that nobody sends again for which there was no room.
    """

    def __init__(self, take, say, named):
        self._take, self._say, self._named = take, say, named
        # By topic and payload: as (connection, mid) how often it came.
        self._messages, self._first_s = {}, 0.0
        self._try_at, self._pause_s = 0.0, 1.0
        self.failed, self.overrun, self.dropped = None, False, 0

    def __len__(self):
        """Return how many different messages wait."""
        return len(self._messages)

    def add(self, message, connection):
        """Take up a message of paho's that came by this connection, a number."""
        key = message.topic, message.payload
        if key not in self._messages and len(self._messages) >= MOST:
            self.overrun = self.overrun or message.qos > 0
            self.dropped += message.qos == 0
            return
        if not self._messages:
            self._first_s = time.monotonic()
        came = self._messages.setdefault(key, [])
        if message.qos:
            came.append((connection, message.mid))

    def keep(self, acknowledge, last=False):
        """Store what waits, if it is time to or the `last` time; then acknowledge it.

        Parameters
        ----------
        acknowledge : function
            Takes the connection and the number of a message.
        last : bool
        """
        now = time.monotonic()
        due = len(self) >= GROUP or now - self._first_s >= GROUP_S
        if not self._messages or not (last or (due and now >= self._try_at)):
            return
        group = [
            Arrival(payload, topic, topic.split("/")[-2] if self._named else None)
            for topic, payload in self._messages
        ]
        try:
            self._take(group)
        except (StoreError, OSError) as error:
            if self.failed is None:
                self._say(f"{error} - nothing is acknowledged or lost; trying again")
            self.failed, self._try_at = error, time.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
            return
        if self.failed is not None:
            self._say("the store takes batches again")
        self.failed, self._pause_s = None, 1.0
        for came in self._messages.values():
            for connection, mid in came:
                acknowledge(connection, mid)
        self._messages = {}

    def clear(self):
        """Let go of what waits: it comes again with the next connection."""
        self._messages = {}
