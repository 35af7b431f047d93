"""How sure a leave-one-out correlation is: viewers left out of everything, singly or in groups.

Of many viewers each left out by itself would take time by the square of their number. Above
`MOST_ALONE`, `GROUPS` random groups, as large as each other or by one larger, are left out instead:
the delete-a-group jackknife (Kott 2001, Journal of Official Statistics 17:521), whose variance is
(G - 1) / G times the sum of squares of the G figures about their mean, with G - 1 degrees of
freedom. With a viewer a group it is the usual one (Efron and Stein 1981, Annals of Statistics
9:586).
"""

from __future__ import annotations

import numpy as np

from laughtrack.analytics.defaults import SEED
from laughtrack.analytics.stats.correlation import (
    Timelines,
    fisher_z,
    leave_one_out,
    mean_correlation,
)

MOST_ALONE, GROUPS = 200, 50


def isc_jackknife(
    timelines: Timelines, window: int, found: np.ndarray, most_alone: int = MOST_ALONE
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the mean of Fisher's z strays in each row of correlations.

    Parameters
    ----------
    timelines : Timelines
        Of V viewers.
    window : int
        Steps a window.
    found : ndarray, shape (W + 1, V)
        From `leave_one_out`.
    most_alone : int
        More viewers are left out in groups.

    Returns
    -------
    error, freedom : ndarray, shape (W + 1,)
        The standard error, and its degrees of freedom, 0 where there is none.
    """
    group = _groups(found.shape[1], most_alone)
    parts = [np.flatnonzero(group == each) for each in range(int(group.max(initial=-1)) + 1)]
    less = np.array([mean_z(leave_one_out(timelines, window, without=part)) for part in parts])
    # Who has no correlation here, and so is not in the mean, says nothing of its spread.
    here = np.array([(~np.isnan(found[:, part])).any(axis=1) for part in parts])
    less = np.where(here, less, np.nan)
    count = (~np.isnan(less)).sum(axis=0)
    many = np.maximum(count, 1)
    about = less - np.nansum(less, axis=0) / many
    error = np.sqrt((many - 1) / many * np.nansum(about**2, axis=0))
    return error, np.maximum(count - 1, 0)


def mean_z(correlations: np.ndarray) -> np.ndarray:
    """Return Fisher's z of the mean over viewers of (..., V) correlations."""
    return fisher_z(mean_correlation(correlations))


def _groups(viewers: int, most_alone: int) -> np.ndarray:
    """Return which group each viewer is in, (V,)."""
    if viewers <= most_alone:
        return np.arange(viewers)
    return np.random.default_rng(SEED).permutation(viewers) % GROUPS
