"""The headline, when the camera was on, and whether missing viewers bias the curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import (
    clock,
    duration,
    number,
    p_value,
    percent,
)
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.report.elements import Listing, Paragraph, Table
from laughtrack.analytics.report.figures.axes import FILLS, STATES, Strip, Tick, axis_ticks, strip
from laughtrack.analytics.stats.missingness import Missingness

MOST_GAPS = 40


class Headline(NamedTuple):
    """The session in sentences, and (name, text) of its headline figures."""

    sentences: list[str]
    figures: list[tuple[str, str]]


class Coverage(NamedTuple):
    """When the camera was on.

    `text` describes it; `states` are (name, fill) of the strip's key, `strip` is None for a session
    of no length, `times` are its ticks. `gaps` is None where nothing was recorded; there is
    no figure then.
    """

    text: str
    states: list[tuple[str, str]]
    strip: Strip | None
    times: list[Tick]
    gaps: Listing | None


def headline(main: Mapping[str, Any], sentences: list[str]) -> Headline:
    """Return the summary and the headline figures.

    `main` is from `curve.summary`, `sentences` from `session_summary.sentences`.
    """
    if not main["viewers"]:
        return Headline(sentences, [])
    smiled = message("of them smiled at least once")
    if main.get("reach_as_scored"):
        # Beside shares that were put right, one that could not be.
        smiled = message("of them smiled at least once (as scored)")
    figures = [
        (message("viewers seen"), message("{n:,}", n=main["viewers"])),
        (smiled, percent(main["reach"])),
        (message("of the time smiling, mean over viewers"), _average(main)),
        (message("mean smile, from 0 to 1, mean over viewers"), number(main["mean_smile"])),
        (message("the moment that stood out most"), clock(main["top_s"])),
        (message("of the time in view could be judged"), percent(main["judged_share"])),
    ]
    return Headline(sentences, figures)


def _average(main: Mapping[str, Any]) -> str:
    """Write the average share, from where to where it lies once it was put right."""
    low, high = (main.get(f"share_smiling_{end}", math.nan) for end in ("low", "high"))
    if math.isnan(low) or math.isnan(high):
        return percent(main["share_smiling"])
    return message("{low:.0f}–{high:.0f} %", low=100 * low, high=100 * high)


def missing(found: Missingness) -> Paragraph | None:
    """Return whether viewers went missing just when the audience smiled; None if unknown."""
    if math.isnan(found.p):
        return None
    told = {"r": found.r, "p": p_value(found.p, "p ")}
    if found.p > ALPHA:
        return Paragraph(
            message(
                "There is no sign that viewers dropped out more often while the audience was "
                "smiling (correlation {r:.2f}, {p}).",
                **told,
            )
        )
    if found.r > 0:
        text = message(
            "When the audience smiled, more viewers than usual could not be judged (correlation "
            "{r:.2f}, {p}): the curve's tops may be too low, and the bounds say between what they "
            "lie.",
            **told,
        )
    else:
        text = message(
            "When the audience smiled, fewer viewers than usual could not be judged (correlation "
            "{r:.2f}, {p}): the curve's tops may be too high, and the bounds say between what "
            "they lie.",
            **told,
        )
    return Paragraph(text, "notice")


def coverage(cover: pd.DataFrame, length_s: float, offset_s: float | None = None) -> Coverage:
    """Return when the camera was on, and when it was on and nobody was there."""
    if cover.empty:
        return Coverage(message("The camera recorded nothing."), [], None, [], None)
    cover = cover.assign(length_s=cover["end_s"] - cover["start_s"])
    return Coverage(
        _text(cover, length_s),
        [(STATES[state], fill) for state, fill in FILLS.items()],
        strip(cover, length_s),
        axis_ticks(length_s),
        _gaps(cover[cover["state"] != "watched"], offset_s),
    )


def _text(cover: pd.DataFrame, length_s: float) -> str:
    total = cover.groupby("state")["length_s"].sum()
    seen, empty, off = (float(total.get(state, 0.0)) for state in STATES)
    if not seen:
        there = message("No viewer was in view.")
    elif empty:
        there = message(
            "At least one viewer was in view for {seen} of that, nobody for {empty}.",
            seen=duration(seen),
            empty=duration(empty),
        )
    else:
        there = message("At least one viewer was in view all that time.")
    on = message("Of {length}, the camera was on throughout.", length=clock(length_s))
    if off:
        on = message(
            "Of {length}, the camera was on for {on} and off for {off}.",
            length=clock(length_s),
            on=duration(seen + empty),
            off=duration(off),
        )
    return joined([on, there], " ")


def _gaps(gaps: pd.DataFrame, offset_s: float | None) -> Listing:
    if gaps.empty:
        return Listing(None, empty=message("There was no gap."))
    listed = gaps.nlargest(MOST_GAPS, "length_s").sort_values("start_s")
    head = [message("From"), message("To"), message("Length"), message("What")]
    if offset_s is not None:
        head.insert(1, message("Film time code"))
    rows = []
    for gap in listed.itertuples():
        film = [] if offset_s is None else [clock(gap.start_s + offset_s, tenths=True)]
        times = clock(gap.end_s, tenths=True), duration(gap.length_s)
        rows.append([clock(gap.start_s, tenths=True), *film, *times, STATES[gap.state]])
    more = len(gaps) - len(listed)
    unlisted = plural("{n:,} shorter gap not listed.", "{n:,} shorter gaps not listed.", more)
    return Listing(Table(message("Gaps"), head, rows), unlisted if more else "")
