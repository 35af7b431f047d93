"""Pretend seated audiences as boxes alone: what a detector gives of a room whose truth is known.

Conventions
-----------
``SCENES[name](seed, seconds)`` returns ``looks``, a list of ``(t_s, boxes, scores)`` with boxes
(N, 4) ``x1 y1 x2 y2`` in pixels and scores in [0, 1], and ``truth``, a dict from the look's number
to ``(ids, boxes)`` of the faces that can be seen. 24 people sit in three rows, 40 to 60 px of face,
1.9 faces apart. Heads sway by a seventh of a face and shift in their seats now and then; one look
in ten misses a face; boxes jitter by 3 % of a face. Ten looks a second, unless steps are irregular.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

ROWS, COLUMNS = 3, 8
FPS = 30
MISSED = 0.1
SWAY, SWAY_S = 0.14, 2.0
SHIFT, SHIFT_S = 0.25, 90.0
JITTER = 0.03
WIDTH = 1100.0


class Plan(NamedTuple):
    """What happens in a scene: rates are events a viewer (or the room) and a minute."""

    out_rate: float = 0.0  # away, back in the same seat
    out_s: tuple = (2.0, 60.0)  # for so long, log-uniform
    walk_rate: float = 0.0  # somebody crosses the picture in front of a row
    false_rate: float = 0.0  # false hits a look
    swap_rate: float = 0.0  # two neighbours change seats
    stranger_rate: float = 0.0  # one goes for good, a stranger takes the seat
    steps: tuple = (3, 3)  # frames between two looks, least and most


class Room:
    """24 people and their seats at one moment; `step` moves them on."""

    def __init__(self, plan, rng):
        self._plan, self._rng = plan, rng
        count = ROWS * COLUMNS
        row, column = np.divmod(np.arange(count), COLUMNS)
        self.sizes = rng.uniform(44, 56, count) * (0.9 + 0.1 * row)
        self._seats = np.stack([120.0 + 105 * column + 40 * (row % 2), 150.0 + 130 * row], axis=1)
        self.ids = np.arange(1, count + 1)
        self.next_id = count + 1
        self._sway, self._shift = np.zeros((count, 2)), np.zeros((count, 2))
        self._back_s = np.full(count, -1.0)
        self._seat_of = np.arange(count)
        self._move = {}  # viewer: (start, end, from, to)
        self._walkers = []

    def step(self, t_s, dt_s):
        """Move everybody on; ids and boxes of the faces in view."""
        rng, plan, count = self._rng, self._plan, len(self.ids)
        fade = np.exp(-dt_s / SWAY_S)
        noise = rng.normal(0, SWAY, (count, 2)) * np.sqrt(1 - fade**2)
        self._sway = fade * self._sway + noise
        moved = rng.random(count) < dt_s / SHIFT_S
        self._shift[moved] = rng.normal(0, SHIFT, (moved.sum(), 2)) * [1, 0.6]
        out = self._chance(plan.out_rate, dt_s, count) & (self._back_s < t_s)
        low, high = np.log(plan.out_s)
        self._back_s[out] = t_s + np.exp(rng.uniform(low, high, out.sum()))
        self._strangers(t_s, dt_s)
        self._swaps(t_s, dt_s)
        if rng.random() < plan.walk_rate * dt_s / 60:
            self._walkers.append(self._walker(t_s))
        return self._faces(t_s)

    def _chance(self, rate, dt_s, count):
        return self._rng.random(count) < rate * dt_s / 60

    def _strangers(self, t_s, dt_s):
        for k in np.flatnonzero(self._chance(self._plan.stranger_rate, dt_s, len(self.ids))):
            if self._back_s[k] < t_s and k not in self._move:
                self._back_s[k] = t_s + self._rng.uniform(15, 180)
                self.ids[k], self.next_id = self.next_id, self.next_id + 1
                self.sizes[k] *= self._rng.uniform(0.85, 1.15)

    def _swaps(self, t_s, dt_s):
        for k in np.flatnonzero(self._chance(self._plan.swap_rate, dt_s, len(self.ids) - 1)):
            pair = [int(np.flatnonzero(self._seat_of == seat)[0]) for seat in (k, k + 1)]
            free = all(self._back_s[v] < t_s and v not in self._move for v in pair)
            if k % COLUMNS == COLUMNS - 1 or not free:
                continue
            for viewer, other in (pair, pair[::-1]):
                ends = self._seats[self._seat_of[viewer]], self._seats[self._seat_of[other]]
                self._move[viewer] = (t_s, t_s + self._rng.uniform(1.5, 3), *ends)
            self._seat_of[pair] = self._seat_of[pair[::-1]]
        self._move = {v: move for v, move in self._move.items() if move[1] > t_s}

    def _walker(self, t_s):
        rng, size = self._rng, self._rng.uniform(48, 60)
        way, row = rng.choice([-1, 1]), rng.integers(ROWS)
        y = 150.0 + 130 * row - rng.uniform(0, 1.5) * size
        who, self.next_id = self.next_id, self.next_id + 1
        return who, t_s, way, y, size, rng.uniform(1.5, 5) * size

    def _faces(self, t_s):
        """Faces in view: walkers hide what is behind their heads and bodies."""
        centres = self._seats[self._seat_of] + (self._sway + self._shift) * self.sizes[:, None]
        for viewer, (start, end, begin, goal) in self._move.items():
            part = (t_s - start) / (end - start)
            # One passes in front of the other, a little lower or higher.
            arc = np.array([0, np.sin(np.pi * part) * 12 * (-1) ** viewer])
            centres[viewer] += (
                begin + part * (goal - begin) + arc - self._seats[self._seat_of[viewer]]
            )
        here = self._back_s < t_s
        walkers = []
        for who, start, way, y, size, speed in self._walkers:
            x = speed * (t_s - start) - size
            x = x if way > 0 else WIDTH - x
            if -size < x < WIDTH + size:
                bob = 0.05 * size * np.sin(9 * (t_s - start))
                walkers.append((who, x, y + bob, size))
                aside, below = np.abs(centres[:, 0] - x) / size, (centres[:, 1] - y) / size
                here &= ~((aside < 0.8) & (below > -0.7) & (below < 5))
        for a, b in self._hidden_by_movers():
            here[a] &= np.abs(centres[a] - centres[b]).max() > 0.6 * self.sizes[a]
        found = np.array(walkers).reshape(-1, 4)
        ids = np.concatenate([self.ids[here], found[:, 0].astype(int)])
        centres = np.concatenate([centres[here], found[:, 1:3]])
        return ids, square(centres, np.concatenate([self.sizes[here], found[:, 3]]))

    def _hidden_by_movers(self):
        movers = list(self._move)
        return [(a, b) for a in movers for b in movers if a < b]


def square(centres, sizes):
    """Boxes ``x1 y1 x2 y2`` about centres (N, 2) of sizes (N,)."""
    half = sizes[:, None] / 2
    return np.concatenate([centres - half, centres + half], axis=1)


def film(plan, seed, seconds=300.0):
    """Watch a room for so long; looks and truth as the module says."""
    rng = np.random.default_rng(seed)
    room, looks, truth, frame, t_s = Room(plan, rng), [], {}, 0, 0.0
    patterns = rng.uniform(0, [WIDTH, 560], (4, 2))
    while t_s < seconds:
        frame += int(rng.integers(plan.steps[0], plan.steps[1] + 1))
        dt_s, t_s = frame / FPS - t_s, frame / FPS
        ids, boxes = room.step(t_s, dt_s)
        truth[len(looks)] = ids, boxes
        hit = rng.random(len(ids)) >= MISSED
        seen = boxes[hit] + _jitter(rng, boxes[hit])
        false, doubts = _false_hits(plan, rng, patterns)
        scores = np.concatenate([rng.uniform(0.45, 0.8, len(seen)), doubts])
        looks.append((t_s, np.concatenate([seen, false]), scores))
    return looks, truth


def _jitter(rng, boxes):
    size = (boxes[:, 2] - boxes[:, 0])[:, None]
    off = rng.normal(0, JITTER, (len(boxes), 2)) * size
    grown = rng.normal(0, JITTER, (len(boxes), 1)) * size / 2
    return np.concatenate([off - grown, off + grown], axis=1)


def _false_hits(plan, rng, patterns):
    """Half of them anywhere, half at a few patterns that fool the cascade again and again."""
    count = rng.poisson(plan.false_rate)
    centres = rng.uniform(0, [WIDTH, 560], (count, 2))
    at_pattern = rng.random(count) < 0.5
    places = patterns[rng.integers(len(patterns), size=count)]
    centres[at_pattern] = (places + rng.normal(0, 2, places.shape))[at_pattern]
    return square(centres, rng.uniform(25, 70, count)), rng.uniform(0.2, 0.55, count)


EVERYTHING = Plan(
    out_rate=0.7,
    out_s=(2.0, 240.0),
    walk_rate=3.0,
    false_rate=1.0,
    swap_rate=0.03,
    stranger_rate=0.03,
    steps=(1, 6),
)
# Uneven looks, 0.27 to 1 s apart.
SPARSE = 8, 30
SCENES = {
    "seated": partial(film, Plan()),
    "dropping out for 2-60 s": partial(film, Plan(out_rate=1.0)),
    "leaving for minutes": partial(film, Plan(out_rate=0.2, out_s=(60.0, 300.0)), seconds=900.0),
    "crossing in front": partial(film, Plan(walk_rate=4.0)),
    "false hits": partial(film, Plan(false_rate=1.0)),
    "swaps and strangers": partial(film, Plan(swap_rate=0.1, stranger_rate=0.1)),
    "everything": partial(film, EVERYTHING),
    "walkers at 1 to 4 looks a second": partial(film, Plan(walk_rate=4.0, steps=SPARSE)),
    "everything, 1 to 4 looks a second": partial(film, EVERYTHING._replace(steps=SPARSE)),
}
