"""The figures of a store's sessions, as a session is set among them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from laughtrack.analytics.audience.norms import NORMS, norms
from laughtrack.analytics.fleet.jobs import Done, Each, Job, one_by_one
from laughtrack.analytics.fleet.keeping import frame
from laughtrack.analytics.fleet.summaries import PLAIN, Kind, summaries, summarize, table
from laughtrack.analytics.formatting import count
from laughtrack.analytics.store.sessions import stored_batches


def ended(store: str, listed: pd.DataFrame) -> list[tuple[str, str]]:
    """Return those sessions of a list whose last batch is there, also where others are missing.

    Parameters
    ----------
    store : str
    listed : DataFrame
        From `session_list.list_sessions`.

    Returns
    -------
    list of (session, device)
        In the list's order.
    """
    keys = [*zip(listed["session"], listed["device"], strict=True)]
    lacking = [key for key, lacks in zip(keys, listed["missing_batches"] > 0, strict=True) if lacks]
    stored = stored_batches(store, lacking)
    whole = {key for key, each in zip(keys, listed["complete"], strict=True) if each}
    whole |= {key for key, each in stored.items() if each.complete}
    return [key for key in keys if key in whole]


def with_others(
    listed: pd.DataFrame,
    job: Job,
    kind: Kind = PLAIN,
    each: Each = one_by_one,
    step: Callable[[int], object] = lambda done: None,
    left_out: Callable[[str], object] = lambda remark: None,
) -> pd.DataFrame:
    """Return the figures of a session and of all others that have ended.

    Parameters
    ----------
    listed : DataFrame
        All sessions, from `session_list.list_sessions`.
    job : Job
        The session, which may still be running.
    kind : Kind
    each : function
        As of `summaries.summaries`.
    step : function
        Told how many sessions are done.
    left_out : function
        Told of each other session that cannot be read or measured, a line each, and of how many
        have not ended: their figures would change from one moment to the next.

    Returns
    -------
    DataFrame
        As of `summaries.known`.

    Raises
    ------
    UnknownSession, StoreError, ValueError
        The session itself is not there, or cannot be measured.
    """
    own, done = (job.session, job.device), 0
    pairs = {*ended(job.store, listed)}

    def told(one: Done) -> None:
        nonlocal done
        done += 1
        step(done)
        if one.reason and (one.job.session, one.job.device) != own:
            left_out(f"{one.job.text} is left out: {one.reason}")

    found = summaries(job.store, pairs, kind, each, told)
    if own not in {*zip(found["session"], found["device"], strict=True)}:
        alone = frame(table(), summarize(job, kind))[[*found.columns]]
        found = pd.concat([found, alone], ignore_index=True) if len(found) else alone
    if more := len(listed) - len(pairs | {own}):
        left_out(f"{count(more, 'session')} left out: still being recorded, or broken off")
    return found


def norms_of_each(table: pd.DataFrame) -> pd.DataFrame:
    """Say where each session stands among the others.

    Parameters
    ----------
    table : DataFrame
        From `summaries.summaries`.

    Returns
    -------
    DataFrame
        `session` and `device`, and the rows of `norms.norms` of each, in order of these.
    """
    keys = [*zip(table["session"], table["device"], strict=True)]
    found = [
        norms(table, *key).assign(session=key[0], device=key[1])[["session", "device", *NORMS]]
        for key in keys
    ]
    return (
        pd.concat(found, ignore_index=True)
        if found
        else pd.DataFrame(columns=["session", "device", *NORMS])
    )
