"""Commits to derived tables: one after the other, and made again where another one crossed it."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from pyarrow import fs

from laughtrack.analytics.store.delta_table import store_errors, transactions
from laughtrack.analytics.store.derived.derived_table import (
    KEY,
    OTHER,
    VERSION,
    Outdated,
    open_derived,
    place_of,
    stored_rows,
    throw_away,
)
from laughtrack.analytics.store.disk.files import file_system, live_files
from laughtrack.analytics.store.disk.location import StoreError
from laughtrack.edge.checked_files import Damaged
from laughtrack.edge.console import printable

log = logging.getLogger("laughtrack.store")

_MAX_TRIES = 200
# A file that is gone so often is lost, and not replaced.
_MOST_LOSSES = 3

# A session, a device, and the session's version that a row is of.
Origin = tuple[str, str, str]


def origins(rows: pa.Table) -> list[list[Origin]]:
    """Return of each row the session, the device, and the session's version: of one, or of two."""
    names = [(*KEY, VERSION), OTHER] if OTHER[0] in rows.column_names else [(*KEY, VERSION)]
    each = [zip(*(rows[name].to_pylist() for name in one), strict=True) for one in names]
    return [[*row] for row in zip(*each, strict=True)]


def remove_rows(store: str, name: str, is_gone: Callable[[str, str, str], bool]) -> None:
    """Remove rows by their origins, with every file that ever held them."""

    def change(table: DeltaTable | None) -> None:
        if table is not None:
            rows = stored_rows(table)
            gone = [any(is_gone(*each) for each in row) for row in origins(rows)]
            kept = pa.array([not each for each in gone], pa.bool_())
            replace(table, rows.filter(kept), 0.0)

    commit_derived(store, name, change)


def replace(table: DeltaTable, rows: pa.Table, old_s: float) -> None:
    """Put rows in place of all of a table's, and remove the files that are that old."""
    files = file_system(table)
    # Listed before the commit: a writer whose file is among these cannot commit it afterwards.
    listed = files.get_file_info(fs.FileSelector("", recursive=True))
    write_deltalake(table, rows, mode="overwrite", commit_properties=one_at_a_time())
    live, before_s = live_files(table), time.time() - old_s
    for each in listed:
        is_data = each.path.endswith(".parquet") and not each.path.startswith("_delta_log/")
        is_old = each.mtime is None or each.mtime.timestamp() <= before_s
        if is_data and is_old and unquote(each.path) not in live:
            with suppress(FileNotFoundError):
                files.delete_file(each.path)


def one_at_a_time() -> CommitProperties:
    """Return the properties by which the later of two commits at once is refused."""
    return transactions({"rows": 0})


def commit_derived(store: str, name: str, change: Callable[[DeltaTable | None], None]) -> None:
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
        except Outdated:
            throw_away(store, name)
        except Damaged as error:
            _throw_away(store, name, str(error))
        except FileNotFoundError as error:
            # Replaced by another process; if that comes again and again, lost.
            losses += 1
            if losses >= _MOST_LOSSES:
                _throw_away(store, name, str(error))
        except CommitFailedError:
            continue
    raise StoreError(f"cannot write {place}, tried {_MAX_TRIES} times")


def _throw_away(store: str, name: str, why: str) -> None:
    say_once(f"{place_of(store, name)} is thrown away, and worked out anew: {why}")
    throw_away(store, name)


@functools.cache
def say_once(text: str) -> None:
    """Log a warning, the same one only once in a process."""
    log.warning("%s", printable(text))
