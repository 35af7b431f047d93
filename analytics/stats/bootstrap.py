"""Other audiences that might as well have come: viewers resampled with their whole timelines.

Neighbours laugh together, so that an audience of 30 may say no more than one of 15 independent
viewers. How much less it says is its design effect: the variance of its mean over that of as many
independent viewers. It is read from how alike neighbours are in all the moments of the session, and
viewers are drawn in blocks of neighbours as far as one smile may set off others. A few long blocks
say too little about the spread of their own means, so that the draws are stretched about the
estimate to have the design effect.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import DRAWS, SEED
from laughtrack.analytics.stats.neighbour_correlation import lasting_effect, neighbour_correlation
from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.seating import seat_order

# From this design effect on, neighbours are drawn together; in no fewer blocks than these.
ALIKE, LEAST_BLOCKS = 1.1, 4


class Draws(NamedTuple):
    """Audiences resampled: R draws of V viewers.

    `weights`: (R, V) float32, how often each viewer is in a draw; a row sums to V. `owner`: (R, V)
    int64, for each seat of a draw whose timeline fills it. `block`: viewers in a block. `effect`:
    the design effect, 1 for independent viewers. `scale`: what a draw's distance from the
    estimate is to be multiplied by. `links`: (V, V) float32, correlation of each two viewers,
    0 on the diagonal. `seed`: what they were drawn with. `unsure`: the design effect's standard
    deviation.
    """

    weights: np.ndarray
    owner: np.ndarray
    block: int
    effect: float
    scale: float
    links: np.ndarray
    seed: int
    unsure: float

    @property
    def lasting(self) -> float:
        """Return the design effect of viewers' means over time."""
        return lasting_effect(self.effect, self.unsure)

    @property
    def effective_size(self) -> float:
        """Return how many independent viewers the viewers are worth."""
        return len(self.links) / self.effect

    @property
    def inflation(self) -> float:
        """Return what a variance that rests on `effect` is to be multiplied by, 1 for independent
        viewers.

        How alike neighbours are is known from few, too: n / (n - 1) for n independent viewers'
        worth.
        """
        return self.effective_size / max(self.effective_size - 1, 1) if self.effect > 1 else 1.0


class Pool(NamedTuple):
    """The two audiences' viewers resampled; V viewers, the first audience's A first.

    `assignments`: (N, V) bool, who is in the first audience, the observed permutation first, from
    `cluster_permutation.permutations`. `draws`: two `Draws`, one an audience. `scale`: what the
    permutations' differences are to be multiplied by, from `contrasts.permutation_scale`.
    """

    assignments: np.ndarray
    draws: tuple[Draws, ...]
    scale: float = 1.0

    @property
    def effective_sizes(self) -> tuple[float, ...]:
        """Return how many independent viewers each audience's viewers are worth, 1 or more."""
        return tuple(max(each.effective_size, 1.0) for each in self.draws)


def draws(values: np.ndarray, seats: pd.DataFrame, count: int = DRAWS, seed: int = SEED) -> Draws:
    """Resample audiences from the viewers at hand.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        What each viewer did, NaN where missing: it tells how alike neighbours are.
    seats : DataFrame
        From `seating.seating`, V rows in the same order.
    count, seed : int
        The same seed gives the same draws.

    Returns
    -------
    Draws
        Moving blocks (Künsch 1989, Annals of Statistics 17:1217) along the rows and back, the last
        seat before the first.
    """
    size = len(values)
    links, effect, unsure = neighbour_correlation(values, seats)
    block = _block(effect, size)
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, max(size, 1), (count, -(-size // block)))
    places = (starts[:, :, None] + np.arange(block)) % max(size, 1)
    owner = seat_order(seats)[places.reshape(count, -1)[:, :size]]
    weights = np.zeros((count, size), dtype=np.float32)
    np.add.at(weights, (np.arange(count)[:, None], owner), 1)
    scale = _scale(values, weights, effect)
    return Draws(weights, owner, block, effect, scale, links, seed, unsure)


def _block(effect: float, size: int) -> int:
    """Return how many neighbours are drawn together: as far as one smile may set off others."""
    most = max(size // LEAST_BLOCKS, 1)
    return min(round(4 * effect), most) if effect >= ALIKE else 1


def _scale(values: np.ndarray, weights: np.ndarray, effect: float) -> float:
    """Return what makes the draws' spread that of an audience with this design effect."""
    size = len(values)
    if size < 2:
        return 1.0
    # A minute's worth of moments is plenty for one number.
    some = values[:, :: max(1, values.shape[1] // 2000)]
    there = (~np.isnan(some)).astype(np.float32)
    means = weights @ np.nan_to_num(some) / np.maximum(weights @ there, 1e-9)
    off = np.nan_to_num(some - mean_over(some))
    independent = (off**2).sum(axis=0) / (size - 1) / np.maximum(there.sum(axis=0), 1)
    drawn = float(np.mean(means.var(axis=0)))
    return float(np.sqrt(effect * independent.mean() / drawn)) if drawn > 0 else 1.0
