"""Where sessions stand among the store's others: each is measured once until it changes."""

from __future__ import annotations

import threading

import pandas as pd

from laughtrack.analytics.audience.norms import norms, store_scores, stored_scores
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web.sessions_cache import SessionsCache


class NormsCache:
    """The scores of a store's sessions.

    Its functions wait for the disk and work, for minutes where thousands of sessions are measured
    for the first time: they are called in threads.

    Parameters
    ----------
    sessions : SessionsCache
    """

    def __init__(self, sessions: SessionsCache) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        # By session, device, least number of viewers and whether as recorded: of which version, and
        # the scores.
        self._known: dict[tuple[str, str, int, bool], tuple[str, dict[str, float]]] = {}

    def of(
        self, tables: SessionTables, uncorrected: bool = False
    ) -> tuple[pd.DataFrame, list[str]]:
        """Return where a session stands, as `audience.norms.norms`, and who is left out.

        With `uncorrected`, it and the others are as recorded.

        Raises
        ------
        StoreError, UnknownSession
        """
        least, remarks = tables.min_viewers, list[str]()

        def measure(store: str, session: str, device: str) -> dict[str, float]:
            version, key = (
                self._sessions.version(device, session),
                (session, device, least, uncorrected),
            )
            if self._known.get(key, ("",))[0] != version:
                self._known[key] = (
                    version,
                    stored_scores(store, session, device, least, uncorrected),
                )
            return self._known[key][1]

        name, device = tables.name, tables.session.device
        # One at a time: who asks meanwhile finds all of it measured.
        with self._lock:
            found = store_scores(
                self._sessions.store, name, device=device, left_out=remarks.append, measure=measure
            )
            there = {(*row,) for row in found[["session", "device"]].itertuples(index=False)}
            self._known = {key: each for key, each in self._known.items() if key[:2] in there}
        return norms(found, name, device), remarks
