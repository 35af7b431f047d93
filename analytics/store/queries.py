"""Reading rows of the store's Delta table: by column and condition, and which sessions it has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable

from laughtrack.analytics.store import batch_sums
from laughtrack.analytics.store.delta_table import (
    KEY,
    AmbiguousSession,
    StoreError,
    UnknownSession,
    column_names,
    is_split_by_device,
)
from laughtrack.analytics.store.disk.location import no_store

_BLOCK_ROWS = 500_000
# So many sessions are named to who asks for one that is not there.
_MOST_NAMED = 20


def scan(table: DeltaTable, columns: Sequence[str], where: str) -> pa.Table:
    """Arrow table of the columns of all rows where an SQL condition holds.

    By deltalake itself: pyarrow's threads, when they read through deltalake's files, can abort the
    process as it ends. The folders and the log's statistics say which files to open at all.
    """
    reader = pa.RecordBatchReader.from_stream(table.scan(columns=[*columns], predicate=where))
    # Copied block by block: what deltalake has allocated once it never gives back, so that a long
    # session read at once would cost twice its size for good.
    blocks, batches, rows = [reader.schema.empty_table()], [], 0
    # The system's own allocator gives back what is let go, pyarrow's keeps it.
    pool = pa.system_memory_pool()
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows >= _BLOCK_ROWS:
            blocks.append(pa.Table.from_batches(batches).combine_chunks(memory_pool=pool))
            batches, rows = [], 0
    return pa.concat_tables([*blocks, pa.Table.from_batches(batches, reader.schema)])


def headers(table: DeltaTable, columns: Sequence[str], where: str = "TRUE") -> pd.DataFrame:
    """Return the batches' header rows: KEY and `columns`, sorted by session, device, seq.

    Rows with a `seq` below 0 are no batch's: see `amendments.ledger`.
    """
    there = [name for name in columns if name in column_names(table)]
    is_header = "viewer_id IS NULL AND seq >= 0"
    found = scan(table, [*KEY, *there], f"({where}) AND {is_header}").to_pandas()
    rows = found.reindex(columns=[*KEY, *columns])
    return rows.sort_values([*KEY], kind="stable", ignore_index=True)


def checked_headers(table: DeltaTable, where: str = "TRUE") -> pd.DataFrame:
    """Return whole sessions' header rows, with `batch_sums.HEADER_COLUMNS`.

    Raises
    ------
    StoreError
        If one is not what was written, or is there twice; naming it, and the next step.
    """
    found = headers(table, batch_sums.HEADER_COLUMNS, where)
    refuse_damaged(batch_sums.damaged_headers(found))
    return found


def refuse_damaged(rows: pd.DataFrame) -> None:
    """Raise StoreError that names the damaged batches, rows with their keys, if there are any."""
    if rows.empty:
        return
    some = rows.groupby(["session", "device"], dropna=False)["seq"]
    batches = "; ".join(
        f"{', '.join(str(seq) for seq in [*seqs][:8])}{' and more' if len(seqs) > 8 else ''} of "
        f"{session!r} of {device!r}"
        for (session, device), seqs in [*some][:8]
    )
    raise StoreError(
        f"{len(rows)} batches in the store are not what was written, or are there twice: "
        f"{batches}. Check the disk; then restore the store's folder from a copy, or forget the "
        "session and ingest or replay it again"
    )


def key_condition(keys: Iterable[tuple[str, str, int]]) -> str:
    """Return the SQL condition that a row's (session, device, seq) is one of `keys`."""
    seqs_of: dict[tuple[str, str], set[int]] = {}
    for session, device, seq in keys:
        seqs_of.setdefault((session, device), set()).add(seq)
    return (
        " OR ".join(
            f"({of_session(session, device)} AND seq IN ({_comma_separated(seqs)}))"
            for (session, device), seqs in seqs_of.items()
        )
        or "FALSE"
    )


def _comma_separated(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def session_names(table: DeltaTable | None, device: str | None = None) -> set[str]:
    """Return the names of the sessions in the table (None: no table), all or a device's."""
    if table is None:
        return set()
    if device is None:
        return {each["session"] for each in table.partitions()}
    if is_split_by_device(table):
        return {each["session"] for each in table.partitions() if each["device"] == device}
    found = headers(table, [])
    return {*found.loc[found["device"] == device, "session"]}


def devices_of(table: DeltaTable | None, session: str) -> list[str]:
    """Return the devices that have a session of this name, sorted; none where there is none."""
    # Asked for once: of thousands of sessions it takes longer than to read one.
    there = [] if table is None else table.partitions()
    there = [each for each in there if each["session"] == session]
    if table is None or not there:
        return []
    if is_split_by_device(table):
        found = {each["device"] for each in there}
    else:
        found = {*headers(table, [], f"session = '{session}'")["device"]}
    return sorted(found)


def pairs_in(table: DeltaTable) -> set[tuple[str, str]]:
    """Return the (session, device) in the table."""
    if is_split_by_device(table):
        return {(each["session"], each["device"]) for each in table.partitions()}
    found = headers(table, [])
    return {*zip(found["session"], found["device"], strict=True)}


def check_session(
    table: DeltaTable | None, store: str, session: str, device: str | None = None
) -> tuple[DeltaTable, str]:
    """Return the table, and the device whose session it is.

    Parameters
    ----------
    table : DeltaTable or None
        None: there is none.
    store : str
        What it is called in messages.
    session : str
    device : str, optional
        Needed where several have a session of that name.

    Raises
    ------
    UnknownSession
        Naming the sessions, or the session's devices, that there are.
    AmbiguousSession
        Naming the devices.
    """
    if table is None:
        raise UnknownSession(f"no session {session!r}: {no_store(store)}")
    devices = devices_of(table, session)
    if not devices:
        raise UnknownSession(f"no session {session!r} in {store}: {_known(table, session)}")
    if device is None:
        if len(devices) > 1:
            raise AmbiguousSession(ambiguity(session, devices))
        return table, devices[0]
    if device not in devices:
        raise UnknownSession(
            f"no session {session!r} of device {device!r} in {store}: {near(device, devices)}"
            f"it has {', '.join(devices)}"
        )
    return table, device


def _known(table: DeltaTable, session: str) -> str:
    """Say which sessions there are, those whose names are like this one first."""
    known = sorted(session_names(table))
    if not known:
        return "it holds no sessions yet"
    more = len(known) - _MOST_NAMED
    rest = f" and {more:,} more, which `laughtrack sessions` lists" if more > 0 else ""
    return f"{near(session, known)}sessions there: {', '.join(known[:_MOST_NAMED])}{rest}"


def near(name: str, known: Iterable[str]) -> str:
    """Return the question whether a name like this one was meant; "" where none is."""
    by_letters = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold(), by_letters, n=3)
    return (
        f"did you mean {' or '.join(repr(by_letters[each]) for each in found)}? " if found else ""
    )


def ambiguity(session: str, devices: Iterable[str]) -> str:
    """Say that a session's name is not enough, and what is."""
    return (
        f"{session!r} is a session of several devices: {', '.join(devices)}: name one with --device"
    )


def of_session(session: str, device: str) -> str:
    """Return the SQL condition that a row is of this session of this device."""
    return f"session = '{session}' AND device = '{device}'"


def any_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the SQL condition that a row is of one of some sessions and devices."""
    return " OR ".join(f"({of_session(*pair)})" for pair in sorted(pairs)) or "FALSE"
