"""Scores over rooms, and which room's differ from the others'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.correction.corrected_scores import NOT_TIMED, OF_CURVE
from laughtrack.analytics.audience.correction.session_correction import Correction
from laughtrack.analytics.rooms.measures import BINARY
from laughtrack.analytics.rooms.random_effects import RandomEffects, random_effects, residuals
from laughtrack.analytics.stats.contrasts import holm
from laughtrack.analytics.stats.misclassification import Interval

SCORES = (
    *("score", "value", "low", "high", "next_low", "next_high"),
    *("tau2", "i2", "q", "q_p", "rooms", "unit"),
    *("corrected", "corrected_low", "corrected_high", "not_corrected"),
)
ROOMS = ("score", "room", "value", "low", "high", "difference", "d_low", "d_high", "p_holm")
# Which never are below 0.
FROM_ZERO = ("Rate", "Expressiveness")
Z95 = 1.959963984540054


def scores_table(
    tables: Sequence[pd.DataFrame], units: Mapping[str, str], right: Correction
) -> pd.DataFrame:
    """Return a row a score with its mean over rooms.

    Parameters
    ----------
    tables : sequence of DataFrame
        A room each, by the score's name `value` and `variance`, as `measures.Scores` has them.
    units : mapping
        By the score's name.
    right : Correction
        The film's.

    Returns
    -------
    DataFrame
        The columns of `SCORES`: what `RandomEffects` says, and the mean put right for the scorer's
        errors with its interval; `not_corrected` says why not, "" where it is or needs not be.
    """
    rows = []
    for score, unit in units.items():
        values, variances, viewers = columns_of(tables, score)
        many = float(viewers[np.isfinite(variances)].sum())
        most = many if score in BINARY else np.inf
        found = random_effects(values, variances, most if unit == "share" else None)
        if score in FROM_ZERO:
            found = found._replace(low=max(found.low, 0.0), next_low=max(found.next_low, 0.0))
        rows.append(_row(score, unit, found, right))
    table = pd.DataFrame(rows, columns=[*SCORES], dtype=object)
    words = ("score", "unit", "not_corrected")
    return table.astype({name: float for name in SCORES if name not in words})


def rooms_table(
    names: Sequence[str], tables: Sequence[pd.DataFrame], units: Mapping[str, str]
) -> pd.DataFrame:
    """Return a row for each score and room: what it shows, and how it differs from the others.

    Returns
    -------
    DataFrame
        The columns of `ROOMS`: the room's `value` with the interval that its viewers' chance makes,
        its `difference` from the mean of the others with `d_low`, `d_high` for a room that is one
        of them, and `p_holm`, corrected for the number of rooms (Holm 1979).
    """
    parts = []
    for score in units:
        values, variances, _ = columns_of(tables, score)
        found = residuals(values, variances, units[score] == "share")
        far = Z95 * np.sqrt(variances)
        p = holm(found.p)
        columns = [values, values - far, values + far, *found[:3], p]
        part = pd.DataFrame(np.column_stack(columns), columns=[*ROOMS[2:]])
        if units[score] == "share":
            part[["low", "high"]] = part[["low", "high"]].clip(0, 1)
        part.insert(0, "room", list(names))
        part.insert(0, "score", score)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def columns_of(
    tables: Sequence[pd.DataFrame], score: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a score's values, variances and numbers of viewers in each room, (K,) each.

    The variance of one viewer is the mean over the rooms, each as its viewers: taken from each room
    by itself, rooms that happen to smile less would seem surer and count for more.
    """
    value, variance, viewers = (
        np.array([float(each.at[score, name]) for each in tables], dtype=float)
        for name in ("value", "variance", "viewers")
    )
    known = np.isfinite(value) & np.isfinite(variance) & (viewers > 0)
    if not known.any():
        return value, np.full(len(value), np.nan), viewers
    one = np.average(variance[known] * viewers[known], weights=viewers[known])
    return value, np.where(known, one / np.where(known, viewers, 1.0), np.nan), viewers


def _row(score: str, unit: str, found: RandomEffects, right: Correction) -> tuple[object, ...]:
    seen = Interval(found.mean, found.low, found.high)
    corrected, reason = _corrected(score, seen, right)
    return (score, *found, unit, *corrected, reason)


def _corrected(score: str, seen: Interval, right: Correction) -> tuple[Interval, str]:
    nothing = Interval(np.nan, np.nan, np.nan)
    if score in ("Reach", "Rate"):
        return nothing, right.reason or NOT_TIMED
    if score not in (*OF_CURVE, "Average share"):
        return nothing, ""
    if not right.possible or np.isnan(seen.value):
        return nothing, right.reason
    return (right.average() if score == "Average share" else right.share(seen)), ""
