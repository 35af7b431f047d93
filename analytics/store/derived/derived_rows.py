"""Read, write and drop rows of derived tables.

Conventions
-----------
- A row is believed only if today's code worked it out of the session as it is now. All others are
  left out, as if they were not there: whoever needs them works them out anew, and writes them.
- Of two commits at once the later one looks again: all have the same application transaction.
- A table that is damaged, or none of ours, is thrown away and made anew, with a word; so is one of
  another release's columns, without.
- Nobody depends on any of it: that it cannot be read or written is said once, and is no error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyarrow import fs

from laughtrack.analytics.store.delta_table import open_table, store_errors
from laughtrack.analytics.store.derived.commits import (
    Origin,
    commit_derived,
    one_at_a_time,
    origins,
    remove_rows,
    replace,
    say_once,
)
from laughtrack.analytics.store.derived.derived_table import (
    CODE,
    FOLDER,
    SUM,
    VERSION,
    Derived,
    Outdated,
    checked_rows,
    create_derived,
    open_derived,
    place_of,
    sealed,
    stored_rows,
)
from laughtrack.analytics.store.disk.files import file_system, remove_begun
from laughtrack.analytics.store.disk.location import StoreError
from laughtrack.analytics.store.versions import Versions, versions
from laughtrack.edge.checked_files import Damaged

_READ_TRIES = 3
# Rows that come one by one leave a file each; they are joined then.
_MOST_FILES = 32
# Who reads here begins again when a file is gone; other programs may not.
_OLD_FILES_S = 600.0


def read(store: str, derived: Derived, now: Versions | None = None) -> pd.DataFrame:
    """Return the rows that hold today.

    Parameters
    ----------
    store : str
    derived : Derived
    now : Versions, optional
        How the store is; else it is looked at.

    Returns
    -------
    DataFrame
        session, device, and the columns of `derived`, in order of its key. No rows where nothing
        was worked out yet, or what was cannot be read.

    Raises
    ------
    StoreError
        The store itself cannot be read.
    """
    now = versions(store) if now is None else now
    stored = _read_rows(store, derived)
    found = origins(stored)
    if gone := {each for row in found for each in row if not now.of(*each[:2])}:
        # Forgotten while they were worked out, by a process that was killed then.
        with suppress(StoreError):
            _remove_stale(store, derived.name, gone)
    codes = stored[CODE].to_pylist()
    kept = [
        code == derived.code
        and all(now.of(session, device) == then for session, device, then in row)
        for row, code in zip(found, codes, strict=True)
    ]
    rows = stored.filter(pa.array(kept, pa.bool_())).drop_columns([VERSION, CODE, SUM])
    return rows.to_pandas()


def write(store: str, derived: Derived, rows: pd.DataFrame) -> bool:
    """Put rows in place of those with the same key.

    Parameters
    ----------
    store : str
    derived : Derived
    rows : DataFrame
        session, device, version, and the columns of `derived`; of each key one. The version is the
        session's in `versions.versions`, from before it was read.

    Returns
    -------
    bool
        False if they could not be written.
    """
    schema = pa.schema([each for each in derived.schema if each.name not in (CODE, SUM)])
    new = sealed(pa.Table.from_pandas(rows[schema.names], schema, preserve_index=False), derived)
    if not len(new):
        return True

    def put(table: DeltaTable | None) -> None:
        if table is None:
            create_derived(store, derived)
            table = open_derived(store, derived.name)
        if table is None:
            raise StoreError(f"cannot write {place_of(store, derived.name)}: it is not there")
        _put(table, derived, new)

    try:
        commit_derived(store, derived.name, put)
        # What was forgotten while it was worked out must not stay.
        _remove_stale(store, derived.name, {each for row in origins(new) for each in row})
    except StoreError as error:
        say_once(f"what was worked out of {store} cannot be kept, and will be again: {error}")
        return False
    return True


def drop(store: str, keys: Collection[tuple[str, str | None]]) -> None:
    """Remove sessions from all derived tables, with every file that ever held their rows.

    Parameters
    ----------
    store : str
    keys : collection of (session, device)
        The device is None for those of all devices.

    Raises
    ------
    StoreError
        If the store cannot be written. Repeat then.
    """
    wanted = {*keys}

    def is_gone(session: str, device: str, version: str) -> bool:
        return (session, device) in wanted or (session, None) in wanted

    for name in _names(store):
        remove_rows(store, name, is_gone)
        remove_begun(store, f"{FOLDER}/{name}")


def sessions_in(store: str) -> set[tuple[str, str]]:
    """Return the (session, device) of which derived tables hold rows, whatever these are of.

    Raises
    ------
    StoreError
        One of the tables cannot be read.
    """
    found: set[tuple[str, str]] = set()
    for name in _names(store):
        try:
            if (table := open_derived(store, name)) is not None:
                rows = origins(stored_rows(table))
                found |= {(session, device) for row in rows for session, device, _ in row}
        except (Damaged, FileNotFoundError) as error:
            raise StoreError(f"cannot read {place_of(store, name)}: {error}") from None
    return found


def _names(store: str) -> list[str]:
    """Return the names of the derived tables there are."""
    table = open_table(store)
    if table is None:
        return []
    with store_errors(store, "read"):
        selector = fs.FileSelector(FOLDER, allow_not_found=True)
        found = file_system(table).get_file_info(selector)
    # Whatever else lies there, as a file manager's notes, is none of ours.
    return sorted(
        each.base_name
        for each in found
        if not each.is_file and re.fullmatch(r"\w+", each.base_name)
    )


def _read_rows(store: str, derived: Derived) -> pa.Table:
    """Return a derived table's rows, none where it cannot be read."""
    trouble: Exception | None = None
    for _ in range(_READ_TRIES):
        try:
            table = open_derived(store, derived.name)
            if table is not None:
                return checked_rows(table, derived)
            return derived.schema.empty_table()
        except Outdated:
            return derived.schema.empty_table()
        except FileNotFoundError as error:
            # Replaced by another process, or lost.
            trouble = error
        except (Damaged, StoreError) as error:
            trouble = error
            break
    say_once(f"{place_of(store, derived.name)} is worked out anew: {trouble}")
    return derived.schema.empty_table()


def _put(table: DeltaTable, derived: Derived, new: pa.Table) -> None:
    """Commit new rows in place of those with their keys."""
    there = checked_rows(table, derived)
    known = {*_keys(new, derived)}
    others = there.filter(pa.array([key not in known for key in _keys(there, derived)], pa.bool_()))
    if len(others) == len(there) and len(table.file_uris()) < _MOST_FILES:
        write_deltalake(table, new, mode="append", commit_properties=one_at_a_time())
        return
    whole = pa.concat_tables([others, new])
    replace(table, whole.sort_by([(name, "ascending") for name in derived.key]), _OLD_FILES_S)


def _keys(rows: pa.Table, derived: Derived) -> list[tuple[Any, ...]]:
    return [*zip(*(rows[name].to_pylist() for name in derived.key), strict=True)]


def _remove_stale(store: str, name: str, rows: Iterable[Origin]) -> None:
    """Remove those rows whose sessions are others by now, or gone."""
    now = versions(store)
    stale = {each for each in rows if now.of(*each[:2]) != each[2]}
    if stale:
        remove_rows(store, name, lambda *origin: origin in stale)
