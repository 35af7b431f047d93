"""The table of readings: append once, read fast, forget.

A batch is known by (device, session, seq) and counted once, however often and in whatever order it
arrives and however many processes write. A process killed at any moment leaves a batch either
wholly stored or not at all. Readers never wait: each sees the table as it was when it began.

`store` is a folder or a URL that `deltalake` knows (`s3://bucket/folder`; its options come from the
environment). The folder is a Delta table that other engines can read; `analytics.table` says how.
"""

from __future__ import annotations

import json

import pyarrow as pa
from deltalake import write_deltalake

from analytics.forget import forget
from analytics.sessions import Session, load, sessions
from analytics.table import (
    KEY,
    READING,
    SCHEMA,
    StoreError,
    UnknownSession,
    check_known,
    commit,
    everyone,
    headers,
    known,
    marks,
    read,
    writer,
)
from edge.readings import check_name, validate

__all__ = [
    "Session",
    "StoreError",
    "UnknownSession",
    "append",
    "finish",
    "forget",
    "load",
    "resume_point",
    "sessions",
]

# A reader that began before a session was compacted may be at the files it replaced for this long.
_OLD_FILES_HOURS = 1


def append(store, batch, resume=None):
    """Store a batch, unless it is there already.

    Parameters
    ----------
    store : str
        Folder or URL; made if it is not there.
    batch : edge.readings.Batch
    resume : str, optional
        State with which an interrupted replay can carry on after this batch; see `resume_point`.

    Returns
    -------
    bool
        False if this (device, session, seq) was stored before; the table is then unchanged.

    Raises
    ------
    ValueError
        If the batch is not valid.
    StoreError
        If the store cannot be written; nothing already stored is harmed.
    """
    data = _rows(validate(batch), resume)
    own = writer(batch.session, batch.device)

    def change(table):
        highest = table.transaction_version(own)
        highest = -1 if highest is None else highest
        # Above the highest number so far, a batch is new for certain. Otherwise: a repeat or late?
        if batch.seq <= highest and _holds(table, batch):
            return False
        versions = {own: max(batch.seq, highest), everyone(batch.session): 0}
        write_deltalake(table, data, mode="append", commit_properties=marks(versions))
        return True

    return commit(store, change, create=True)


def _rows(batch, resume):
    """Arrow table of one batch: its header row, then its readings."""
    columns = batch.readings
    n = len(columns["viewer_id"])
    header = {
        "started_utc": batch.started_utc,
        "start_s": float(batch.start_s),
        "end_s": float(batch.end_s),
        "frames": batch.frames,
        "info": json.dumps(batch.info, sort_keys=True),
        "viewers": sorted(set(columns["viewer_id"])),
        "readings": n,
        "resume": resume,
    }
    table = {name: [getattr(batch, name)] * (n + 1) for name in KEY}
    table.update({name: [value] + [None] * n for name, value in header.items()})
    table.update({name: [None, *columns[name]] for name in READING})
    return pa.table(table, schema=SCHEMA)


def _holds(table, batch):
    where = f"session = '{batch.session}' AND device = '{batch.device}' AND seq = {batch.seq}"
    return len(headers(table, [], where)) > 0


def resume_point(store, session, device):
    """Say where an interrupted replay carries on.

    Returns
    -------
    next_seq : int
        The first number that is not stored: 0 for a new session.
    resume : str or None
        What was given to `append` with the batch before that; None for a new session, and after
        `finish`.

    Raises
    ------
    ValueError
        If the device's name is not one that a batch could have.
    """
    check_name("device", device)

    def take(table):
        if session not in known(table):
            return 0, None
        own = f"session = '{session}' AND device = '{device}'"
        stored = set(headers(table, [], own)["seq"])
        next_seq = next(n for n in range(len(stored) + 1) if n not in stored)
        last = headers(table, ["resume"], f"{own} AND seq = {next_seq - 1}")
        return next_seq, next(iter(last["resume"].dropna()), None)

    return read(store, take)


def finish(store, session):
    """Compact a session's files into few and drop its resume strings. Repeating it is harmless.

    The rows stay the same. The small files it replaces stay for readers that are at them, and go
    when a session is finished an hour later or more, or with `forget`.

    Raises
    ------
    UnknownSession
        Naming the sessions there are.
    StoreError
        If the store cannot be written; the session is then as it was.
    """
    here = f"session = '{session}'"
    mark = marks({everyone(session): 0})

    def clear(table):
        check_known(table, session, store)
        # Rewrites the files with a resume string, which is mostly all of them, into one.
        where = f"{here} AND resume IS NOT NULL"
        table.update({"resume": "NULL"}, predicate=where, commit_properties=mark)

    def compact(table):
        table.optimize.compact([("session", "=", session)], commit_properties=mark)

    def sweep(table):
        table.vacuum(_OLD_FILES_HOURS, dry_run=False, enforce_retention_duration=False)
        table.create_checkpoint()

    for change in (clear, compact, sweep):
        commit(store, change)
