"""The scores over rooms, and the rooms one by one."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from laughtrack.analytics.formatting import UNKNOWN, clock, number, p_value, percent
from laughtrack.analytics.messages import message
from laughtrack.analytics.report.comparison_summary import points
from laughtrack.analytics.report.elements import Table, nowrap
from laughtrack.analytics.report.figures.axes import Drawing
from laughtrack.analytics.report.figures.rooms import forest_figure
from laughtrack.analytics.report.rooms.film_sections import Picture, ends_of
from laughtrack.analytics.report.rooms.rooms_summary import MAIN, differing
from laughtrack.analytics.rooms.rooms import FilmInRooms

MEANING = {
    message("Reach"): message("Viewers who smiled at least once."),
    message("Average share"): message("Part of their judged time that viewers smiled."),
    message("Maximum share"): message("A room's own highest moment, wherever it is."),
    message("Minimum share"): message("A room's own lowest moment."),
    message("Peak-end"): message("Mean of the maximum and of the last seconds."),
    message("Hook"): message("Part of the film's first seconds that viewers smiled."),
    message("Rate"): message("Smiles that began in a minute of judged time."),
    message("Expressiveness"): message("How much a viewer's degree moves."),
    message("Look-away"): message(
        "Part of the time in view in which a viewer could not be judged."
    ),
}
# Messages by what they say.
NAMES = {str(name): name for name in MEANING}


def scores(result: FilmInRooms) -> Table:
    """Return the scores over rooms."""
    head = [message("Score"), message("Mean over rooms"), message("95 % interval")]
    head += [message("Corrected"), message("A next room shows"), message("I²")]
    head += [message("p, rooms differ"), message("What it is")]
    rows = []
    for each in result.scores.itertuples():
        shares = each.unit == "share"
        right = UNKNOWN
        if not math.isnan(each.corrected):
            right = message(
                "{value} ({ends})",
                value=_value(each.corrected, shares),
                ends=ends_of(each.corrected_low, each.corrected_high, shares),
            )
        rows.append(
            (
                NAMES[each.score],
                _value(each.value, shares),
                ends_of(each.low, each.high, shares),
                right,
                ends_of(each.next_low, each.next_high, shares),
                percent(each.i2),
                nowrap(p_value(each.q_p)),
                MEANING[each.score],
            )
        )
    return Table(message("Scores of the time in all rooms"), head, rows, "named")


def not_corrected(result: FilmInRooms) -> str:
    """Say why shares are not put right for the scorer's errors, "" where they are."""
    reason = result.correction.reason
    if not reason:
        return ""
    return message(
        "Shares are as scored, not corrected for misread faces: {reason}.", reason=reason
    )


def forest(result: FilmInRooms) -> Picture | None:
    """Return the figure of each room's share of the time smiling."""
    rooms = _of_main(result)
    if rooms["value"].isna().all():
        return None
    row = result.scores.set_index("score").loc[MAIN]
    mean = float(row["value"]), float(row["low"]), float(row["high"])
    text = message(
        "The part of the time that each room's viewers smiled, as scored, with what chance makes "
        "of so many viewers; below, the mean over rooms, and shaded its interval."
    )
    label = message(
        "The share of the time smiling of each room, from {low} to {high}. The table has the "
        "figures.",
        low=percent(float(rooms["value"].min())),
        high=percent(float(rooms["value"].max())),
    )
    return Picture(text, label, [], Drawing("forest", forest_figure(rooms, mean)))


def _of_main(result: FilmInRooms) -> pd.DataFrame:
    return result.rooms[result.rooms["score"] == MAIN].reset_index(drop=True)


def rooms(result: FilmInRooms) -> Table:
    """Return the rooms: who was there, their share, and how they differ from the others."""
    found = _of_main(result).join(result.facts.rooms[["sessions", "viewers", "seconds"]])
    head = [message("Room"), message("Viewers"), message("Shown"), message("Share smiling")]
    head += [message("95 % interval"), message("Beside the others"), message("95 % interval"), "p"]
    rows = [
        (
            each.room,
            number(float(each.viewers), 0),
            clock(each.seconds),
            percent(each.value),
            ends_of(each.low, each.high),
            points(each.difference, 1),
            _between(each),
            nowrap(p_value(each.p_holm)),
        )
        for each in found.itertuples()
    ]
    caption = message(
        "Share of the time smiling, room by room; differences in percentage points; p for their "
        "number"
    )
    return Table(caption, head, rows, "named")


def different(result: FilmInRooms) -> Table | None:
    """Return the rooms that differ from the others in any score; None where none does."""
    found = differing(result)
    if found.empty:
        return None
    units = result.scores.set_index("score")["unit"]
    rows = [
        (
            each.room,
            NAMES[each.score],
            _value(each.value, units[each.score] == "share"),
            points(each.difference, 1)
            if units[each.score] == "share"
            else number(each.difference, 2),
            nowrap(p_value(each.p_holm)),
        )
        for each in found.itertuples()
    ]
    head = [message("Room"), message("Score"), message("This room"), message("Beside the others")]
    caption = message("Rooms that differ from the others by more than rooms do")
    return Table(caption, [*head, "p"], rows, "named")


def _value(value: float, is_share: bool) -> str:
    return percent(value) if is_share else number(value, 2)


def _between(each: Any) -> str:
    if math.isnan(each.d_low):
        return UNKNOWN
    return message("{low} to {high}", low=points(each.d_low, 1), high=points(each.d_high, 1))
