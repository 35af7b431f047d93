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

import numpy as np
import pandas as pd

from laughtrack.analytics.store import forget
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.sessions import list_sessions, load_audience
from laughtrack.analytics.store.versions import Versions, store_version, versions
from laughtrack.analytics.timelines.session_tables import SessionTables

_MOST_TABLES = 8
# Sessions that are listed at a time: a longer condition takes longer than several shorter ones.
_AT_ONCE = 200
_ORDER = ["started_utc", "session", "device"]
# How long a page waits for a list that is read for the first time before it shows a part of it, s.
_PATIENCE_S = 0.5


class Key(NamedTuple):
    """A session of a device."""

    device: str
    session: str


class Listed(NamedTuple):
    """Sessions as `store.sessions.list_sessions` lists them, and how many are still to be read."""

    rows: pd.DataFrame
    missing: int


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
        # Of what was listed, None before all was.
        self._of_list: Versions | None = None
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
        """Return all sessions, as `store.sessions.list_sessions`; not to be changed.

        Only those that changed since the last time are read.

        Raises
        ------
        StoreError
        """
        with self._listing:
            now = self._refreshed()
            if self._listed is None or self._of_list is None or now.table != self._of_list.table:
                self._listed = Listed(self._read_list(now), 0)
                self._of_list = now
            return self._listed.rows

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
        now = self._refreshed().sessions
        return {
            key: now.get((key.session, key.device)) or now.get((key.session, ""), "")
            for key in keys
        }

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
                self._versions = found
                for key in [*self._tables]:
                    whole = (key.session, key.device), (key.session, "")
                    if not any(each in found.sessions for each in whole):
                        del self._tables[key]
        return self._versions

    def _read_first(self) -> None:
        # What cannot be read is said to who asks next.
        with suppress(StoreError, OSError, ValueError):
            self.list()

    def _read_list(self, now: Versions) -> pd.DataFrame:
        """Read what of the list changed, a part after the other."""
        is_first, then = self._of_list is None, (self._of_list or Versions()).sessions
        changed = sorted(key for key, each in now.sessions.items() if then.get(key) != each)
        if any(not device for _, device in now.sessions):
            return list_sessions(self.store)
        rows = list_sessions(self.store, []) if self._listed is None else self._listed.rows
        keys = [*zip(rows["session"], rows["device"], strict=True)]
        same = [key in then and then[key] == now.sessions.get(key) for key in keys]
        rows = rows[np.array(same, bool)]
        for first in range(0, len(changed), _AT_ONCE):
            if is_first:
                self._listed = Listed(_ordered(rows), len(changed) - first)
            some = list_sessions(self.store, changed[first : first + _AT_ONCE])
            rows = pd.concat([rows, some]) if len(rows) else some
        if not is_first:
            with self._lock:
                at_s = time.monotonic()
                self._changed_s.update({Key(each[1], each[0]): at_s for each in changed})
        return _ordered(rows)


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(_ORDER, ignore_index=True)
