"""The session's scores, over the whole of it and scene by scene."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.formatting import UNKNOWN, clock, number, percent
from laughtrack.analytics.report.elements import Cell, Table, jump, nowrap
from laughtrack.analytics.report.sections.moments import share_interval


class Scenes(NamedTuple):
    """What was cut or left out of a list of scenes, and the table, None where none is left."""

    remarks: list[str]
    table: Table | None


def scores(found: pd.DataFrame | None) -> Table | None:
    """Return the scores with their intervals; None where there are none.

    `found` has a row a score: score, value, low, high (95 %), unit, meaning. Shares are in [0, 1].
    """
    if found is None or found.empty:
        return None
    rows = [
        (each.score, _figure(each.value, each.unit), _interval(each), each.meaning)
        for each in found.itertuples()
    ]
    head = ["Score", "Value", "95 % interval", "What it says"]
    return Table("The session's scores", head, rows, "said")


def _interval(each: Any) -> str | Cell:
    if math.isnan(each.low) or math.isnan(each.high):
        return UNKNOWN
    low, high = _figure(each.low, each.unit), _figure(each.high, each.unit)
    return nowrap(f"{low} to {high}")


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return percent(value)
    return number(value) + (f" {unit}" if unit and not math.isnan(value) else "")


def scenes(cut: tuple[pd.DataFrame, list[str]] | None, film_s: float = 0.0) -> Scenes | None:
    """Return the scenes with their figures.

    Parameters
    ----------
    cut : (DataFrame, list of str) or None
        From `scenes.scenes_of`, its times of the film, and what was cut or left out of the list;
        None where no scenes were given.
    film_s : float
        The film's time code at the session's 0.
    """
    if cut is None:
        return None
    found, remarks = cut
    if found.empty:
        return Scenes(remarks, None)
    rows = [
        (
            each.name,
            jump(max(each.start_s - film_s, 0.0), clock(each.start_s, tenths=True)),
            clock(each.end_s, tenths=True),
            nowrap(percent(each.share_smiling) + share_interval(each.low, each.high)),
            percent(each.reach),
            each.judged,
            number(each.mean_smile),
            number(each.smiles_per_min, 1),
        )
        for each in found[["name", *(c for c in found if c != "name")]].itertuples(index=False)
    ]
    head = ["Scene", "From", "To", "Smiling", "Smiled at all", "Viewers judged", "Mean smile"]
    made = Table("Scene by scene, in film time", [*head, "Smiles a minute"], rows, "named")
    return Scenes(remarks, made)
