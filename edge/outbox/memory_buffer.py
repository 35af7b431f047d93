"""Batches that the disk has no room for: in memory until it has."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laughtrack.edge.outbox.outbox import Outbox

log = logging.getLogger("laughtrack.outbox")

# Some hours of a small audience, a quarter of an hour of a hall.
MAX_BYTES = 16e6


class MemoryBuffer:
    """Puts batches into the outbox, in order; those that it cannot keep, as soon as it can.

    Parameters
    ----------
    outbox : edge.outbox.outbox.Outbox
    max_bytes : float
        Most that may wait in memory; beyond, the oldest is lost, and counted.

    Attributes
    ----------
    outbox : edge.outbox.outbox.Outbox
    lost : int
        Batches lost since the start.
    trouble : str
        Why batches wait in memory; "" when none does.
    """

    def __init__(self, outbox: Outbox, max_bytes: float = MAX_BYTES) -> None:
        self.outbox, self.lost, self.trouble = outbox, 0, ""
        self._max_bytes, self._bytes = max_bytes, 0
        self._batches: deque[bytes] = deque()

    @property
    def waiting(self) -> int:
        """How many batches are in memory alone."""
        return len(self._batches)

    def put(self, payload: bytes) -> None:
        """Keep a batch: on the disk, or in memory when that is full or broken.

        Parameters
        ----------
        payload : bytes
        """
        self._batches.append(payload)
        self._bytes += len(payload)
        dropped = self.outbox.dropped
        try:
            while self._batches:
                self.outbox.put(self._batches[0])
                self._pop()
            if self.outbox.dropped > dropped:
                log.error("no room: the oldest batches are dropped; the status counts them")
        except OSError as error:
            self.trouble = str(error)
            while self._bytes > self._max_bytes and len(self._batches) > 1:
                self._pop()
                self.lost += 1
            log.error("%s; batches wait in memory, and are lost if the program ends", error)
            return
        if self.trouble:
            log.warning("batches are kept on the disk again")
        self.trouble = ""

    def _pop(self) -> None:
        self._bytes -= len(self._batches.popleft())
