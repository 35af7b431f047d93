"""The session's scores, over the whole of it and scene by scene."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.audience.scores import MEANING
from laughtrack.analytics.defaults import LEAST_VIEWERS
from laughtrack.analytics.formatting import UNKNOWN, clock, number, percent
from laughtrack.analytics.messages import joined, message
from laughtrack.analytics.report.elements import Cell, Table, jump, nowrap, scene_name
from laughtrack.analytics.report.sections.moments import share_interval

# By their English ones, as tables have them.
NAMES = {str(name): name for name in MEANING}


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
            NAMES[each.score],
            _figure(each.value, each.unit),
            _interval(each),
            *([_seen(each)] if corrected else []),
            MEANING[each.score],
        )
        for each in found.itertuples()
    ]
    seen = [message("As scored")] if corrected else []
    head = [message("Score"), message("Value"), message("95 % interval"), *seen]
    made = Table(message("The session's scores"), [*head, message("What it says")], rows, "said")
    return Scores(_corrections(found, reason), made)


def _seen(each: Any) -> str | Cell:
    if math.isnan(each.seen_value):
        return UNKNOWN
    ends = each._replace(low=each.seen_low, high=each.seen_high)
    value = _figure(each.seen_value, each.unit)
    if math.isnan(ends.low):
        return nowrap(value)
    return nowrap(message("{value} ({interval})", value=value, interval=_range(ends)))


def _corrections(found: pd.DataFrame, reason: str) -> str:
    """Say what was put right, and why the rest was not."""
    if "not_corrected" not in found:
        return ""
    if "seen_value" not in found:
        return message("Not corrected for faces misread: {reason}.", reason=reason)
    left = found[found["not_corrected"] != ""]
    said = [
        message(
            "{scores}: {reason}",
            scores=joined([NAMES[name] for name in part["score"]]),
            # A key of the groups would be a plain text.
            reason=part["not_corrected"].iloc[0],
        )
        for _, part in left.groupby("not_corrected")
    ]
    text = message("Shares are corrected for how often the scorer misreads a face.")
    if not said:
        return text
    more = message("Not corrected: {scores}.", scores=joined(said, "; "))
    return joined([text, more], " ")


def _interval(each: Any) -> str | Cell:
    if math.isnan(each.low) or math.isnan(each.high):
        return UNKNOWN
    return nowrap(_range(each))


def _range(each: Any) -> str:
    low, high = _figure(each.low, each.unit), _figure(each.high, each.unit)
    return message("{low} to {high}", low=low, high=high)


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return percent(value)
    if not unit or math.isnan(value):
        return number(value)
    if unit == "min":
        return message("{value:.2f} min", value=value)
    return message("{value:.2f} a minute", value=value)


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
            scene_name(each.name),
            jump(max(each.start_s - film_s, 0.0), clock(each.start_s, tenths=True)),
            clock(each.end_s, tenths=True),
            nowrap(_with(percent(each.share_smiling), each.share_low, each.share_high)),
            nowrap(_with(percent(each.reach), each.reach_low, each.reach_high)),
            each.judged,
            number(each.mean_smile),
            nowrap(_rate(each)),
        )
        for each in found[["name", *(c for c in found if c != "name")]].itertuples(index=False)
    ]
    head = [message("Scene"), message("From"), message("To"), message("Smiling")]
    head += [message("Smiled at all"), message("Viewers judged"), message("Mean smile")]
    head.append(message("Smiles a minute"))
    caption = message(
        "Scene by scene, in film time, with 95 % intervals; none where fewer than {least} viewers "
        "were judged",
        least=LEAST_VIEWERS,
    )
    made = Table(caption, head, rows, "named")
    return Scenes(remarks, made)


def _with(share: str, low: float, high: float) -> str:
    return joined([share, share_interval(low, high)], "")


def _rate(each: Any) -> str:
    rate = number(each.smiles_per_min, 1)
    if math.isnan(each.smiles_per_min_low):
        return rate
    ends = {"low": each.smiles_per_min_low, "high": each.smiles_per_min_high}
    return message("{rate} ({low:.1f}–{high:.1f})", rate=rate, **ends)
