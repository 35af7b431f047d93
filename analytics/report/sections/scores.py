"""The session's scores, over the whole of it and scene by scene."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.defaults import LEAST_VIEWERS
from laughtrack.analytics.formatting import UNKNOWN, clock, number, percent
from laughtrack.analytics.report.elements import Cell, Table, jump, nowrap
from laughtrack.analytics.report.sections.moments import share_interval


class Scenes(NamedTuple):
    """What was cut or left out of a list of scenes, and the table, None where none is left."""

    remarks: list[str]
    table: Table | None


class Scores(NamedTuple):
    """The scores' table, and what was or was not put right for the scorer's errors."""

    text: str
    table: Table


def scores(found: pd.DataFrame | None, reason: str = "") -> Scores | None:
    """Return the scores with their intervals; None where there are none.

    Parameters
    ----------
    found : DataFrame, optional
        A row a score: score, value, low, high (95 %), unit, meaning. Shares are in [0, 1]. Where
        scores were put right for the scorer's errors, with `seen_value` and its ends, what they
        were before, and `not_corrected`, why some were not.
    reason : str
        Why none was put right.
    """
    if found is None or found.empty:
        return None
    corrected = "seen_value" in found
    rows = [
        (
            each.score,
            _figure(each.value, each.unit),
            _interval(each),
            *([_seen(each)] if corrected else []),
            each.meaning,
        )
        for each in found.itertuples()
    ]
    seen = ["As scored"] if corrected else []
    head = ["Score", "Value", "95 % interval", *seen, "What it says"]
    return Scores(_corrections(found, reason), Table("The session's scores", head, rows, "said"))


def _seen(each: Any) -> str | Cell:
    if math.isnan(each.seen_value):
        return UNKNOWN
    ends = each._replace(low=each.seen_low, high=each.seen_high)
    interval = "" if math.isnan(ends.low) else f" ({_range(ends)})"
    return nowrap(_figure(each.seen_value, each.unit) + interval)


def _corrections(found: pd.DataFrame, reason: str) -> str:
    """Say what was put right, and why the rest was not."""
    if "not_corrected" not in found:
        return ""
    if "seen_value" not in found:
        return f"Not corrected for faces misread: {reason}."
    left = found[found["not_corrected"] != ""]
    reasons = [
        f"{' and '.join(part['score'])}: {why}" for why, part in left.groupby("not_corrected")
    ]
    more = f" Not corrected: {'; '.join(reasons)}." if reasons else ""
    return f"Shares are corrected for how often the scorer misreads a face.{more}"


def _interval(each: Any) -> str | Cell:
    if math.isnan(each.low) or math.isnan(each.high):
        return UNKNOWN
    return nowrap(_range(each))


def _range(each: Any) -> str:
    return f"{_figure(each.low, each.unit)} to {_figure(each.high, each.unit)}"


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
            nowrap(percent(each.share_smiling) + share_interval(each.share_low, each.share_high)),
            nowrap(percent(each.reach) + share_interval(each.reach_low, each.reach_high)),
            each.judged,
            number(each.mean_smile),
            nowrap(number(each.smiles_per_min, 1) + _rate_interval(each)),
        )
        for each in found[["name", *(c for c in found if c != "name")]].itertuples(index=False)
    ]
    head = ["Scene", "From", "To", "Smiling", "Smiled at all", "Viewers judged", "Mean smile"]
    caption = (
        "Scene by scene, in film time, with 95 % intervals; "
        f"none where fewer than {LEAST_VIEWERS} viewers were judged"
    )
    made = Table(caption, [*head, "Smiles a minute"], rows, "named")
    return Scenes(remarks, made)


def _rate_interval(each: Any) -> str:
    if math.isnan(each.smiles_per_min_low):
        return ""
    return f" ({each.smiles_per_min_low:.1f}–{each.smiles_per_min_high:.1f})"
