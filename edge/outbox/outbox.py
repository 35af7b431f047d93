"""Batches on disk until they are acknowledged, whatever happens to the power.

One file a batch, named by a rising number, its length and its checksum; ``counts.json`` beside
them; in ``refused`` what will never be taken, each with its reason; in ``damaged`` counts that were
not what had been written.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import zlib
from collections import deque
from typing import NamedTuple

from laughtrack.edge.atomic_files import unlink, write
from laughtrack.edge.outbox.counts import Counts, CountsFile
from laughtrack.edge.outbox.files import Entry, find_entries, make_folders
from laughtrack.edge.outbox.refused import RefusedBatches
from laughtrack.edge.outbox.sent import SentBatches
from laughtrack.edge.resources import disk_free_mb

log = logging.getLogger("laughtrack.outbox")

# Refused batches may take this share of the outbox's size, besides.
REFUSED_SHARE = 0.1
# Disk or quota full: what dropping a batch may cure.
_FULL = (errno.ENOSPC, errno.EDQUOT)
# What no waiting cures: the file is gone, or the disk cannot read it.
_LOST = (errno.ENOENT, errno.EIO)


class OutboxError(OSError):
    """A batch that could not be kept; the message says why and what to do."""


class Waiting(NamedTuple):
    """A batch not yet acknowledged: its key and payload."""

    key: int
    payload: bytes


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
        lose what it had taken but not yet written down or handed on. It goes with the next
        `expire_sent` after that, or for room.
    min_free_mb : float
        While the disk has less free than this, the queue does not grow: each new batch costs the
        oldest.

    Attributes
    ----------
    folder : str
        Its absolute path.
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

    def __init__(
        self,
        folder: str | os.PathLike[str],
        max_bytes: float,
        keep_s: float = 0.0,
        min_free_mb: float = 0.0,
    ) -> None:
        self.folder = os.path.abspath(os.fspath(folder))
        aside = os.path.join(self.folder, "refused")
        self._max_bytes, self._min_free_mb = max_bytes, min_free_mb
        self._sent = SentBatches(keep_s, lambda entry: unlink(self._path(entry)))
        self._changed = threading.Condition(threading.RLock())
        self._woken = self._unsaved = False
        try:
            make_folders(self.folder, aside)
            self._counts = CountsFile(self.folder)
            counts = self._counts.read()
            kept, found = find_entries(aside), find_entries(self.folder)
        except OSError as error:
            raise OutboxError(
                f"cannot open the outbox {folder}: {error.strerror}: "
                "it needs a folder that this program may write"
            ) from None
        if counts is None:
            # Nothing that waits is removed because of counts that nobody can read.
            counts = Counts(0, len(kept) if self._counts.damage else 0, 0)
        if self._counts.damage:
            log.error("the counts are %d dropped, %d refused", counts.dropped, counts.refused)
        # Entries below this number were dropped and counted, even if a file came back.
        self.dropped, self.refused, self._below = counts
        refused = [each.entry for each in kept]
        self._refusals = RefusedBatches(aside, max_bytes * REFUSED_SHARE, refused)
        self._queue: deque[Entry] = deque()
        self.bytes = 0
        self._next = max([self._below, 1, *(entry.number + 1 for entry, _ in kept + found)])
        if not self._counts.is_reserved:
            self._save_counts()
        for entry, size in found:
            self._enqueue_found(entry, size)

    def _enqueue_found(self, entry: Entry, size: int) -> None:
        """Queue a file found at opening, unless it was dropped before or is cut off."""
        if entry.number < self._below:
            unlink(self._path(entry))
            return
        self._queue.append(entry)
        self.bytes += entry.room
        if size != entry.size:
            self.refuse(entry.number, f"cut off: {size} of {entry.size} bytes are on the disk")

    @property
    def waiting(self) -> int:
        """How many batches are not yet acknowledged."""
        return len(self._queue)

    def put(self, payload: bytes) -> None:
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
            self._sent.shrink(self._max_bytes - self.bytes - entry.room)
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

    def _save_counts(self) -> None:
        self._unsaved = not self._counts.save(Counts(self.dropped, self.refused, self._below))

    def _write(self, entry: Entry, payload: bytes) -> None:
        freed = 0
        while True:
            try:
                return write(self._path(entry), payload)
            except OSError as error:
                unlink(self._path(entry))
                if error.errno in _FULL and self._sent.shrink(0):
                    continue
                # Twice the room and no effect: the disk is another's, and the queue stays.
                if error.errno not in _FULL or not self._queue or freed >= 2 * entry.room:
                    raise OutboxError(
                        f"cannot keep a batch in {self.folder}: {error.strerror}: "
                        "make room on the disk, or check that it may be written"
                    ) from None
            freed += self._drop()

    def _is_short(self) -> bool:
        if not self._min_free_mb:
            return False
        free_mb = disk_free_mb(self.folder)
        return free_mb is not None and free_mb < self._min_free_mb

    def _drop(self) -> int:
        """Drop the oldest batch and count it, once, wherever the power is cut; return its room."""
        entry = self._queue.popleft()
        self.bytes -= entry.room
        self.dropped += 1
        self._below = entry.number + 1
        self._save_counts()
        unlink(self._path(entry))
        return entry.room

    def first(self) -> Waiting | None:
        """Return the oldest batch not yet acknowledged.

        Returns
        -------
        Waiting or None
            A file that is lost or damaged is set aside, and the next one
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
                        return Waiting(entry.number, payload)
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

    def remove(self, key: int) -> None:
        """Forget a batch that was acknowledged; a key no longer there is no error."""
        with self._changed:
            entry = self._pop(key)
            if entry:
                self._sent.add(entry)
            self._sent.shrink(self._max_bytes - self.bytes)

    def expire_sent(self) -> None:
        """Let go of what was acknowledged more than `keep_s` seconds ago.

        To be called only when the broker that took it has just answered: the time that it is away
        does not count, since it may come back without what it had taken last.
        """
        with self._changed:
            self._sent.expire()

    def recall(self) -> None:
        """Queue what was acknowledged and not let go of once more, before all else."""
        with self._changed:
            for entry in reversed(self._sent.recall()):
                self._queue.appendleft(entry)
                self.bytes += entry.room
            self._changed.notify_all()

    def refuse(self, key: int, reason: str) -> None:
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
            self._refusals.add(entry, self._path(entry), reason)
            self._save_counts()

    def forget_sent(self) -> None:
        """Let go of all that was acknowledged, at a tidy end: it would be sent again at the next
        start.
        """
        with self._changed:
            self._sent.shrink(0)

    def wait(self, timeout_s: float) -> bool:
        """Wait until a batch is there or `wake` is called; return whether a batch is there."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._queue) or self._woken, timeout_s)
            self._woken = False
            return bool(self._queue)

    def wake(self) -> None:
        """End a `wait` under way, or the next one."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def _pop(self, key: int) -> Entry | None:
        """Take an entry out of the queue in memory; None if there is none of that number."""
        entry = next((entry for entry in self._queue if entry.number == key), None)
        if entry:
            self._queue.remove(entry)
            self.bytes -= entry.room
        return entry

    def _path(self, entry: Entry) -> str:
        return os.path.join(self.folder, entry.name)
