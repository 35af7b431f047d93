"""Pretend audiences as tables: who smiled when follows from the seed, without a film."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Session

PER_ROW = 10
FACE_PX = 60


class Room(NamedTuple):
    """What a pretend audience is like.

    `jokes`: (t_s, strength in [0, 1]) pairs, the strength being the share that smiles at it.
    `contagion`: correlation in [0, 1) of the moods of two neighbours in a row, falling off by
    itself with each seat between. `at_rest`: share smiling when there is no joke. `away`: part of
    the time not judged; `turns_away`: how much likelier that is while smiling, 1 for no likelier.
    """

    viewers: int = 12
    seconds: float = 120.0
    jokes: tuple = ((20.0, 0.5), (60.0, 0.8), (95.0, 0.3))
    contagion: float = 0.0
    at_rest: float = 0.04
    away: float = 0.05
    turns_away: float = 1.0
    seed: int = 1


def moods(room):
    """Return the viewers' (V, T) standard normal moods a second, and the (T,) share they give."""
    rng = np.random.default_rng(room.seed)
    seconds = int(np.ceil(room.seconds))
    mood = rng.standard_normal((room.viewers, seconds))
    # A mood lasts some seconds, and a part of it belongs to the viewer.
    for t in range(1, seconds):
        mood[:, t] = 0.7 * mood[:, t - 1] + np.sqrt(1 - 0.7**2) * mood[:, t]
    mood = np.sqrt(0.8) * mood + np.sqrt(0.2) * rng.standard_normal((room.viewers, 1))
    for i in range(1, room.viewers):
        if i % PER_ROW:
            mood[i] = room.contagion * mood[i - 1] + np.sqrt(1 - room.contagion**2) * mood[i]
    return mood, share(room, np.arange(seconds) + 0.5)


def share(room, t_s):
    """Return the share of all such viewers smiling at these times: (T,) in [0, 1]."""
    up = np.full(len(t_s), room.at_rest)
    for at_s, strength in room.jokes:
        near = np.clip((t_s - at_s) / 3.0, -0.5, 0.5)
        up = np.maximum(up, strength * np.cos(np.pi * near) ** 2)
    return np.clip(up, 0, 1)


def smiling(room):
    """Return (V, T) bool, a second a step: who smiled."""
    from scipy.special import ndtri

    mood, chance = moods(room)
    return mood < ndtri(chance)


def session(room, rate_hz=10.0, info=None, name="pretend"):
    """Return a room as a session with `rate_hz` readings a second of everybody in view."""
    rng = np.random.default_rng([room.seed, 1])
    on = smiling(room)
    looks = round(room.seconds * rate_hz)
    t_s = np.round(np.arange(looks) / rate_hz, 3)
    second = t_s.astype(int)
    lost = rng.random(on.shape) < room.away * np.where(on, room.turns_away, 1.0)
    seen = ~lost[:, second]
    raw = np.where(on[:, second], 0.85, 0.1) + rng.normal(0, 0.05, seen.shape)
    viewer, look = np.nonzero(seen)
    row, place = np.divmod(viewer, PER_ROW)
    left, top = place * 2 * FACE_PX + row % 2 * FACE_PX, row * 2 * FACE_PX
    score = np.clip(raw[seen], 0, 1).round(3)
    table = pd.DataFrame(
        {
            "viewer_id": viewer.astype(np.int64) + 1,
            "t_s": t_s[look],
            "x1": left.astype(np.int32),
            "y1": top.astype(np.int32),
            "x2": (left + FACE_PX).astype(np.int32),
            "y2": (top + FACE_PX).astype(np.int32),
            "quality": 0.9,
            "raw": score,
            "smile": score,
        }
    ).sort_values(["t_s", "viewer_id"], ignore_index=True)
    start = np.arange(0, room.seconds, 5.0)
    spans = pd.DataFrame(
        {
            "seq": range(len(start)),
            "started_utc": "2026-01-31T20:15:00Z",
            "start_s": start,
            "end_s": np.minimum(start + 5, room.seconds),
            "frames": int(5 * rate_hz),
        }
    )
    return Session(table, spans, {"complete": True, **(info or {})}, name, "hall")
