"""A room and its show: where people sit, what is played, and how smiles spread between seats.

Conventions
-----------
- Seats are in pixels of the picture, rows from the back (top) to the front; front faces are larger.
- Distances between viewers are in face widths. What one smile sets off falls with distance.
- The show and the seats follow from `show` alone, so that many audiences can sit in one room.
"""

from typing import NamedTuple

import numpy as np

FACE_PX = 48.0
# Face widths between two seats of a row, and between two rows.
BESIDE, BEHIND = 1.9, 2.3
EMPTY = 0.15  # part of the seats that nobody takes
# Contagion falls by 1/e in so many face widths, and between two parties to a third of it.
SPREAD, BETWEEN_PARTIES = 2.0, 1 / 3
# Jokes: seconds between them and the share of usual viewers who smile at each by themselves;
# smiles without a joke, a viewer and a minute.
LIVELY = ((10.0, 30.0), (0.2, 0.95), 0.8)
QUIET = ((40.0, 100.0), (0.05, 0.35), 0.15)


class Room(NamedTuple):
    """A room at a show.

    `contagion`: how many smiles one smile sets off by itself, averaged over seats and usual
    viewers, below 1. `parties`: viewers came in parties of two to eight who are alike; else all
    are of one party. `show`: seed of jokes and seats. `only`: jokes in place of the show's own, as
    `jokes` returns them.
    """

    viewers: int = 30
    seconds: float = 300.0
    contagion: float = 0.0
    lively: bool = True
    parties: bool = False
    show: int = 0
    only: tuple[tuple[float, float], ...] | None = None


class Seats(NamedTuple):
    """Where V viewers sit: `x`, `y`, `width` (V,) float64 in pixels, `party` (V,) int."""

    x: np.ndarray
    y: np.ndarray
    width: np.ndarray
    party: np.ndarray


def jokes(room: Room) -> tuple[tuple[float, float], ...]:
    """Return the show's jokes: (second, share of usual viewers who smile at it by themselves)."""
    if room.only is not None:
        return room.only
    apart, strength, _ = LIVELY if room.lively else QUIET
    rng = np.random.default_rng([room.show, 1])
    times = np.cumsum(rng.uniform(*apart, int(room.seconds / apart[0]) + 2)) - apart[0] / 2
    return tuple((float(t), rng.uniform(*strength)) for t in times if t < room.seconds - 3)


def seats(room: Room) -> Seats:
    """Seat a room's viewers: parties side by side, a seat free now and then."""
    rng = np.random.default_rng([room.show, 2])
    party = _parties(room, rng)
    free = rng.random(room.viewers) < EMPTY
    if room.parties:  # a free seat between parties, every other time
        free |= (np.diff(party, prepend=party[:1]) > 0) & (rng.random(room.viewers) < 0.5)
    place = np.arange(room.viewers) + np.cumsum(free)
    in_row = max(4, round(np.sqrt(2.5 * (place[-1] + 1))))
    row, place = np.divmod(place, in_row)
    # Rows are taken to and fro, so that a party that fills two rows sits together.
    place = np.where(row % 2, in_row - 1 - place, place)
    width = FACE_PX * (0.85 + 0.3 * row / max(row.max(), 1)) * rng.uniform(0.9, 1.1, room.viewers)
    jitter = rng.normal(0, 0.15, (2, room.viewers)) * FACE_PX
    x = 80 + FACE_PX * (BESIDE * place + 0.9 * (row % 2)) + jitter[0]
    return Seats(x, 80 + FACE_PX * BEHIND * row + jitter[1] * 0.5, width, party)


def influence(room: Room, where: Seats) -> np.ndarray:
    """Return (V, V) float32: smiles that row i's smile sets off at seat j, of usual viewers."""
    size = np.add.outer(where.width, where.width) / 2
    far = np.hypot(*(np.subtract.outer(each, each) for each in (where.x, where.y))) / size
    weight = np.exp(-far / SPREAD)
    weight[np.not_equal.outer(where.party, where.party)] *= BETWEEN_PARTIES
    np.fill_diagonal(weight, 0.0)
    total = weight.sum() / max(len(weight), 1)
    return (weight * (room.contagion / total if total > 0 else 0.0)).astype(np.float32)


def _parties(room: Room, rng: np.random.Generator) -> np.ndarray:
    """Return each viewer's party, from 0: couples are the most usual."""
    if not room.parties:
        return np.zeros(room.viewers, dtype=np.int64)
    sizes = rng.choice([2, 2, 2, 3, 4, 5, 6, 8], room.viewers)
    return np.repeat(np.arange(room.viewers), sizes)[: room.viewers]
