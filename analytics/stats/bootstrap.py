"""Other audiences that might as well have come: viewers drawn anew with their whole timelines.

Neighbours laugh together, so that an audience of 30 may say no more than one of 15 strangers. How
much less it says is its design effect: the variance of its mean over that of as many strangers.
It is read from how alike neighbours are in all the moments of the session, and viewers are drawn in
blocks of neighbours as long as that reaches. A few long blocks say too little about the spread of
their own means, so that the draws are stretched about the estimate to have the design effect.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import DRAWS, SEED
from laughtrack.analytics.stats.neighbour_correlation import ALIKE, REACH, alike, pairs_of_seats
from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.seating import in_order


class Draws(NamedTuple):
    """Audiences drawn anew: R draws of V viewers.

    `weights`: (R, V) float32, how often each viewer is in a draw; a row sums to V. `owner`: (R, V)
    int64, for each seat of a draw whose timeline fills it. `block`: viewers in a block. `effect`:
    the design effect, 1 for strangers. `stretch`: what a draw's distance from the estimate is to be
    multiplied by. `links`: (V, V) float64, correlation of each two neighbours, 0 between strangers
    and on the diagonal. `seed`: what they were drawn with.
    """

    weights: np.ndarray
    owner: np.ndarray
    block: int
    effect: float
    stretch: float
    links: np.ndarray
    seed: int

    @property
    def strangers(self) -> float:
        """Return how many strangers the viewers are worth."""
        return len(self.links) / self.effect

    @property
    def caution(self) -> float:
        """Return what a variance that rests on `effect` is to be multiplied by, 1 for strangers.

        How alike neighbours are is known from few, too: n / (n - 1) for n strangers' worth.
        """
        return self.strangers / max(self.strangers - 1, 1) if self.effect > 1 else 1.0


class Pool(NamedTuple):
    """The two audiences' viewers drawn anew; V viewers, the first audience's A first.

    `dealt`: (N, V) bool, who is in the first audience, the observed dealing first, from
    `cluster_permutation.dealings`. `taken`: two `Draws`, one an audience. `stretch`: what the
    dealings' differences are to be multiplied by, from `contrasts.dealing_stretch`.
    """

    dealt: np.ndarray
    taken: tuple[Draws, ...]
    stretch: float = 1.0

    @property
    def many(self) -> tuple[float, ...]:
        """Return how many strangers each audience's viewers are worth, 1 or more."""
        return tuple(max(each.strangers, 1.0) for each in self.taken)


def draws(values: np.ndarray, seats: pd.DataFrame, count: int = DRAWS, seed: int = SEED) -> Draws:
    """Draw audiences anew from the viewers at hand.

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
    likeness, effect = alike(values, seats)
    block = 1 + int(np.sum(likeness[:REACH] > ALIKE)) if effect > 1 else 1
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, max(size, 1), (count, -(-size // block)))
    places = (starts[:, :, None] + np.arange(block)) % max(size, 1)
    owner = in_order(seats)[places.reshape(count, -1)[:, :size]]
    weights = np.zeros((count, size), dtype=np.float32)
    np.add.at(weights, (np.arange(count)[:, None], owner), 1)
    stretch, links = _stretch(values, weights, effect), np.zeros((size, size))
    for part, each in zip(likeness, pairs_of_seats(seats), strict=True):
        links[each] = part
    return Draws(weights, owner, block, effect, stretch, links, seed)


def _stretch(values: np.ndarray, weights: np.ndarray, effect: float) -> float:
    """Return what makes the draws' spread that of an audience with this design effect."""
    size = len(values)
    if size < 2:
        return 1.0
    # A minute's worth of moments is plenty for one number.
    some = values[:, :: max(1, values.shape[1] // 2000)]
    there = (~np.isnan(some)).astype(np.float32)
    means = weights @ np.nan_to_num(some) / np.maximum(weights @ there, 1e-9)
    off = np.nan_to_num(some - mean_over(some))
    strangers = (off**2).sum(axis=0) / (size - 1) / np.maximum(there.sum(axis=0), 1)
    drawn = float(np.mean(means.var(axis=0)))
    return float(np.sqrt(effect * strangers.mean() / drawn)) if drawn > 0 else 1.0
