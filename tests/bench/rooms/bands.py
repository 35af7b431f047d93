"""Measures of the curve's bands and of the scores' intervals: did they hold the truth?"""

import numpy as np

from laughtrack.analytics.audience.bands import bands_of
from laughtrack.analytics.audience.scores import scores
from laughtrack.analytics.stats.bootstrap import draws
from tests.bench.rooms.case import Case

BANDS = {"point": "{}_{}", "whole": "{}_all_{}"}


def bands_and_scores(case: Case) -> dict[str, float]:
    """Return 1 for what held the truth, 0 for what did not, NaN for what was withheld.

    Of a pointwise band it is the part of its steps that held.
    """
    tables = case.tables
    grid = tables.grid()
    audiences = draws(grid.share, tables.seats)
    curve = bands_of(tables, grid, audiences)
    out = {}
    for figure, true in zip(("share", "degree"), case.curve.T, strict=True):
        for name, column in BANDS.items():
            ends = (curve[column.format(figure, end)].to_numpy() for end in ("low", "high"))
            inside = _inside(*ends, true)
            part = np.nanmean(inside) if (~np.isnan(inside)).any() else np.nan
            out[f"{figure} {name}"] = part if name == "point" else _whole(part)
    found = scores(tables, grid, audiences).set_index("score")
    for name, true in case.truth.scores.items():
        out[name] = float(_inside(found.at[name, "low"], found.at[name, "high"], true))
    return out


def _inside(low, high, true):
    """Return 1 where a truth lies within, 0 where not, NaN where there is no interval."""
    near = 1e-9
    held = (low - near <= true) & (true <= high + near)
    return np.where(np.isnan(low) | np.isnan(high), np.nan, held)


def _whole(part):
    return np.nan if np.isnan(part) else float(part == 1)
