"""Few files instead of many: while batches come, and for good when a session is finished.

Each commit leaves a file for each session in it. Readers that are at a replaced file keep it: such
files stay for an hour.
"""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from deltalake import DeltaTable

from laughtrack.analytics.store.delta_table import (
    PARTITIONS,
    commit,
    is_split_by_device,
    read,
    session_transaction,
    transactions,
)
from laughtrack.analytics.store.disk.files import remove_begun
from laughtrack.analytics.store.old_pictures import remove_old_pictures
from laughtrack.analytics.store.queries import check_session, of_session

# A reader that began before a session was compacted may be at the files it replaced for this long.
_OLD_FILES_HOURS = 1
# A session may have this many small files. With a batch each 5 s they are joined every 3 minutes.
_SMALL_FILES = 32
# Files are joined up to this size until the session is finished, so that a session that goes on for
# days is not written again and again: 8 MB are an hour of 25 viewers, joined in 0.2 s.
_LARGE_BYTES = 8_000_000
# Sessions joined in one call, so that batches need not wait long.
_SESSIONS_AT_ONCE = 4


def finish(store: str, session: str, device: str | None = None) -> None:
    """Compact a session's files into few and drop its resume strings. Repeating it is harmless.

    `device` is needed where several have a session of that name; the others' stay as they are.

    The rows stay the same. The small files it replaces stay for readers that are at them, and go
    when a session is finished an hour later or more, with `vacuum` or with `forget`.

    Raises
    ------
    UnknownSession
        Naming the sessions there are.
    AmbiguousSession
        If several devices have the session and none was named.
    StoreError
        If the store cannot be written; the session is then as it was.
    """
    properties = transactions({session_transaction(session): 0})

    def drop_resume(table: DeltaTable | None) -> None:
        table, chosen = check_session(table, store, session, device)
        # Rewrites the files with a resume string, which is mostly all of them, into one.
        where = f"{of_session(session, chosen)} AND resume IS NOT NULL"
        table.update({"resume": "NULL"}, predicate=where, commit_properties=properties)

    def compact(table: DeltaTable | None) -> None:
        table, chosen = check_session(table, store, session, device)
        place = _partition(table, session, chosen)
        table.optimize.compact(place, commit_properties=properties)

    for change in (drop_resume, compact):
        commit(store, change)
    vacuum(store)


def _partition(table: DeltaTable, session: str, device: str) -> list[tuple[str, str, str]]:
    """Return the filters of the files that hold a device's session."""
    filters = [("session", "=", session)]
    # In version 0.1's stores devices share files.
    return [*filters, ("device", "=", device)] if is_split_by_device(table) else filters


def compact_small_files(store: str) -> int:
    """Join the small files of the few sessions that have most of them, if they have many.

    To be called now and then while batches come. Rows stay the same.

    Returns
    -------
    int
        How many sessions' files were joined: 0 where no session has many small files.

    Raises
    ------
    StoreError
        If the store cannot be written; the sessions are then as they were.
    """

    def crowded(table: DeltaTable | None) -> list[tuple[str, ...]]:
        if table is None:
            return []
        files = pa.table(table.get_add_actions(flatten=True))
        names = [f"partition.{name}" for name in table.metadata().partition_columns]
        small = Counter(
            tuple(each[name] for name in names)
            for each in files.select([*names, "size_bytes"]).to_pylist()
            # Two of these fit into one; a larger one may be as large as it gets.
            if each["size_bytes"] < _LARGE_BYTES / 2
        )
        most = small.most_common(_SESSIONS_AT_ONCE)
        return [partition for partition, count in most if count > _SMALL_FILES]

    chosen = read(store, crowded)
    for partition in chosen:
        _join_small(store, partition)
    return len(chosen)


def _join_small(store: str, partition: tuple[str, ...]) -> None:
    """Join one partition's small files."""
    properties = transactions({session_transaction(partition[0]): 0})

    def change(table: DeltaTable | None) -> None:
        if table is not None:
            table.optimize.compact(
                [(name, "=", value) for name, value in zip(PARTITIONS, partition, strict=False)],
                target_size=_LARGE_BYTES,
                commit_properties=properties,
            )

    commit(store, change)


def vacuum(store: str) -> None:
    """Remove files that were replaced more than an hour ago, which no reader is at any more.

    With them what killed writers left, and what `old_pictures` is about.

    Raises
    ------
    StoreError
        If the store cannot be written. Repeat then: it carries on where it stopped.
    """

    def change(table: DeltaTable | None) -> None:
        if table is not None:
            remove_old_pictures(store, table)
            # Full: the log knows of a replaced file for a while only.
            table.vacuum(
                _OLD_FILES_HOURS, dry_run=False, enforce_retention_duration=False, full=True
            )
            table.create_checkpoint()
            remove_begun(store, hours=_OLD_FILES_HOURS)

    commit(store, change)
