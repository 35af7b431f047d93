"""The quiet stretches: where for long the audience smiled much less than it usually did."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.stats.proportions import of_means
from laughtrack.analytics.timelines.grid import Grid, mean_over, smiling_share_of

COLUMNS = ("start_s", "end_s", "share", "share_low", "share_high")
# Pauses between two jokes are shorter.
LEAST_S = 20.0
# One smile of one viewer does not end a stretch: the curve is taken over this long.
OVER_S = 5.0
QUIET = 0.5


def quiet_stretches(
    table: Grid, curve: pd.DataFrame, effect: float, least_s: float = LEAST_S
) -> pd.DataFrame:
    """Find the quiet stretches.

    Parameters
    ----------
    table : Grid
    curve : DataFrame
        From `bands.bands` of the same grid.
    effect : float
        Design effect of viewers' means over time, `lasting` of `bootstrap.draws` of the same grid.
    least_s : float
        Shorter stretches are left out.

    Returns
    -------
    DataFrame
        The longest first: `start_s`, `end_s`, seconds; `share`, the part of the stretch that
        viewers smiled, mean over viewers, with the 95 % interval `share_low`, `share_high`. In all
        of a stretch somebody could be judged and the curve, over 5 s, lay below half of its mean.
        Left out where the interval reaches up to the curve's mean: the audience may have been no
        quieter than usual. The interval does not count that the stretch was searched for.
    """
    share = curve["share"].to_numpy(dtype=float)
    known = ~np.isnan(share)
    if not known.any() or np.nanmean(share) <= 0:
        return pd.DataFrame(columns=COLUMNS, dtype=float)
    usual, over = float(np.nanmean(share)), max(1, round(OVER_S / table.step_s))
    total, many = (_mean_around(each, over) for each in (np.nan_to_num(share), known * 1.0))
    low = known & (total < QUIET * usual * many)
    edges = np.flatnonzero(np.diff(low.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    long = edges[(edges[:, 1] - edges[:, 0]) * table.step_s >= least_s - 1e-6]
    if not len(long):
        return pd.DataFrame(columns=COLUMNS, dtype=float)
    own = np.column_stack([smiling_share_of(table, slice(*each)) for each in long])
    ends = of_means(own, effect)
    columns = (*(long.T * table.step_s), mean_over(own), *ends)
    found = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    found = found[~(found["share_high"] >= usual)]
    order = np.lexsort([found["start_s"], found["start_s"] - found["end_s"]])
    return found.iloc[order].reset_index(drop=True)


def _mean_around(values: np.ndarray, over: int) -> np.ndarray:
    """Return the mean of so many steps around each step; beyond the ends as in a mirror."""
    wide = np.pad(values, (over // 2, over - over // 2 - 1), mode="symmetric")
    return np.convolve(wide, np.full(over, 1 / over), mode="valid")
