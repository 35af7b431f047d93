"""The Delta table under the store: its columns, opening it, and commits that others may cross.

One table, partitioned by session. Each batch is one commit: a header row (`viewer_id` null) that
describes the batch, and one row for each of its readings. On Amazon S3 the commits need conditional
puts, which `deltalake` uses by default; keys, region and endpoint come from the usual `AWS_*`
variables.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

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
}
KEY = {"session": pa.string(), "device": pa.string(), "seq": pa.int64()}
SCHEMA = pa.schema({**KEY, **HEADER, **READING})

_SETTINGS = {
    # The log needs no more than which file may hold a late batch; it keeps nothing of the viewers.
    "delta.dataSkippingStatsColumns": "seq",
    # Opening reads the log since the last checkpoint: 10 ms at 20, 16 ms at the usual 100.
    "delta.checkpointInterval": "20",
    # A year of batches, a commit each second, would bury the table under its own log. An hour more
    # than readers may take, for files that were replaced and for the log that tells of them.
    "delta.deletedFileRetentionDuration": "interval 80 minutes",
    "delta.logRetentionDuration": "interval 1 hours",
}
# Each lost race means that another writer got on, so only a crowd of writers sees more than a few.
_TRIES = 200
_BLOCK_ROWS = 500_000


class StoreError(Exception):
    """The store cannot be read or written; the message names it and the next step."""


class UnknownSession(ValueError):
    """There is no such session; the message names those there are."""


def open_table(store):
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
    place = _place(store)
    with plain_errors(store, "read"):
        try:
            table = DeltaTable(place)
        except TableNotFoundError as error:
            if "Unknown scheme" in str(error):
                raise
            if not DeltaTable.is_deltatable(place):
                return None
            table = DeltaTable(place)
    if not {*SCHEMA.names} <= {field.name for field in table.schema().fields}:
        raise StoreError(
            f"{store} is a Delta table, but not of Laughtrack's readings: "
            "choose another folder with --store"
        )
    return table


def _place(store):
    if "://" in store:
        return store
    folder = Path(store).absolute()
    if re.search("%[0-9A-Fa-f]{2}", str(folder)):
        # deltalake 1.6 would take it for an escaped character and look elsewhere.
        raise StoreError(f"{store} has a % before two hexadecimal digits: choose another folder")
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{store} is a file, not a folder: choose another with --store")
    if folder.is_dir() and not (folder / "_delta_log").is_dir() and any(folder.iterdir()):
        raise StoreError(
            f"{store} holds other files and is not a store: "
            "choose an empty or new folder with --store"
        )
    return str(folder)


def _create(store):
    try:
        with plain_errors(store, "create"):
            DeltaTable.create(
                _place(store), SCHEMA, partition_by=["session"], configuration=_SETTINGS
            )
    except StoreError:
        # Another writer may have been first: then there is a table now.
        if (table := open_table(store)) is None:
            raise
        return table
    return open_table(store)


def read(store, take):
    """Return `take(table)` for the table as it is now, None if there is none.

    Should files go while it reads, because their session was just forgotten, it begins again.
    """
    for again in (True, True, False):
        try:
            with plain_errors(store, "read"):
                return take(open_table(store))
        except FileNotFoundError as error:
            if not again:
                raise StoreError(f"cannot read {store}: a file of it is gone: {error}") from error


def commit(store, change, create=False):
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
    for again in reversed(range(_TRIES)):
        try:
            table = open_table(store)
            if table is None and create:
                table = _create(store)
            with plain_errors(store, "write"):
                return change(table)
        except (CommitFailedError, FileNotFoundError) as error:
            if not again:
                raise StoreError(f"cannot write {store}, tried {_TRIES} times: {error}") from error


def marks(versions):
    """Commit properties that set these marks.

    Two commits that carry the same mark never pass each other: the later one is refused with
    `CommitFailedError`.

    Parameters
    ----------
    versions : dict of str to int
        Per mark, the number that `DeltaTable.transaction_version` gives from then on.
    """
    return CommitProperties(app_transactions=[Transaction(*item) for item in versions.items()])


def writer(session, device):
    """Name of the mark that says how far a device has come with a session: its highest seq."""
    return f"{session}/{device}"


def everyone(session):
    """Name of the mark that every commit to a session carries: none passes another unseen."""
    return f"{session}/"


@contextmanager
def plain_errors(store, verb):
    """Turn what goes wrong inside into a StoreError; crossed commits and lost files pass."""
    try:
        yield
    except (CommitFailedError, FileNotFoundError):
        raise
    except (DeltaError, OSError, pa.ArrowException) as error:
        # deltalake writes its reasons over several lines, with colours.
        reason = " ".join(re.sub(r"\x1b\[\d+m", "", str(error)).split())
        if re.search("Object at location .* not found", reason):
            raise FileNotFoundError(reason) from error
        kept = "" if verb == "read" else " What was stored before is kept."
        raise StoreError(
            f"cannot {verb} {store}: {reason}.{kept} "
            "See to the folder (space, permissions) or choose another with --store"
        ) from error


def scan(table, columns, where):
    """Arrow table of the columns of all rows where an SQL condition holds.

    By deltalake itself: pyarrow's threads, when they read through deltalake's files, can abort the
    process as it ends. The folders and the log's statistics say which files to open at all.
    """
    reader = pa.RecordBatchReader.from_stream(table.scan(columns=columns, predicate=where))
    # Copied block by block: what deltalake has allocated once it never gives back, so that a long
    # session read at once would cost twice its size for good.
    blocks, batches, rows = [reader.schema.empty_table()], [], 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows >= _BLOCK_ROWS:
            blocks.append(pa.Table.from_batches(batches).combine_chunks())
            batches, rows = [], 0
    return pa.concat_tables([*blocks, pa.Table.from_batches(batches, reader.schema)])


def headers(table, columns, where="TRUE"):
    """Data frame of header rows: KEY and `columns`, sorted by session, device, seq."""
    found = scan(table, [*KEY, *columns], f"({where}) AND viewer_id IS NULL")
    return found.to_pandas().sort_values([*KEY], kind="stable", ignore_index=True)


def one_of(keys):
    """SQL condition that a row's (session, device, seq) is one of `keys`; False for none."""
    numbers = {}
    for session, device, seq in keys:
        numbers.setdefault((session, device), set()).add(seq)
    return (
        " OR ".join(
            f"(session = '{session}' AND device = '{device}' AND seq IN ({_listed(seqs)}))"
            for (session, device), seqs in numbers.items()
        )
        or "FALSE"
    )


def _listed(numbers):
    return ", ".join(map(str, sorted(numbers)))


def known(table):
    """Names of the sessions in the table (None: no table), sorted."""
    return [] if table is None else sorted(each["session"] for each in table.partitions())


def check_known(table, session, store):
    """Raise UnknownSession if the table (None: no table) has no such session."""
    there = known(table)
    if session not in there:
        names = "sessions there: " + ", ".join(there) if there else "it holds no sessions yet"
        raise UnknownSession(f"no session {session!r} in {store}: {names}")
