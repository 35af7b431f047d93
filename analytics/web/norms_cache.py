"""Where sessions stand among the store's others: each is measured once until it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd

from laughtrack.analytics.audience.norms import norms
from laughtrack.analytics.fleet.jobs import Done, Job, one_by_one
from laughtrack.analytics.fleet.others import with_others
from laughtrack.analytics.fleet.summaries import Kind
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web.sessions_cache import SessionsCache


class NormsCache:
    """The figures of a store's sessions, also where the store cannot keep them.

    Its functions wait for the disk and work, for minutes where thousands of sessions are measured
    for the first time: they are called in threads.

    Parameters
    ----------
    sessions : SessionsCache
    """

    def __init__(self, sessions: SessionsCache) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        # What was measured here, by the session's version too.
        self._known: dict[tuple[Job, Kind], Any] = {}

    def of(
        self, tables: SessionTables, uncorrected: bool = False
    ) -> tuple[pd.DataFrame, list[str]]:
        """Return where a session stands, as `audience.norms.norms`, and who is left out.

        With `uncorrected`, it and the others are as recorded.

        Raises
        ------
        StoreError, UnknownSession
        """
        kind, remarks = Kind(tables.min_viewers, uncorrected), list[str]()

        def each(task: Callable[[Job], Any], jobs: Iterable[Job]) -> Iterator[Done]:
            before = self._known
            self._known = {key: each for key, each in before.items() if key[1] != kind}
            for job in jobs:
                if (job, kind) in before:
                    done = Done(job, before[job, kind])
                else:
                    (done,) = one_by_one(task, [job])
                if not done.reason:
                    self._known[job, kind] = done.result
                yield done

        own = Job(self._sessions.store, tables.name, tables.session.device)
        # One at a time: who asks meanwhile finds all of it measured.
        with self._lock:
            found = with_others(self._sessions.list(), own, kind, each, left_out=remarks.append)
        return norms(found, own.session, own.device), remarks
