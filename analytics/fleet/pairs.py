"""Many comparisons of two sessions: each against one, or each with each other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import combinations

import pandas as pd

from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.compare import Settings, compare
from laughtrack.analytics.comparison.mark_pairs import by_marks
from laughtrack.analytics.comparison.table import COLUMNS, compare_table
from laughtrack.analytics.defaults import LEAST_COMPARED
from laughtrack.analytics.fleet.jobs import Done, Each, Job, one_by_one
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.timelines.session_tables import SessionTables

WHO = ("session", "device", "other_session", "other_device")

Pair = tuple[str, str]


def pairs_of(pairs: Iterable[Pair], with_one: Pair | None = None) -> list[tuple[Pair, Pair]]:
    """Return who is compared with whom: each with that one, or each with each other."""
    known = sorted({*pairs})
    if with_one is None:
        return [*combinations(known, 2)]
    return [(pair, with_one) for pair in known if pair != with_one]


def comparisons(
    store: str,
    chosen: Iterable[tuple[Pair, Pair]],
    min_viewers: int | None = None,
    by_markers: bool = False,
    each: Each = one_by_one,
    told: Callable[[Done], object] = lambda done: None,
) -> pd.DataFrame:
    """Compare pairs of sessions.

    Parameters
    ----------
    store : str
    chosen : iterable of ((session, device), (session, device))
    min_viewers : int, optional
        From 2: figures of fewer are withheld, and fewer not compared; else `LEAST_COMPARED` are.
    by_markers : bool
        Lay marks of the same text on each other; else the same film time.
    each, told : function
        As of `summaries.summaries`.

    Returns
    -------
    DataFrame
        The rows of `comparison.table.compare_table` for each pair, in order of the pairs: `session`
        and `device` are A, `other_session` and `other_device` B; `p_all`, p times the number of
        pairs, at most 1: of so many comparisons one without any difference would look like one.
    """
    jobs = [Job(store, *one, other=other) for one, other in chosen]
    found: dict[Job, pd.DataFrame] = {}
    task = functools.partial(compare_pair, min_viewers=min_viewers, by_markers=by_markers)
    for done in each(task, jobs) if jobs else ():
        if done.result is not None:
            found[done.job] = done.result
        told(done)
    columns = [*WHO, *COLUMNS]
    tables = [found[job] for job in jobs if job in found]
    whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    whole = whole.astype({name: float for name in COLUMNS if name not in ("what", "name")})
    whole["p_all"] = (whole["p"] * len(jobs)).clip(upper=1.0)
    return whole


def compare_pair(job: Job, min_viewers: int | None, by_markers: bool) -> pd.DataFrame:
    """Read two sessions and compare them; return the comparison's table with their names."""
    first, second = (
        SessionTables(load_audience(job.store, *pair), min_viewers or 1)
        for pair in ((job.session, job.device), job.other)
    )
    found = (by_marks if by_markers else by_film_time)(first, second)
    settings = Settings(min_viewers=min_viewers or LEAST_COMPARED)
    table = compare_table(compare(first, second, found, settings=settings))
    for place, (name, value) in enumerate(
        zip(WHO, (job.session, job.device, *job.other), strict=True)
    ):
        table.insert(place, name, value)
    return table
