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
from scipy.optimize import nnls

from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.seating import in_order

DRAWS = 500
SEED = 1
LEVEL = 0.95
# Seats between two viewers of one row beyond which they are strangers.
REACH = 3
# Neighbours less alike than this are strangers: with ten viewers chance alone makes as much.
ALIKE = 0.05
# Other orders of the seats that likeness is compared with: one in 20 passes by chance.
ORDERS = 19
# Below this many viewers nothing can be said of others like them.
LEAST_VIEWERS = 3


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
    def strangers(self):
        """Return how many strangers the viewers are worth."""
        return len(self.links) / self.effect

    @property
    def caution(self):
        """Return what a variance that rests on `effect` is to be multiplied by, 1 for strangers.

        How alike neighbours are is known from few, too: n / (n - 1) for n strangers' worth.
        """
        return self.strangers / max(self.strangers - 1, 1) if self.effect > 1 else 1.0


def alike(values, seats):
    """Return how alike neighbours are, and the design effect that comes of it.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        What each viewer did, NaN where missing.
    seats : DataFrame
        From `seating.seating`, V rows in the same order.

    Returns
    -------
    ndarray, shape (K,), float64
        Correlation in [0, 1) of viewers 1, 2, ... seats apart in a row, then of those one behind
        the other. K is less where no two viewers sit so.
    float
        Design effect, at least 1 (Kish 1965, Survey Sampling, section 5.4).

    Notes
    -----
    Deviations from the audience's own mean correlate negatively by themselves. Their expected
    products are linear in the correlations, which are found by least squares, none below 0.
    """
    size, pairs = len(values), _pairs(seats)
    off = values - mean_over(values)
    together = np.nan_to_num(off) @ np.nan_to_num(off).T
    own = np.trace(together) / max(size, 1)
    # With fewer, hardly a pair is far enough apart to tell what strangers have in common.
    if size < 2 * (REACH + 1) or not pairs or own <= 0:
        return np.zeros(len(pairs)), 1.0
    solve = _solver(pairs, size)
    likeness, excess = solve(together / own)
    # Chance makes some neighbours alike, too, and likeness is never below 0. Where these are no
    # more alike than in any other order of the seats, what chance makes is taken off.
    rng = np.random.default_rng(SEED)
    orders = (rng.permutation(size) for _ in range(ORDERS))
    chance = np.array([solve(together[np.ix_(order, order)] / own)[1] for order in orders])
    if excess > chance.max():
        return likeness, 1.0 + excess
    left = max(excess - float(chance.mean()), 0.0)
    return likeness * (left / excess if excess > 0 else 0.0), 1.0 + left


def _pairs(seats):
    """Return (V, V) bool of who sit 1, 2, ... seats apart in a row, then of who one behind another.

    Those of nobody are left out.
    """
    place, row = seats["place"].to_numpy(), seats["row"].to_numpy()
    apart, rows = (np.abs(np.subtract.outer(each, each)) for each in (place, row))
    beside = [(rows == 0) & (apart == far) for far in range(1, REACH + 1)]
    return [each for each in (*beside, (rows == 1) & (apart == 0)) if each.any()]


def _solver(pairs, size):
    """Return a function of viewers' products (V, V), that gives likeness (K,) and the excess."""
    centre = np.eye(size) - 1 / size

    def expected(matrix):
        matrix = centre @ matrix @ centre
        return np.array([matrix[each].mean() for each in pairs]), np.trace(matrix) / size

    strangers, usual = expected(np.eye(size))
    parts = [expected(each.astype(float)) for each in pairs]
    many = np.array([each.sum() for each in pairs])

    def solve(products):
        found = np.array([products[each].mean() for each in pairs])
        system = np.column_stack([each - found * diagonal for each, diagonal in parts])
        likeness = np.minimum(nnls(system, found * usual - strangers)[0], 0.95)
        return likeness, float(many @ likeness) / size

    return solve


def draws(values, seats, count=DRAWS, seed=SEED):
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
    for part, each in zip(likeness, _pairs(seats), strict=True):
        links[each] = part
    return Draws(weights, owner, block, effect, stretch, links, seed)


def _stretch(values, weights, effect):
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
