"""What is said of a film from some of its halls: did it hold the truth?"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.rooms.between_rooms import RoomCurves, film_of
from laughtrack.analytics.rooms.film_bands import bands_of
from laughtrack.analytics.rooms.film_scores import columns_of
from laughtrack.analytics.rooms.measures import BINARY, Curve, curve_of, scores_of
from laughtrack.analytics.rooms.random_effects import random_effects, residuals
from laughtrack.analytics.stats.contrasts import holm
from laughtrack.analytics.stats.proportions import Z, midp_interval, of_share
from tests.bench.many_rooms.films import Film

NEAR = 1e-9
DRAWS = 500


class Hall(NamedTuple):
    """A hall's curve and scores, worked out once for all films' studies that it is in."""

    curve: Curve
    scores: pd.DataFrame
    units: dict[str, str]


def hall_of(tables, steps: int) -> Hall:
    """Work a recorded hall out; the film begins with its session and is of whole seconds."""
    starts = np.arange(float(steps))
    found = scores_of(tables, 0.0, tables.length_s)
    return Hall(curve_of(tables, starts, starts + 1), found.table, found.units)


def held(film: Film, halls: list[Hall], next_one: Hall | None) -> dict[str, float]:
    """Return 1 for what held the truth, 0 for what did not; of pointwise bands, of their steps."""
    return {**_of_curve(film, halls), **_of_scores(film, halls, next_one)}


def _of_curve(film: Film, halls: list[Hall]) -> dict[str, float]:
    curves = [each.curve for each in halls]
    rooms = RoomCurves(*(np.array([each[at] for each in curves]) for at in (0, 2)))
    found = film_of(rooms, 3)
    bands = bands_of(found, DRAWS)
    point = _inside(bands.low, bands.high, film.share)
    whole = _inside(bands.all_low, bands.all_high, film.share)
    # All viewers as one audience of strangers.
    judged = np.array([each.judged for each in curves])
    total = judged.sum(axis=0)
    share = (judged * np.nan_to_num(rooms.share)).sum(axis=0) / total
    level = float(2 * ndtr(-Z * bands.widened))
    naive = _inside(*of_share(share, total), film.share)
    naive_whole = _inside(*midp_interval(share, total, level), film.share)
    return {
        "point": point.mean(),
        "naive point": naive.mean(),
        "whole": float(whole.all()),
        "naive whole": float(naive_whole.all()),
        "width": float(np.mean(bands.high - bands.low)),
        "whole width": float(np.mean(bands.all_high - bands.all_low)),
        "tau2": found.tau2,
    }


def _of_scores(film: Film, halls: list[Hall], next_one: Hall | None) -> dict[str, float]:
    out = {}
    for name, true in film.scores.items():
        values, variances, viewers = columns_of([each.scores for each in halls], name)
        most = viewers.sum() if name in BINARY else np.inf
        is_share = halls[0].units[name] == "share"
        found = random_effects(values, variances, most if is_share else None)
        out[name] = float(_inside(found.low, found.high, true))
        weight = 1 / variances
        mean, far = np.average(values, weights=weight), Z / np.sqrt(weight.sum())
        out[f"naive {name}"] = float(_inside(mean - far, mean + far, true))
        if next_one is not None:
            shown = float(next_one.scores.at[name, "value"])
            out[f"next {name}"] = float(_inside(found.next_low, found.next_high, shown))
        if name == "Average share":
            out["some room"] = float(np.nanmin(holm(residuals(values, variances, True).p)) <= ALPHA)
            out["q"] = float(found.q_p <= ALPHA)
            out["i2"] = found.i2
    return out


def _inside(low, high, true):
    return (low - NEAR <= true) & (true <= high + NEAR)
