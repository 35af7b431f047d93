"""Batches that were set aside for good, each with its reason beside it."""

from __future__ import annotations

import os
from collections import deque

from laughtrack.edge.atomic_files import sync, unlink, write
from laughtrack.edge.outbox.files import BLOCK, Entry


class RefusedBatches:
    """A folder of refused batches; the oldest go when they take too much of the disk.

    Parameters
    ----------
    folder : str
    max_bytes : float
        Most that they may take, reasons included; the newest always stays.
    entries : list of Entry
        What lies there already, oldest first.
    """

    def __init__(self, folder: str, max_bytes: float, entries: list[Entry]) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._entries = deque(entries)

    def add(self, entry: Entry, path: str, reason: str) -> None:
        """Move a batch's file here.

        Parameters
        ----------
        entry : Entry
        path : str
            Where it lies.
        reason : str
            Is written beside it.
        """
        target = os.path.join(self._folder, entry.name)
        try:
            write(target + ".txt", (reason + "\n").encode())
            os.replace(path, target)
            sync(self._folder)
            sync(os.path.dirname(path))
        except OSError:
            # No room or no right to keep it; rather lose one batch than block the others.
            unlink(path)
        self._entries.append(entry)
        self._trim()

    def _trim(self) -> None:
        # A block more for the reason.
        room = sum(entry.room + BLOCK for entry in self._entries)
        while len(self._entries) > 1 and room > self._max_bytes:
            entry = self._entries.popleft()
            room -= entry.room + BLOCK
            for end in (".txt", ""):
                unlink(os.path.join(self._folder, entry.name + end))
