"""The table of readings: append once, read fast, forget.

A batch is known by (device, session, seq) and counted once, however often and in whatever order it
arrives and however many processes write. A process killed at any moment leaves a batch either
wholly stored or not at all. Readers never wait: each sees the table as it was when it began.

`store` is a folder or a URL that `deltalake` knows (`s3://bucket/folder`; its options come from the
environment). The folder is a Delta table that other engines can read; see `analytics.table`.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from deltalake import WriterProperties, write_deltalake
from deltalake.fs import DeltaStorageHandler
from pyarrow import dataset as ds
from pyarrow import fs

from analytics.table import (
    HEADER,
    KEY,
    READING,
    SCHEMA,
    StoreError,
    commit,
    marks,
    open_table,
    plain_errors,
    rows,
)
from edge.readings import validate

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

SPANS = ("seq", "started_utc", "start_s", "end_s", "frames")
# A reader that began before a session was compacted may still be at its old files for this long.
_OLD_FILES_HOURS = 1

_IS_HEADER = ds.field("viewer_id").is_null()


class UnknownSession(ValueError):
    """There is no such session; the message names those there are."""


class Session(NamedTuple):
    """One session as tables.

    `readings`: viewer_id int64; t_s float64, seconds since the session began; x1 y1 x2 y2 int32, px
    of the full frame; quality, raw, smile float64 in [0, 1], NaN where the face cannot be judged;
    sorted by t_s, viewer_id. `spans`: one row a batch: seq, started_utc, start_s, end_s (half-open,
    seconds), frames looked at; sorted by start_s. `info`: title, settings, versions and the like.
    """

    readings: pd.DataFrame
    spans: pd.DataFrame
    info: dict
    name: str
    device: str


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
    data = rows(validate(batch), resume)
    writer = _writer(batch.session, batch.device)

    def change(table):
        highest = table.transaction_version(writer)
        # Above the highest number so far, a batch is new for certain. Otherwise: a repeat or late?
        if (highest is None or batch.seq <= highest) and _holds(table, batch):
            return False
        latest = batch.seq if highest is None else max(batch.seq, highest)
        versions = {writer: latest, _everyone(batch.session): 0}
        write_deltalake(table, data, mode="append", commit_properties=marks(versions))
        return True

    return commit(store, change, create=True)


def _writer(session, device):
    return f"{session}/{device}"


def _everyone(session):
    """Carried by every commit to a session: none of them passes another unseen."""
    return f"{session}/"


def _holds(table, batch):
    key = {name: getattr(batch, name) for name in ("session", "seq")}
    found = _dataset(table, **key)
    same = (ds.field("device") == batch.device) & (ds.field("seq") == batch.seq)
    return found.count_rows(filter=same & _IS_HEADER) > 0


def _dataset(table, **equal):
    """Arrow dataset of the files that may hold rows where these columns have these values."""
    return table.to_pyarrow_dataset(
        file_pruning_predicate=[(name, "=", value) for name, value in equal.items()] or None
    )


def _known(table):
    return [] if table is None else sorted(each["session"] for each in table.partitions())


def _check_known(table, session, store):
    known = _known(table)
    if session not in known:
        there = "sessions there: " + ", ".join(known) if known else "it holds no sessions yet"
        raise UnknownSession(f"no session {session!r} in {store}: {there}")


def _read(store, take):
    """Return `take(table)`, once more if files went while it read: a session was forgotten."""
    for again in (True, True, False):
        try:
            with plain_errors(store, "read"):
                return take(open_table(store))
        except FileNotFoundError as error:
            if not again:
                raise StoreError(f"cannot read {store}: a file of it is gone: {error}") from error


def _headers(dataset, columns):
    """Data frame of header rows, one a batch, sorted by session, device and seq."""
    table = dataset.to_table(columns=[*KEY, *columns], filter=_IS_HEADER)
    return table.to_pandas().sort_values([*KEY], kind="stable", ignore_index=True)


def sessions(store):
    """Say what the store holds.

    Returns
    -------
    DataFrame
        One row for each session (and device, if several took part), earliest first: session,
        device, title ("" if none), started_utc (ISO 8601), seconds (from the first batch's start to
        the last one's end), viewers, readings, batches, missing_batches (numbers below the highest
        that have not arrived), complete (its last batch and all before it are there). No rows where
        nothing is stored yet.
    """
    columns = [name for name in HEADER if name != "resume"]

    def take(table):
        return [] if table is None else [*_headers(_dataset(table), columns).groupby([*KEY][:2])]

    found = [_summary(*key, headers) for key, headers in _read(store, take)]
    table = pd.DataFrame(found, columns=[*_SUMMARY]).astype(_SUMMARY)
    return table.sort_values(["started_utc", "session", "device"], ignore_index=True)


_SUMMARY = {
    "session": "str",
    "device": "str",
    "title": "str",
    "started_utc": "str",
    "seconds": "float64",
    "viewers": "int64",
    "readings": "int64",
    "batches": "int64",
    "missing_batches": "int64",
    "complete": "bool",
}


def _summary(session, device, headers):
    info = _info(headers)
    missing = int(headers["seq"].iloc[-1]) + 1 - len(headers)
    return {
        "session": session,
        "device": device,
        "title": str(info.get("title") or ""),
        "started_utc": headers["started_utc"].iloc[0],
        "seconds": headers["end_s"].max() - headers["start_s"].min(),
        "viewers": len({viewer for batch in headers["viewers"] for viewer in batch}),
        "readings": headers["readings"].sum(),
        "batches": len(headers),
        "missing_batches": missing,
        "complete": missing == 0 and info.get("complete") is True,
    }


def _info(headers):
    merged = {}
    for text in headers["info"]:
        if text != "{}":
            merged.update(json.loads(text))
    return merged


def load(store, session, device=None):
    """Read one session.

    Parameters
    ----------
    store, session : str
    device : str, optional
        Which device's readings; needed only where several recorded the session, because viewer IDs
        of two devices are not the same people.

    Returns
    -------
    Session

    Raises
    ------
    UnknownSession
        Naming the sessions there are.
    ValueError
        If several devices recorded the session and none, or another, was named.
    """

    def take(table):
        _check_known(table, session, store)
        dataset = _dataset(table, session=session)
        headers = _headers(dataset, ["started_utc", "start_s", "end_s", "frames", "info"])
        devices = sorted(set(headers["device"]))
        chosen = device if device is not None or len(devices) > 1 else devices[0]
        if chosen not in devices:
            raise ValueError(f"device is {chosen!r}: {session!r} has {', '.join(devices)}")
        wanted = ~_IS_HEADER
        if len(devices) > 1:
            headers = headers[headers["device"] == chosen]
            wanted &= ds.field("device") == chosen
        readings = dataset.to_table(columns=[*READING], filter=wanted)
        spans = headers[[*SPANS]].sort_values(["start_s", "seq"], ignore_index=True)
        return Session(_in_order(readings), spans, _info(headers), session, chosen)

    return _read(store, take)


def _in_order(readings):
    """Pandas frame of an Arrow table of readings, sorted by t_s, viewer_id."""
    frame = readings.to_pandas(split_blocks=True)
    t_s, viewer_id = frame["t_s"].to_numpy(), frame["viewer_id"].to_numpy()
    step = np.diff(t_s)
    # A compacted session is in order already, and sorting would take most of the time.
    if np.all((step > 0) | ((step == 0) & (np.diff(viewer_id) > 0))):
        return frame
    return frame.take(np.lexsort((viewer_id, t_s))).reset_index(drop=True)


def resume_point(store, session, device):
    """Say where an interrupted replay carries on.

    Returns
    -------
    next_seq : int
        The first number that is not stored: 0 for a new session.
    resume : str or None
        What was given to `append` with the batch before that; None for a new session, and after
        `finish`.
    """

    def take(table):
        if session not in _known(table):
            return 0, None
        headers = _headers(_dataset(table, session=session), [])
        stored = set(headers["seq"][headers["device"] == device])
        next_seq = next(n for n in range(len(stored) + 1) if n not in stored)
        if next_seq == 0:
            return 0, None
        last = _headers(_dataset(table, session=session, seq=next_seq - 1), ["resume"])
        last = last[(last["device"] == device) & (last["seq"] == next_seq - 1)]
        return next_seq, last["resume"].iloc[0]

    return _read(store, take)


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

    def change(table):
        _check_known(table, session, store)
        write_deltalake(
            table,
            _stream(_dataset(table, session=session), session),
            mode="overwrite",
            predicate=f"session = '{session}'",
            writer_properties=WriterProperties(compression="ZSTD"),
            commit_properties=marks({_everyone(session): 0}),
        )

    def sweep(table):
        table.vacuum(_OLD_FILES_HOURS, dry_run=False, enforce_retention_duration=False)
        table.create_checkpoint()

    commit(store, change)
    commit(store, sweep)


def _stream(dataset, session):
    """Record batch reader over a session's rows: headers first, then readings in order of time."""
    columns = [name for name in SCHEMA.names if name not in ("session", "resume")]

    def complete(batch):
        whole = pa.table(batch).append_column("session", pa.repeat(session, len(batch)))
        whole = whole.append_column("resume", pa.nulls(len(batch), pa.string()))
        return whole.select(SCHEMA.names).cast(SCHEMA).to_batches()

    def start_s(fragment):
        starts = fragment.to_table(schema=dataset.schema, columns=["start_s"], filter=_IS_HEADER)
        return min(starts["start_s"].to_pylist(), default=0.0)

    def batches():
        headers = dataset.to_table(columns=columns, filter=_IS_HEADER)
        yield from complete(headers.sort_by([("start_s", "ascending"), ("seq", "ascending")]))
        for fragment in sorted(dataset.get_fragments(), key=start_s):
            options = {"schema": dataset.schema, "columns": columns, "filter": ~_IS_HEADER}
            for batch in fragment.to_batches(**options):
                yield from complete(pa.Table.from_batches([batch]))

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


def forget(store, session):
    """Remove a session's rows for good, with every file that ever held them.

    A batch of the session that arrives later starts it anew. The session's and device's names and
    the number of batches remain in the table's log.

    Raises
    ------
    UnknownSession
        Naming the sessions there are.
    StoreError
        If the store cannot be written. Repeat then: it carries on where it stopped.
    """

    def change(table):
        # Listed before the commit: a writer whose file is among these cannot commit it afterwards.
        files = _files(table, session)
        if not files:
            _check_known(table, session, store)
        writers = {_everyone(session): 0}
        if session in _known(table):
            devices = set(_headers(_dataset(table, session=session), [])["device"])
            writers |= {_writer(session, device): -1 for device in devices}
            table.delete(f"session = '{session}'", commit_properties=marks(writers))
        else:
            # An earlier call was stopped before it had removed the files.
            table.create_write_transaction(
                [], "append", table.schema(), commit_properties=marks(writers)
            )
        return files

    files = commit(store, change)
    table = open_table(store)
    with plain_errors(store, "remove files of"):
        for path in files:
            _disk(table).delete_file(path)
        table.create_checkpoint()


def _disk(table):
    return fs.PyFileSystem(DeltaStorageHandler(table.table_uri))


def _files(table, session):
    """Every file in the session's folder: current, replaced, or left by a killed writer."""
    if table is None:
        return []
    # A space is the only character in a session's name that the folder's name escapes.
    folder = fs.FileSelector(
        f"session={session.replace(' ', '%20')}", recursive=True, allow_not_found=True
    )
    return [each.path for each in _disk(table).get_file_info(folder) if each.is_file]
