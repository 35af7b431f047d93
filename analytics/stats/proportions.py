"""Wilson's interval of a share, and of the mean over viewers of a share that each viewer has."""

from __future__ import annotations

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from laughtrack.analytics.stats.bootstrap import LEAST_VIEWERS, LEVEL
from laughtrack.analytics.timelines.grid import mean_over


def of_share(share, many):
    """Return the 95 % interval (low, high) of a share seen in `many`, which need not be whole."""
    return proportion_confint(share * many, many, alpha=1 - LEVEL, method="wilson")


def of_means(values, effect=1.0):
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
        (Korn and Graubard 1998, Survey Methodology 24:193); NaN below `LEAST_VIEWERS`.
    """
    count = (~np.isnan(values)).sum(axis=0)
    sure = count >= LEAST_VIEWERS
    many, mean = np.where(sure, count, LEAST_VIEWERS), np.nan_to_num(mean_over(values))
    off = np.nan_to_num(values - mean)
    pulled = (many * mean + 0.5) / (many + 1)
    # As if one more viewer had varied as much as is possible: few shares may be alike by chance.
    variance = ((off**2).sum(axis=0) + pulled * (1 - pulled)) / many
    binary = mean * (1 - mean)
    effective = np.where(binary > 1e-9, binary * many / np.maximum(variance, 1e-12), many) / effect
    tail = (1 + LEVEL) / 2
    effective *= (stats.norm.ppf(tail) / stats.t.ppf(tail, many - 1)) ** 2
    ends = of_share(mean, effective)
    return [np.where(sure, end, np.nan) for end in ends]
