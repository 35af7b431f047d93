"""Sessions as whoever mends them sees them, read once until they change."""

from __future__ import annotations

import threading
from collections import OrderedDict

from laughtrack.analytics.review.reviewed import Reviewed, review
from laughtrack.analytics.store.sessions import device_of
from laughtrack.analytics.web.sessions_cache import Key, SessionsCache

_MOST = 2


class ReviewsCache:
    """What the review page and its API read of a store.

    Parameters
    ----------
    sessions : SessionsCache
        Of the store: it knows when a session changed.
    """

    def __init__(self, sessions: SessionsCache) -> None:
        self._sessions, self._lock = sessions, threading.Lock()
        self._known: OrderedDict[Key, tuple[str, Reviewed]] = OrderedDict()

    def of(self, session: str, device: str | None) -> Reviewed:
        """Return a session: as of before, if the store has nothing new of it.

        Raises
        ------
        UnknownSession, AmbiguousSession, StoreError
        """
        key = Key(device_of(self._sessions.store, session, device), session)
        version = self._sessions.version(*key)
        with self._lock:
            known = self._known.get(key)
            if known is not None and known[0] == version:
                self._known.move_to_end(key)
                return known[1]
        found = review(self._sessions.store, session, key.device)
        with self._lock:
            self._known[key] = version, found
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return found
