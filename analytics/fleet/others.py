"""The figures of a store's sessions, as a session is set among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from laughtrack.analytics.fleet.jobs import Done, Each, Job, one_by_one
from laughtrack.analytics.fleet.keeping import frame
from laughtrack.analytics.fleet.summaries import PLAIN, Kind, summaries, summarize, table
from laughtrack.analytics.formatting import count
from laughtrack.analytics.norms.intervals import LEAST
from laughtrack.analytics.norms.standing import NORMS, SCORES, standing
from laughtrack.analytics.norms.strata import FEW, lacking, strata
from laughtrack.analytics.store.derived.derived_table import KEY
from laughtrack.analytics.store.sessions import stored_batches

# What lists of sessions say of one, by which others are told to be alike.
DESCRIBED = ("started_utc", "context", "tags")
# Also of a stratum of few.
KEPT = ("score", "value", "others", "stratum")
EACH = ("session", "device", *NORMS, "note")


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
    stored = stored_batches(store, lacking) if lacking else {}
    whole = {key for key, each in zip(keys, listed["complete"], strict=True) if each}
    whole |= {key for key, each in stored.items() if each.complete}
    return [key for key in keys if key in whole]


def not_ended(many: int) -> str:
    """Say that so many sessions are left out: their figures would change from moment to moment."""
    return f"{count(many, 'session')} left out: still being recorded, or broken off"


def measured(
    store: str,
    listed: pd.DataFrame,
    kind: Kind = PLAIN,
    each: Each = one_by_one,
    step: Callable[[int], object] = lambda done: None,
    left_out: Callable[[str], object] = lambda remark: None,
) -> pd.DataFrame:
    """Return the figures of all sessions of a list that have ended.

    Parameters
    ----------
    store : str
    listed : DataFrame
        From `session_list.list_sessions`.
    kind : Kind
    each : function
        As of `summaries.summaries`.
    step : function
        Told how many sessions are done.
    left_out : function
        Told of each session that cannot be read or measured, a line each, and of how many have not
        ended: their figures would change from one moment to the next.

    Returns
    -------
    DataFrame
        As of `summaries.known`, with what `DESCRIBED` names of the list.

    Raises
    ------
    StoreError
    """
    pairs = ended(store, listed)
    found = summaries(store, pairs, kind, each, _telling(step, left_out))
    if more := len(listed) - len(pairs):
        left_out(not_ended(more))
    return described(found, listed)


def with_others(
    listed: pd.DataFrame,
    job: Job,
    kind: Kind = PLAIN,
    each: Each = one_by_one,
    step: Callable[[int], object] = lambda done: None,
    left_out: Callable[[str], object] = lambda remark: None,
) -> pd.DataFrame:
    """Return the figures of a session, which may still be running, and of all others that ended.

    Parameters
    ----------
    listed : DataFrame
        All sessions, from `session_list.list_sessions`.
    job : Job
        The session.
    kind, each, step, left_out
        As of `measured`; of the session itself `left_out` is not told.

    Returns
    -------
    DataFrame
        As of `measured`.

    Raises
    ------
    UnknownSession, StoreError, ValueError
        The session itself is not there, or cannot be measured.
    """
    own = (job.session, job.device)
    pairs = {*ended(job.store, listed)}
    found = summaries(job.store, pairs, kind, each, _telling(step, left_out, own))
    if own not in {*zip(found["session"], found["device"], strict=True)}:
        alone = frame(table(), summarize(job, kind))[[*found.columns]]
        found = pd.concat([found, alone], ignore_index=True) if len(found) else alone
    if more := len(listed) - len(pairs | {own}):
        left_out(not_ended(more))
    return described(found, listed)


def described(found: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Return figures with what a list says of the sessions: the columns of `DESCRIBED`."""
    rows = listed.drop_duplicates([*KEY]).set_index([*KEY])[[*DESCRIBED]]
    return found.join(rows, on=[*KEY]).fillna(dict.fromkeys(DESCRIBED, ""))


def _telling(
    step: Callable[[int], object],
    left_out: Callable[[str], object],
    own: tuple[str, str] | None = None,
) -> Callable[[Done], None]:
    """Return who is told of each session that is done; why its own is not there, it is not."""
    done = 0

    def told(one: Done) -> None:
        nonlocal done
        done += 1
        step(done)
        if one.reason and (one.job.session, one.job.device) != own:
            left_out(f"{one.job.text} is left out: {one.reason}")

    return told


def norms_of_each(table: pd.DataFrame, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Say where each session stands among the others, or among those of its stratum.

    Parameters
    ----------
    table : DataFrame
        From `measured`.
    keys : sequence of str
        From `strata.keys_of`.

    Returns
    -------
    DataFrame
        `session`, `device`, the rows of `standing.norms` of each, in the table's order,
        and `note`, why there is no percentile: by strata, of few nothing is said.
    """
    table = table.reset_index(drop=True)
    of, lacks = strata(table, keys), lacking(table, keys)
    found = [pd.DataFrame(columns=[*EACH])]
    for _, own in table.groupby(of):
        who = own[["session", "device"]].assign(stratum=of)
        found += [who.assign(score=score, **standing(own[score])) for score in SCORES]
    whole = pd.concat(found[1:] or found).sort_index(kind="stable")
    lack = lacks.reindex(whole.index)
    few = pd.Series(np.where(whole["others"] < LEAST, FEW, ""), whole.index)
    whole["note"] = few.where(lack == "", "no " + lack)
    # Who lacks something is in no stratum, and stands among nobody.
    whole["others"] = whole["others"].where(lack == "", 0)
    if keys:
        withheld = [name for name in NORMS if name not in KEPT]
        whole[withheld] = whole[withheld].mask(whole["note"] != "")
    return whole[[*EACH]].reset_index(drop=True)
