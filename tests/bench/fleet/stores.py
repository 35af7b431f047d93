"""Stores of many sessions that were never filmed: audiences of `tests.bench.rooms`.

A film is shown in `ROOMS` rooms of four sizes: half the films are lively, half quiet. A session is
the same whatever the size of its store, so that what it costs to open can be compared.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from laughtrack.analytics.store import batch_sums
from laughtrack.analytics.store.delta_table import SCHEMA as ROWS
from laughtrack.analytics.store.delta_table import commit
from laughtrack.edge.readings import COLUMNS, SCHEMA, Batch
from tests.bench.rooms.laughs import audiences
from tests.bench.rooms.recording import Camera, record
from tests.bench.rooms.room import Room

ROOMS = 40
# By how many usually sit in them; the rooms of a film take turns.
SIZES = (6, 12, 24, 48)
FIRST = datetime(2024, 1, 5, 18, 0)
# Films are this many days apart: 125 of them fill two years.
DAYS_APART = 6
# Rows that are handed to the store at a time.
AT_ONCE = 500_000


class Show(NamedTuple):
    """What the sessions of a store are like.

    `seconds`: least and most of a film, each having its own length; `looks_per_s`: the camera's;
    `sizes`: viewers in a room; `contagion` as in `rooms.room.Room`.
    """

    seconds: tuple[float, float] = (60.0, 240.0)
    looks_per_s: tuple[float, float] = (1.0, 3.0)
    sizes: tuple[int, ...] = SIZES
    contagion: float = 0.25


SHOW = Show()


def recorded(sessions, seed=1, show=SHOW, step=lambda done: None):
    """Yield the first so many sessions, each as recorded, and what it is named.

    Parameters
    ----------
    sessions : int
    seed : int
        Another one has other audiences in the same rooms at the same films.
    show : Show
    step : function
        Told how many are done.
    """
    for film in range(-(-sessions // ROOMS)):
        rooms = range(min(ROOMS, sessions - film * ROOMS))
        length = np.random.default_rng([film, 11]).uniform(*show.seconds)
        drawn = {}
        for room in rooms:
            size, copy = show.sizes[room % len(show.sizes)], room // len(show.sizes)
            if size not in drawn:
                played = Room(size, round(length), show.contagion, film % 2 == 0, True, film)
                drawn[size] = audiences(played, -(-ROOMS // len(show.sizes)), seed)
            session = record(drawn[size], copy, Camera(show.looks_per_s), seed).session
            yield session, _named(film, room)
            step(film * ROOMS + room + 1)


def make(store, sessions, seed=1, show=SHOW, step=lambda done: None):
    """Make a store of so many sessions at a folder or URL."""
    waiting = []
    for session, named in recorded(sessions, seed, show, step):
        waiting.append(rows(session, named))
        if sum(map(len, waiting)) >= AT_ONCE:
            _append(store, waiting)
            waiting = []
    _append(store, waiting)


def _append(store, tables):
    """Store sessions, whole ones that are not there yet, in one commit."""

    def change(table):
        write_deltalake(table, pa.concat_tables(tables), mode="append")

    if tables:
        commit(str(store), change, create=True)


def made(folder, sessions, seed=1, show=SHOW, step=lambda done: None):
    """Return the folder `folder`/SESSIONS, a store of so many; made if it is not there whole."""
    place = Path(folder) / str(sessions)
    if not place.exists():
        begun = Path(folder) / f"{sessions}.begun"
        make(begun, sessions, seed, show, step)
        begun.rename(place)
    return str(place)


def _named(film, room):
    """Return what a session's batches say of it beside its readings."""
    began = FIRST + timedelta(days=DAYS_APART * film + room // 8, hours=room % 8 / 2)
    tags = {
        "film": f"film-{film:03d}",
        "cut": "first" if room < ROOMS // 2 else "second",
        "site": f"city-{room % 8}",
        "genre": "drama" if film % 2 else "comedy",
    }
    return {
        "session": f"film-{film:03d} room-{room:02d}",
        "device": f"hall-{room:02d}",
        "started_utc": began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "info": {"title": f"Film {film} in room {room}", "context": "screening", "tags": tags},
    }


def batches(session, named):
    """Return a recorded session as batches, as a device sends them."""
    spans, readings = session.spans, session.readings
    first, end = _ends(session)
    values = {n: readings[n].astype(object).where(readings[n].notna(), None) for n in COLUMNS}
    last = {**named["info"], "complete": True}
    return [
        Batch(
            **{**named, "info": last if k == len(spans) - 1 else named["info"]},
            schema=SCHEMA,
            **{name: getattr(span, name) for name in ("seq", "start_s", "end_s", "frames")},
            readings={n: column.iloc[first[k] : end[k]].tolist() for n, column in values.items()},
        )
        for k, span in enumerate(spans.itertuples())
    ]


def rows(session, named):
    """Return a recorded session as the store's rows: its `batches` in a fifth of the time."""
    spans, readings = session.spans, session.readings
    first, end = _ends(session)
    parts = [readings.iloc[low:high] for low, high in zip(first, end, strict=True)]
    info = [json.dumps(named["info"], sort_keys=True)] * len(spans)
    info[-1] = json.dumps({**named["info"], "complete": True}, sort_keys=True)
    names = {name: named[name] for name in ("session", "device")}
    headers = spans.assign(
        **names,
        started_utc=named["started_utc"],
        info=info,
        viewers=[np.unique(part["viewer_id"]).tolist() for part in parts],
        readings=end - first,
        corrections=None,
    )
    headers["sum"] = batch_sums.header_sums(headers, [*map(batch_sums.readings_sum, parts)])
    seqs = np.repeat(spans["seq"].to_numpy(), end - first)
    return pa.concat_tables([_table(headers), _table(readings.assign(**names, seq=seqs))])


def _table(frame):
    """Return a table of the store's columns, null where the frame has none."""
    columns = [
        pa.array(frame[field.name], field.type, from_pandas=True)
        if field.name in frame
        else pa.nulls(len(frame), field.type)
        for field in ROWS
    ]
    return pa.table(columns, ROWS)


def _ends(session):
    """Return where each batch's readings begin and end."""
    ends = (session.spans[name] for name in ("start_s", "end_s"))
    return tuple(np.searchsorted(session.readings["t_s"], each) for each in ends)
