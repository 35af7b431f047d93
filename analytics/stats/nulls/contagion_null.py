"""What chance and contagion make of an audience's own laughs where nothing is funny to all at once.

Conventions
-----------
- A laugh is a stretch in which a viewer's level stays above the viewer's own median. It keeps its
  viewer, its length and its height; only its time is drawn anew.
- A pretend session: every viewer's laughs are moved round in a circle by a time of the viewer's
  own, and then a part of all laughs is moved to where another laugh has set it off: an exponential
  delay after one that is drawn at random. Which part differs from session to session.
- Of many pretend sessions those are kept in which laughs bunch about as much as in the session at
  hand where it is quiet, and hardly more over all of it: approximate Bayesian computation by
  rejection (Beaumont, Zhang and Balding 2002, Genetics 162:2025). Jokes make a session bunch more
  than contagion does, so that the whole is but an upper limit.
- A moment stands out by how much the level rises within about a second, or by how many begin to
  laugh within two or so, less a part of those who began as long before; who seldom laughs counts
  for more. A joke makes viewers begin together, contagion one after the other. Each is measured by
  what it is in pretend sessions, and the larger one counts: of few viewers the first finds more
  jokes, of many the second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LEAST_HEIGHT = 0.1  # in mean score; one viewer's noise over a second stays well below it
# The part of laughs that others set off is drawn from 0 up to this: in simulated rooms in which a
# smile sets off 0.55 others by itself, it is 0.3, since most of these were smiling already.
MOST_INFECTED = 0.6
DELAY_S = 1.0
GENERATIONS = 6
# A rise is the mean over the first of these, less that which ends the second before.
OVER_S, APART_S = 1.0, 1.6
# Those who begin within this count, less so much of those who began as long before.
WINDOW_S, BEFORE = 1.6, 0.5
# Quiet is what is left without the liveliest of such blocks: so many, with so much of all laughing.
BLOCK_S, LIVELY, LIVELY_LAUGHS = 5.0, 0.35, 0.6
KEPT = 4  # one of so many pretend sessions is kept
CHUNK_CELLS = 2_000_000


class Laughs(NamedTuple):
    """M laughs of V viewers in T steps of `step_s`.

    `viewer`, `start`, `steps`: (M,) int. `height`: (M,) float64, above the viewer's median.
    `rarity`: (M,) float64, how rare laughs of its viewer are. `judged`: (T,) float64, viewers
    judged, above 0. `known`: (T,) bool, where a gain can be told: nobody came into view by the
    camera being on again.
    """

    viewer: np.ndarray
    start: np.ndarray
    steps: np.ndarray
    height: np.ndarray
    rarity: np.ndarray
    judged: np.ndarray
    known: np.ndarray
    step_s: float


def laughs(level: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, ...]:
    """Find the laughs of some viewers.

    Parameters
    ----------
    level : ndarray, shape (V, T)
        Each viewer's smoothed score.
    known : ndarray, shape (V, T), bool
        Where it is known; a laugh ends where it is not.

    Returns
    -------
    viewer, start, steps, height : ndarray, shape (M,)
        Of each laugh, its height above the viewer's median being a mean over its steps.
    """
    usual = np.array(
        [np.median(row[on]) if on.any() else 0.0 for row, on in zip(level, known, strict=True)]
    )
    above = np.where(known, level - usual[:, None], 0.0)
    edge = np.diff(np.pad(above > LEAST_HEIGHT, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    viewer, start = np.nonzero(edge == 1)
    end = np.nonzero(edge == -1)[1]
    total = np.cumsum(np.pad(above, ((0, 0), (1, 0))), axis=1, dtype=float)
    height = (total[viewer, end] - total[viewer, start]) / (end - start)
    return viewer, start, end - start, height


def rarity(viewer: np.ndarray, length_s: float) -> np.ndarray:
    """Return the (M,) weight of each laugh: the logarithm of how long one waits for such a one.

    About the likelihood ratio of a joke to chance, for a viewer who laughs so often.
    """
    many = np.bincount(viewer)[viewer]
    return np.maximum(np.log(length_s / WINDOW_S / (many + 1.0)), 0.05)


class Chance(NamedTuple):
    """What pretend sessions that bunch as the one at hand have.

    `most`: (N,) float64, by how much their most outstanding moment stands out. `usual`, `spread`:
    (2,) float64, of the largest gain of each kind in all pretend sessions.
    """

    most: np.ndarray
    usual: np.ndarray
    spread: np.ndarray


def gains(found: Laughs, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gains of laughs at each step, which ends a window, and how laughs bunch.

    Parameters
    ----------
    found : Laughs
    start : ndarray, shape (B, M), int
        The steps at which each laugh begins in B sessions.

    Returns
    -------
    gain : ndarray, shape (B, T, 2), float64
        Per viewer judged, the rise of the level and those who begin; -inf where it cannot be told.
    bunching : ndarray, shape (B, 2), float64
        Of the whole, and of the quiet part.
    """
    level = _levels(found, start)
    gain = np.full((*level.shape, 2), -np.inf)
    over, apart, window = (round(each / found.step_s) for each in (OVER_S, APART_S, WINDOW_S))
    began = _over(_sums(found, start, found.rarity) / found.judged, window)
    gain[:, 2 * window - 1 :, 1] = began[:, window:] - BEFORE * began[:, :-window]
    mean = _over(level, over) / over
    gain[:, over + apart - 1 :, 0] = mean[:, apart:] - mean[:, :-apart]
    gain[:, ~found.known] = -np.inf
    parts = (0.0, 1.0), (LIVELY, LIVELY_LAUGHS)
    bunching = np.column_stack([_bunching(level, found.step_s, *part) for part in parts])
    return gain, bunching


def null(found: Laughs, count: int, seed: list[int]) -> Chance:
    """Say how far moments stand out in pretend sessions that bunch as the one at hand does.

    Parameters
    ----------
    found : Laughs
    count : int
        Of sessions pretended; a quarter is kept.
    seed : list of int

    Returns
    -------
    Chance
    """
    rng = np.random.default_rng(seed)
    own = gains(found, found.start[None])[1][0]
    infected = rng.uniform(0, MOST_INFECTED, count)
    rows = max(1, CHUNK_CELLS // max(len(found.judged), len(found.start), 1))
    most, bunching = np.zeros((count, 2)), np.zeros((count, 2))
    for first in range(0, count, rows):
        part = slice(first, first + rows)
        gain, bunching[part] = gains(found, _drawn(found, infected[part], rng))
        most[part] = gain.max(axis=1, initial=-np.inf)
    off = (bunching - own) / np.maximum(bunching.std(axis=0), 1e-9)
    distance = np.abs(off[:, 1]) + 0.5 * np.maximum(off[:, 0], 0)
    kept = most[np.argsort(distance, kind="stable")[: max(count // KEPT, 1)]]
    # Where nothing can be told, all are -inf.
    usual, high = np.quantile(np.maximum(most, -1e9), (0.5, 0.9), axis=0)
    chance = Chance(np.zeros(0), usual, np.maximum(high - usual, 1e-9))
    return chance._replace(most=stands_out(kept, chance))


def stands_out(gain: np.ndarray, chance: Chance) -> np.ndarray:
    """Return by how much moments stand out, (...) of (..., 2) gains: -inf where none is known."""
    return ((gain - chance.usual) / chance.spread).max(axis=-1)


def _over(values: np.ndarray, steps: int) -> np.ndarray:
    """Return the (B, T - steps + 1) sums of (B, T) values over so many steps."""
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    return total[:, steps:] - total[:, :-steps]


def _levels(found: Laughs, start: np.ndarray) -> np.ndarray:
    """Return the (B, T) weight of all who laugh at a step, per viewer judged."""
    weight = found.height * found.rarity
    end = np.minimum(start + found.steps, len(found.judged))
    change = _sums(found, start, weight) - _sums(found, end, weight)
    return change.cumsum(axis=1) / found.judged


def _sums(found: Laughs, at: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the (B, T) sums of (M,) weights at (B, M) steps; T itself, after all, is none."""
    many, size = len(at), len(found.judged) + 1
    places = (np.arange(many)[:, None] * size + at).ravel()
    each = np.broadcast_to(weight, at.shape).ravel()
    return np.bincount(places, each, many * size).reshape(many, size)[:, :-1]


def _bunching(level: np.ndarray, step_s: float, lively: float, laughs: float) -> np.ndarray:
    """Return the (B,) logarithm of variance over mean of levels, without the liveliest blocks."""
    steps = round(BLOCK_S / step_s)
    blocks = level[:, : level.shape[1] // steps * steps].reshape(len(level), -1, steps)
    order = np.argsort(-blocks.max(axis=2), axis=1, kind="stable")
    total, square = (
        np.take_along_axis(each.sum(axis=2), order, axis=1) for each in (blocks, blocks**2)
    )
    upto = np.cumsum(total, axis=1) / np.maximum(total.sum(axis=1, keepdims=True), 1e-9)
    kept = (np.arange(blocks.shape[1]) >= round(lively * blocks.shape[1])) | (upto > laughs)
    many = np.maximum(kept.sum(axis=1), 1) * steps
    mean = (total * kept).sum(axis=1) / many
    variance = (square * kept).sum(axis=1) / many - mean**2
    usual = level.mean(axis=1)
    # Where nobody laughs, there is neither mean nor variance.
    return np.log((variance + 1e-4 * usual**2 + 1e-15) / (mean + 1e-2 * usual + 1e-12))


def _drawn(found: Laughs, infected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the (B, M) steps at which laughs begin in B pretend sessions."""
    shape = len(infected), len(found.start)
    steps = len(found.judged)
    viewers = int(found.viewer.max(initial=0)) + 1
    # Where more are judged more laughs are seen: times are moved on in viewers judged.
    total = np.append(0, np.cumsum(found.judged))
    total /= total[-1]
    turn = rng.random((shape[0], viewers))[:, found.viewer]
    fine = np.interp(np.arange(4 * steps + 1) / (4 * steps), total, np.arange(steps + 1))
    at = fine[(((total[found.start] + turn) % 1.0) * 4 * steps).astype(np.int64)]
    # Who laughs most of the time is seldom free to be set off.
    busy = np.bincount(found.viewer, found.steps, viewers) / steps
    chance = infected[:, None] * np.clip(1 - busy, 0, 1)[found.viewer]
    # Set off by one that was itself set off, and so on: geometric.
    longest = np.log(rng.random(shape)) / np.log(np.clip(chance, 1e-12, 0.99))
    generation = np.minimum(longest, GENERATIONS).astype(np.int8)
    order = np.argsort(generation, axis=1, kind="stable")
    sizes = np.stack([(generation == g).sum(axis=1) for g in range(GENERATIONS + 1)], axis=1)
    before = np.cumsum(sizes, axis=1) - sizes
    for number in range(1, GENERATIONS + 1):
        row, laugh = np.nonzero(generation == number)
        many = sizes[row, number - 1]
        row, laugh, many = row[many > 0], laugh[many > 0], many[many > 0]
        pick = before[row, number - 1] + (rng.random(len(row)) * many).astype(np.int64)
        delay = rng.exponential(DELAY_S / found.step_s, len(row))
        at[row, laugh] = at[row, order[row, pick]] + delay
    return np.minimum(at, steps).astype(np.int64)
