"""What happens in the pretend auditorium, in numbers: seats, jokes, smiles, and movements.

Everything here follows from the seed and the time alone, so that a film of any length is made frame
by frame. Lengths are in units of a viewer's face (the width of Haar's box on it) where they say so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MIN_FACE_PX = 24
HEAD_PITCH = 1.8  # faces between the middles of neighbours, across and down
MARGIN = 0.04  # of the picture's width, left and right
BACK_ROW = 0.86  # size of the last row's faces, of the first row's
LARGEST = 0.128  # a face's width at most, of the picture's height
STILL_S = 2.0  # nobody moves away in the film's first and last seconds
LEAVES_FROM_S = 60.0  # films shorter than this have no time for leaving and coming back
TURN_S = 0.4  # seconds that turning away takes; coming back as long
WALK = 5.0  # faces per second
ATTACK_S, HOLD_S = 0.5, 0.2
SMILING = 0.5  # the degree from which a viewer counts as smiling


class Seat(NamedTuple):
    """Where a viewer sits: row from the back, x y of the face's middle and its width, in pixels."""

    row: int
    x: float
    y: float
    face_px: float


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
    """All that happens. `jokes` is (J, 2): seconds, strength; `tellings` (J, N, 3): what each
    viewer makes of each joke: onset in seconds, degree, seconds of decay.
    """

    seats: list
    jokes: np.ndarray
    tellings: np.ndarray
    events: list
    walks: list
    sway: np.ndarray


def seats_for(viewers, size):
    """Place viewers in staggered rows, larger towards the front, as large as fits.

    Parameters
    ----------
    viewers : int
    size : tuple of int
        Width and height of the picture in pixels.

    Returns
    -------
    list of Seat
        From the back row to the front, left to right.

    Raises
    ------
    ValueError
        If a face would be less than `MIN_FACE_PX` wide, saying how many viewers fit.
    """
    rows, face_px = _best_rows(viewers, size)
    if face_px * BACK_ROW < MIN_FACE_PX:
        fit = next((n for n in range(viewers - 1, 0, -1) if _fits(n, size)), 0)
        raise ValueError(
            f"{viewers} viewers do not fit into {size[0]}x{size[1]} with faces of {MIN_FACE_PX} px:"
            f" at most {fit} do"
        )
    # The front rows take what does not divide: they have room for as many as the others.
    counts = [viewers // rows + (row >= rows - viewers % rows) for row in range(rows)]
    width, height = size
    seats = []
    for row, count in enumerate(counts):
        depth = row / (rows - 1) if rows > 1 else 1.0
        px = face_px * (BACK_ROW + (1 - BACK_ROW) * depth)
        top, bottom = 1.05 * face_px, height - 1.25 * face_px
        y = top + (bottom - top) * depth if rows > 1 else (top + bottom) / 2
        step = width * (1 - 2 * MARGIN) / (max(counts) + 0.5)
        shift = 0.25 * step * (1 if row % 2 else -1)
        first = width / 2 - step * (count - 1) / 2 + shift
        seats.extend(Seat(row, first + step * i, y, px) for i in range(count))
    return seats


def _best_rows(viewers, size):
    best = (1, 0.0)
    for rows in range(1, viewers + 1):
        across = size[0] * (1 - 2 * MARGIN) / (-(-viewers // rows) + 0.5) / HEAD_PITCH
        down = size[1] / (2.3 + HEAD_PITCH * (rows - 1))
        face_px = min(across, down, size[1] * LARGEST)
        if face_px > best[1] + 1e-9:
            best = (rows, face_px)
    return best


def _fits(viewers, size):
    return _best_rows(viewers, size)[1] * BACK_ROW >= MIN_FACE_PX


def write_script(viewers, seconds, size, seed):
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
    random = np.random.RandomState([seed, 2])
    seats = seats_for(viewers, size)
    jokes = _jokes(seconds, random)
    taste = random.uniform(0.75, 1.1, viewers)
    shape = (len(jokes), viewers)
    onset = jokes[:, :1] + random.uniform(0.2, 0.8, shape)
    degree = np.clip(jokes[:, 1:] * taste * random.uniform(0.85, 1.15, shape), 0, 1)
    tellings = np.dstack([onset, degree, random.uniform(1.0, 3.0, shape)])
    events, walks = _movements(seats, seconds, size[0], random)
    return Script(seats, jokes, tellings, events, walks, random.uniform(0, 1, (viewers, 4, 2)))


def _jokes(seconds, random):
    """Times and strengths: three clearly the best, each better than the next by a step."""
    times, t_s = [], random.uniform(2.0, 4.0)
    while t_s < seconds - 1.5:
        times.append(t_s)
        t_s += random.uniform(6.0, 9.0)
    strengths = random.uniform(0.2, 0.55, len(times))
    best = random.permutation(len(times))[:3]
    strengths[best] = (1.0, 0.87, 0.75)[: len(best)]
    return np.column_stack([times, strengths]).reshape(-1, 2)


def degrees(script, t_s):
    """How far each viewer smiles at a time: shape (N,), in [0, 1]."""
    near = np.abs(script.jokes[:, 0] - t_s + 3.0) < 4.0
    after = t_s - script.tellings[near, :, 0]
    rise = np.clip(after / ATTACK_S, 0, 1)
    fall = np.clip((after - ATTACK_S - HOLD_S) / script.tellings[near, :, 2], 0, 1)
    shape = rise * rise * (3 - 2 * rise) * 0.5 * (1 + np.cos(np.pi * fall))
    smiles = script.tellings[near, :, 1] * shape
    return smiles.max(axis=0) if len(smiles) else np.zeros(len(script.seats))


def _movements(seats, seconds, width, random):
    """Turn, look down, leave: a few times a minute each, and never too many at once."""
    events, walks = [], []
    limit = max(1, len(seats) // 3 - 2)  # somebody walking by covers one or two more
    wanted = [("turned", 1.0, 1.6, 3.5), ("down", 1.0, 1.6, 4.0)]
    if seconds >= LEAVES_FROM_S:
        wanted.append(("absent", 0.4, 3.0, 8.0))
    for kind, per_minute, least_s, most_s in wanted:
        for _ in range(random.poisson(per_minute * len(seats) * seconds / 60)):
            viewer, long_s = random.randint(len(seats)), random.uniform(least_s, most_s)
            start_s = random.uniform(STILL_S, max(STILL_S, seconds - STILL_S - long_s))
            event = Event(kind, viewer, start_s, start_s + long_s, random.choice([-1, 1]))
            if event.end_s > seconds - STILL_S or not _free(event, events, limit):
                continue
            events.append(event)
            if kind == "absent":
                walks.extend(_out_and_in(event, seats[viewer], width))
    for _ in range(random.poisson(4 * seconds / 60)):
        seat, way = seats[random.randint(len(seats))], random.choice([-1, 1])
        start_s = random.uniform(STILL_S, max(STILL_S, seconds - STILL_S))
        ends = (-2 * seat.face_px, width + 2 * seat.face_px)[::way]
        walks.append(_walk(seat, start_s, *ends))
    return sorted(events, key=lambda event: event.start_s), sorted(walks, key=lambda w: w.start_s)


def _free(event, events, limit):
    with_gap = [e for e in events if e.start_s < event.end_s + 1 and event.start_s < e.end_s + 1]
    if any(e.viewer == event.viewer for e in with_gap):
        return False
    times = [event.start_s] + [e.start_s for e in with_gap if e.start_s > event.start_s]
    return all(sum(e.start_s <= t <= e.end_s for e in with_gap) < limit for t in times)


def _out_and_in(event, seat, width):
    door = -2 * seat.face_px if seat.x < width / 2 else width + 2 * seat.face_px
    away = _walk(seat, event.start_s + TURN_S, seat.x, door)
    long_s = away.end_s - away.start_s
    back = _walk(seat, event.end_s - TURN_S - long_s, door, seat.x)
    return [away, back]


def _walk(seat, start_s, x0, x1):
    long_s = abs(x1 - x0) / (WALK * seat.face_px)
    return Walk(seat.row, start_s, start_s + long_s, x0, x1)
