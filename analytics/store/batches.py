"""The table of readings: append once, read fast, forget.

A batch is known by (device, session, seq) and counted once, however often and in whatever order it
arrives and however many processes write. A process killed at any moment leaves a batch either
wholly stored or not at all. Readers never wait: each sees the table as it was when it began.

`store` is a folder or a URL that `deltalake` knows (`s3://bucket/folder`; its options come from the
environment). The folder is a Delta table that other engines can read; `analytics.store.delta_table`
says how.
"""

from __future__ import annotations

import json

import pyarrow as pa
from deltalake import write_deltalake

from laughtrack.analytics.store.compaction import finish, sweep, tidy
from laughtrack.analytics.store.delta_table import (
    KEY,
    READING,
    SCHEMA,
    StoreError,
    UnknownSession,
    commit,
    everyone,
    headers,
    known,
    marks,
    one_of,
    read,
    writer,
)
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import Session, load, numbers, sessions
from laughtrack.edge.readings import check_name, validate

__all__ = [
    "Session",
    "StoreError",
    "UnknownSession",
    "append",
    "extend",
    "finish",
    "forget",
    "holds",
    "load",
    "numbers",
    "resume_point",
    "sessions",
    "sweep",
    "tidy",
]


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
    return extend(store, [batch], [resume])[0]


def extend(store, batches, resumes=None):
    """Store many batches, of any sessions and devices, in one commit: all that are new, or none.

    Parameters
    ----------
    store : str
        Folder or URL; made if it is not there.
    batches : sequence of edge.readings.Batch
    resumes : sequence of str or None, optional
        One for each batch, as for `append`.

    Returns
    -------
    list of bool
        One for each batch: False if its (device, session, seq) was stored before, or stands
        earlier in `batches`.

    Raises
    ------
    ValueError
        If a batch is not valid; nothing is stored then.
    StoreError
        If the store cannot be written; nothing already stored is harmed.
    """
    resumes = resumes or [None] * len(batches)
    parts = [_rows(validate(each), state) for each, state in zip(batches, resumes, strict=True)]
    if not parts:
        return []

    def change(table):
        fresh, highest = _fresh(table, batches)
        if any(fresh):
            data = pa.concat_tables(part for part, new in zip(parts, fresh, strict=True) if new)
            versions = {**highest, **{everyone(each.session): 0 for each in batches}}
            write_deltalake(table, data, mode="append", commit_properties=marks(versions))
        return fresh

    return commit(store, change, create=True)


def _fresh(table, batches):
    """Return which batches are new, and how far each of their writers has come with them."""
    owners = [writer(each.session, each.device) for each in batches]
    highest = {own: table.transaction_version(own) for own in dict.fromkeys(owners)}
    highest = {own: -1 if seq is None else seq for own, seq in highest.items()}
    # Above the highest number so far, a batch is new for certain. Otherwise: a repeat or late?
    pairs = zip(batches, owners, strict=True)
    there = {*_stored(table, [each for each, own in pairs if each.seq <= highest[own]])}
    fresh = []
    for each, own in zip(batches, owners, strict=True):
        fresh.append(_key(each) not in there)
        there.add(_key(each))
        highest[own] = max(highest[own], each.seq)
    return fresh, highest


def _key(batch):
    return tuple(getattr(batch, name) for name in KEY)


def _stored(table, batches, columns=()):
    """Return what is stored under these batches' keys: by key, the values of these columns."""
    if not batches or table is None:
        return {}
    found = headers(table, columns, one_of([_key(each) for each in batches]))
    rows = zip(*(found[name] for name in [*KEY, *columns]), strict=True)
    return {row[: len(KEY)]: row[len(KEY) :] for row in rows}


def holds(store, batches):
    """Say whether what is stored under the batches' keys is these very batches.

    Compared are their facts, spans, viewers and number of readings: two cameras under one name
    differ in them, a batch that arrives twice does not.

    Returns
    -------
    list of bool
        One for each batch; False also where nothing is stored under its key.
    """
    columns = ("started_utc", "start_s", "end_s", "frames", "info", "viewers", "readings")

    def take(table):
        there = _stored(table, batches, columns)
        rows = {key: (*values[:5], list(values[5]), values[6]) for key, values in there.items()}
        wanted = [_header(each) for each in batches]
        return [
            rows.get(_key(each)) == tuple(header[name] for name in columns)
            for each, header in zip(batches, wanted, strict=True)
        ]

    return read(store, take)


def _header(batch):
    """What a batch's header row says of it."""
    return {
        "started_utc": batch.started_utc,
        "start_s": float(batch.start_s),
        "end_s": float(batch.end_s),
        "frames": batch.frames,
        "info": json.dumps(batch.info, sort_keys=True),
        "viewers": sorted(set(batch.readings["viewer_id"])),
        "readings": len(batch.readings["viewer_id"]),
    }


def _rows(batch, resume):
    """Arrow table of one batch: its header row, then its readings."""
    columns, header = batch.readings, {**_header(batch), "resume": resume}
    n = header["readings"]
    table = {name: [getattr(batch, name)] * (n + 1) for name in KEY}
    table.update({name: [value] + [None] * n for name, value in header.items()})
    table.update({name: [None, *columns[name]] for name in READING})
    return pa.table(table, schema=SCHEMA)


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
