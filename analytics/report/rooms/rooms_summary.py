"""A film in several rooms in at most six sentences that claim no more than was found."""

from __future__ import annotations

import math

import pandas as pd

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import clock, percent
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.rooms.rooms import FilmInRooms

MAIN = "Average share"
MOST_NAMED = 3


def sure_peaks(result: FilmInRooms) -> pd.DataFrame:
    """Return the peaks that rooms with moments of their own would hardly give, largest first."""
    peaks = result.peaks
    return peaks[peaks["p_value"] <= ALPHA].reset_index(drop=True)


def differing(result: FilmInRooms) -> pd.DataFrame:
    """Return the rows of rooms that differ from the others in a score, the surest first."""
    found = result.rooms[result.rooms["p_holm"] <= ALPHA]
    return found.sort_values("p_holm", kind="stable", ignore_index=True)


def share_of(result: FilmInRooms) -> tuple[float, float, float, bool]:
    """Return the average share with its interval, and whether it is the one put right."""
    row = result.scores.set_index("score").loc[MAIN]
    if not math.isnan(row["corrected"]):
        return row["corrected"], row["corrected_low"], row["corrected_high"], True
    return row["value"], row["low"], row["high"], False


def summary(result: FilmInRooms) -> list[str]:
    """Sum a film in several rooms up.

    Parameters
    ----------
    result : FilmInRooms

    Returns
    -------
    list of str
        What was put together; the share smiling; what a next room will show; how rooms differ,
        which does; the largest peaks.
    """
    sentences = [_who(result), _share(result), _next(result), _heterogeneity(result)]
    return [text for text in (*sentences, _which(result), _peaks(result)) if text]


def _who(result: FilmInRooms) -> str:
    facts = result.facts
    return message(
        "{rooms}, {viewers}: put together over {time} of the film that all rooms show.",
        rooms=plural("{n} room", "{n} rooms", len(facts.rooms)),
        viewers=plural("{n:,} viewer judged", "{n:,} viewers judged", facts.rooms["viewers"].sum()),
        time=clock(facts.last_s - facts.first_s),
    )


def _share(result: FilmInRooms) -> str:
    value, low, high, _ = share_of(result)
    if math.isnan(low):
        return message("How much of the time rooms smile on average cannot be told.")
    return message(
        "In a room such as these, viewers smile for {share} of the time on average ({low} to "
        "{high}, 95 % interval over rooms).",
        share=percent(value),
        low=percent(low),
        high=percent(high),
    )


def _next(result: FilmInRooms) -> str:
    row = result.scores.set_index("score").loc[MAIN]
    if math.isnan(row["next_low"]):
        return ""
    return message(
        "A next such room of the usual size would show between {low} and {high}, as scored.",
        low=percent(row["next_low"]),
        high=percent(row["next_high"]),
    )


def _heterogeneity(result: FilmInRooms) -> str:
    row = result.scores.set_index("score").loc[MAIN]
    if math.isnan(row["q_p"]):
        return ""
    if row["q_p"] <= ALPHA:
        return message(
            "Rooms differ in it by more than their viewers' chance: {part} of their scatter is "
            "between rooms (I²).",
            part=percent(row["i2"]),
        )
    return message(
        "Rooms do not differ in it by clearly more than their viewers' chance, which does not show "
        "that they are alike."
    )


def _which(result: FilmInRooms) -> str:
    found = differing(result)
    if len(result.facts.rooms) < 4:
        return message("Of three rooms, none can be told to differ from the other two.")
    if found.empty:
        return message("No single room differs from the others by more than rooms do.")
    names = [*dict.fromkeys(found["room"])]
    return plural(
        "One room differs from the others by more than rooms do: {rooms}.",
        "{n} rooms differ from the others by more than rooms do: {rooms}.",
        len(names),
        rooms=joined([*names[:MOST_NAMED], *(["…"] if len(names) > MOST_NAMED else [])]),
    )


def _peaks(result: FilmInRooms) -> str:
    found = sure_peaks(result)
    if found.empty:
        return message("No moment is a peak in the rooms together by more than chance.")
    return plural(
        "One moment is a peak of the film and not of one room alone: {times}.",
        "{n} moments are peaks of the film and not of one room alone, the highest at {times}.",
        len(found),
        times=joined([clock(t_s) for t_s in found["t_s"].head(MOST_NAMED)]),
    )
