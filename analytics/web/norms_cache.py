"""Where sessions stand among the store's others: each is measured once until it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.fleet.chosen import chosen
from laughtrack.analytics.fleet.jobs import Done, Each, Job, one_by_one
from laughtrack.analytics.fleet.others import measured, with_others
from laughtrack.analytics.fleet.summaries import Kind
from laughtrack.analytics.formatting import count
from laughtrack.analytics.norms.standing import norms
from laughtrack.analytics.norms.strata import alike, keys_of, remarks, stratum_of
from laughtrack.analytics.store.catalogue.conditions import read_condition
from laughtrack.analytics.store.selection import Wanted
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web.sessions_cache import SessionsCache


class Measured(NamedTuple):
    """Sessions' figures, what they are to be alike in, and who is left out."""

    table: pd.DataFrame
    keys: tuple[str, ...]
    notes: list[str]


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
        self, tables: SessionTables, uncorrected: bool = False, by: str = ""
    ) -> tuple[pd.DataFrame, list[str]]:
        """Return where a session stands, as `standing.norms`, and what is to be said of it.

        With `uncorrected`, it and the others are as recorded; `by` is as of `strata.keys_of`.

        Raises
        ------
        StoreError, UnknownSession
        ValueError
            There are no such keys, or too few others are alike.
        """
        kind, notes = Kind(tables.min_viewers, uncorrected), list[str]()
        own = Job(self._sessions.store, tables.name, tables.session.device)
        listed = self._sessions.list()
        keys = keys_of(by, listed)
        with self._lock:
            table = with_others(listed, own, kind, self._each(kind), left_out=notes.append)
        found = alike(table, keys, own.session, own.device)
        notes += remarks(found, keys)
        return norms(found, own.session, own.device, stratum_of(found, keys)), notes

    def all(self, kind: Kind, by: str = "", where: Sequence[str] = ()) -> Measured:
        """Return the figures of sessions, from `others.measured`, and who is left out.

        `where` is what `conditions.read_condition` reads; of none all are meant.

        Raises
        ------
        StoreError
        ValueError
            There are no such keys, or no such condition.
        """
        notes, store = list[str](), self._sessions.store
        wanted = Wanted(where=tuple(map(read_condition, where)))
        listed, unmeasured = chosen(store, self._sessions.list(), wanted, *kind)
        if unmeasured:
            notes.append(f"{count(unmeasured, 'session')} left out: not measured yet")
        keys = keys_of(by, listed)
        with self._lock:
            each = self._each(kind)
            table = measured(store, listed, kind, each, left_out=notes.append)
        return Measured(table, keys, notes)

    def _each(self, kind: Kind) -> Each:
        """Return what measures one by one those that were not measured here before.

        It is used with the lock held, one at a time: who asks meanwhile finds all of it measured.
        """

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

        return each
