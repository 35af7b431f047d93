"""Batches that the disk has no room for: in memory until it has."""

from __future__ import annotations

import logging
from collections import deque

log = logging.getLogger("laughtrack.spare")

# Some hours of a small audience, a quarter of an hour of a hall.
MOST_BYTES = 16e6


class Spare:
    """Puts batches into the outbox, in order; those that it cannot keep, as soon as it can.

    Parameters
    ----------
    outbox : edge.outbox.outbox.Outbox
    most_bytes : float
        Most that may wait in memory; beyond, the oldest is lost, and counted.

    Attributes
    ----------
    outbox : edge.outbox.outbox.Outbox
    lost : int
        Batches lost since the start.
    trouble : str
        Why batches wait in memory; "" when none does.
    """

    def __init__(self, outbox, most_bytes=MOST_BYTES):
        self.outbox, self.lost, self.trouble = outbox, 0, ""
        self._most_bytes, self._held, self._bytes = most_bytes, deque(), 0

    @property
    def waiting(self):
        """How many batches are in memory alone."""
        return len(self._held)

    def put(self, payload):
        """Keep a batch: on the disk, or in memory when that is full or broken.

        Parameters
        ----------
        payload : bytes
        """
        self._held.append(payload)
        self._bytes += len(payload)
        dropped = self.outbox.dropped
        try:
            while self._held:
                self.outbox.put(self._held[0])
                self._pop()
            if self.outbox.dropped > dropped:
                log.error("no room: the oldest batches are dropped; the status counts them")
        except OSError as error:
            self.trouble = str(error)
            while self._bytes > self._most_bytes and len(self._held) > 1:
                self._pop()
                self.lost += 1
            log.error("%s; batches wait in memory, and are lost if the program ends", error)
            return
        if self.trouble:
            log.warning("batches are kept on the disk again")
        self.trouble = ""

    def _pop(self):
        self._bytes -= len(self._held.popleft())
