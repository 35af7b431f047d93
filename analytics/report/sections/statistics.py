"""The sections that compare: groups, synchrony, what followed marks, other sessions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.audience.latencies import WITHIN_S
from laughtrack.analytics.audience.synchrony import Synchrony
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import UNKNOWN, clock, number, p_value, percent
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.norms.intervals import LEAST
from laughtrack.analytics.report.elements import Cell, Table, jump, nowrap
from laughtrack.analytics.report.figures.seat_map import SIDES

MOST_STRETCHES = 10
SCORES = {
    "share_smiling": message("time spent smiling"),
    "reach": message("smiled at least once"),
    "mean_smile": message("mean degree, 0 to 1"),
    "smiles_per_min": message("smiles a minute, mean over viewers"),
    "maximum_share": message("highest share, corrected for being searched for"),
    "minimum_share": message("lowest share, likewise"),
    "peak_end": message("mean of the highest share and that of the end"),
    "hook": message("smiling in the first seconds"),
    "judged_share": message("time in view that could be judged"),
    "pairwise_isc": message("correlation of two viewers, mean over pairs"),
}
_SHARES = (
    "share_smiling",
    "reach",
    "maximum_share",
    "minimum_share",
    "peak_end",
    "hook",
    "judged_share",
)


class Groups(NamedTuple):
    """Groups of viewers: who is left out, how many comparisons differ, and two tables."""

    remarks: list[str]
    text: str
    means: Table
    differences: Table


class Passage(NamedTuple):
    """A text and the table below it, None where there is no row."""

    text: str
    table: Table | None


def groups(
    compared: tuple[pd.DataFrame, pd.DataFrame, Sequence[str]] | None,
) -> Groups | None:
    """Return groups of viewers and their differences; None where there are none.

    `compared` is what `groups.compare` returns.
    """
    if compared is None:
        return None
    found, pairs, remarks = compared
    told = {
        "groups": plural("{n} group", "{n} groups", len(found)),
        "differ": int((pairs["p_holm"] <= ALPHA).sum()),
    }
    text = plural(
        "In {differ} of {n} comparison of {groups} the groups differ by more than chance would "
        "give.",
        "In {differ} of {n} comparisons of {groups} the groups differ by more than chance would "
        "give.",
        len(pairs),
        **told,
    )
    return Groups([*remarks], text, _means(found), _differences(pairs))


def _means(found: pd.DataFrame) -> Table:
    head = [message("Group"), message("Viewers"), message("Time smiling")]
    head += [message("Smiled at all"), message("Mean degree"), message("Correlation of pairs")]
    rows = [
        (
            _name(each.group),
            each.viewers,
            percent(each.share_smiling),
            percent(each.reach),
            number(each.mean_smile),
            number(each.pairwise_isc),
        )
        for each in found.itertuples()
    ]
    return Table(message("Each group by itself"), head, rows)


def _name(group: str) -> str:
    """Name a group: sides and rows are known, others are as they were given."""
    if group in SIDES:
        return SIDES[group]
    row = group.removeprefix("row ")
    return message("row {row}", row=row) if row != group and row.isdecimal() else group


def _differences(pairs: pd.DataFrame) -> Table:
    head = [message("Score"), message("Groups"), message("Difference, 95 % interval"), "p"]
    rows = [
        (
            SCORES[each.score],
            joined([_name(each.group), _name(each.other)]),
            nowrap(_range(each.difference, each.low, each.high, each.score)),
            nowrap(p_value(each.p_holm)),
        )
        for each in sorted(pairs.itertuples(), key=lambda each: not each.p_holm <= ALPHA)
    ]
    return Table(
        message("The groups beside each other, the surest differences first"), head, rows, "named"
    )


def synchrony(found: Synchrony | None) -> Passage | None:
    """Return the viewers' synchrony, and in which stretches it was highest; None if unknown."""
    if found is None or math.isnan(found.whole["isc"][0]):
        return None
    text = _alike(found.whole.iloc[0])
    best = found.windows[found.windows["p"] <= ALPHA].nlargest(MOST_STRETCHES, "isc")
    rows = [
        (
            jump(each.start_s),
            clock(each.end_s),
            nowrap(_range(each.isc, each.low, each.high)),
            each.viewers,
            nowrap(p_value(each.p)),
        )
        for each in best.itertuples()
    ]
    head = [message("Stretch from"), message("To"), message("Correlation, 95 % interval")]
    head += [message("Viewers"), "p"]
    caption = message("Where the viewers were most alike; p allows for the number of stretches")
    return Passage(text, Table(caption, head, rows) if rows else None)


def _alike(row: pd.Series) -> str:
    """Say how far the viewers smiled together over the whole of the session."""
    r = number(row["isc"])
    if not math.isnan(row["low"]):
        ends = {name: row[name] for name in ("low", "high")}
        r = message("{r} (95 % interval {low:.2f} to {high:.2f})", r=r, **ends)
    told = {"r": r, "p": p_value(row["p"], "p ")}
    if row["p"] <= ALPHA:
        text = plural(
            "Each viewer's smiles go with the mean of the others' with a correlation of {r}, mean "
            "over {n:,} viewer; that is more than viewers with no common timing would show ({p}).",
            "Each viewer's smiles go with the mean of the others' with a correlation of {r}, "
            "mean over {n:,} viewers; that is more than viewers with no common timing would show "
            "({p}).",
            int(row["viewers"]),
            **told,
        )
    else:
        text = plural(
            "Each viewer's smiles go with the mean of the others' with a correlation of {r}, mean "
            "over {n:,} viewer; that is no more than viewers with no common timing would show "
            "({p}).",
            "Each viewer's smiles go with the mean of the others' with a correlation of {r}, mean "
            "over {n:,} viewers; that is no more than viewers with no common timing would show "
            "({p}).",
            int(row["viewers"]),
            **told,
        )
    if not row["left_out"]:
        return text
    out = plural(
        "{n:,} viewer never moved or was judged too briefly.",
        "{n:,} viewers never moved or were judged too briefly.",
        int(row["left_out"]),
    )
    return joined([text, out], " ")


def after_marks(found: pd.DataFrame) -> Passage | None:
    """Return how soon viewers smiled after each mark; `found` is from `latencies.after_marks`."""
    if found.empty:
        return None
    rows = [
        (
            each.text,
            jump(each.t_s),
            message("{smiled} of {free}", smiled=each.smiled, free=each.free),
            _half_began(each),
            each.already_smiling,
        )
        for each in found.itertuples()
    ]
    head = [message("Mark"), message("Time"), message("Began to smile")]
    head += [message("Half had begun after"), message("Already smiling")]
    text = message(
        "Of the viewers who could be judged and were not smiling yet, those whose smile began "
        "within {seconds:g} s of the mark, and when half of all of them had begun.",
        seconds=WITHIN_S,
    )
    return Passage(text, Table(message("Smiles after each mark"), head, rows))


def _half_began(each: Any) -> str:
    if not math.isnan(each.median_latency_s):
        return message("{seconds:.1f} s", seconds=each.median_latency_s)
    return message("less than half smiled") if each.free else UNKNOWN


def norms(found: pd.DataFrame | None) -> Passage | None:
    """Return where the session stands among the others; None where there are no others.

    `found` is from `norms.norms`.
    """
    if found is None or not found["others"].max():
        return None
    rows = [
        (
            SCORES[each.score],
            _figure(each.value, each.score),
            _percentile(each),
            nowrap(
                message(
                    "{low} to {high}",
                    low=_figure(each.lowest, each.score),
                    high=_figure(each.highest, each.score),
                )
            ),
            each.others,
        )
        for each in found.itertuples()
    ]
    head = [message("Score"), message("This session"), message("Percentile")]
    head += [message("Others, lowest to highest"), message("Others")]
    text = ""
    if found["others"].max() < LEAST:
        text = message("With fewer than {least} others no percentile is given.", least=LEAST)
    elif stratum := found["stratum"].iloc[0]:
        text = message("Only others that are alike in {stratum}.", stratum=stratum)
    caption = message("This session among the others of its store")
    return Passage(text, Table(caption, head, rows, "named"))


def _percentile(each: Any) -> str | Cell:
    """Write a percentile, a whole number in 0 to 100, with its interval."""
    if math.isnan(each.percentile):
        return UNKNOWN
    low, high = each.percentile_low, each.percentile_high
    return nowrap(
        message("{value:.0f} ({low:.0f} to {high:.0f})", value=each.percentile, low=low, high=high)
    )


def _figure(value: float, score: str) -> str:
    return percent(value) if score in _SHARES else number(value)


def _range(value: float, low: float, high: float, score: str | None = None) -> str:
    """Write a figure with its interval; a difference of shares in points of percent."""
    if score in ("share_smiling", "reach"):
        value, low, high = value * 100, low * 100, high * 100
        said = plural("{value:.0f} point", "{value:.0f} points", abs(round(value)), value=value)
        ends: str = message("{low:.0f} to {high:.0f}", low=low, high=high)
    else:
        said = message("{value:.2f}", value=value)
        ends = message("{low:.2f} to {high:.2f}", low=low, high=high)
    if math.isnan(low):
        return said
    return message("{value} ({interval})", value=said, interval=ends)
