"""The list of the store's sessions: what is known of it is kept, and what changed is read again.

The kept rows are the derived table `sessions`. A session that still grows would be written again
with every batch; such ones are worked out each time, as long as they are few.
"""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable

from laughtrack.analytics.store import session_info
from laughtrack.analytics.store.catalogue.viewer_counts import Brief, brief_in
from laughtrack.analytics.store.delta_table import read
from laughtrack.analytics.store.derived import derived_rows
from laughtrack.analytics.store.derived.code_sums import code_sum
from laughtrack.analytics.store.derived.derived_table import KEY, VERSION, Derived
from laughtrack.analytics.store.queries import any_of, checked_headers, scan
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.store.versions import Versions, versions
from laughtrack.edge.tags import tags_text

_COLUMNS = {
    "title": pa.string(),
    "started_utc": pa.string(),
    "seconds": pa.float64(),
    "viewers": pa.int64(),
    "readings": pa.int64(),
    "batches": pa.int64(),
    "missing_batches": pa.int64(),
    "complete": pa.bool_(),
    "context": pa.string(),
    "tags": pa.string(),
}
_KINDS = {pa.string(): "str", pa.float64(): "float64", pa.int64(): "int64", pa.bool_(): "bool"}
_TYPES = {**dict.fromkeys(KEY, "str"), **{name: _KINDS[kind] for name, kind in _COLUMNS.items()}}
_ORDER = ["started_utc", *KEY]
# Sessions that are read at a time: a longer condition takes longer than several shorter ones.
_AT_ONCE = 200
# Rows that are written at a time.
_WRITTEN = 1000
# So many that are not complete are worked out each time.
_MOST_GROWING = 16


class Listed(NamedTuple):
    """Sessions as `list_sessions` lists them, and how many are still to be read."""

    rows: pd.DataFrame
    missing: int


@functools.cache
def catalogue() -> Derived:
    """Return the derived table of the list."""
    parts = ("analytics/brief_viewers.py", "analytics/defaults.py", "edge/tags.py")
    code = code_sum("analytics/store", *parts)
    return Derived("sessions", _COLUMNS, code)


def list_sessions(store: str) -> pd.DataFrame:
    """List the sessions in the store.

    Parameters
    ----------
    store : str

    Returns
    -------
    DataFrame
        One row for each session of each device, earliest first: session, device, title ("" if
        none), started_utc (ISO 8601), seconds (from the first batch's start to the last one's end),
        viewers and readings (with what a person corrected, without those seen too briefly to
        count), batches, missing_batches (numbers below the highest that have not arrived), complete
        (its last batch and all before it are there), context (what kind of event it was), tags
        ("KEY=VALUE; KEY=VALUE", in order of the keys). No rows where nothing is stored yet.

    Raises
    ------
    StoreError
        Something of what must be read is damaged, or cannot be read.
    """
    *_, whole = list_in_parts(store)
    return whole.rows


def list_in_parts(store: str) -> Iterator[Listed]:
    """List the sessions, and what there is of the list whenever some more were read.

    Yields
    ------
    Listed
        At least one; of the last one nothing is missing.

    Raises
    ------
    StoreError
        As `list_sessions`.
    """
    now = versions(store)
    if not all(device for _, device in now.sessions):
        # In stores of version 0.1 devices share files: which have a session is not to be seen.
        yield Listed(_ordered([_worked_out(store, "TRUE")]), 0)
        return
    parts = [derived_rows.read(store, catalogue(), now)]
    there = sorted(now.sessions)
    known = {*_keys(parts[0])}
    missing = [key for key in there if key not in known]
    unwritten: list[pd.DataFrame] = []
    for first in range(0, len(missing), _AT_ONCE):
        yield Listed(_ordered(parts), len(missing) - first)
        wanted = missing[first : first + _AT_ONCE]
        some = _worked_out(store, _where(wanted, there), wanted)
        parts.append(some)
        unwritten.append(some)
        if sum(map(len, unwritten)) >= _WRITTEN:
            _keep(store, unwritten, now)
            unwritten = []
    if unwritten:
        _keep(store, unwritten, now)
    yield Listed(_ordered(parts), 0)


def session_rows(store: str, keys: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Return the rows of `list_sessions` of some (session, device), those that are there.

    It costs what these do, however many the store holds.
    """
    return _ordered([_worked_out(store, any_of(keys))])


def _keep(store: str, parts: list[pd.DataFrame], now: Versions) -> None:
    """Write rows that were worked out."""
    rows = pd.concat(parts)
    if (~rows["complete"]).sum() <= _MOST_GROWING:
        rows = rows[rows["complete"]]
    if len(rows):
        rows = rows.assign(**{VERSION: [now.of(*key) for key in _keys(rows)]})
        derived_rows.write(store, catalogue(), rows)


def _keys(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return [*zip(rows["session"], rows["device"], strict=True)]


def _ordered(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled).astype(_TYPES).sort_values(_ORDER, ignore_index=True)


def _where(wanted: Sequence[tuple[str, str]], there: Sequence[tuple[str, str]]) -> str:
    """Return a condition that holds for the wanted sessions, and for few others; both sorted."""
    first, last = wanted[0][0], wanted[-1][0]
    count = bisect_right(there, last, key=_name) - bisect_left(there, first, key=_name)
    if count <= 2 * len(wanted):
        # It takes a third of the time that naming each takes.
        return f"session >= '{first}' AND session <= '{last}'"
    return any_of(wanted)


def _name(key: tuple[str, str]) -> str:
    return key[0]


def _worked_out(
    store: str, where: str, wanted: Collection[tuple[str, str]] | None = None
) -> pd.DataFrame:
    """Read sessions' rows from their batches: of where a condition holds those that are wanted."""

    def query(table: DeltaTable | None) -> list[dict[str, Any]]:
        if table is None:
            return []
        groups = [
            (key, batches)
            for key, batches in checked_headers(table, where).groupby([*KEY])
            if wanted is None or key in wanted
        ]
        brief = brief_in(table, groups)
        lists = scan(table, [*KEY], f"({where}) AND seq < 0").to_pandas()
        corrected = {*_keys(lists)}
        return [
            {
                **_summary(key, batches, brief.get(key, Brief())),
                **(_corrected_counts(store, key) if key in corrected else {}),
            }
            for key, batches in groups
        ]

    return pd.DataFrame(read(store, query), columns=[*_TYPES]).astype(_TYPES)


def _summary(key: tuple[str, str], batches: pd.DataFrame, brief: Brief) -> dict[str, Any]:
    info = session_info.merged_info(batches["info"])
    missing = int(batches["seq"].iloc[-1]) + 1 - len(batches)
    return {
        **dict(zip(KEY, key, strict=True)),
        "title": str(info.get("title") or ""),
        # The newest batch's: a device's clock may have been set right meanwhile.
        "started_utc": batches["started_utc"].iloc[-1],
        "seconds": batches["end_s"].max() - batches["start_s"].min(),
        "viewers": len({viewer for batch in batches["viewers"] for viewer in batch})
        - brief.viewers,
        "readings": batches["readings"].sum() - brief.readings,
        "batches": len(batches),
        "missing_batches": missing,
        "complete": missing == 0 and info.get("complete") is True,
        "context": str(info.get("context") or ""),
        "tags": tags_text(info.get("tags", {})),
    }


def _corrected_counts(store: str, key: tuple[str, str]) -> dict[str, int]:
    """Count a session's viewers and readings with what a person corrected, which takes all of it.

    One that lasts longer than any session can is not read: its counts are as recorded.
    """
    with suppress(ValueError):
        readings = load_audience(store, *key).readings
        return {"viewers": readings["viewer_id"].nunique(), "readings": len(readings)}
    return {}
