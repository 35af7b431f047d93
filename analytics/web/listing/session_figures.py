"""What the list of sessions says of each beside its length: measured one after the other, behind.

A long session takes seconds, and a store may hold thousands: a page shows what is known by now, and
asks again.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.fleet.summaries import Kind, known
from laughtrack.analytics.store.delta_table import StoreError, UnknownSession
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.store.versions import versions
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web.sessions_cache import Key, SessionsCache


class Figures(NamedTuple):
    """Of a session, each None where it is not to be had or withheld.

    `share_smiling` is the headline's, in [0, 1]; `coverage` the part of the session's time in which
    the camera was on, in [0, 1].
    """

    share_smiling: float | None
    coverage: float | None


class SessionFigures:
    """Measures sessions in a thread of its own, those first that were asked for last.

    Parameters
    ----------
    sessions : SessionsCache
    """

    def __init__(self, sessions: SessionsCache) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._known: dict[Key, tuple[str, Figures]] = {}
        self._wanted: list[Key] = []
        self._thread: threading.Thread | None = None
        self._closed = False

    def known(self, keys: Iterable[Key]) -> dict[Key, Figures]:
        """Return the figures of those sessions that were measured since they last changed."""
        now = self._sessions.versions(keys)
        with self._lock:
            found = {key: self._known[key] for key in now if key in self._known}
        return {key: figures for key, (version, figures) in found.items() if version == now[key]}

    def want(self, keys: Iterable[Key]) -> None:
        """Have sessions measured that are not; what was wanted before comes after them."""
        keys = [*keys]
        known = self.known(keys)
        with self._lock:
            first = [key for key in keys if key not in known]
            self._wanted = [*first, *(key for key in self._wanted if key not in first)]
            if self._wanted and self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="session figures")
                self._thread.start()

    def close(self) -> None:
        """Stop measuring, after the session that is being measured."""
        with self._lock:
            self._closed, thread = True, self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        self._take_kept()
        while True:
            with self._lock:
                if self._closed or not self._wanted:
                    self._thread = None
                    return
                key = self._wanted.pop(0)
                before = self._known.get(key)
            version = self._sessions.version(*key)
            if before is not None and before[0] == version:
                continue
            figures = self._measure(key) if version else None
            with self._lock:
                self._known.pop(key, None)
                if figures is not None:
                    self._known[key] = version, figures

    def _take_kept(self) -> None:
        """Take what the store's table `summaries` has: these need not be measured."""
        with suppress(StoreError, OSError):
            now, kind = versions(self._sessions.store), Kind(self._sessions.min_viewers)
            rows = known(self._sessions.store, kind, now)
            with self._lock:
                for each in rows.itertuples():
                    figures = Figures(_number(each.share_smiling), _number(each.coverage))
                    version = now.of(each.session, each.device)
                    self._known[Key(each.device, each.session)] = version, figures

    def _measure(self, key: Key) -> Figures | None:
        # One that is damaged, or was forgotten meanwhile, says so on its own page.
        with suppress(UnknownSession, StoreError, ValueError, OSError):
            # Past the cache: a list of sessions must not push out the one that is looked at.
            loaded = load_audience(self._sessions.store, key.session, key.device)
            tables = SessionTables(loaded, self._sessions.min_viewers)
            found = headline(tables, pd.DataFrame())
            length_s = found["seconds"]
            coverage = found["watched_s"] / length_s if length_s > 0 else math.nan
            # While it grows, groups change: what lies between two figures may be of one viewer.
            grows = tables.withholds and tables.info.get("complete") is not True
            share = math.nan if grows else found["share_smiling"]
            return Figures(_number(share), _number(coverage))
        return Figures(None, None)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
