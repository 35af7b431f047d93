"""The store's sessions, listed and read once until the store changes.

Its functions wait for the disk and work: they are called in threads, never on the event loop.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.store import forget
from laughtrack.analytics.store.catalogue.session_list import Listed, list_in_parts
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.store.versions import (
    NOTHING_YET,
    Versions,
    store_version,
    versions,
)
from laughtrack.analytics.timelines.session_tables import SessionTables

_MOST_TABLES = 8
# How long a page waits for a list that is read for the first time before it shows a part of it, s.
_PATIENCE_S = 0.5


class Key(NamedTuple):
    """A session of a device."""

    device: str
    session: str


class SessionsCache:
    """What the pages and the API read of a store.

    Parameters
    ----------
    store : str
    min_viewers : int
        From 1; as of `SessionTables`. One for all that is asked: two answers of different numbers
        would together give away what each withholds.
    """

    def __init__(self, store: str, min_viewers: int = 1) -> None:
        self.store, self.min_viewers = store, min_viewers
        self._lock, self._listing = threading.Lock(), threading.Lock()
        self._versions = Versions()
        # Of the store as it was when it was listed, None before all was.
        self._of_list: int | None = None
        self._listed: Listed | None = None
        self._first: threading.Thread | None = None
        self._tables: OrderedDict[Key, tuple[str, SessionTables]] = OrderedDict()
        # When each was seen to have changed (monotonic, s).
        self._changed_s: dict[Key, float] = {}

    def begin(self) -> threading.Thread:
        """Begin to read the list for the first time, if that has not begun; return what reads."""
        with self._lock:
            if self._first is None:
                self._first = threading.Thread(target=self._read_first, name="list of sessions")
                self._first.start()
            return self._first

    def list(self) -> pd.DataFrame:
        """Return all sessions, as `catalogue.session_list.list_sessions`; not to be changed.

        Raises
        ------
        StoreError
        """
        with self._listing:
            now = self._refreshed().table
            listed = self._listed
            if listed is None or now != self._of_list:
                for listed in list_in_parts(self.store):
                    # Once there is a whole list, nobody is shown a part.
                    if self._of_list is None or not listed.missing:
                        self._listed = listed
                self._of_list = now
            assert listed is not None
            return listed.rows

    def so_far(self) -> Listed:
        """Return the sessions without waiting: at first those that were read by now.

        Raises
        ------
        StoreError
        """
        first = self.begin()
        first.join(_PATIENCE_S)
        while first.is_alive():
            if self._listed is not None:
                return self._listed
            first.join(_PATIENCE_S)
        return Listed(self.list(), 0)

    def recently(self, within_s: float) -> set[Key]:
        """Return the sessions that were seen to change within the last `within_s` seconds."""
        since_s = time.monotonic() - within_s
        with self._lock:
            return {key for key, at_s in self._changed_s.items() if at_s >= since_s}

    def versions(self, keys: Iterable[Key]) -> dict[Key, str]:
        """Return of each session a text that every change of it changes, "" where there is none."""
        now = self._refreshed()
        return {key: now.of(key.session, key.device) for key in keys}

    def version(self, device: str, session: str) -> str:
        """Return one session's version, as of `versions`."""
        return self.versions([Key(device, session)])[Key(device, session)]

    def tables(self, device: str, session: str) -> SessionTables:
        """Return a session's tables: those of before, if the store has nothing new of it.

        Raises
        ------
        UnknownSession
            There is none, or it was forgotten meanwhile.
        StoreError
        """
        key, version = Key(device, session), self.version(device, session)
        with self._lock:
            known = self._tables.get(key)
            if known is not None and known[0] == version:
                self._tables.move_to_end(key)
                return known[1]
            self._tables.pop(key, None)
        # Not under the lock: one long session must not hold up the others.
        made = SessionTables(load_audience(self.store, session, device), self.min_viewers)
        with self._lock:
            self._tables[key] = version, made
            while len(self._tables) > _MOST_TABLES:
                self._tables.popitem(last=False)
        return made

    def forget(self, device: str, session: str) -> None:
        """Remove a session from the store for good, and from memory.

        Raises
        ------
        UnknownSession, StoreError
        """
        forget.forget(self.store, session, device)
        self._refreshed()

    def close(self) -> None:
        """Wait for what is read behind the pages."""
        if self._first is not None:
            self._first.join()

    def _refreshed(self) -> Versions:
        """Return how the store is now, and drop what was read of sessions that are gone."""
        if store_version(self.store) != self._versions.table:
            found = versions(self.store)
            with self._lock:
                self._note_changes(found)
                self._versions = found
                for key in [*self._tables]:
                    if not found.of(key.session, key.device):
                        del self._tables[key]
        return self._versions

    def _read_first(self) -> None:
        # What cannot be read is said to who asks next.
        with suppress(StoreError, OSError, ValueError):
            self.list()

    def _note_changes(self, found: Versions) -> None:
        """Note which sessions are others than when the store was looked at last."""
        then = self._versions
        if then.table == NOTHING_YET:
            return
        at_s = time.monotonic()
        for (session, device), each in found.sessions.items():
            if then.sessions.get((session, device)) != each:
                self._changed_s[Key(device, session)] = at_s
