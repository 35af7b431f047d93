"""The store's sessions, listed and read once until the store changes.

Its functions wait for the disk and work: they are called in threads, never on the event loop.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.store.sessions import list_sessions, load_audience
from laughtrack.analytics.store.versions import session_version, store_version
from laughtrack.analytics.timelines.session_tables import SessionTables

_MOST_TABLES = 8


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
        self._lock = threading.Lock()
        self._listed: tuple[int, pd.DataFrame] | None = None
        self._tables: OrderedDict[Key, tuple[str, SessionTables]] = OrderedDict()

    def list(self) -> pd.DataFrame:
        """Return all sessions, as `store.sessions.list_sessions`; not to be changed."""
        with self._lock:
            version = store_version(self.store)
            if self._listed is None or self._listed[0] != version:
                self._listed = version, list_sessions(self.store)
            return self._listed[1]

    def tables(self, device: str, session: str) -> SessionTables:
        """Return a session's tables: those of before, if the store has nothing new of it.

        Raises
        ------
        UnknownSession
            There is none, or it was forgotten meanwhile.
        StoreError
        """
        key = Key(device, session)
        version = session_version(self.store, session, device)
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
