"""A film in several rooms as one table, for files and for other programs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.rooms.rooms import FilmInRooms

COLUMNS = (
    *("what", "name", "room", "t_s", "end_s", "rooms", "value", "low", "high"),
    *("whole_low", "whole_high", "next_low", "next_high", "corrected", "corrected_low"),
    *("corrected_high", "tau2", "i2", "q", "difference", "difference_low", "difference_high", "p"),
)
WORDS = ("what", "name", "room")


def rooms_table(result: FilmInRooms) -> pd.DataFrame:
    """Put all that came of a film's rooms in one table.

    Parameters
    ----------
    result : FilmInRooms

    Returns
    -------
    DataFrame
        `what`: "score", over rooms; "room", the same scores of each; "peak"; "curve", a row a step.
        `name` of a score; `t_s` to `end_s` in seconds of the film; how many `rooms` it is of;
        `value` with its 95 % interval `low`, `high`, of a curve's step and a peak also that for all
        steps, `whole_low` and `whole_high`; `next_low`, `next_high`, of what a next room will show;
        `corrected` for the scorer's errors, with its interval; `tau2`, `i2` and `q` of how rooms
        differ; a room's `difference` from the others with its interval; `p`: of a score, that rooms
        differ no more than by chance; of a room, that it is one of them, and of a peak, that rooms
        have their moments by themselves, both corrected for all that was looked at together. NaN
        where a row has no such figure.
    """
    step_s = result.facts.step_s
    scores = result.scores.rename(columns={"score": "name", "q_p": "p"}).assign(what="score")
    names = {"score": "name", "d_low": "difference_low", "d_high": "difference_high"}
    rooms = result.rooms.rename(columns={**names, "p_holm": "p"}).assign(what="room", rooms=1.0)
    whole = {"share": "value", "share_low": "whole_low", "share_high": "whole_high"}
    peaks = result.peaks.rename(columns={**whole, "p_value": "p", "in_rooms": "rooms"})
    peaks = peaks.drop(columns="t_s").rename(columns={"start_s": "t_s"}).assign(what="peak")
    steps = {"share": "value", "share_low": "low", "share_high": "high"}
    steps |= {"share_all_low": "whole_low", "share_all_high": "whole_high"}
    steps |= {"corrected_share": "corrected", "corrected_share_low": "corrected_low"}
    steps |= {"corrected_share_high": "corrected_high"}
    curve = result.curve.rename(columns=steps)
    curve = curve.assign(what="curve", end_s=curve["t_s"] + step_s)
    kinds = {name: float for name in COLUMNS if name not in WORDS}
    parts = [
        each.reindex(columns=COLUMNS).astype(kinds)
        for each in (scores, rooms, peaks, curve)
        if len(each)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(**{name: table[name].fillna("").astype("str") for name in WORDS})


def for_people(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the parts of a table from `rooms_table` that people read, without empty columns.

    Returns
    -------
    list of DataFrame
        The scores; the rooms' share of the time smiling; the peaks that rooms by themselves would
        hardly give.
    """
    average = (table["what"] == "room") & (table["name"] == "Average share")
    sure = (table["what"] == "peak") & (table["p"] <= ALPHA)
    parts = [table[table["what"] == "score"], table[average], table[sure]]
    parts[1] = parts[1].assign(rooms=np.nan)
    shown = [part.drop(columns=["what", "q", "tau2"]) for part in parts if len(part)]
    shown = [part.replace("", np.nan).dropna(axis=1, how="all") for part in shown]
    return [part.astype({"rooms": int}) if "rooms" in part else part for part in shown]
