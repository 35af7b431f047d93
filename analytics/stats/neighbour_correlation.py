"""How alike neighbours are, and so how much less their audience says than independent viewers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import SEED
from laughtrack.analytics.timelines.grid import mean_over

# Seats between two viewers of one row beyond which they are independent.
REACH = 3
# Neighbours less alike than this are independent: with ten viewers chance alone makes as
# much.
ALIKE = 0.05
# Other orders of the seats that the correlations are compared with: one in 20 passes by chance.
ORDERS = 19


class NeighbourCorrelation(NamedTuple):
    """How alike neighbours are, and what comes of it.

    `correlations`: (K,) float64, in [0, 1), of viewers 1, 2, ... seats apart in a row, then of
    those one behind the other; K is less where no two viewers sit so. `design_effect`: at least 1
    (Kish 1965, Survey Sampling, section 5.4).
    """

    correlations: np.ndarray
    design_effect: float


def neighbour_correlation(values: np.ndarray, seats: pd.DataFrame) -> NeighbourCorrelation:
    """Return how alike neighbours are, and the design effect that comes of it.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        What each viewer did, NaN where missing.
    seats : DataFrame
        From `seating.seating`, V rows in the same order.

    Returns
    -------
    NeighbourCorrelation

    Notes
    -----
    Deviations from the audience's own mean correlate negatively by themselves. Their expected
    products are linear in the correlations, which are found by least squares, none below 0.
    """
    size, pairs = len(values), pairs_of_seats(seats)
    off = values - mean_over(values)
    products = np.nan_to_num(off) @ np.nan_to_num(off).T
    own = np.trace(products) / max(size, 1)
    # With fewer, hardly a pair is far enough apart to tell what independent viewers have in common.
    if size < 2 * (REACH + 1) or not pairs or own <= 0:
        return NeighbourCorrelation(np.zeros(len(pairs)), 1.0)
    solve = _solver(pairs, size)
    correlations, excess = solve(products / own)
    # Chance makes some neighbours alike, too: correlations are never below 0. Where these are no
    # more alike than in any other order of the seats, what chance makes is taken off.
    rng = np.random.default_rng(SEED)
    orders = (rng.permutation(size) for _ in range(ORDERS))
    chance = np.array([solve(products[np.ix_(order, order)] / own)[1] for order in orders])
    if excess > chance.max():
        return NeighbourCorrelation(correlations, 1.0 + excess)
    left = max(excess - float(chance.mean()), 0.0)
    return NeighbourCorrelation(correlations * (left / excess if excess > 0 else 0.0), 1.0 + left)


def pairs_of_seats(seats: pd.DataFrame) -> list[np.ndarray]:
    """Return (V, V) bool of who sit 1, 2, ... seats apart in a row, then of who one behind another.

    Those of nobody are left out.
    """
    place, row = seats["place"].to_numpy(), seats["row"].to_numpy()
    apart, rows = (np.abs(np.subtract.outer(each, each)) for each in (place, row))
    beside = [(rows == 0) & (apart == far) for far in range(1, REACH + 1)]
    return [each for each in (*beside, (rows == 1) & (apart == 0)) if each.any()]


def _solver(pairs: list[np.ndarray], size: int) -> Callable[[np.ndarray], tuple[np.ndarray, float]]:
    """Return what makes viewers' products (V, V) correlations (K,) and the excess."""
    centre = np.eye(size) - 1 / size

    def expected(matrix: np.ndarray) -> tuple[np.ndarray, float]:
        matrix = centre @ matrix @ centre
        return np.array([matrix[each].mean() for each in pairs]), np.trace(matrix) / size

    independent, usual = expected(np.eye(size))
    parts = [expected(each.astype(float)) for each in pairs]
    many = np.array([each.sum() for each in pairs])

    def solve(products: np.ndarray) -> tuple[np.ndarray, float]:
        found = np.array([products[each].mean() for each in pairs])
        system = np.column_stack([each - found * diagonal for each, diagonal in parts])
        correlations = np.minimum(from_zero(system, found * usual - independent), 0.95)
        return correlations, float(many @ correlations) / size

    return solve


def from_zero(system: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the least squares solution of which nothing is below 0.

    What of it is not 0 solves the system without the other columns. There are at most four: all
    choices of columns are tried, which needs no `scipy.optimize`.

    Parameters
    ----------
    system : ndarray, shape (N, K)
    target : ndarray, shape (N,)

    Returns
    -------
    ndarray, shape (K,)
    """
    count = system.shape[1]
    gram, along = system.T @ system, system.T @ target
    best, least = np.zeros(count), 0.0
    chosen: list[int] = []
    for some in (list(c) for many in range(count) for c in combinations(range(count), many + 1)):
        try:
            found = np.linalg.solve(gram[some][:, some], along[some])
        except np.linalg.LinAlgError:
            continue  # fewer of these columns reach as far
        # What is left of the squared error, less that of all zeros.
        error = found @ gram[some][:, some] @ found - 2 * along[some] @ found
        if found.min() >= 0 and error < least:
            least, chosen = error, some
    if chosen:
        best[chosen] = np.linalg.lstsq(system[:, chosen], target, rcond=None)[0]
    return best
