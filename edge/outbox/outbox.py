"""Batches on disk until they are acknowledged, whatever happens to the power.

One file a batch, named by a rising number, its length and its checksum; ``counts.json`` beside
them; in ``refused`` what will never be taken, each with its reason.
"""

from __future__ import annotations

import errno
import os
import threading
import zlib
from collections import deque

from laughtrack.edge.atomic_files import sync, unlink, write
from laughtrack.edge.outbox.files import BLOCK, Entry, entries, make, read_counts, save_counts
from laughtrack.edge.outbox.sent import Sent
from laughtrack.edge.resources import disk_free_mb

# Refused batches may take this share of the outbox's size, besides.
REFUSED_SHARE = 0.1
# Disk or quota full: what dropping a batch may cure.
_FULL = (errno.ENOSPC, errno.EDQUOT)
# What no waiting cures: the file is gone, or the disk cannot read it.
_LOST = (errno.ENOENT, errno.EIO)


class OutboxError(OSError):
    """A batch that could not be kept; the message says why and what to do."""


class Outbox:
    """A queue of batches on disk: one thread puts, another sends.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there. One process at a time may use it.
    max_bytes : float
        Most that waiting batches may take of the disk, in blocks of 4 KB; beyond, the oldest is
        dropped, and counted. The newest always stays.
    keep_s : float
        An acknowledged batch stays on the disk for so long, for `recall`: a broker that dies may
        lose what it had taken but not yet written down or handed on. It goes with the next `settle`
        after that, or for room.
    min_free_mb : float
        While the disk has less free than this, the queue does not grow: each new batch costs the
        oldest.

    Attributes
    ----------
    waiting, bytes : int
        Batches not yet acknowledged, and what they take of the disk.
    dropped : int
        Batches ever dropped for room, kept over restarts. One dropped while on its way counts.
    refused : int
        Batches ever set aside, kept over restarts; a power cut may lose one count.

    Raises
    ------
    OutboxError
        The folder cannot be made or read. Nothing that a power cut left raises.
    """

    def __init__(self, folder, max_bytes, keep_s=0.0, min_free_mb=0.0):
        self._folder = os.path.abspath(os.fspath(folder))
        self._aside = os.path.join(self._folder, "refused")
        self._max_bytes, self._min_free_mb = max_bytes, min_free_mb
        self._sent = Sent(keep_s, lambda entry: unlink(self._path(entry)))
        self._changed = threading.Condition(threading.RLock())
        self._woken = self._unsaved = False
        try:
            make(self._folder, self._aside)
            # Entries below this number were dropped and counted, even if a file came back.
            self.dropped, self.refused, self._below = read_counts(self._folder)
            kept, found = entries(self._aside), entries(self._folder)
        except OSError as error:
            raise OutboxError(
                f"cannot open the outbox {folder}: {error.strerror}: "
                "it needs a folder that this program may write"
            ) from None
        self._refusals = deque(entry for entry, _ in kept)
        self._queue, self.bytes = deque(), 0
        self._next = max([self._below, *(entry.number + 1 for entry, _ in kept + found)])
        for entry, size in found:
            self._take_up(entry, size)

    def _take_up(self, entry, size):
        """Queue a file found at opening, unless it was dropped before or is cut off."""
        if entry.number < self._below:
            unlink(self._path(entry))
            return
        self._queue.append(entry)
        self.bytes += entry.room
        if size != entry.size:
            self.refuse(entry.number, f"cut off: {size} of {entry.size} bytes are on the disk")

    @property
    def waiting(self):
        """How many batches are not yet acknowledged."""
        return len(self._queue)

    def put(self, payload):
        """Keep a batch; it is on the disk on return.

        Parameters
        ----------
        payload : bytes

        Raises
        ------
        OutboxError
            The disk is full and dropping old batches did not help, or it fails.
        """
        with self._changed:
            entry = Entry(self._next, len(payload), zlib.crc32(payload))
            # Should writing fail halfway, what it left is never mistaken for another batch.
            self._next += 1
            self._sent.fit(self._max_bytes - self.bytes - entry.room)
            while self._queue and self.bytes + entry.room > self._max_bytes:
                self._drop()
            if self._queue and self._is_short():
                self._drop()
            self._write(entry, payload)
            self._queue.append(entry)
            self.bytes += entry.room
            if self._unsaved:
                self._save_counts()
            self._changed.notify_all()

    def _save_counts(self):
        self._unsaved = not save_counts(self._folder, (self.dropped, self.refused, self._below))

    def _write(self, entry, payload):
        freed = 0
        while True:
            try:
                return write(self._path(entry), payload)
            except OSError as error:
                unlink(self._path(entry))
                if error.errno in _FULL and self._sent.fit(0):
                    continue
                # Twice the room and no effect: the disk is another's, and the queue stays.
                if error.errno not in _FULL or not self._queue or freed >= 2 * entry.room:
                    raise OutboxError(
                        f"cannot keep a batch in {self._folder}: {error.strerror}: "
                        "make room on the disk, or check that it may be written"
                    ) from None
            freed += self._drop()

    def _is_short(self):
        if not self._min_free_mb:
            return False
        free_mb = disk_free_mb(self._folder)
        return free_mb is not None and free_mb < self._min_free_mb

    def _drop(self):
        """Drop the oldest batch and count it, once, wherever the power is cut; return its room."""
        entry = self._pop(self._queue[0].number)
        self.dropped += 1
        self._below = entry.number + 1
        self._save_counts()
        unlink(self._path(entry))
        return entry.room

    def first(self):
        """Return the oldest batch not yet acknowledged.

        Returns
        -------
        (int, bytes) or None
            Its key and payload; a file that is lost or damaged is set aside, and the next one
            returned.

        Raises
        ------
        OutboxError
            It cannot be read now, but perhaps later.
        """
        with self._changed:
            while self._queue:
                entry = self._queue[0]
                try:
                    with open(self._path(entry), "rb") as file:
                        payload = file.read()
                    if len(payload) == entry.size and zlib.crc32(payload) == entry.crc:
                        return entry.number, payload
                    reason = "damaged: the file's content is not what was written"
                except OSError as error:
                    if error.errno not in _LOST:
                        raise OutboxError(
                            f"cannot read {self._path(entry)}: {error.strerror}: "
                            "check who owns it, and how many files are open"
                        ) from None
                    reason = f"unreadable: {error.strerror}"
                self.refuse(entry.number, reason)
            return None

    def remove(self, key):
        """Forget a batch that was acknowledged; a key no longer there is no error."""
        with self._changed:
            entry = self._pop(key)
            if entry:
                self._sent.add(entry)
            self._sent.fit(self._max_bytes - self.bytes)

    def settle(self):
        """Let go of what was acknowledged more than `keep_s` seconds ago.

        To be called only when the broker that took it has just answered: the time that it is away
        does not count, since it may come back without what it had taken last.
        """
        with self._changed:
            self._sent.settle()

    def recall(self):
        """Queue what was acknowledged and not let go of once more, before all else."""
        with self._changed:
            for entry in reversed(self._sent.take()):
                self._queue.appendleft(entry)
                self.bytes += entry.room
            self._changed.notify_all()

    def refuse(self, key, reason):
        """Set a batch aside for good.

        Parameters
        ----------
        key : int
            A key no longer there is no error.
        reason : str
            Is written beside it.
        """
        with self._changed:
            entry = self._pop(key)
            if entry is None:
                return
            self.refused += 1
            aside = os.path.join(self._aside, entry.name)
            try:
                write(aside + ".txt", (reason + "\n").encode())
                os.replace(self._path(entry), aside)
                sync(self._aside)
                sync(self._folder)
            except OSError:
                # No room or no right to keep it; rather lose one batch than block the others.
                unlink(self._path(entry))
            self._refusals.append(entry)
            self._trim_refusals()
            self._save_counts()

    def _trim_refusals(self):
        # A block more for the reason; the newest always stays.
        room = sum(entry.room + BLOCK for entry in self._refusals)
        while len(self._refusals) > 1 and room > self._max_bytes * REFUSED_SHARE:
            entry = self._refusals.popleft()
            room -= entry.room + BLOCK
            for end in (".txt", ""):
                unlink(os.path.join(self._aside, entry.name + end))

    def wait(self, timeout_s):
        """Wait until a batch is there or `wake` is called; return whether a batch is there."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._woken, timeout_s)
            self._woken = False
            return bool(self._queue)

    def wake(self):
        """End a `wait` under way, or the next one."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def _pop(self, key):
        """Take an entry out of the queue in memory; None if there is none of that number."""
        entry = next((entry for entry in self._queue if entry.number == key), None)
        if entry:
            self._queue.remove(entry)
            self.bytes -= entry.room
        return entry

    def _path(self, entry):
        return os.path.join(self._folder, entry.name)
