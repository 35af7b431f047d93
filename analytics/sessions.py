"""What the store holds: all sessions in a list, or one of them as tables."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyarrow import dataset as ds

from analytics.table import HEADER, IS_HEADER, READING, check_known, dataset, headers, read

SPANS = ("seq", "started_utc", "start_s", "end_s", "frames")
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
        if table is None:
            return []
        return [*headers(dataset(table), columns).groupby(["session", "device"])]

    found = [_summary(*key, batches) for key, batches in read(store, take)]
    table = pd.DataFrame(found, columns=[*_SUMMARY]).astype(_SUMMARY)
    return table.sort_values(["started_utc", "session", "device"], ignore_index=True)


def _summary(session, device, batches):
    info = _info(batches)
    missing = int(batches["seq"].iloc[-1]) + 1 - len(batches)
    return {
        "session": session,
        "device": device,
        "title": str(info.get("title") or ""),
        "started_utc": batches["started_utc"].iloc[0],
        "seconds": batches["end_s"].max() - batches["start_s"].min(),
        "viewers": len({viewer for batch in batches["viewers"] for viewer in batch}),
        "readings": batches["readings"].sum(),
        "batches": len(batches),
        "missing_batches": missing,
        "complete": missing == 0 and info.get("complete") is True,
    }


def _info(batches):
    merged = {}
    for text in batches["info"]:
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
        check_known(table, session, store)
        found = dataset(table, session=session)
        batches = headers(found, ["started_utc", "start_s", "end_s", "frames", "info"])
        devices = sorted(set(batches["device"]))
        chosen = device if device is not None or len(devices) > 1 else devices[0]
        if chosen not in devices:
            raise ValueError(f"device is {chosen!r}: {session!r} has {', '.join(devices)}")
        wanted = ~IS_HEADER
        if len(devices) > 1:
            batches = batches[batches["device"] == chosen]
            wanted &= ds.field("device") == chosen
        readings = found.to_table(columns=[*READING], filter=wanted)
        spans = batches[[*SPANS]].sort_values(["start_s", "seq"], ignore_index=True)
        return Session(_in_order(readings), spans, _info(batches), session, chosen)

    return read(store, take)


def _in_order(readings):
    """Pandas frame of an Arrow table of readings, sorted by t_s, viewer_id."""
    frame = readings.to_pandas(split_blocks=True)
    t_s, viewer_id = frame["t_s"].to_numpy(), frame["viewer_id"].to_numpy()
    step = np.diff(t_s)
    # A compacted session is in order already, and sorting would take most of the time.
    if np.all((step > 0) | ((step == 0) & (np.diff(viewer_id) > 0))):
        return frame
    return frame.take(np.lexsort((viewer_id, t_s))).reset_index(drop=True)
