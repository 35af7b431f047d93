"""A session in at most five sentences that claim no more than the intervals allow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import clock, percent
from laughtrack.analytics.messages import joined, message, plural

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
        return [message("No viewer was seen, so there is nothing to say of the audience.")]
    if not main["judged"]:
        return [
            plural(
                "{n:,} viewer was seen in {time}, but no face could be judged, so nothing can be "
                "said of smiles.",
                "{n:,} viewers were seen in {time}, but no face could be judged, so nothing can "
                "be said of smiles.",
                main["viewers"],
                time=clock(main["seconds"]),
            )
        ]
    texts = [
        _how_many(main, curve),
        _average(main, average),
        _best(moments, offset_s),
        _synchrony(synchrony),
        _missing(curve),
    ]
    return [text for text in texts if text]


def _how_many(main: Mapping[str, Any], curve: pd.DataFrame) -> str:
    told = {"time": clock(main["seconds"]), "judged": percent(main["judged_share"])}
    if "share_low" in curve and curve["share_low"].notna().any():
        return plural(
            "{n:,} viewer was seen in {time}, and could be judged {judged} of the time in view.",
            "{n:,} viewers were seen in {time}, and could be judged {judged} of the time in view.",
            main["viewers"],
            **told,
        )
    return plural(
        "{n:,} viewer was seen in {time}, and could be judged {judged} of the time in view; too "
        "few to tell how other such audiences would have smiled.",
        "{n:,} viewers were seen in {time}, and could be judged {judged} of the time in view; too "
        "few to tell how other such audiences would have smiled.",
        main["viewers"],
        **told,
    )


def _average(main: Mapping[str, Any], average: Average | None) -> str:
    value, low, high, seen = average or Average(main["share_smiling"], math.nan, math.nan)
    if math.isnan(low) or math.isnan(high):
        if math.isnan(seen):
            return message(
                "They smiled {share} of that time, on average over viewers; how far this holds "
                "for others cannot be said.",
                share=percent(value),
            )
        return message(
            "They smiled {share} of that time, on average over viewers, allowing for faces "
            "misread (as scored: {seen}); how far this holds for others cannot be said.",
            share=percent(value),
            seen=percent(seen),
        )
    share = _from_to(low, high)
    if math.isnan(seen):
        return message(
            "On average over the session, {share} of such viewers were smiling.", share=share
        )
    return message(
        "On average over the session, {share} of such viewers were smiling, allowing for faces "
        "misread (as scored: {seen}).",
        share=share,
        seen=percent(seen),
    )


def _best(moments: pd.DataFrame, offset_s: float | None) -> str:
    if moments.empty:
        return message("No moment stood out.")
    top = moments.iloc[0]
    told = {"time": _time(top["t_s"], offset_s), "share": percent(top["share_smiling"])}
    if "p_value" not in moments or moments["p_value"].isna().all():
        return message(
            "The moment that stood out most was at {time}, when {share} of those who could be "
            "judged were smiling; whether by chance was not tested.",
            **told,
        )
    significant = moments[moments["p_value"] <= ALPHA]
    if significant.empty:
        return message(
            "No moment stood out clearly enough to rule out chance; the largest was at {time} "
            "({share}).",
            **told,
        )
    best, others = _best_of(significant.iloc[0], offset_s), len(significant) - 1
    if not others:
        return best
    more = plural("One other moment did too.", "{n} other moments did too.", others)
    return joined([best, more], " ")


def _best_of(best: pd.Series, offset_s: float | None) -> str:
    """Tell of a moment that stood out by more than chance would give."""
    low, high = best.get("share_low", math.nan), best.get("share_high", math.nan)
    time = _interval(_time(best["t_s"], offset_s), best)
    if math.isnan(low) or math.isnan(high):
        return message(
            "The moment at {time} stood out by more than chance would give: {share} of those who "
            "could be judged smiled.",
            time=time,
            share=percent(best["share_smiling"]),
        )
    return message(
        "The moment at {time} stood out by more than chance would give: {share} of such viewers "
        "smiled.",
        time=time,
        share=_from_to(low, high),
    )


def _time(t_s: float, offset_s: float | None) -> str:
    if offset_s is None:
        return clock(t_s)
    return message("{time} (film {film})", time=clock(t_s), film=clock(t_s + offset_s))


def _interval(time: str, best: pd.Series) -> str:
    low, high = best.get("t_low_s", math.nan), best.get("t_high_s", math.nan)
    if math.isnan(low) or math.isnan(high) or clock(low) == clock(high):
        return time
    return message(
        "{time} (95 % interval {low} to {high})", time=time, low=clock(low), high=clock(high)
    )


def _from_to(low: float, high: float) -> str:
    if f"{low * 100:.0f}" == f"{high * 100:.0f}":
        return message("about {share}", share=percent(low))
    return message("between {low:.0f} and {high:.0f} %", low=100 * low, high=100 * high)


def _synchrony(found: pd.Series | None) -> str:
    if found is None or math.isnan(found["isc"]) or math.isnan(found["p"]):
        return ""
    if found["p"] > ALPHA or not found["low"] > 0:
        return message(
            "There is no sign that viewers smiled at the same moments more than by chance."
        )
    return message(
        "Viewers smiled at the same moments more than chance would explain (average correlation "
        "with the rest {low:.2f} to {high:.2f}).",
        low=found["low"],
        high=found["high"],
    )


def _missing(curve: pd.DataFrame) -> str:
    """Say what missing viewers could change, where they are more than a few."""
    if "worst" not in curve or not curve["best"].notna().any():
        return ""
    worst, best = float(np.nanmean(curve["worst"])), float(np.nanmean(curve["best"]))
    missing = best - worst
    if missing < MISSING:
        return ""
    return message(
        "On average {missing} of the viewers were missing: had none of them smiled, or all, the "
        "average share would be {worst} or {best}.",
        missing=percent(missing),
        worst=percent(worst),
        best=percent(best),
    )
