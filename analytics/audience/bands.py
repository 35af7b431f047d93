"""How sure the audience's curve is: bands that hold the curve of all viewers such as these.

Conventions
-----------
- A band is for the share, or mean degree, that a very large audience of such viewers would have
  shown in the same room at the same show. It says nothing of another kind of viewers.
- Pointwise: each step's band holds its truth in 95 of 100 sessions. All steps: the whole band
  holds the whole truth in 95 of 100 sessions; only this one may be searched for moments.
- Missing viewers are left out; the bands take them to be like those judged. `worst` and `best` are
  the share if every missing viewer did not smile, or did.
- Where fewer than `LEAST_VIEWERS` were judged there is no band. There is none for all steps where
  fewer than `LEAST_FOR_ALL` were, nor at a show so quiet that, without the one who smiled most,
  on average fewer than `LEAST_SMILING` smiled at a time: whether they smiled together by chance
  could not be told.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from laughtrack.analytics.audience.correction.session_correction import (
    CURVE_BANDS,
    correction,
    with_corrected,
)
from laughtrack.analytics.audience.curve import curve
from laughtrack.analytics.audience.suppression import COUNTS, with_numbers
from laughtrack.analytics.defaults import LEAST_VIEWERS, LEVEL
from laughtrack.analytics.stats import proportions
from laughtrack.analytics.stats.bootstrap import Draws, draws
from laughtrack.analytics.stats.smoothed_bootstrap import smoothed_draws
from laughtrack.analytics.timelines.grid import Grid, mean_over
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.smiles import ON

COLUMNS = (
    "t_s",
    "visible",
    "judged",
    "watched",
    "share",
    "share_low",
    "share_high",
    "share_all_low",
    "share_all_high",
    "degree",
    "degree_low",
    "degree_high",
    "degree_all_low",
    "degree_all_high",
    "worst",
    "best",
)

# Two ends of a band, or two curves.
Pair = tuple[np.ndarray, np.ndarray]
# A band that reaches so near 0 or 1 has come to its end.
NEAR_END = 0.02
LEAST_FOR_ALL, LEAST_SMILING = 8, 0.4


def curve_with_bands(tables: SessionTables, step_s: float = 1.0) -> pd.DataFrame:
    """Return a session's curve with its bands.

    Parameters
    ----------
    tables : SessionTables
    step_s : float
        Seconds a row, above 0.

    Returns
    -------
    DataFrame
        The columns of `curve.curve`, whose `share_smiling` and `mean_smile` are the share and
        degree of `bands`; then those of `bands`, from `share_low` on; last the share and its bands
        put right for the scorer's errors, `corrected_share` and so on, NaN where that cannot be.

    Raises
    ------
    ValueError
        If `step_s` is not above 0.
    """
    grid = tables.grid(step_s)
    audiences = draws(grid.share, tables.seats)
    found = bands_of(tables, grid, audiences)
    found = with_corrected(found, correction(tables, audiences.lasting), "share", CURVE_BANDS)
    rest = found.columns.difference(["share", "degree", *COUNTS], sort=False)
    return curve(tables, step_s).join(found[rest])


def bands_of(tables: SessionTables, grid: Grid, audiences: Draws) -> pd.DataFrame:
    """Return what `bands` does of a session; figures of few are withheld as its tables say."""
    found = bands(grid, audiences)
    if tables.withholds:
        found = with_numbers(found, tables, lambda everyone: curve(everyone, grid.step_s))
        # Stand-ins do not go missing as viewers do.
        found[["worst", "best"]] = np.nan
    return found


def bands(table: Grid, audiences: Draws) -> pd.DataFrame:
    """Return the audience's curve with its bands.

    Parameters
    ----------
    table : Grid
    audiences : Draws
        From `bootstrap.draws` of its `share`.

    Returns
    -------
    DataFrame
        A row a step: `t_s` where it begins; `visible`, `judged` viewers; `watched`; `share`
        smiling and mean `degree` (unsteadied), means over judged viewers, each with `_low` and
        `_high` of the pointwise band and `_all_low` and `_all_high` of that for all steps;
        `worst` and `best` share over all viewers of the session, were every missing one not
        smiling, or smiling. Everything in [0, 1], NaN where nobody was judged.

    Notes
    -----
    Pointwise, the share's band is Wilson's on as many viewers as would, all or nothing, vary as
    much as these do, divided by the design effect (Korn and Graubard 1998, Survey Methodology
    24:193). For all steps, the band takes in whatever shares the mid-P binomial test does not
    reject at a level so small that the least p-value over all steps falls below it in 5 of 100
    audiences resampled (Westfall and Young 1993); that level is at most 0.05, the pointwise one.
    """
    many = table.scored.sum(axis=0)
    out = pd.DataFrame({"t_s": table.t_s, "visible": table.seen.sum(axis=0), "judged": many})
    out = out.assign(watched=table.watched).reindex(columns=COLUMNS)
    share, degree = mean_over(table.share), mean_over(table.raw)
    out["share"], out["degree"] = share, degree
    size = len(table.ids)
    if size:
        smiling = np.nansum(table.share, axis=0, dtype=float)
        out["worst"] = np.where(table.watched, smiling / size, np.nan)
        out["best"] = np.where(table.watched, (smiling + size - many) / size, np.nan)
    enough = many >= LEAST_VIEWERS
    if not enough.any():
        return out
    effective = many / audiences.effect / part_of_binomial(table.share, share, many)
    each_step = proportions.of_share(np.nan_to_num(share), np.maximum(effective, 1e-9))
    _put(out, "share", enough, each_step)
    gap, rest = _parts_of_degree(table)
    # What else moves the degree is continuous: its test at each step holds exactly its level.
    rest = rest / np.sqrt(np.maximum(effective, 1e-9))
    moved = -ndtri((1 - LEVEL) / 2) * rest
    _put(out, "degree", enough, _of_degree((share, degree), each_step, gap, moved))
    for_all = enough & (many >= LEAST_FOR_ALL)
    if for_all.any() and smiling_at_a_time(table.share) >= LEAST_SMILING:
        drawn, centre = smoothed_draws(table.share, audiences, table.step_s)
        level = proportions.level_for_all(drawn, centre, effective, 1 - LEVEL)
        level = min(level, 1 - LEVEL)
        all_steps = _around(proportions.midp_interval(share, effective, level), each_step)
        _put(out, "share_all", for_all, all_steps)
        moved = -ndtri(min(level, (1 - LEVEL) / len(out)) / 2) * rest
        _put(out, "degree_all", for_all, _of_degree((share, degree), all_steps, gap, moved))
    return out


def smiling_at_a_time(values: np.ndarray) -> float:
    """Return how many viewers smiled at a time, on average, without the one who smiled most."""
    own = np.nansum(values, axis=1, dtype=float)
    return float(own.sum() - own.max()) / max(int((~np.isnan(values)).any(axis=0).sum()), 1)


def _around(band: Pair, inner: Pair) -> Pair:
    """Return a band that holds another one, too: another test may be a little narrower."""
    return np.minimum(band[0], inner[0]), np.maximum(band[1], inner[1])


def part_of_binomial(values: np.ndarray, share: np.ndarray, many: np.ndarray) -> float:
    """Return how much of a yes-or-no's variance viewers' (V, T) shares have, over all steps.

    At most 1, and less the wider the steps: in 20 s nobody smiles throughout.
    """
    known = many >= LEAST_VIEWERS
    square = np.nansum((values[:, known] - share[known]) ** 2, axis=0) / (many[known] - 1)
    binary = float(np.sum(share[known] * (1 - share[known])))
    # Nobody smiled at all, or all did: nothing is known of it.
    return min(float(square.sum()) / binary, 1.0) if binary > 0 and square.sum() > 0 else 1.0


def _of_degree(curves: Pair, band: Pair, gap: float, rest: np.ndarray) -> Pair:
    """Return the band of the mean degree that follows from that of the share smiling.

    `curves` are share and degree, `band` the share's; `gap` is how much higher the degree of those
    smiling is, `rest` (T,) what else moves the mean.
    """
    share, degree = curves

    def far(ways: np.ndarray, end: np.ndarray) -> np.ndarray:
        # Two chances seldom go far together, but where the share's is at its end it costs nothing.
        return np.where(end, gap * ways + rest, np.hypot(gap * ways, rest))

    low = degree - far(share - band[0], band[0] < NEAR_END)
    high = degree + far(band[1] - share, band[1] > 1 - NEAR_END)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def _parts_of_degree(table: Grid) -> tuple[float, float]:
    """Return by how much a smile raises the degree, and the deviation of one viewer's degree else.

    Least squares of the degree on the share smiling over all viewers and steps.
    """
    known = ~np.isnan(table.raw) & ~np.isnan(table.share)
    share, degree = table.share[known].astype(float), table.raw[known].astype(float)
    off, above = share - share.mean(), degree - degree.mean()
    moved = float(off @ off)
    # Nobody smiled, or all did throughout: a smile would be at least the threshold's worth.
    gap = float(off @ above) / moved if moved > 0 else max(ON - float(degree.mean()), 0.0)
    return max(gap, 0.0), float(np.std(above - gap * off))


def _put(out: pd.DataFrame, name: str, enough: np.ndarray, pair: Pair) -> None:
    """Write a band's two columns where there is ground for one."""
    for end, values in zip(("low", "high"), pair, strict=True):
        out[f"{name}_{end}"] = np.where(enough, values, np.nan)
