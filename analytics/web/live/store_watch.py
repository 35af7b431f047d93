"""What others do to the sessions that are watched: forget them, or have a seat opt out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from laughtrack.analytics.store.amendments.entries import Amendment, in_effect
from laughtrack.analytics.store.amendments.ledger import read_list
from laughtrack.analytics.store.amendments.opt_outs import opt_outs
from laughtrack.analytics.store.delta_table import UnknownSession
from laughtrack.analytics.store.versions import store_version
from laughtrack.analytics.web.sessions_cache import Key, SessionsCache


class Stored(NamedTuple):
    """Whether a session is stored, and the seats of it that opted out."""

    there: bool
    opt_outs: list[Amendment]


class StoreWatch:
    """Looks at the store for what changed; it reads, so that it is for a thread.

    Parameters
    ----------
    sessions : SessionsCache
    """

    def __init__(self, sessions: SessionsCache) -> None:
        self._sessions, self._version = sessions, ""

    def look(self, keys: Iterable[Key]) -> dict[Key, Stored]:
        """Return how sessions stand, or nothing where the store is as it was at the last look.

        Raises
        ------
        StoreError, OSError
            The store cannot be read.
        """
        keys = [*keys]
        version = f"{store_version(self._sessions.store)} {sorted(keys)}"
        if version == self._version:
            return {}
        found = {}
        for key, own in self._sessions.versions(keys).items():
            found[key] = Stored(bool(own), self._opt_outs(key) if own else [])
        self._version = version
        return found

    def _opt_outs(self, key: Key) -> list[Amendment]:
        try:
            return opt_outs(in_effect(read_list(self._sessions.store, key.session, key.device)))
        except UnknownSession:
            # Forgotten meanwhile.
            return []
