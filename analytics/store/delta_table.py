"""The Delta table under the store: its columns, opening it, and commits that others may cross.

One table, partitioned by session and device, so that no file holds rows of two. Version 0.1
partitioned by session alone; such a table is read and written as it is. Each batch is one commit: a
header row (`viewer_id` null) that describes the batch, and one row for each of its readings. On
Amazon S3 the commits need conditional puts, which `deltalake` uses by default; keys, region and
endpoint come from the usual `AWS_*` variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeVar, overload

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from laughtrack.analytics.store.disk import log_sums
from laughtrack.analytics.store.disk.location import StoreError as StoreError
from laughtrack.analytics.store.disk.location import location, no_store
from laughtrack.analytics.store.disk.rust_panics import without_panics
from laughtrack.edge.checked_files import Damaged

READING = {
    "viewer_id": pa.int64(),
    "t_s": pa.float64(),
    "x1": pa.int32(),
    "y1": pa.int32(),
    "x2": pa.int32(),
    "y2": pa.int32(),
    "quality": pa.float64(),
    "raw": pa.float64(),
    "smile": pa.float64(),
}
# `viewers` and `readings` repeat what the readings' rows say, so that listing sessions reads
# headers only.
HEADER = {
    "started_utc": pa.string(),
    "start_s": pa.float64(),
    "end_s": pa.float64(),
    "frames": pa.int64(),
    "info": pa.string(),
    "viewers": pa.list_(pa.int64()),
    "readings": pa.int64(),
    "resume": pa.string(),
    "sum": pa.string(),
    "corrections": pa.string(),
    # Of no batch: rows with a `seq` below 0, see `amendments.ledger`.
    "amendment": pa.string(),
}
# Columns that tables of earlier versions do not have.
_NEW = {"sum", "corrections", "amendment"}
KEY = {"session": pa.string(), "device": pa.string(), "seq": pa.int64()}
SCHEMA = pa.schema({**KEY, **HEADER, **READING})
PARTITIONS = ("session", "device")

_SETTINGS = {
    # The log needs no more than which file may hold a late batch; it keeps nothing of the viewers.
    "delta.dataSkippingStatsColumns": "seq",
    # Opening reads the log since the last checkpoint: 10 ms at 20, 16 ms at the usual 100.
    "delta.checkpointInterval": "20",
    # With a commit each second the log would outgrow the table within a year. Replaced files and
    # the log's entries on them stay longer than a reader may take.
    "delta.deletedFileRetentionDuration": "interval 80 minutes",
    "delta.logRetentionDuration": "interval 1 hours",
}
# Each lost race means that another writer got on, so only a crowd of writers sees more than a few.
_MAX_TRIES = 200
_READ_TRIES = 3

_Result = TypeVar("_Result")


class UnknownSession(ValueError):
    """There is no such session; the message names those there are."""


class AmbiguousSession(ValueError):
    """Several devices have a session of that name; the message names them."""


def open_table(store: str) -> DeltaTable | None:
    """Open the table at `store`, a folder or URL.

    Returns
    -------
    DeltaTable or None
        None where nothing has been stored yet: no folder, or an empty one.

    Raises
    ------
    StoreError
        If the folder holds something else.
    """
    place = location(store)
    with store_errors(store, "read"):
        try:
            table = DeltaTable(place)
        except TableNotFoundError as error:
            if "Unknown scheme" in str(error):
                raise
            if not DeltaTable.is_deltatable(place):
                return None
            table = DeltaTable(place)
    if not {*SCHEMA.names} - _NEW <= {field.name for field in table.schema().fields}:
        raise StoreError(
            f"{store} is a Delta table, but not of Laughtrack's readings: "
            "choose another folder with --store"
        )
    try:
        log_sums.check(place, table)
    except Damaged as error:
        raise StoreError(
            f"the log of {store} is damaged: {error}. Check the disk; then restore the folder from "
            f"a copy, or store it all again elsewhere. To read it as it is, remove {store}/"
            f"{log_sums.FOLDER}: batches may be missing, or there twice"
        ) from None
    return table


def require(store: str) -> None:
    """Refuse to read where nothing was stored yet; a store without sessions passes.

    Raises
    ------
    StoreError
        Saying so, or if it cannot be read.
    """
    if open_table(store) is None:
        raise StoreError(no_store(store))


def _create(store: str) -> DeltaTable | None:
    try:
        with store_errors(store, "create"):
            DeltaTable.create(
                location(store), SCHEMA, partition_by=[*PARTITIONS], configuration=_SETTINGS
            )
    except StoreError:
        # Another writer may have been first: then there is a table now.
        if (table := open_table(store)) is None:
            raise
        return table
    return open_table(store)


def read(store: str, query: Callable[[DeltaTable | None], _Result]) -> _Result:
    """Return `query(table)` for the table as it is now, None if there is none.

    Should files go while it reads, because their session was just forgotten, it begins again.
    """
    tries_left = _READ_TRIES
    while True:
        tries_left -= 1
        try:
            with store_errors(store, "read"):
                return query(open_table(store))
        except FileNotFoundError as error:
            if not tries_left:
                raise StoreError(f"cannot read {store}: a file of it is gone: {error}") from error


@overload
def commit(
    store: str, change: Callable[[DeltaTable], _Result], create: Literal[True]
) -> _Result: ...
@overload
def commit(store: str, change: Callable[[DeltaTable | None], _Result]) -> _Result: ...
def commit(store: str, change: Callable[[Any], _Result], create: bool = False) -> _Result:
    """Make a change to the table, again if another writer's commit crossed it.

    Parameters
    ----------
    store : str
    change : function
        Takes the table as it is now (None if there is none) and returns the result; may be called
        several times.
    create : bool
        Make an empty table first where there is none.

    Raises
    ------
    StoreError
        If the store cannot be written. What was stored before stays as it was.
    """
    tries_left = _MAX_TRIES
    while True:
        tries_left -= 1
        try:
            table = open_table(store)
            if table is None and create:
                table = _create(store)
            with store_errors(store, "write"):
                result = change(table)
            if table is not None:
                log_sums.note(location(store), table)
            return result
        except (CommitFailedError, FileNotFoundError) as error:
            if not tries_left:
                raise StoreError(
                    f"cannot write {store}, tried {_MAX_TRIES} times: {error}"
                ) from error


def column_names(table: DeltaTable) -> list[str]:
    """Return the names of a table's columns; version 0.1's have fewer."""
    return [field.name for field in table.schema().fields]


def is_split_by_device(table: DeltaTable) -> bool:
    """Return whether each device's rows have files of their own; not so in version 0.1's stores."""
    return "device" in table.metadata().partition_columns


def transactions(versions: Mapping[str, int]) -> CommitProperties:
    """Return the properties of a commit that sets these application transactions.

    Of two commits at once with the same transaction's name the later one is refused with
    `CommitFailedError`.

    Parameters
    ----------
    versions : mapping of str to int
        By name, the number that `DeltaTable.transaction_version` gives from then on.
    """
    return CommitProperties(app_transactions=[Transaction(*item) for item in versions.items()])


def device_transaction(session: str, device: str) -> str:
    """Return the transaction's name under which a device's highest seq in a session is kept."""
    return f"{session}/{device}"


def session_transaction(session: str) -> str:
    """Return the transaction's name that every commit to a session has, so that none is missed."""
    return f"{session}/"


def list_transaction(session: str, device: str) -> str:
    """Return the transaction's name under which the version of a session's amendments is kept."""
    return f"{session}/{device}/amendments"


@contextmanager
def store_errors(store: str, verb: str) -> Iterator[None]:
    """Turn what goes wrong inside into a StoreError; crossed commits and lost files pass."""
    try:
        with without_panics():
            yield
    except (CommitFailedError, FileNotFoundError):
        raise
    except BaseException as error:
        # A damaged file may also make deltalake panic, which is no Exception.
        panic = type(error).__name__ == "PanicException"
        if not panic and not isinstance(error, (DeltaError, OSError, pa.ArrowException)):
            raise
        # deltalake writes its reasons over several lines, with colours.
        reason = " ".join(re.sub(r"\x1b\[\d+m", "", str(error)).split())
        if re.search("Object at location .* not found", reason):
            raise FileNotFoundError(reason) from error
        kept = "" if verb == "read" else " What was stored before is kept."
        raise StoreError(
            f"cannot {verb} {store}: {reason}.{kept} "
            "See to the folder (space, permissions, a failing disk) or choose another with --store"
        ) from error
