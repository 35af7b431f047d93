"""A session in at most five sentences that claim no more than the intervals allow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import clock, count, percent

# Below this part of the viewers' time missing, the bounds say nothing that the band does not.
MISSING = 0.05


class Average(NamedTuple):
    """The average share smiling with its 95 % interval, NaN where there is none, and what was seen
    before it was put right for the scorer's errors, NaN where it was not."""

    value: float
    low: float
    high: float
    seen: float = math.nan


def sentences(
    main: Mapping[str, Any],
    curve: pd.DataFrame,
    moments: pd.DataFrame,
    synchrony: pd.Series | None = None,
    average: Average | None = None,
    offset_s: float | None = None,
) -> list[str]:
    """Sum a session up.

    Parameters
    ----------
    main : dict
        From `audience.summary`.
    curve : DataFrame
        The audience's, where there is ground with `share_low`, and with `worst` and `best`.
    moments : DataFrame
        Peaks, the largest first; where they were tested, with `p_value` and their intervals.
    synchrony : Series, optional
        The session's synchrony: `isc`, `low`, `high`, `p`.
    average : Average, optional
    offset_s : float, optional
        The film's time code at the session's 0, said beside the best moment's time.

    Returns
    -------
    list of str
        At most five. A moment is named the best only where chance would hardly give as much, and
        what has an interval is said as from where to where.
    """
    if not main["viewers"]:
        return ["No viewer was seen, so there is nothing to say of the audience."]
    if not main["judged"]:
        return [f"{_who(main)}, but no face could be judged, so nothing can be said of smiles."]
    texts = [
        _how_many(main, curve),
        _average(main, average),
        _best(moments, offset_s),
        _synchrony(synchrony),
        _missing(curve),
    ]
    return [text for text in texts if text]


def _who(main: Mapping[str, Any]) -> str:
    were = "was" if main["viewers"] == 1 else "were"
    return f"{count(main['viewers'], 'viewer')} {were} seen in {clock(main['seconds'])}"


def _how_many(main: Mapping[str, Any], curve: pd.DataFrame) -> str:
    who = f"{_who(main)}, and could be judged {percent(main['judged_share'])} of the time in view"
    if "share_low" in curve and curve["share_low"].notna().any():
        return f"{who}."
    return f"{who}; too few to tell how other such audiences would have smiled."


def _average(main: Mapping[str, Any], average: Average | None) -> str:
    value, low, high, seen = average or Average(main["share_smiling"], math.nan, math.nan)
    corrected = (
        "" if math.isnan(seen) else f", allowing for faces misread (as scored: {percent(seen)})"
    )
    if math.isnan(low) or math.isnan(high):
        return (
            f"They smiled {percent(value)} of that time, on average over viewers{corrected}; "
            "how far this holds for others cannot be said."
        )
    share = _from_to(low, high)
    return f"On average over the session, {share} of such viewers were smiling{corrected}."


def _best(moments: pd.DataFrame, offset_s: float | None) -> str:
    if moments.empty:
        return "No moment stood out."
    top = moments.iloc[0]
    if "p_value" not in moments or moments["p_value"].isna().all():
        return (
            f"The moment that stood out most was at {_time(top['t_s'], offset_s)}, when "
            f"{percent(top['share_smiling'])} of those who could be judged were smiling; whether "
            "by chance was not tested."
        )
    significant = moments[moments["p_value"] <= ALPHA]
    if significant.empty:
        return (
            "No moment stood out clearly enough to rule out chance; the largest was at "
            f"{_time(top['t_s'], offset_s)} ({percent(top['share_smiling'])})."
        )
    best = significant.iloc[0]
    others = len(significant) - 1
    more = f" {_others(others)}" if others else ""
    when = f"{_time(best['t_s'], offset_s)}{_when(best)}"
    return f"The moment at {when} stood out by more than chance would give{_share(best)}.{more}"


def _others(many: int) -> str:
    return "One other moment did too." if many == 1 else f"{many} other moments did too."


def _time(t_s: float, offset_s: float | None) -> str:
    return clock(t_s) + ("" if offset_s is None else f" (film {clock(t_s + offset_s)})")


def _when(best: pd.Series) -> str:
    low, high = best.get("t_low_s", math.nan), best.get("t_high_s", math.nan)
    if math.isnan(low) or math.isnan(high) or clock(low) == clock(high):
        return ""
    return f" (95 % interval {clock(low)} to {clock(high)})"


def _share(best: pd.Series) -> str:
    low, high = best.get("share_low", math.nan), best.get("share_high", math.nan)
    if math.isnan(low) or math.isnan(high):
        return f": {percent(best['share_smiling'])} of those who could be judged smiled"
    return f": {_from_to(low, high)} of such viewers smiled"


def _from_to(low: float, high: float) -> str:
    if f"{low * 100:.0f}" == f"{high * 100:.0f}":
        return f"about {percent(low)}"
    return f"between {low * 100:.0f} and {percent(high)}"


def _synchrony(found: pd.Series | None) -> str:
    if found is None or math.isnan(found["isc"]) or math.isnan(found["p"]):
        return ""
    if found["p"] > ALPHA or not found["low"] > 0:
        return "There is no sign that viewers smiled at the same moments more than by chance."
    return (
        "Viewers smiled at the same moments more than chance would explain (average correlation "
        f"with the rest {found['low']:.2f} to {found['high']:.2f})."
    )


def _missing(curve: pd.DataFrame) -> str:
    """Say what missing viewers could change, where they are more than a few."""
    if "worst" not in curve or not curve["best"].notna().any():
        return ""
    worst, best = float(np.nanmean(curve["worst"])), float(np.nanmean(curve["best"]))
    missing = best - worst
    if missing < MISSING:
        return ""
    return (
        f"On average {percent(missing)} of the viewers were missing: had none of them smiled, or "
        f"all, the average share would be {percent(worst)} or {percent(best)}."
    )
