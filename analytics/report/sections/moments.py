"""The sections about single moments: peaks, quiet stretches, marks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from laughtrack.analytics.audience.marks import AFTER_S, MOST_MARKS, label
from laughtrack.analytics.audience.peaks import LEAST_RISE
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import UNKNOWN, chance_verdict, clock, number, percent
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.report.elements import Cell, Listing, Table, jump, nowrap, still

MOST_MOMENTS = 20
MOST_IN_SUMMARY = 5
MOST_QUIET = 10

# A column's name, and what writes a cell of a peak's rank, from 0, and row.
Column = tuple[str, Callable[[int, Any], object]]


def moments(
    found: pd.DataFrame,
    offset_s: float | None = None,
    images: Mapping[int, str] | None = None,
    in_summary: bool = False,
) -> Listing:
    """Return the table of peak moments.

    Parameters
    ----------
    found : DataFrame
        From `peaks.peaks`; where it has them, with `p_value`, the interval of the apex `t_low_s`,
        `t_high_s`, and that of the share, `share_low`, `share_high`.
    offset_s : float, optional
        The film's time code at the session's 0.
    images : dict, optional
        Stills of the film as data URIs, by row.
    in_summary : bool
        Only of the largest what a reader asks for first.
    """
    if found.empty:
        return Listing(
            None,
            empty=message(
                "No moment stood out: the audience's mean score never rose at least {rise:g} "
                "above what was around it.",
                rise=LEAST_RISE,
            ),
        )
    # What matters most comes first: a phone shows the rest on scrolling.
    columns = _first_columns(found, offset_s, images or {})
    columns += () if in_summary else _more_columns(found)
    most = MOST_IN_SUMMARY if in_summary else MOST_MOMENTS
    # A number is the peak's by its size, as on the curve.
    ranked = [*enumerate(found.itertuples())]
    ranked.sort(key=lambda each: not getattr(each[1], "p_value", math.nan) <= ALPHA)
    rows = [[write(rank, peak) for _, write in columns] for rank, peak in ranked[:most]]
    more = len(found) - most
    unlisted = plural("{n:,} smaller moment not listed.", "{n:,} smaller moments not listed.", more)
    head = [name for name, _ in columns]
    made = Table(message("The moments that stood out, the surest and largest first"), head, rows)
    return Listing(made, unlisted if more > 0 else "")


def _first_columns(
    found: pd.DataFrame, offset_s: float | None, images: Mapping[int, str]
) -> list[Column]:
    """Return the columns of what a reader asks for first."""
    columns: list[Column] = [
        (message("No."), lambda rank, peak: rank + 1),
        (message("Time"), lambda rank, peak: jump(peak.t_s)),
    ]
    if offset_s is not None:
        film_s = offset_s
        columns.append(
            (
                message("Film time code"),
                lambda rank, peak: clock(peak.t_s + film_s, tenths=True),
            )
        )
    if images:
        columns.append(
            (
                message("Still"),
                lambda rank, peak: _still(images.get(rank), peak.t_s + (offset_s or 0.0)),
            )
        )
    columns += [
        (message("Smiling"), _smiling),
        (message("Viewers judged"), lambda rank, peak: peak.viewers),
    ]
    if "p_value" in found:
        chance = message("Could be chance?")
        columns.append((chance, lambda rank, peak: nowrap(chance_verdict(peak.p_value))))
    return columns


def _more_columns(found: pd.DataFrame) -> list[Column]:
    columns: list[Column] = [
        (message("Mean smile"), lambda rank, peak: number(peak.mean_smile)),
        (message("From"), lambda rank, peak: clock(peak.start_s, tenths=True)),
        (message("To"), lambda rank, peak: clock(peak.end_s, tenths=True)),
        (message("Rise"), lambda rank, peak: number(peak.rise)),
    ]
    if "t_low_s" in found:
        when = message("Peak time, 95 % interval")
        columns.insert(0, (when, lambda rank, peak: _range(peak.t_low_s, peak.t_high_s)))
    return columns


def _smiling(_: int, peak: Any) -> Cell:
    low, high = getattr(peak, "share_low", math.nan), getattr(peak, "share_high", math.nan)
    return nowrap(joined([percent(peak.share_smiling), share_interval(low, high)], ""))


def share_interval(low: float, high: float) -> str:
    """Write a share's interval in brackets, "" where it has none."""
    known = not (math.isnan(low) or math.isnan(high))
    return message(" ({low:.0f}–{high:.0f})", low=low * 100, high=high * 100) if known else ""


def _range(low_s: float, high_s: float) -> str | Cell:
    if math.isnan(low_s) or math.isnan(high_s):
        return UNKNOWN
    return nowrap(joined([clock(low_s, tenths=True), clock(high_s, tenths=True)], "–"))


def _still(uri: str | None, film_s: float) -> str | Cell:
    if uri is None:
        return UNKNOWN
    return still(uri, message("The film at {time}", time=clock(film_s, tenths=True)))


def quiet(found: pd.DataFrame | None, offset_s: float | None = None) -> Listing | None:
    """Return the stretches in which the audience smiled least; None where there is no table.

    `found` has start_s, end_s and share, the longest first; None where nobody looked for any.
    """
    if found is None:
        return None
    if found.empty:
        return Listing(None, empty=message("No stretch was quieter than the rest for long."))
    head = [message("From"), message("To"), message("Length"), message("Smiling")]
    if offset_s is not None:
        head.insert(1, message("Film time code"))
    rows = [
        (
            jump(each.start_s),
            *([] if offset_s is None else [clock(each.start_s + offset_s, tenths=True)]),
            clock(each.end_s, tenths=True),
            message("{seconds:.0f} s", seconds=each.end_s - each.start_s),
            percent(each.share),
        )
        for each in found.head(MOST_QUIET).itertuples()
    ]
    more = len(found) - MOST_QUIET
    unlisted = plural("{n:,} other stretch not listed.", "{n:,} other stretches not listed.", more)
    made = Table(message("When the audience smiled least"), head, rows)
    return Listing(made, unlisted if more > 0 else "")


def marked(found: pd.DataFrame, offset_s: float | None = None) -> Listing | None:
    """Return the table of marked moments; None where nobody marked any."""
    if found.empty:
        return None
    after = message("Smiling in the {seconds:.0f} s after", seconds=AFTER_S)
    head = [message("Mark"), message("Time"), message("What"), after, message("Viewers judged")]
    if offset_s is not None:
        head.insert(2, message("Film time code"))
    rows = [
        (
            label(place),
            jump(mark.t_s),
            *([] if offset_s is None else [clock(mark.t_s + offset_s, tenths=True)]),
            mark.text,
            percent(mark.share_smiling),
            mark.viewers,
        )
        for place, mark in enumerate(found.head(MOST_MARKS).itertuples())
    ]
    more = len(found) - MOST_MARKS
    unlisted = plural("{n:,} later mark not listed.", "{n:,} later marks not listed.", more)
    made = Table(message("Marked while the session ran, in order of time"), head, rows)
    return Listing(made, unlisted if more > 0 else "")
