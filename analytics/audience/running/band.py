"""The pointwise band of a curve that is not finished: as `audience.bands`, without resampling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.bands import part_of_binomial
from laughtrack.analytics.defaults import LEAST_VIEWERS
from laughtrack.analytics.stats import proportions
from laughtrack.analytics.stats.neighbour_correlation import neighbour_correlation
from laughtrack.analytics.timelines.grid import mean_over


def worth(values: np.ndarray, ids: np.ndarray, seats: pd.DataFrame) -> float:
    """Return of how many viewers a share says as much as of one who did all or nothing by himself.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        The part of each second that each viewer smiled, NaN where not judged.
    ids : ndarray, shape (V,)
        Their IDs, ascending.
    seats : DataFrame
        From `seating.seating`, of some of them: the design effect is theirs.

    Returns
    -------
    float
        The design effect of neighbours times the part of the variance that shares have of a
        yes-or-no's.
    """
    if not len(ids):
        return 1.0
    many = (~np.isnan(values)).sum(axis=0)
    part = part_of_binomial(values, mean_over(values), many)
    here = np.isin(ids, seats["viewer_id"])
    seats = seats[seats["viewer_id"].isin(ids)].reset_index(drop=True)
    return neighbour_correlation(values[here], seats).design_effect * part


def with_band(rows: pd.DataFrame, viewers_worth: float) -> pd.DataFrame:
    """Return rows of the curve with `share_low` and `share_high`, NaN below `LEAST_VIEWERS`."""
    many, share = rows["judged"].to_numpy(), rows["share_smiling"].to_numpy(dtype=float)
    ends = proportions.of_share(np.nan_to_num(share), np.maximum(many / viewers_worth, 1e-9))
    low, high = (np.where(many >= LEAST_VIEWERS, end, np.nan) for end in ends)
    return rows.assign(share_low=low, share_high=high)
