"""Read, write and drop rows of derived tables.

Conventions
-----------
- A row is believed only if today's code worked it out of the session as it is now. All others are
  left out, as if they were not there: whoever needs them works them out anew, and writes them.
- Of two commits at once the later one looks again: all have the same application transaction.
- A table that is damaged, or none of ours, is thrown away and made anew.
- Nobody depends on any of it: that it cannot be read or written is said once, and is no error.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from pyarrow import fs

from laughtrack.analytics.store.delta_table import open_table, store_errors, transactions
from laughtrack.analytics.store.derived.derived_table import (
    CODE,
    FOLDER,
    KEY,
    OTHER,
    SUM,
    VERSION,
    Derived,
    checked_rows,
    create_derived,
    open_derived,
    place_of,
    sealed,
    stored_rows,
    throw_away,
)
from laughtrack.analytics.store.disk.files import file_system, live_files, remove_begun
from laughtrack.analytics.store.disk.location import StoreError
from laughtrack.analytics.store.versions import Versions, versions
from laughtrack.edge.checked_files import Damaged
from laughtrack.edge.console import printable

log = logging.getLogger("laughtrack.store")

_MAX_TRIES = 200
_READ_TRIES = 3
# Rows that come one by one leave a file each; they are joined then.
_MOST_FILES = 32
# Who reads here begins again when a file is gone; other programs may not.
_OLD_FILES_S = 600.0

# A session, a device, and the session's version that a row is of.
_Origin = tuple[str, str, str]


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
    origins = _origins(stored)
    if gone := {each for row in origins for each in row if not now.of(*each[:2])}:
        # Forgotten while they were worked out, by a process that was killed then.
        with suppress(StoreError):
            _remove_stale(store, derived.name, gone)
    codes = stored[CODE].to_pylist()
    kept = [
        code == derived.code
        and all(now.of(session, device) == then for session, device, then in row)
        for row, code in zip(origins, codes, strict=True)
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
        _commit(store, derived.name, put)
        # What was forgotten while it was worked out must not stay.
        _remove_stale(store, derived.name, {each for row in _origins(new) for each in row})
    except StoreError as error:
        _say_once(f"what was worked out of {store} cannot be kept, and will be again: {error}")
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
    table = open_table(store)
    if table is None:
        return
    with store_errors(store, "read"):
        selector = fs.FileSelector(FOLDER, allow_not_found=True)
        names = [each.base_name for each in file_system(table).get_file_info(selector)]
    wanted = {*keys}

    def is_gone(session: str, device: str, version: str) -> bool:
        return (session, device) in wanted or (session, None) in wanted

    for name in sorted(names):
        _remove(store, name, is_gone)
        remove_begun(store, f"{FOLDER}/{name}")


def _read_rows(store: str, derived: Derived) -> pa.Table:
    """Return a derived table's rows, none where it cannot be read."""
    trouble: Exception | None = None
    for _ in range(_READ_TRIES):
        try:
            table = open_derived(store, derived.name)
            if table is not None:
                return checked_rows(table, derived)
            return derived.schema.empty_table()
        except FileNotFoundError as error:
            # Replaced by another process, or lost.
            trouble = error
        except (Damaged, StoreError) as error:
            trouble = error
            break
    _say_once(f"{place_of(store, derived.name)} is worked out anew: {trouble}")
    return derived.schema.empty_table()


def _origins(rows: pa.Table) -> list[list[_Origin]]:
    """Return of each row the session, the device, and the session's version: of one, or of two."""
    names = [(*KEY, VERSION), OTHER] if OTHER[0] in rows.column_names else [(*KEY, VERSION)]
    each = [zip(*(rows[name].to_pylist() for name in one), strict=True) for one in names]
    return [[*row] for row in zip(*each, strict=True)]


def _put(table: DeltaTable, derived: Derived, new: pa.Table) -> None:
    """Commit new rows in place of those with their keys."""
    there = checked_rows(table, derived)
    known = {*_keys(new, derived)}
    others = there.filter(pa.array([key not in known for key in _keys(there, derived)], pa.bool_()))
    if len(others) == len(there) and len(table.file_uris()) < _MOST_FILES:
        write_deltalake(table, new, mode="append", commit_properties=_one_at_a_time())
        return
    whole = pa.concat_tables([others, new])
    _replace(table, whole.sort_by([(name, "ascending") for name in derived.key]), _OLD_FILES_S)


def _keys(rows: pa.Table, derived: Derived) -> list[tuple[Any, ...]]:
    return [*zip(*(rows[name].to_pylist() for name in derived.key), strict=True)]


def _remove_stale(store: str, name: str, origins: Iterable[_Origin]) -> None:
    """Remove rows of these origins whose sessions are others by now, or gone."""
    now = versions(store)
    stale = {each for each in origins if now.of(*each[:2]) != each[2]}
    if stale:
        _remove(store, name, lambda *origin: origin in stale)


def _remove(store: str, name: str, is_gone: Callable[[str, str, str], bool]) -> None:
    """Remove rows by their origins, with every file that ever held them."""

    def change(table: DeltaTable | None) -> None:
        if table is not None:
            rows = stored_rows(table)
            gone = [any(is_gone(*each) for each in row) for row in _origins(rows)]
            kept = pa.array([not each for each in gone], pa.bool_())
            _replace(table, rows.filter(kept), 0.0)

    _commit(store, name, change)


def _replace(table: DeltaTable, rows: pa.Table, old_s: float) -> None:
    """Put rows in place of all of a table's, and remove the files that are that old."""
    files = file_system(table)
    # Listed before the commit: a writer whose file is among these cannot commit it afterwards.
    listed = files.get_file_info(fs.FileSelector("", recursive=True))
    write_deltalake(table, rows, mode="overwrite", commit_properties=_one_at_a_time())
    live, before_s = live_files(table), time.time() - old_s
    for each in listed:
        is_data = each.path.endswith(".parquet") and not each.path.startswith("_delta_log/")
        is_old = each.mtime is None or each.mtime.timestamp() <= before_s
        if is_data and is_old and unquote(each.path) not in live:
            with suppress(FileNotFoundError):
                files.delete_file(each.path)


def _one_at_a_time() -> CommitProperties:
    return transactions({"rows": 0})


def _commit(store: str, name: str, change: Callable[[DeltaTable | None], None]) -> None:
    """Make a change to a derived table, None where there is none, until no other commit crosses it.

    Raises
    ------
    StoreError
    """
    place, losses = place_of(store, name), 0
    for _ in range(_MAX_TRIES):
        try:
            with store_errors(place, "write"):
                change(open_derived(store, name))
            return
        except Damaged as error:
            _throw_away(store, name, str(error))
        except FileNotFoundError as error:
            # Replaced by another process; if that comes again and again, lost.
            losses += 1
            if losses >= _READ_TRIES:
                _throw_away(store, name, str(error))
        except CommitFailedError:
            continue
    raise StoreError(f"cannot write {place}, tried {_MAX_TRIES} times")


def _throw_away(store: str, name: str, why: str) -> None:
    _say_once(f"{place_of(store, name)} is thrown away, and worked out anew: {why}")
    throw_away(store, name)


@functools.cache
def _say_once(text: str) -> None:
    log.warning("%s", printable(text))
