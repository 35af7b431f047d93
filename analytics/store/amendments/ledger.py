"""The list in the store's table: read it, add to it.

An entry is a row of the session's own, beside its batches' header rows, with a number below 0: so
it goes where the session's rows go, with compaction, copies and `forget`. The list's version is an
application transaction of the table. A commit that adds an entry has the session's transaction, as
every commit to a session: of two that cross, the later one looks again. So no entry is lost while
batches arrive, and no batch is stored by an older list.
"""

from __future__ import annotations

from datetime import datetime, timezone

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from laughtrack.analytics.store.amendments.entries import (
    MOST_ENTRIES,
    Amendment,
    as_text,
    from_text,
    in_effect,
    validate,
)
from laughtrack.analytics.store.delta_table import (
    KEY,
    SCHEMA,
    StoreError,
    column_names,
    commit,
    list_transaction,
    read,
    session_transaction,
    transactions,
)
from laughtrack.analytics.store.queries import check_session, of_session, scan
from laughtrack.edge.checked_files import digest

COLUMN = "amendment"


class ListChanged(ValueError):
    """Somebody else mended the session meanwhile; the message says what to do."""


def version_in(table: DeltaTable, session: str, device: str) -> int:
    """Return the version of a session's list: how many entries it has; no file is opened."""
    return max(table.transaction_version(list_transaction(session, device)) or 0, 0)


def entries_in(table: DeltaTable, session: str, device: str) -> list[Amendment]:
    """Return a session's list; without one, no file is opened.

    Raises
    ------
    StoreError
        It is not what was written.
    """
    count = version_in(table, session, device)
    if not count:
        return []
    found = scan(table, ["seq", COLUMN], f"{of_session(session, device)} AND seq < 0").to_pylist()
    entries = [_entry(each["seq"], each[COLUMN]) for each in found]
    entries.sort(key=lambda each: each.number)
    if [each.number for each in entries] != [*range(1, count + 1)]:
        raise _damaged(session, device)
    return entries


def read_list(store: str, session: str, device: str | None = None) -> list[Amendment]:
    """Return a session's list, oldest entry first.

    Parameters
    ----------
    store, session : str
    device : str, optional
        Whose session; needed where several have one of that name.

    Raises
    ------
    UnknownSession, AmbiguousSession
        Naming the sessions, or the devices, that there are.
    StoreError
        It is not what was written, or cannot be read.
    """

    def query(table: DeltaTable | None) -> list[Amendment]:
        table, chosen = check_session(table, store, session, device)
        return entries_in(table, session, chosen)

    return read(store, query)


def mended_in(table: DeltaTable) -> dict[tuple[str, str], list[Amendment]]:
    """Return the lists of the sessions that have entries in effect, by (session, device).

    Raises
    ------
    StoreError
        One of them is not what was written.
    """
    found = scan(table, [*KEY], "seq < 0").to_pylist()
    pairs = sorted({(each["session"], each["device"]) for each in found})
    lists = {pair: entries_in(table, *pair) for pair in pairs}
    return {pair: entries for pair, entries in lists.items() if in_effect(entries)}


def mended_sessions(store: str) -> list[tuple[str, str]]:
    """Return the (session, device) of those with entries in effect.

    Raises
    ------
    StoreError
        A list of them is not what was written, or cannot be read.
    """
    return read(store, lambda table: [] if table is None else [*mended_in(table)])


def add(store: str, session: str, device: str, entry: Amendment, made_on: int) -> Amendment:
    """Add an entry to a session's list.

    Batches may arrive, and other commands write meanwhile.

    Parameters
    ----------
    store, session, device : str
    entry : Amendment
        Its `number` and `when_utc` are set here.
    made_on : int
        The list's version that it was made on.

    Returns
    -------
    Amendment
        As it is in the list.

    Raises
    ------
    ListChanged
        The list has another version by now; it is as it was.
    ValueError
        It is no amendment, or the list is full.
    UnknownSession
        Naming the sessions, or the session's devices, that there are.
    StoreError
        The store cannot be written.
    """
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    entry = validate(entry._replace(when_utc=now, number=made_on + 1))
    if made_on >= MOST_ENTRIES:
        raise ValueError(f"{session!r} has {made_on:,} corrections: expected no more")

    def change(table: DeltaTable | None) -> Amendment:
        table, _ = check_session(table, store, session, device)
        version = version_in(table, session, device)
        if version != made_on:
            raise ListChanged(
                f"{session!r} was corrected by somebody else meanwhile (its list is at version "
                f"{version}, and this was made on {made_on}): look at it again, and repeat this"
            )
        names = [name for name in SCHEMA.names if name in {*column_names(table), COLUMN}]
        versions = {list_transaction(session, device): entry.number}
        write_deltalake(
            table,
            _row(session, device, entry).select(names),
            mode="append",
            # Earlier versions' tables get the column with the first entry.
            schema_mode=None if COLUMN in column_names(table) else "merge",
            commit_properties=transactions({**versions, session_transaction(session): 0}),
        )
        return entry

    return commit(store, change)


def _row(session: str, device: str, entry: Amendment) -> pa.Table:
    text = as_text(entry)
    key = dict(zip(KEY, (session, device, -entry.number), strict=True))
    row = {**dict.fromkeys(SCHEMA.names), **key, COLUMN: f"{digest(text.encode())} {text}"}
    return pa.Table.from_pylist([row], schema=SCHEMA)


def _entry(seq: int, stored: str | None) -> Amendment:
    seal, _, text = (stored or "").partition(" ")
    try:
        if seal != digest(text.encode()):
            raise ValueError("not what was written")
        entry = from_text(text)
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"correction {-seq} in the store is damaged ({error}): check the disk; then restore "
            "the store's folder from a copy"
        ) from None
    return entry if entry.number == -seq else entry._replace(number=0)


def _damaged(session: str, device: str) -> StoreError:
    return StoreError(
        f"the list of corrections of {session!r} of {device!r} is not what was written: check the "
        "disk; then restore the store's folder from a copy, or forget the session and ingest or "
        "replay it again"
    )
