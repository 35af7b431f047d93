"""The sections of the page of a film in several rooms."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import UNKNOWN, clock, number, p_value, percent
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.report.elements import Table, nowrap
from laughtrack.analytics.report.figures.axes import Drawing
from laughtrack.analytics.report.figures.rooms import draws_rooms, film_figure
from laughtrack.analytics.report.rooms.rooms_summary import sure_peaks
from laughtrack.analytics.rooms.random_effects import LEAST_ROOMS
from laughtrack.analytics.rooms.rooms import Facts, FilmInRooms

MOST_OTHERS = 5
HOW = {"film time": message("film time"), "marks": message("marks")}


class Picture(NamedTuple):
    """A figure with its text, its description for screen readers and its key."""

    text: str
    label: str
    key: list[tuple[str, str]]
    drawing: Drawing


class Peaks(NamedTuple):
    """The film's peaks, None where there are none; others, that chance may give, likewise."""

    sure: Table | None
    others: Table | None


def header(result: FilmInRooms) -> list[tuple[str, str]]:
    """Return (name, text) of what was put together, for the top of the page."""
    facts = result.facts
    sessions = sum(map(len, facts.rooms["sessions"]))
    rooms = number(float(len(facts.rooms)), 0)
    if sessions > len(facts.rooms):
        rooms = message(
            "{rooms} in {sessions}",
            rooms=rooms,
            sessions=plural("{n} session", "{n} sessions", sessions),
        )
    return [
        (message("Rooms"), rooms),
        (message("Viewers judged"), number(float(facts.rooms["viewers"].sum()), 0)),
        (
            message("In all rooms"),
            message("{low} to {high}", low=clock(facts.first_s), high=clock(facts.last_s)),
        ),
        (message("Aligned by"), HOW[facts.how]),
    ]


def notices(facts: Facts) -> list[str]:
    """Return what a reader has to know first: notes, and which sessions do not count and why."""
    out = [
        message("{name} is left out: {reason}.", name=each.name, reason=each.reason)
        for each in facts.left_out
    ]
    if facts.withholds:
        out.append(
            message(
                "Figures of few viewers are withheld: each room's are of fixed groups of its "
                "viewers, in whole viewers, and what is of single viewers is left out."
            )
        )
    return [*facts.notes, *out]


def film(result: FilmInRooms) -> Picture | None:
    """Return the figure of the film's curve; None where there is none."""
    curve = shown_curve(result)
    if curve["share"].isna().all():
        return None
    key = [
        ("line", message("share of viewers smiling, mean over rooms")),
        ("box band", message("its 95 % band, each moment by itself")),
        ("box wide", message("its 95 % band, all of it at once")),
    ]
    if draws_rooms(result.by_room):
        key.append(("line thin", message("each room, as scored")))
    text = message(
        "Each point is the mean over rooms of the share of their judged viewers who smiled, rooms "
        "weighed by how many viewers each has and how much rooms differ. A gap is where fewer than "
        "{least} rooms could be judged.",
        least=LEAST_ROOMS,
    )
    names = [str(each) for each in result.facts.rooms["room"]]
    drawing = Drawing("film", film_figure(curve, result.by_room, names, _numbered(result, curve)))
    at = [clock(t_s) for t_s in sure_peaks(result)["t_s"].head(5)]
    label = message(
        "The share smiling over the film, mean over rooms: {mean} on average. Peaks of the film: "
        "{peaks}. The tables have the figures.",
        mean=percent(float(curve["share"].mean())),
        peaks=joined(at) if at else message("none"),
    )
    return Picture(text, label, key, drawing)


def shown_curve(result: FilmInRooms) -> pd.DataFrame:
    """Return the curve as it is drawn: put right for the scorer's errors where that can be."""
    curve = result.curve
    if curve["corrected_share"].isna().all():
        return curve
    names = [each for each in curve if each.startswith("corrected_")]
    right = curve[names].rename(columns=lambda name: name.removeprefix("corrected_"))
    return curve.drop(columns=names).assign(**{name: right[name] for name in right})


def _numbered(result: FilmInRooms, curve: pd.DataFrame) -> pd.DataFrame:
    """Return the sure peaks with the height of the curve that is drawn."""
    found = sure_peaks(result)
    first, step_s = float(curve["t_s"].iloc[0]), result.facts.step_s
    at = ((found["t_s"] - first) // step_s).astype(int)
    return found.assign(share=curve["share"].to_numpy()[at])


def peaks(result: FilmInRooms) -> Peaks:
    """Return the film's peaks, and the next, which rooms by themselves may give."""
    sure = sure_peaks(result)
    rest = result.peaks[~(result.peaks["p_value"] <= ALPHA)].head(MOST_OTHERS)
    return Peaks(
        _peaks(message("Peaks of the film, the largest first"), sure, numbered=True),
        _peaks(message("The next, that rooms by themselves may well give"), rest),
    )


def _peaks(caption: str, found: pd.DataFrame, numbered: bool = False) -> Table | None:
    head = [message("Time"), message("Share smiling"), message("95 % band"), message("In rooms")]
    rows: list[tuple[object, ...]] = [
        (
            clock(each.t_s, tenths=True),
            percent(each.share),
            ends_of(each.share_low, each.share_high),
            message("{some} of {all}", some=int(each.in_rooms), all=int(each.of_rooms)),
            nowrap(p_value(each.p_value)),
        )
        for each in found.itertuples()
    ]
    head.append("p")
    if numbered:
        head = ["", *head]
        rows = [(rank, *row) for rank, row in enumerate(rows, start=1)]
    return Table(caption, head, rows) if rows else None


def ends_of(low: float, high: float, is_share: bool = True) -> str:
    """Write the ends of an interval: of shares as whole percent, else as numbers. NaN is a dash."""
    if math.isnan(low) or math.isnan(high):
        return UNKNOWN
    if is_share:
        return message("{low:.0f} to {high:.0f} %", low=100 * low, high=100 * high)
    return message("{low} to {high}", low=number(low, 2), high=number(high, 2))
