"""Batches into the store, each once; and how far a session has come.

A batch is known by (device, session, seq) and counted once, however often and in whatever order it
arrives and however many processes write. A process killed at any moment leaves a batch either
wholly stored or not at all. Readers never wait: each sees the table as it was when it began.

`store` is a folder or a URL that `deltalake` knows (`s3://bucket/folder`; its options come from the
environment). The folder is a Delta table that other engines can read; `store.delta_table` says how.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from laughtrack.analytics.store import batch_sums, corrections
from laughtrack.analytics.store.amendments.entries import Amendment, in_effect
from laughtrack.analytics.store.amendments.ledger import entries_in
from laughtrack.analytics.store.amendments.opt_outs import opt_outs, without_opt_outs
from laughtrack.analytics.store.delta_table import (
    KEY,
    READING,
    SCHEMA,
    StoreError,
    column_names,
    commit,
    device_transaction,
    read,
    session_transaction,
    transactions,
)
from laughtrack.analytics.store.old_pictures import remove_old_pictures
from laughtrack.analytics.store.queries import devices_of, headers, key_condition, of_session
from laughtrack.edge.checked_files import digest
from laughtrack.edge.readings import Batch, check_name, validate

_Key = tuple[str, str, int]


class ResumePoint(NamedTuple):
    """Where an interrupted replay carries on.

    `next_seq`: the first number that is not stored, 0 for a new session. `state`: what was given to
    `append` last with a batch before that; None for a new session, and after `finish`.
    """

    next_seq: int
    state: str | None


def append(store: str, batch: Batch, resume: str | None = None) -> bool:
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


def extend(
    store: str, batches: Sequence[Batch], resumes: Sequence[str | None] | None = None
) -> list[bool]:
    """Store many batches, of any sessions and devices, in one commit: all that are new, or none.

    Readings of seats that opted out of their session are not stored: see `amendments`.

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
    parts = [
        batch_rows(validate(each), state) for each, state in zip(batches, resumes, strict=True)
    ]
    if not parts:
        return []

    def change(table: DeltaTable) -> list[bool]:
        remove_old_pictures(store, table)
        is_new, highest = _new_ones(table, batches)
        if any(is_new):
            seats = _opted_out(table, batches)
            data = pa.concat_tables(
                batch_rows(without_opt_outs(each, seats[pair]), state)
                if (pair := (each.session, each.device)) in seats
                else part
                for each, state, part, new in zip(batches, resumes, parts, is_new, strict=True)
                if new
            )
            sessions = {session_transaction(each.session): 0 for each in batches}
            properties = transactions({**highest, **sessions})
            # Earlier versions' tables get the column of corrections with the first of them.
            more = {corrections.COLUMN} if data[corrections.COLUMN].null_count < len(data) else {}
            names = {*column_names(table), *more}
            write_deltalake(
                table,
                data.select([name for name in SCHEMA.names if name in names]),
                mode="append",
                schema_mode="merge" if names > {*column_names(table)} else None,
                commit_properties=properties,
            )
        return is_new

    return commit(store, change, create=True)


def _new_ones(table: DeltaTable, batches: Sequence[Batch]) -> tuple[list[bool], dict[str, int]]:
    """Return which batches are new, and the highest seq then of each device's transaction."""
    names = [device_transaction(each.session, each.device) for each in batches]
    versions = {name: table.transaction_version(name) for name in dict.fromkeys(names)}
    highest = {name: -1 if seq is None else seq for name, seq in versions.items()}
    # Above the highest number so far, a batch is new for certain. Otherwise: a repeat or late?
    pairs = zip(batches, names, strict=True)
    known = {*stored_values(table, [each for each, name in pairs if each.seq <= highest[name]])}
    is_new = []
    for each, name in zip(batches, names, strict=True):
        is_new.append(key_of(each) not in known)
        known.add(key_of(each))
        highest[name] = max(highest[name], each.seq)
    return is_new, highest


def _opted_out(
    table: DeltaTable, batches: Iterable[Batch]
) -> dict[tuple[str, str], list[Amendment]]:
    """Return the opt-outs in effect of the batches' sessions that have some, by session, device."""
    pairs = dict.fromkeys((each.session, each.device) for each in batches)
    found = {pair: opt_outs(in_effect(entries_in(table, *pair))) for pair in pairs}
    return {pair: seats for pair, seats in found.items() if seats}


def key_of(batch: Batch) -> _Key:
    """Return what a batch is known by: session, device, seq."""
    return batch.session, batch.device, batch.seq


def stored_values(
    table: DeltaTable | None, batches: Sequence[Batch], columns: Iterable[str] = ()
) -> dict[_Key, tuple]:
    """Return what is stored under these batches' keys: by key, the values of these columns."""
    columns = [*columns]
    if not batches or table is None:
        return {}
    found = headers(table, columns, key_condition([key_of(each) for each in batches]))
    rows = zip(*(found[name] for name in [*KEY, *columns]), strict=True)
    return {row[: len(KEY)]: row[len(KEY) :] for row in rows}


def header_row(batch: Batch) -> dict[str, Any]:
    """Return a batch's header row, by column."""
    return {
        "started_utc": batch.started_utc,
        "start_s": float(batch.start_s),
        "end_s": float(batch.end_s),
        "frames": batch.frames,
        "info": json.dumps(batch.info, sort_keys=True),
        "viewers": sorted(set(batch.readings["viewer_id"])),
        "readings": len(batch.readings["viewer_id"]),
        corrections.COLUMN: corrections.as_text(batch),
    }


def batch_rows(batch: Batch, resume: str | None) -> pa.Table:
    """Return a batch as a table: its header row, then its readings."""
    columns = batch.readings
    header = {**header_row(batch), "resume": resume, "amendment": None}
    if resume is not None:
        header["resume"] = f"{digest(resume.encode())} {resume}"
    readings = pa.table({name: columns[name] for name in READING}, schema=pa.schema(READING))
    whole = {**dict(zip(KEY, key_of(batch), strict=True)), **header}
    each = {name: [value] for name, value in whole.items()}
    (header["sum"],) = batch_sums.header_sums(each, [batch_sums.sum_of_readings(readings)])
    n = header["readings"]
    table = {name: [value] * (n + 1) for name, value in zip(KEY, key_of(batch), strict=True)}
    table.update({name: [value] + [None] * n for name, value in header.items()})
    table.update({name: [None, *columns[name]] for name in READING})
    return pa.table(table, schema=SCHEMA)


def _unsealed(resume: str | None, session: str) -> str | None:
    """Return a state as it was given to `append`; version 0.1 stored it without its digest."""
    match = re.match("([0-9a-f]{16}) ", resume or "")
    if resume is None or match is None:
        return resume
    state = resume[match.end() :]
    if digest(state.encode()) != match.group(1):
        raise StoreError(
            f"where the replay of session {session!r} stopped is not what was written: check the "
            "disk, and replay it with --overwrite"
        )
    return state


def resume_point(store: str, session: str, device: str) -> ResumePoint:
    """Return where an interrupted replay carries on.

    Raises
    ------
    ValueError
        If the device's name is not one that a batch could have.
    StoreError
        If the state is damaged.
    """
    check_name("device", device)

    def query(table: DeltaTable | None) -> ResumePoint:
        if table is None or device not in devices_of(table, session):
            return ResumePoint(0, None)
        where = of_session(session, device)
        stored = set(headers(table, [], where)["seq"])
        next_seq = next(n for n in range(len(stored) + 1) if n not in stored)
        states = headers(table, ["resume"], f"{where} AND seq < {next_seq}")["resume"].dropna()
        return ResumePoint(next_seq, _unsealed(next(iter(states[::-1]), None), session))

    return read(store, query)
