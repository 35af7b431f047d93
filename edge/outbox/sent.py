"""What an outbox has sent and keeps for a while: a broker that dies may have lost it."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Callable, NamedTuple

from laughtrack.edge.outbox.files import Entry

# Acknowledged so often again, a batch is with the broker; else, where connections break all the
# time, the same batches would be sent again and again, and never those behind them.
MAX_RECALLS = 3


class Acknowledged(NamedTuple):
    """An entry, and when it was acknowledged, by the monotonic clock."""

    at_s: float
    entry: Entry


class SentBatches:
    """Acknowledged batches, oldest first.

    Parameters
    ----------
    keep_s : float
        For so long at least, unless there is no room.
    remove : function
        Removes an entry's file.
    """

    def __init__(self, keep_s: float, remove: Callable[[Entry], object]) -> None:
        self._keep_s, self._remove = keep_s, remove
        self._batches: deque[Acknowledged] = deque()
        # By number, how often those recalled last were.
        self._recalls: dict[int, int] = {}

    def add(self, entry: Entry) -> None:
        """Keep an entry that was acknowledged just now, if it need be kept."""
        if self._keep_s and self._recalls.get(entry.number, 0) < MAX_RECALLS:
            self._batches.append(Acknowledged(time.monotonic(), entry))
        else:
            self._remove(entry)

    def expire(self) -> None:
        """Remove what was acknowledged more than `keep_s` seconds ago."""
        self._clear(math.inf, time.monotonic() - self._keep_s)

    def shrink(self, room: float) -> int:
        """Remove the oldest until they take `room` bytes of the disk at most; return how many."""
        return self._clear(room, -math.inf)

    def _clear(self, room: float, until_s: float) -> int:
        cleared, used = 0, sum(batch.entry.room for batch in self._batches)
        while self._batches and (self._batches[0].at_s <= until_s or used > room):
            entry = self._batches.popleft().entry
            used, cleared = used - entry.room, cleared + 1
            # Not synced: should the file come back, the batch is sent again and counted once.
            self._remove(entry)
        return cleared

    def recall(self) -> list[Entry]:
        """Return all entries, oldest first, to be sent again; they are kept here no more."""
        entries = [batch.entry for batch in self._batches]
        self._batches.clear()
        self._recalls = {each.number: self._recalls.get(each.number, 0) + 1 for each in entries}
        return entries
