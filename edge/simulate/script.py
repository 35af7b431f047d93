"""The script of a simulated show: when the jokes come, who laughs at them, and who moves when.

Everything here follows from the seed and the time alone, so that a film of any length is made frame
by frame. Lengths are in units of a viewer's face (the width of Haar's box on it) where they say so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.edge.simulate.seats import Seat, arrange_seats

STILL_S = 2.0  # nobody moves away in the film's first and last seconds
LEAVES_FROM_S = 60.0  # films shorter than this have no time for leaving and coming back
TURN_S = 0.4  # seconds that turning away takes; coming back as long
WALK = 5.0  # faces per second
BUSY_S = 0.1  # steps in which it is noted who is away


class Event(NamedTuple):
    """A viewer (from 0) is away from `start_s` to `end_s`; `side` is -1 or 1."""

    kind: str  # "turned", "down" or "absent"
    viewer: int
    start_s: float
    end_s: float
    side: int


class Walk(NamedTuple):
    """Somebody walks along a row from x0 to x1 (pixels), starting at `start_s`."""

    row: int
    start_s: float
    end_s: float
    x0: float
    x1: float


class Script(NamedTuple):
    """All that happens, in order of time.

    `jokes` is (J, 2): seconds, strength; `reactions` (J, N, 3), of each viewer to each joke: onset
    in seconds, smile score, seconds of decay; `sway` (N, 4, 2): how each moves, in [0, 1].
    """

    seats: list[Seat]
    jokes: np.ndarray
    reactions: np.ndarray
    events: list[Event]
    walks: list[Walk]
    sway: np.ndarray


def write_script(viewers: int, seconds: float, size: tuple[int, int], seed: int) -> Script:
    """Decide all that happens in the film.

    Parameters
    ----------
    viewers : int
    seconds : float
    size : tuple of int
        Width and height of the picture in pixels.
    seed : int

    Returns
    -------
    Script
    """
    rng = np.random.RandomState([seed, 2])
    seats = arrange_seats(viewers, size)
    jokes = _jokes(seconds, rng)
    taste = rng.uniform(0.75, 1.1, viewers)
    shape = (len(jokes), viewers)
    onset = jokes[:, :1] + rng.uniform(0.2, 0.8, shape)
    score = np.clip(jokes[:, 1:] * taste * rng.uniform(0.85, 1.15, shape), 0, 1)
    reactions = np.dstack([onset, score, rng.uniform(1.0, 3.0, shape)])
    events, walks = _movements(seats, seconds, size[0], rng)
    return Script(seats, jokes, reactions, events, walks, rng.uniform(0, 1, (viewers, 4, 2)))


def _jokes(seconds: float, rng: np.random.RandomState) -> np.ndarray:
    """Times and strengths: three clearly the best, each better than the next by a step."""
    times, t_s = [], rng.uniform(2.0, 4.0)
    while t_s < seconds - 1.5:
        times.append(t_s)
        t_s += rng.uniform(6.0, 9.0)
    strengths = rng.uniform(0.2, 0.55, len(times))
    best = rng.permutation(len(times))[:3]
    strengths[best] = (1.0, 0.87, 0.75)[: len(best)]
    return np.column_stack([times, strengths]).reshape(-1, 2)


def _movements(
    seats: list[Seat], seconds: float, width: int, rng: np.random.RandomState
) -> tuple[list[Event], list[Walk]]:
    """Turn, look down, leave: a few times a minute each, and never too many at once."""
    events: list[Event] = []
    walks: list[Walk] = []
    limit = max(1, len(seats) // 3 - 1)  # somebody walking by covers one or two more
    wanted = [("turned", 1.6, 1.6, 3.5), ("down", 1.6, 1.6, 4.0)]
    if seconds >= LEAVES_FROM_S:
        wanted.insert(0, ("absent", 0.5, 3.0, 8.0))
    busy = np.zeros((len(seats), int(np.ceil(seconds / BUSY_S))), bool)
    for kind, per_minute, least_s, most_s in wanted:
        for _ in range(max(1, rng.poisson(per_minute * len(seats) * seconds / 60))):
            viewer, duration_s = rng.randint(len(seats)), rng.uniform(least_s, most_s)
            start_s = rng.uniform(STILL_S, max(STILL_S, seconds - STILL_S - duration_s))
            event = Event(kind, viewer, start_s, start_s + duration_s, rng.choice([-1, 1]))
            if event.end_s > seconds - STILL_S or not _reserve(busy, event, limit):
                continue
            events.append(event)
            if kind == "absent":
                walks.extend(_leave_and_return(event, seats[viewer], width))
    for _ in range(rng.poisson(5 * seconds / 60)):
        seat, direction = seats[rng.randint(len(seats))], rng.choice([-1, 1])
        start_s = rng.uniform(STILL_S, max(STILL_S, seconds - STILL_S))
        ends = (-2 * seat.face_px, width + 2 * seat.face_px)[::direction]
        walks.append(_walk(seat, start_s, *ends))
    return sorted(events, key=lambda event: event.start_s), sorted(walks, key=lambda w: w.start_s)


def _reserve(busy: np.ndarray, event: Event, limit: int) -> bool:
    """Note the event in `busy`, (viewers, steps of BUSY_S), unless it comes too close to others."""
    first, last = int(event.start_s / BUSY_S), int(event.end_s / BUSY_S) + 1
    near = slice(max(0, first - round(1 / BUSY_S)), last + round(1 / BUSY_S))
    if busy[event.viewer, near].any() or busy[:, first:last].sum(axis=0).max() >= limit:
        return False
    busy[event.viewer, first:last] = True
    return True


def _leave_and_return(event: Event, seat: Seat, width: int) -> list[Walk]:
    door = -2 * seat.face_px if seat.x < width / 2 else width + 2 * seat.face_px
    away = _walk(seat, event.start_s + TURN_S, seat.x, door)
    duration_s = away.end_s - away.start_s
    back = _walk(seat, event.end_s - TURN_S - duration_s, door, seat.x)
    return [away, back]


def _walk(seat: Seat, start_s: float, x0: float, x1: float) -> Walk:
    duration_s = abs(x1 - x0) / (WALK * seat.face_px)
    return Walk(seat.row, start_s, start_s + duration_s, x0, x1)
