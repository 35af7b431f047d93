"""The table `summaries`: each session in one row, worked out once and kept until it changes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from laughtrack.analytics.fleet.figures import CODE, COUNTS, FIGURES
from laughtrack.analytics.fleet.jobs import Done, Each, Job, one_by_one
from laughtrack.analytics.fleet.keeping import frame, kept
from laughtrack.analytics.store.derived.code_sums import code_sum
from laughtrack.analytics.store.derived.derived_rows import read
from laughtrack.analytics.store.derived.derived_table import Derived
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.store.versions import Versions, versions


class Kind(NamedTuple):
    """Which rows of a session: figures of fewer than `min_viewers` are withheld; `uncorrected` is
    without what a person mended."""

    min_viewers: int = 1
    uncorrected: bool = False


PLAIN = Kind()


@functools.cache
def table() -> Derived:
    """Return what the table `summaries` is."""
    columns = {
        **{"min_viewers": pa.int64(), "uncorrected": pa.bool_()},
        **dict.fromkeys(COUNTS, pa.int64()),
        **dict.fromkeys(FIGURES, pa.float64()),
    }
    code = code_sum(*CODE, libraries=("numpy", "scipy", "pandas"))
    return Derived("summaries", columns, code, Kind._fields)


def known(store: str, kind: Kind = PLAIN, now: Versions | None = None) -> pd.DataFrame:
    """Return the rows that were worked out before, and hold today.

    Parameters
    ----------
    store : str
    kind : Kind
    now : Versions, optional
        How the store is; else it is looked at.

    Returns
    -------
    DataFrame
        session, device, and the figures of `summary.summary`, in order of session, device.

    Raises
    ------
    StoreError
    """
    rows = read(store, table(), now)
    mine = (rows["min_viewers"] == kind.min_viewers) & (rows["uncorrected"] == kind.uncorrected)
    return rows[mine].drop(columns=[*Kind._fields]).reset_index(drop=True)


def summarize(job: Job, kind: Kind) -> list[dict[str, Any]]:
    """Read one session, and return its row, the only one."""
    # Here: rows that are there already need none of the statistics.
    from laughtrack.analytics.fleet.summary import summary
    from laughtrack.analytics.timelines.session_tables import SessionTables

    audience = load_audience(job.store, job.session, job.device, kind.uncorrected)
    own = {"session": job.session, "device": job.device, "version": job.version}
    return [{**own, **kind._asdict(), **summary(SessionTables(audience, kind.min_viewers))}]


def summaries(
    store: str,
    pairs: Iterable[tuple[str, str]],
    kind: Kind = PLAIN,
    each: Each = one_by_one,
    told: Callable[[Done], object] = lambda done: None,
) -> pd.DataFrame:
    """Return sessions' rows: those that hold today, and the others worked out and kept.

    Parameters
    ----------
    store : str
    pairs : iterable of (session, device)
        Complete sessions: the figures of others would change from one moment to the next.
    kind : Kind
    each : function
        What does the jobs: `jobs.one_by_one`, or `workers.each` of a cluster.
    told : function
        Told of each session as it is done, first of those whose figures were there before.

    Returns
    -------
    DataFrame
        As of `known`, of those `pairs` that could be worked out, whoever did it and in whatever
        order.

    Raises
    ------
    StoreError
    """
    wanted, now = {*pairs}, versions(store)
    rows = known(store, kind, now)
    there = [*zip(rows["session"], rows["device"], strict=True)]
    rows = rows[np.array([pair in wanted for pair in there], bool)]
    for pair in there:
        if pair in wanted:
            told(Done(Job(store, *pair, now.of(*pair)), None))
    jobs = [Job(store, *pair, now.of(*pair)) for pair in sorted(wanted - {*there})]
    if jobs:
        task = functools.partial(summarize, kind=kind)
        done = kept(store, table(), each(task, jobs), told)
        if new := [row for one in done for row in one.result]:
            rows = pd.concat([rows, frame(table(), new)[rows.columns]])
    return rows.sort_values(["session", "device"], ignore_index=True)
