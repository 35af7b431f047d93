"""Stores of many sessions that were never filmed: audiences of `tests.bench.rooms`, as batches.

A film is shown in `ROOMS` rooms of four sizes: half the films are lively, half quiet. A session is
the same whatever the size of its store, so that what it costs to open can be compared.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.analytics.store.batches import extend
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
# Readings that are handed to the store at a time.
AT_ONCE = 200_000


class Show(NamedTuple):
    """What the sessions of a store are like.

    `seconds`: least and most of a film, each having its own length; `looks_per_s`: the camera's;
    `sizes`: viewers in a room; `contagion` as in `rooms.room.Room`.
    """

    seconds: tuple[float, float] = (120.0, 480.0)
    looks_per_s: tuple[float, float] = (1.0, 4.0)
    sizes: tuple[int, ...] = SIZES
    contagion: float = 0.25


SHOW = Show()


def recorded(sessions, seed=1, show=SHOW, step=lambda done: None):
    """Yield the first so many sessions, each as its batches.

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
            yield batches(session, film, room)
            step(film * ROOMS + room + 1)


def batches(session, film, room):
    """Yield a recorded session's batches, named for its film and room."""
    name, device = f"film-{film:03d} room-{room:02d}", f"hall-{room:02d}"
    began = FIRST + timedelta(days=DAYS_APART * film + room // 8, hours=room % 8 / 2)
    tags = {
        "film": f"film-{film:03d}",
        "cut": "first" if room < ROOMS // 2 else "second",
        "site": f"city-{room % 8}",
        "genre": "drama" if film % 2 else "comedy",
    }
    info = {"title": f"Film {film} in room {room}", "context": "screening", "tags": tags}
    spans, readings = session.spans, session.readings
    first, end = (np.searchsorted(readings["t_s"], spans[n]) for n in ("start_s", "end_s"))
    values = {n: readings[n].astype(object).where(readings[n].notna(), None) for n in COLUMNS}
    for span, low, high in zip(spans.itertuples(), first, end, strict=True):
        last = span.Index == len(spans) - 1
        yield Batch(
            schema=SCHEMA,
            device=device,
            session=name,
            started_utc=began.strftime("%Y-%m-%dT%H:%M:%SZ"),
            seq=span.seq,
            start_s=span.start_s,
            end_s=span.end_s,
            frames=span.frames,
            readings={n: column.iloc[low:high].tolist() for n, column in values.items()},
            info={**info, "complete": True} if last else info,
        )


def make(store, sessions, seed=1, show=SHOW, step=lambda done: None):
    """Make a store of so many sessions at a folder or URL, through the store's own `extend`."""
    waiting, readings = [], 0
    for each in recorded(sessions, seed, show, step):
        for batch in each:
            waiting.append(batch)
            readings += len(batch.readings["viewer_id"])
            if readings >= AT_ONCE:
                extend(str(store), waiting)
                waiting, readings = [], 0
    extend(str(store), waiting)


def made(folder, sessions, seed=1, show=SHOW, step=lambda done: None):
    """Return the folder `folder`/SESSIONS, a store of so many; made if it is not there whole."""
    place = Path(folder) / str(sessions)
    if not place.exists():
        begun = Path(folder) / f"{sessions}.begun"
        make(begun, sessions, seed, show, step)
        begun.rename(place)
    return str(place)
