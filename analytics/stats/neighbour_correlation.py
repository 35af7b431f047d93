"""How alike neighbours are, and so how much less their audience says than independent viewers.

Correlations are taken to fall off exponentially with the distance of two faces. What one session
shows of them is little: of ten viewers hardly a pair is far enough apart to tell what viewers have
in common who did not sit together. Each session's estimate is therefore drawn towards what is usual
by as much as it is unsure, and rests on that alone where there are next to no pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.seating import seat_distances

# Correlations fall by 1/e in so many face widths: one of these, or a mixture.
REACHES = (1.5, 3.0, 6.0)
# The usual correlation of two viewers at no distance, times the reach squared: with seats two face
# widths apart the design effect of ten viewers is then about 1.25. It is as uncertain as it is
# large. Where less than `LIVELY` of the time is smiled it is higher, up to `MOST` times: of the few
# smiles, more were set off by others. In simulated rooms where a smile sets off 0.25 others it is
# 0.4 at lively shows and 0.7 at quiet ones, where it sets off 0.55, 0.9 and 1.6.
USUAL, LIVELY, MOST = 1.1, 0.12, 2.0
LEAST_MEASURED = 4  # viewers: of fewer the spread over other orders of the seats has no formula
MOST_ALIKE = 0.95
LASTING = 2.5  # see `lasting_effect`
LEAST_SQUARE = 1e-12  # of deviations in [-1, 1]: less is rounding


class NeighbourCorrelation(NamedTuple):
    """How alike neighbours are, and what comes of it.

    `links`: (V, V) float32, in [0, 1), the correlation of each two viewers, 0 on the diagonal.
    `design_effect`: at least 1, one more than the mean over viewers of the sum of their links
    (Kish 1965, Survey Sampling, section 5.4). `unsure`: its standard deviation, given what was
    seen.
    """

    links: np.ndarray
    design_effect: float
    unsure: float

    @property
    def lasting(self) -> float:
        """Return the design effect of viewers' means over time."""
        return lasting_effect(self.design_effect, self.unsure)


def lasting_effect(effect: float, unsure: float) -> float:
    """Return the design effect of viewers' means over time.

    What is set off comes later than what sets it off, so that at one moment less of it is seen. In
    simulated rooms it is 1.6 to 2.8 times as far above 1; what is not known of the effect at one
    moment, its deviation `unsure`, is on the safe side here.
    """
    return 1 + LASTING * (effect - 1) + unsure


def neighbour_correlation(values: np.ndarray, seats: pd.DataFrame) -> NeighbourCorrelation:
    """Return how alike neighbours are, and the design effect that comes of it.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        What each viewer did, in [0, 1], NaN where missing.
    seats : DataFrame
        From `seating.seating`, V rows in the same order. Who sits nowhere is independent.

    Returns
    -------
    NeighbourCorrelation

    Notes
    -----
    For each of `REACHES`, the products of two viewers' deviations from their audience are regressed
    on exp(-distance / reach), with an intercept, since the audience's own mean was taken off. How
    far the slope strays by chance is its deviation over all other orders of the seats (Mantel 1967,
    Cancer Research 27:209). Slope and usual value are weighed by their precision; the reaches by
    how likely each makes what was seen.
    """
    size = len(values)
    far = seat_distances(seats)
    if size < 2 or not np.isfinite(far).any():
        return NeighbourCorrelation(np.zeros((size, size), dtype=np.float32), 1.0, 0.0)
    products, usual = _products(values), _usual(values)
    found = []
    for reach in REACHES:
        alike = np.exp(-far / np.float32(reach))
        slope, left, odds = _weighed(*_slope(products, alike), usual / reach**2)
        found.append((odds, slope, left, float(alike.sum()) / size))
    odds, slopes, lefts, each = np.array(found).T
    # First made to add up to 1: they may be beyond what float32 holds.
    odds /= odds.sum()
    effect, mean = slopes * each, float(odds @ (slopes * each))
    links = np.zeros((size, size), dtype=np.float32)
    for reach, weight in zip(REACHES, odds * slopes, strict=True):
        links += np.float32(weight) * np.exp(-far / np.float32(reach))
    return NeighbourCorrelation(
        np.minimum(links, MOST_ALIKE),
        1.0 + mean,
        float(np.sqrt(odds @ ((lefts * each) ** 2 + (effect - mean) ** 2))),
    )


def _usual(values: np.ndarray) -> float:
    """Return the usual correlation at no distance, times the reach squared."""
    known = ~np.isnan(values)
    mean = float(np.where(known, values, 0.0).sum(dtype=float)) / max(int(known.sum()), 1)
    return USUAL * float(np.clip(np.sqrt(LIVELY / max(mean, 1e-9)), 1.0, MOST))


def _products(values: np.ndarray) -> np.ndarray:
    """Return the (V, V) products of viewers' deviations, over their mean square; diagonal 0."""
    off = np.nan_to_num(values - mean_over(values)).astype(np.float32)
    products = off @ off.T
    own = float(np.trace(products)) / len(values)
    np.fill_diagonal(products, 0.0)
    # Viewers who do the same throughout differ by rounding alone.
    return products / np.float32(own) if own > LEAST_SQUARE else np.zeros_like(products)


def _slope(products: np.ndarray, alike: np.ndarray) -> tuple[float, float]:
    """Return the slope of products on likeness over all pairs, and its deviation by chance."""
    size = len(products)
    pairs = size * (size - 1)
    about = alike - np.float32(alike.sum(dtype=float) / pairs)
    np.fill_diagonal(about, 0.0)
    square = float((about**2).sum(dtype=float))
    if size < LEAST_MEASURED or square < 1e-9 or not products.any():
        return 0.0, np.inf
    slope = float((products * about).sum(dtype=float)) / square
    return slope, float(np.sqrt(max(_order_variance(products, about), 0.0))) / square


def _order_variance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the variance of the sum of two symmetric matrices' products over all orders of one.

    Both have a diagonal of 0.
    """
    size = len(one)
    pairs = size * (size - 1)
    triples, fours = pairs * (size - 2), pairs * (size - 2) * (size - 3)
    (a, a2, a3), (b, b2, b3) = (
        (
            float(each.sum(dtype=float)),
            float((each**2).sum(dtype=float)),
            float((each.sum(axis=1, dtype=float) ** 2).sum()),
        )
        for each in (one, other)
    )
    square = 2 * a2 * b2 / pairs + 4 * (a3 - a2) * (b3 - b2) / triples
    square += (a**2 + 2 * a2 - 4 * a3) * (b**2 + 2 * b2 - 4 * b3) / fours
    return square - (a * b / pairs) ** 2


def _weighed(slope: float, spread: float, prior: float) -> tuple[float, float, float]:
    """Return a slope drawn towards a prior that is as uncertain as it is large, at least 0; its
    deviation; and how much likelier the slope seen was under the prior than were there none."""
    if not np.isfinite(spread) or spread <= 0:
        return prior, prior, 1.0
    wide = spread**2 + prior**2
    mean = prior + prior**2 / wide * (slope - prior)
    log = (slope / spread) ** 2 - (slope - prior) ** 2 / wide
    odds = float(np.exp(min(log / 2, 300.0)) * spread / np.sqrt(wide))
    return max(mean, 0.0), prior * spread / float(np.sqrt(wide)), odds
