"""Many comparisons of two sessions: each against one, or each with each other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.compare import Settings as HowCompared
from laughtrack.analytics.comparison.compare import compare
from laughtrack.analytics.comparison.mark_pairs import by_marks
from laughtrack.analytics.comparison.table import COLUMNS, compare_table
from laughtrack.analytics.defaults import LEAST_COMPARED
from laughtrack.analytics.fleet.figures import CODE
from laughtrack.analytics.fleet.jobs import Done, Each, Job, one_by_one
from laughtrack.analytics.fleet.keeping import frame, kept
from laughtrack.analytics.store.derived.code_sums import code_sum
from laughtrack.analytics.store.derived.derived_rows import read
from laughtrack.analytics.store.derived.derived_table import KEY, OTHER, Derived
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.store.versions import Versions, versions
from laughtrack.analytics.timelines.session_tables import SessionTables

WHO = (*KEY, *OTHER[:2])
_TEXTS = ("what", "name")
_TYPES = {
    **dict.fromkeys((*WHO, *_TEXTS), "str"),
    **{name: "float64" for name in COLUMNS if name not in _TEXTS},
}

Pair = tuple[str, str]


def pairs_of(pairs: Iterable[Pair], with_one: Pair | None = None) -> list[tuple[Pair, Pair]]:
    """Return who is compared with whom: each with that one, or each with each other."""
    known = sorted({*pairs})
    if with_one is None:
        return [*combinations(known, 2)]
    return [(pair, with_one) for pair in known if pair != with_one]


class Settings(NamedTuple):
    """How pairs are compared: `min_viewers`, from 2: figures of fewer are withheld, and fewer not
    compared; 0: nothing is withheld, and `LEAST_COMPARED` are the fewest. `by_markers`: marks of
    the same text are laid on each other; else the same film time."""

    min_viewers: int = 0
    by_markers: bool = False


PLAIN = Settings()


@functools.cache
def table() -> Derived:
    """Return what the table `comparisons` is: each pair's rows are numbered by `place`."""
    columns = {
        **dict.fromkeys(OTHER, pa.string()),
        **{"min_viewers": pa.int64(), "by_markers": pa.bool_(), "place": pa.int64()},
        **{name: pa.string() if name in _TEXTS else pa.float64() for name in COLUMNS},
    }
    code = code_sum(*CODE, "analytics/comparison", libraries=("numpy", "scipy", "pandas"))
    return Derived("comparisons", columns, code, (*OTHER[:2], *Settings._fields, "place"))


def comparisons(
    store: str,
    chosen: Iterable[tuple[Pair, Pair]],
    settings: Settings = PLAIN,
    each: Each = one_by_one,
    told: Callable[[Done], object] = lambda done: None,
) -> pd.DataFrame:
    """Compare pairs of sessions; those that were compared, and have not changed, are not again.

    Parameters
    ----------
    store : str
    chosen : iterable of ((session, device), (session, device))
    settings : Settings
    each, told : function
        As of `summaries.summaries`.

    Returns
    -------
    DataFrame
        The rows of `comparison.table.compare_table` for each pair, in order of the pairs: `session`
        and `device` are A, `other_session` and `other_device` B; `p_all`, p times the number of
        pairs, at most 1: of so many comparisons one without any difference would look like one.
    """
    now, chosen = versions(store), [*dict.fromkeys(chosen)]
    jobs = {
        pair: Job(store, *pair[0], now.of(*pair[0]), (*pair[1], now.of(*pair[1])))
        for pair in chosen
    }
    found = _known(store, settings, now)
    for pair in chosen:
        if pair in found:
            told(Done(jobs[pair], None))
    rest = [jobs[pair] for pair in chosen if pair not in found]
    if rest:
        task = functools.partial(compare_pair, settings=settings)
        for done in kept(store, table(), each(task, rest), told):
            pair = (done.job.session, done.job.device), done.job.other[:2]
            found[pair] = frame(table(), done.result)
    parts = [found[pair] for pair in chosen if pair in found]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*_TYPES])
    whole = whole[[*_TYPES]].astype(_TYPES)
    return whole.assign(p_all=(whole["p"] * len(chosen)).clip(upper=1.0))


def _known(store: str, settings: Settings, now: Versions) -> dict[tuple[Pair, Pair], pd.DataFrame]:
    """Return the rows of pairs that were compared before, each pair's in their order."""
    rows = read(store, table(), now)
    mine = (rows["min_viewers"] == settings.min_viewers) & (
        rows["by_markers"] == settings.by_markers
    )
    groups = rows[mine].sort_values("place").groupby([*WHO])
    return {((a, b), (c, d)): part for (a, b, c, d), part in groups}


def compare_pair(job: Job, settings: Settings) -> list[dict[str, Any]]:
    """Read two sessions and compare them; return the comparison's rows as they are kept."""
    first, second = (
        SessionTables(load_audience(job.store, *pair), settings.min_viewers or 1)
        for pair in ((job.session, job.device), job.other[:2])
    )
    found = (by_marks if settings.by_markers else by_film_time)(first, second)
    least = settings.min_viewers or LEAST_COMPARED
    rows = compare_table(compare(first, second, found, settings=HowCompared(min_viewers=least)))
    keys = dict(zip(("session", "device", "version", *OTHER), (*job[1:4], *job.other), strict=True))
    whole = rows.assign(**keys, **settings._asdict(), place=range(len(rows)))
    return whole.to_dict("records")
