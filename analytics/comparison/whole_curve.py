"""The band that holds all of two audiences' difference at once, beside the pointwise one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.bands import (
    LEAST_FOR_ALL,
    LEAST_SMILING,
    part_of_binomial,
    smiling_at_a_time,
)
from laughtrack.analytics.comparison.caveats import LEAST_EFFECTIVE
from laughtrack.analytics.messages import message
from laughtrack.analytics.stats.bootstrap import Pool
from laughtrack.analytics.stats.difference_band import beside_whole_difference
from laughtrack.analytics.stats.smoothed_bootstrap import smoothed_draws


def with_whole_band(
    curve: pd.DataFrame, data: np.ndarray, pool: Pool, step_s: float
) -> tuple[pd.DataFrame, list[str]]:
    """Give a comparison's curve the band of all steps.

    Parameters
    ----------
    curve : DataFrame
        From `curves.curves`.
    data : ndarray, shape (V, T)
        Shares in [0, 1] of both audiences' viewers, NaN where not judged or not to be used.
    pool : Pool
    step_s : float

    Returns
    -------
    DataFrame, list of str
        `curve` with `all_low` and `all_high`, NaN where fewer than `LEAST_FOR_ALL` were judged in
        an audience; and, where there is no such band at all, why, a sentence an audience.

    Notes
    -----
    At the same rules as a session's own band of all steps (`audience.bands`), and never narrower
    than the pointwise one.
    """
    sides = [data[members] for members in (pool.assignments[0], ~pool.assignments[0])]
    judged = [np.isfinite(each).sum(axis=0) for each in sides]
    reasons = [
        reason
        for name, side, many, worth in zip("AB", sides, judged, pool.effective_sizes, strict=True)
        if (reason := _why_not(name, side, many, worth))
    ]
    if reasons:
        return curve, reasons
    share = [curve[f"share_{name}"].to_numpy() for name in "ab"]
    many = [
        count / draws.effect / part_of_binomial(side, own, count)
        for count, draws, side, own in zip(judged, pool.draws, sides, share, strict=True)
    ]
    pair = [
        smoothed_draws(side, each, step_s) for side, each in zip(sides, pool.draws, strict=True)
    ]
    below, above = beside_whole_difference(pair, share, many)
    enough = np.min(judged, axis=0) >= LEAST_FOR_ALL
    low = np.minimum(curve["difference"] - below, curve["low"]).clip(lower=-1)
    high = np.maximum(curve["difference"] + above, curve["high"]).clip(upper=1)
    return curve.assign(all_low=low.where(enough), all_high=high.where(enough)), []


def _why_not(name: str, side: np.ndarray, many: np.ndarray, worth: float) -> str:
    """Return why an audience has no band of all steps, "" where it has one."""
    if many.max(initial=0) < LEAST_FOR_ALL:
        return message(
            "No band holds the whole difference at once: in audience {name} fewer than {least} "
            "viewers were judged at a time.",
            name=name,
            least=LEAST_FOR_ALL,
        )
    if worth < LEAST_EFFECTIVE:
        return message(
            "No band holds the whole difference at once: audience {name} says no more than "
            "{worth:.0f} strangers.",
            name=name,
            worth=worth,
        )
    if smiling_at_a_time(side) < LEAST_SMILING:
        return message(
            "No band holds the whole difference at once: audience {name} smiled too seldom to tell "
            "how far chance goes.",
            name=name,
        )
    return ""
