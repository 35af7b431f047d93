"""How sure a share is: Wilson's interval, also of a mean over viewers; the mid-P binomial test.

Numbers of viewers need not be whole. In the mid-P test half of the probability of what was seen
counts as beyond it (Lancaster 1961, Journal of the American Statistical Association 56:223): for
few viewers the exact test is far too wide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import betainc, ndtri, stdtrit

from laughtrack.analytics.defaults import LEAST_VIEWERS, LEVEL
from laughtrack.analytics.timelines.grid import mean_over

Z = float(-ndtri((1 - LEVEL) / 2))
# Shares, and numbers of viewers, are told apart to so many parts in the table of p-values.
SHARES, NUMBERS = 200, 20
# Of a hundred viewers some two smile nearly always. Where none of them came, an interval without
# this holds the truth in 80 to 90 of 100 quiet sessions.
RARE = 0.2


def of_share(
    share: np.ndarray | float, many: np.ndarray | float, z: float = Z
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval (low, high) of a share seen in `many`, which need not be whole.

    `z` is the normal quantile of its level, by default that of 95 %. E. B. Wilson (1927), Probable
    inference, Journal of the American Statistical Association 22:209.
    """
    scale = 1 + z**2 / many
    centre = (share + z**2 / (2 * many)) / scale
    reach = z * np.sqrt(share * (1 - share) / many + z**2 / (4 * many**2)) / scale
    return np.clip(centre - reach, 0, 1), np.clip(centre + reach, 0, 1)


def beside_difference(
    share: Sequence[np.ndarray | float], many: Sequence[np.ndarray | float], z: float = Z
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the difference of two shares, each seen in so many, may lie below and above.

    R. G. Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17:873, method 10: from the Wilson interval of each, of quantile `z`.
    """
    (low_a, high_a), (low_b, high_b) = (
        of_share(*each, z) for each in zip(share, many, strict=True)
    )
    below = np.hypot(share[0] - low_a, high_b - share[1])
    return below, np.hypot(high_a - share[0], share[1] - low_b)


def of_means(values: np.ndarray, effect: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of the mean over viewers of each column.

    Parameters
    ----------
    values : ndarray, shape (V, S)
        A share in [0, 1] for each viewer; NaN where the viewer has none.
    effect : float
        Design effect of neighbours, from 1.

    Returns
    -------
    low, high : ndarray, shape (S,)
        Wilson's interval on as many viewers as would, all or nothing, vary as much as these do
        (Korn and Graubard 1998, Survey Methodology 24:193), and on no fewer than there are: no
        share varies more than all or nothing. NaN below `LEAST_VIEWERS`.
    """
    count = (~np.isnan(values)).sum(axis=0)
    enough = count >= LEAST_VIEWERS
    many, mean = np.where(enough, count, LEAST_VIEWERS), np.nan_to_num(mean_over(values))
    off = np.nan_to_num(values - mean)
    pulled = (many * mean + 0.5) / (many + 1)
    # As if one more viewer had varied as much as is possible: few shares may be alike by chance.
    # And as if one, in part, had done throughout what the others hardly do.
    rare = RARE * np.maximum(mean, 1 - mean) ** 2
    variance = ((off**2).sum(axis=0) + np.maximum(pulled * (1 - pulled), rare)) / many
    binary = mean * (1 - mean)
    tail = (1 + LEVEL) / 2
    effective = binary * many / np.maximum(variance, 1e-12)
    effective *= (ndtri(tail) / stdtrit(many - 1, tail)) ** 2
    ends = of_share(mean, np.maximum(effective, many) / effect)
    low, high = (np.where(enough, end, np.nan) for end in ends)
    return low, high


def above(share: np.ndarray, many: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the mid-P probability of a share at least as high, of `many`, where `truth` holds."""
    hits = np.clip(share, 0, 1) * many
    with np.errstate(invalid="ignore"):
        at = np.where(hits > 0, betainc(np.maximum(hits, 1e-12), many - hits + 1, truth), 1.0)
        rest = np.maximum(many - hits, 1e-12)
        beyond = np.where(hits < many, betainc(hits + 1, rest, truth), 0.0)
    return (at + beyond) / 2


def midp_p_value(share: np.ndarray, many: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the two-sided mid-P p-value of a share seen in `many`, where `truth` holds."""
    up = above(share, many, truth)
    return np.minimum(2 * np.minimum(up, 1 - up), 1.0)


def midp_interval(
    share: np.ndarray, many: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares that the test does not reject at `level`.

    Parameters
    ----------
    share, many : ndarray, shape (T,)
        A share seen and of how many; NaN gives NaN.
    level : float in (0, 1)

    Returns
    -------
    low, high : ndarray, shape (T,)
    """
    share, many = np.asarray(share, dtype=float), np.maximum(many, 1e-9)
    return _solve(share, many, level / 2), _solve(share, many, 1 - level / 2)


def _solve(share: np.ndarray, many: np.ndarray, chance: float) -> np.ndarray:
    """Return the truth at which a share at least as high has that chance: `above` grows with it."""
    low, high = np.zeros(len(share)), np.ones(len(share))
    for _ in range(40):
        middle = (low + high) / 2
        more = above(share, many, middle) < chance
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.where(np.isnan(share), np.nan, (low + high) / 2)


def level_for_all(drawn: np.ndarray, centre: np.ndarray, many: np.ndarray, chance: float) -> float:
    """Return the level at which a test at every step rejects in only `chance` of the draws.

    Parameters
    ----------
    drawn : ndarray, shape (R, T)
        Shares of audiences drawn about `centre`.
    centre : ndarray, shape (T,)
    many : ndarray, shape (T,)
        Of how many each is; steps of none are left out.
    chance : float in (0, 1)

    Returns
    -------
    float
        The `chance` quantile of each draw's least p-value (Westfall and Young 1993).
    """
    size = np.round(many / max(many.max(), 1e-9) * NUMBERS)
    seen, grid = np.arange(SHARES + 1) / SHARES, np.arange(SHARES + 1) / SHARES
    grid = np.clip(grid, 0.25 / SHARES, 1 - 0.25 / SHARES)
    truth = np.round(centre * SHARES).astype(int)
    least = np.ones(len(drawn))
    for each in np.unique(size[many > 0]):
        steps = np.flatnonzero((size == each) & (many > 0))
        of = many[steps].mean()
        known, row = np.unique(truth[steps], return_inverse=True)
        table = midp_p_value(seen[None, :], of, grid[known][:, None])
        found = table[row[None, :], np.round(drawn[:, steps] * SHARES).astype(int)]
        least = np.minimum(least, found.min(axis=1))
    return float(np.quantile(least, chance))
