"""What the store holds of sessions: which batches of some, or one of them as tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable

from laughtrack.analytics.brief_viewers import without_brief
from laughtrack.analytics.session import Amended, Session
from laughtrack.analytics.store import batch_sums, session_info
from laughtrack.analytics.store.amendments.applied import amend
from laughtrack.analytics.store.amendments.entries import in_effect
from laughtrack.analytics.store.amendments.ledger import entries_in
from laughtrack.analytics.store.corrections import counts, taken_back
from laughtrack.analytics.store.delta_table import KEY, READING, read
from laughtrack.analytics.store.queries import (
    any_of,
    check_session,
    checked_headers,
    devices_of,
    headers,
    of_session,
    refuse_damaged,
    scan,
    session_names,
)

LONGEST_S = session_info.LONGEST_S
SPANS = ("seq", "started_utc", "start_s", "end_s", "frames")


class StoredBatches(NamedTuple):
    """Which batches of a session and device are stored.

    `started_utc`: by each stored number `seq`, the batch's. `complete`: the last batch, which says
    that the session is complete, is among them.
    """

    started_utc: dict[int, str]
    complete: bool


def stored_batches(
    store: str, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], StoredBatches]:
    """Return which batches of some sessions and devices are stored.

    Parameters
    ----------
    store : str
    pairs : iterable of (session, device)

    Returns
    -------
    dict
        By (session, device); of no batches and not complete where nothing is stored.
    """
    found = {pair: StoredBatches({}, False) for pair in sorted(set(pairs))}
    for pair, batches in _batches_of(store, found, ["started_utc", "info"]):
        started_utc = dict(zip(batches["seq"], batches["started_utc"], strict=True))
        complete = any(_says_complete(text) for text in batches["info"])
        found[pair] = StoredBatches(started_utc, complete)
    return found


def stored_contexts(
    store: str, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[Any]]:
    """Return the contexts that stored batches of some sessions and devices name.

    Parameters
    ----------
    store : str
    pairs : iterable of (session, device)

    Returns
    -------
    dict
        By (session, device), those that are stored: what their infos say, in order of `seq`; empty
        where none says anything.
    """
    return {
        pair: [
            json.loads(text)["context"]
            for text in dict.fromkeys(batches["info"])
            if "context" in text and "context" in json.loads(text)
        ]
        for pair, batches in _batches_of(store, pairs, ["info"])
    }


def _batches_of(
    store: str, pairs: Iterable[tuple[str, str]], columns: list[str]
) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """Return some sessions' and devices' stored batches, each by (session, device)."""
    keys = sorted(set(pairs))

    def query(table: DeltaTable | None) -> list[tuple]:
        if table is None or not keys:
            return []
        return [*headers(table, columns, any_of(keys)).groupby(["session", "device"])]

    return read(store, query)


def _says_complete(text: str) -> bool:
    return "complete" in text and json.loads(text).get("complete") is True


def device_of(store: str, session: str, device: str | None = None) -> str:
    """Return whose a session is; `load` says when it must be named, and what is raised."""
    return read(store, lambda table: check_session(table, store, session, device)[1])


def devices_with(store: str, session: str) -> list[str]:
    """Return the devices that have a session of that name, sorted; none where there is none."""
    return read(store, lambda table: devices_of(table, session))


def names_of(store: str, device: str) -> set[str]:
    """Return the names of a device's sessions."""
    return read(store, lambda table: session_names(table, device))


def load_audience(
    store: str, session: str, device: str | None = None, uncorrected: bool = False
) -> Session:
    """Read one session as results are made of it.

    With what a person mended of it (`amendments`), and then without those who were seen too briefly
    to count. Parameters, and what is raised, are as of `load`; `uncorrected` leaves out what a
    person mended.
    """
    return without_brief(load(store, session, device, amended=not uncorrected))


def load(store: str, session: str, device: str | None = None, amended: bool = False) -> Session:
    """Read one session as it is stored, without the readings that were taken back later.

    Parameters
    ----------
    store, session : str
    device : str, optional
        Whose session; needed only where several devices have one of that name.
    amended : bool
        With what a person mended of it.

    Returns
    -------
    Session

    Raises
    ------
    UnknownSession
        Naming the sessions, or the session's devices, that there are.
    AmbiguousSession
        If several devices have the session and none was named.
    ValueError
        If it lasts longer than any session can.
    """

    def query(table: DeltaTable | None) -> Session:
        table, chosen = check_session(table, store, session, device)
        here = of_session(session, chosen)
        batches = checked_headers(table, here)
        if not batches["end_s"].max() < LONGEST_S:
            raise ValueError(
                f"session {session!r} of {chosen} lasts {batches['end_s'].max():g} s: expected "
                f"less than 31 days; `laughtrack forget {session} --device {chosen}` removes it"
            )
        readings = scan(table, [*READING], f"{here} AND viewer_id IS NOT NULL")
        check_readings(table, here, batches, readings)
        readings, static = _corrected(readings, batches)
        spans = batches[[*SPANS]].sort_values(["start_s", "seq"], ignore_index=True)
        info = session_info.merged_info(batches["info"])
        columns = {name: readings[name] for name in READING}
        del readings
        found = Session(_sorted(columns), spans, info, session, chosen, static=static)
        entries = entries_in(table, session, chosen)
        if not amended:
            version = entries[-1].number if entries else 0
            return found._replace(amended=Amended(version, ignored=len(in_effect(entries))))
        rest, done = amend(found.readings, entries)
        return found._replace(readings=rest, amended=done)

    found = read(store, query)
    # What Arrow read is copied by now: of a long session, several hundred MB.
    pa.default_memory_pool().release_unused()
    return found


def _corrected(readings: pa.Table, batches: pd.DataFrame) -> tuple[pa.Table, tuple[int, ...]]:
    """Leave out what was taken back; return the rest, and who has nothing left."""
    spans = taken_back(batches)
    if not spans:
        return readings, ()
    ids = readings["viewer_id"].to_numpy()
    kept = counts(ids, readings["t_s"].to_numpy(), spans)
    gone = np.setdiff1d(ids, ids[kept])
    return readings.filter(pa.array(kept)), tuple(gone.tolist())


def check_readings(
    table: DeltaTable, where: str, batches: pd.DataFrame, readings: pa.Table
) -> None:
    """Raise StoreError where a session's readings are not those that its headers tell of."""
    has_sums = batches["sum"].notna().all()
    expected = sum(batch_sums.of_readings(batches["sum"])) % 2**64 if has_sums else 0
    found = batch_sums.sum_of_readings(readings) if has_sums else 0
    if found == expected and readings.num_rows == batches["readings"].sum():
        return
    rows = scan(table, [*KEY, *READING], f"{where} AND viewer_id IS NOT NULL").to_pandas()
    damaged = []
    for seq, batch in batches.groupby("seq"):
        own = rows[rows["seq"] == seq]
        whole = [batch_sums.readings_sum(own)] == batch_sums.of_readings(batch["sum"])
        if len(own) != batch["readings"].iloc[0] or (has_sums and not whole):
            damaged.append(seq)
    # Should all be as told, there are readings of batches that have no header.
    refuse_damaged(batches[batches["seq"].isin(damaged)] if damaged else batches)


def _sorted(columns: dict[str, pa.ChunkedArray]) -> pd.DataFrame:
    """Pandas frame of Arrow columns of readings, sorted by t_s, viewer_id.

    `columns` is empty then: a column at a time is copied and let go, since all of a long film's
    readings twice fill the memory.
    """
    t_s, viewer_id = (columns[name].to_numpy() for name in ("t_s", "viewer_id"))
    # By time alone first: the rows are in order of viewers already, unless somebody else wrote
    # them, and sorting by both takes most of the time of a load.
    order = np.argsort(t_s, kind="stable")
    same = np.diff(t_s[order]) == 0
    if not np.all(np.diff(viewer_id[order])[same] > 0):
        order = np.lexsort((viewer_id, t_s))
    del t_s, viewer_id
    return pd.DataFrame({n: columns.pop(n).to_numpy()[order] for n in READING}, copy=False)
