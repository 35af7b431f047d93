"""What an outbox has sent and keeps for a while: a broker that dies may have lost it."""

from __future__ import annotations

import math
import time
from collections import deque

# Acknowledged so often again, a batch is with the broker; else, where connections break all the
# time, the same batches would be sent again and again, and never those behind them.
MOST_RECALLS = 3


class Sent:
    """Acknowledged batches, oldest first.

    Parameters
    ----------
    keep_s : float
        For so long at least, unless there is no room.
    forget : function
        Removes an entry's file.
    """

    def __init__(self, keep_s, forget):
        self._keep_s, self._forget = keep_s, forget
        # With the time of the acknowledgement; by number, how often those recalled last were.
        self._entries, self._recalls = deque(), {}

    def add(self, entry):
        """Keep an entry that was acknowledged just now, if it need be kept."""
        if self._keep_s and self._recalls.get(entry.number, 0) < MOST_RECALLS:
            self._entries.append((time.monotonic(), entry))
        else:
            self._forget(entry)

    def settle(self):
        """Forget what was acknowledged more than `keep_s` seconds ago."""
        self._clear(math.inf, time.monotonic() - self._keep_s)

    def fit(self, room):
        """Forget the oldest until they take `room` bytes of the disk at most; return how many."""
        return self._clear(room, -math.inf)

    def _clear(self, room, until_s):
        cleared, taken = 0, sum(entry.room for _, entry in self._entries)
        while self._entries and (self._entries[0][0] <= until_s or taken > room):
            entry = self._entries.popleft()[1]
            taken, cleared = taken - entry.room, cleared + 1
            # Not synced: should the file come back, the batch is sent again and counted once.
            self._forget(entry)
        return cleared

    def take(self):
        """Return all entries, oldest first, to be sent again."""
        taken = [entry for _, entry in self._entries]
        self._entries.clear()
        self._recalls = {each.number: self._recalls.get(each.number, 0) + 1 for each in taken}
        return taken
