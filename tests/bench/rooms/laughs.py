"""Who smiles when: many audiences of one room at one show at once, each smile setting off others.

A marked self-exciting process (Hawkes 1971, Biometrika 58:83) in steps of `STEP_S`. A viewer who
does not smile begins to at the rate

    susceptibility * (rate at rest + jokes(t) + what neighbours' smiles set off),

of which the last rises with each neighbour's onset and decays within a second or so.
"""

from typing import NamedTuple

import numpy as np

from tests.bench.rooms.room import LIVELY, QUIET, Room, Seats, influence, jokes, seats

STEP_S = 0.2
# What an onset sets off in others decays so; laughs at a joke begin as a gamma of this scale.
DECAY_S, REACTION_S = 1.0, 0.4
SMILE_S, SMILE_SPREAD = 2.2, 0.6  # lognormal: median seconds, deviation of the logarithm
# Susceptibility is lognormal with mean 1; that of a party's members is half shared.
SPREAD = 0.7
NEVER, ALWAYS, ALWAYS_RATE = 0.1, 0.02, 1.5
LATE, LEAVERS = 0.1, 0.05  # parts of the viewers, in the first and last third
# Parts of the time in view but turned away, and not found; how long once, seconds.
TURNED, TURNED_S, LOST, LOST_S = 0.05, 3.0, 0.03, 6.0
JUDGED, AWAY, ABSENT = range(3)


class People(NamedTuple):
    """R audiences of V viewers, each (R, V): `susceptibility`, mean 1 over those who smile at all;
    `rate`, onsets a second of those who always smile; degree `rest` and `top`, not smiling and
    smiling; here `from_s` to `to_s`."""

    susceptibility: np.ndarray
    rate: np.ndarray
    rest: np.ndarray
    top: np.ndarray
    from_s: np.ndarray
    to_s: np.ndarray


class Audiences(NamedTuple):
    """R audiences of a room.

    `smiling`: (T, R, V) bool in steps of `STEP_S`. `state`: (T, R, V) uint8, `JUDGED`, `AWAY` (in
    view, turned away) or `ABSENT`.
    """

    room: Room
    seats: Seats
    people: People
    smiling: np.ndarray
    state: np.ndarray


def audiences(room: Room, copies: int, seed: int, rates: np.ndarray | None = None) -> Audiences:
    """Draw `copies` audiences of other such viewers in the same seats at the same show.

    `rates` is (T, copies), a usual viewer's onsets a second without neighbours in each audience,
    where these are of halls that differ; by default the show's in all.
    """
    rng = np.random.default_rng([room.show, seed, 3])
    where = seats(room)
    drawn = people(room, where, copies, rng)
    if rates is None:
        rates = common_rate(room)[:, None]
    played = _play(room, drawn, influence(room, where), rates, rng)
    return Audiences(room, where, drawn, *played)


def common_rate(room: Room) -> np.ndarray:
    """Return (T,) a usual viewer's onsets a second without neighbours, jokes and rest together."""
    rest = (LIVELY if room.lively else QUIET)[2] / 60
    return rest + joke_rate(room, step_times(room))


def step_times(room: Room) -> np.ndarray:
    """Return (T,) the middle of each step, seconds."""
    return (np.arange(round(room.seconds / STEP_S)) + 0.5) * STEP_S


def people(room: Room, where: Seats, copies: int, rng: np.random.Generator) -> People:
    """Draw the viewers of `copies` audiences."""
    shape = copies, room.viewers
    own = rng.standard_normal(shape)
    if room.parties:
        shared = rng.standard_normal((copies, where.party.max() + 1))[:, where.party]
        own = (own + shared) / np.sqrt(2)
    kind = rng.random(shape)
    susceptibility = np.exp(SPREAD * own - SPREAD**2 / 2) * (kind >= NEVER)
    rate = np.where(kind > 1 - ALWAYS, ALWAYS_RATE, 0.0)
    when = rng.random((2, *shape))
    third = room.seconds / 3
    from_s = np.where(when[0] < LATE, when[0] / LATE * third, 0.0)
    to_s = np.where(when[1] < LEAVERS, room.seconds - when[1] / LEAVERS * third, np.inf)
    rest, top = 0.06 + 0.22 * rng.beta(2, 3, shape), 0.7 + 0.22 * rng.beta(3, 3, shape)
    return People(
        *(each.astype(np.float32) for each in (susceptibility, rate, rest, top)), from_s, to_s
    )


def joke_rate(room: Room, t_s: np.ndarray) -> np.ndarray:
    """Return what the jokes add to a usual viewer's rate at these times, a second."""
    total = np.zeros(len(t_s))
    for at_s, strength in jokes(room):
        since = np.maximum(t_s - at_s, 0) / REACTION_S
        total -= np.log1p(-strength) * since**2 * np.exp(-since) / 2 / REACTION_S
    return total


def _play(
    room: Room,
    drawn: People,
    spread: np.ndarray,
    rates: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Run the show: (T, R, V) who smiles, and who can be judged."""
    shape, steps = drawn.rate.shape, round(room.seconds / STEP_S)
    smiling, state = np.zeros((steps, *shape), dtype=bool), np.zeros((steps, *shape), np.uint8)
    common = rates.astype(np.float32)[:, :, None]
    excited, until = np.zeros(shape, np.float32), np.where(drawn.rate > 0, SMILE_S, 0.0)
    spread, fade = spread / np.float32(DECAY_S), np.float32(np.exp(-STEP_S / DECAY_S))
    now = _first_states(shape, rng)
    for k in range(steps):
        t_s = k * STEP_S
        here = (drawn.from_s <= t_s) & (t_s < drawn.to_s)
        rate = drawn.susceptibility * (common[k] + excited) + drawn.rate
        begins = (rng.random(shape, np.float32) < -np.expm1(-STEP_S * rate)) & (until <= t_s)
        begins &= here
        excited *= fade
        many = int(begins.sum())
        if many:
            long = SMILE_S * np.exp(SMILE_SPREAD * rng.standard_normal(many))
            until[begins] = t_s + np.maximum(long, STEP_S)
            if room.contagion:
                excited += begins.astype(np.float32) @ spread
        smiling[k] = (until > t_s + STEP_S / 2) & here
        now = _next_states(now, rng)
        state[k] = np.where(here, now, ABSENT)
    return smiling, state


def _first_states(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    return np.searchsorted([1 - TURNED - LOST, 1 - LOST], rng.random(shape)).astype(np.uint8)


def _next_states(now: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move each viewer's state on by a step: seldom away or lost, and then for some seconds."""
    chance = rng.random(now.shape, np.float32)
    usual = 1 - TURNED - LOST
    away, lost = STEP_S * TURNED / TURNED_S / usual, STEP_S * LOST / LOST_S / usual
    begun = np.where(chance < away, AWAY, np.where(chance < away + lost, ABSENT, JUDGED))
    ends = chance < STEP_S / np.array([np.inf, TURNED_S, LOST_S], np.float32)[now]
    return np.where(now == JUDGED, begun, np.where(ends, JUDGED, now)).astype(np.uint8)
