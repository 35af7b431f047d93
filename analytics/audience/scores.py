"""A session's scores, each with its 95 % interval for all viewers such as these.

Conventions
-----------
- Every score is a mean over viewers, each counting once, or is read off the audience's curve, whose
  share is the mean over the viewers judged in the step. Missing time is left out, never counted as
  not smiling.
- Intervals of means over time are Wilson's (`proportions.of_means`) with a design effect of their
  own: what neighbours set off in each other adds up over time. The rate has `rates.of_rates`,
  expressiveness Student's.
- The curve's highest and lowest are corrected for being searched for (`stats.extremes`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.defaults import LEAST_VIEWERS, LEVEL
from laughtrack.analytics.messages import message
from laughtrack.analytics.stats.bootstrap import Draws
from laughtrack.analytics.stats.extremes import curve_extreme
from laughtrack.analytics.stats.proportions import of_means
from laughtrack.analytics.stats.rates import of_rates
from laughtrack.analytics.timelines.grid import Grid, mean_over, smiling_share_of
from laughtrack.analytics.timelines.session_tables import SessionTables

COLUMNS = ("score", "value", "low", "high", "unit", "meaning")
HOOK_S = 8.0
END_S = 10.0
# Of a quieter show expressiveness has no interval: see `MEANING`.
LEAST_FOR_MOVED = 0.08
# Which stand-ins cannot tell.
OF_SINGLES = ("Rate", "Expressiveness", "Look-away")
MEANING = {
    message("Reach"): message("Viewers who smiled at least once."),
    message("Average share"): message(
        "Part of their judged time that viewers smiled, mean over viewers."
    ),
    message("Maximum share"): message(
        "The highest step of the curve that a very large audience would have shown: this "
        "audience's highest, less what searching for it adds. Where at any time {least} or more "
        "viewers could be judged, of such steps alone.",
        least=LEAST_VIEWERS,
    ),
    message("Minimum share"): message("The lowest, likewise."),
    message("Peak-end"): message(
        "Mean of the maximum and of the last {seconds:.0f} s (Kahneman et al. 1993).",
        seconds=END_S,
    ),
    message("Hook"): message(
        "Part of the film's first {seconds:.0f} s that viewers smiled, mean over viewers.",
        seconds=HOOK_S,
    ),
    message("Smile minutes"): message(
        "Minutes of smiling in an hour of judged time, mean over viewers."
    ),
    message("Rate"): message("Smiles that began in a minute of judged time, mean over viewers."),
    message("Expressiveness"): message(
        "How much a viewer's degree moves: standard deviation, mean over viewers. It has no "
        "interval where viewers smiled for less than 8 % of the time: it then hangs on a few "
        "laughs that neighbours set off in each other."
    ),
    message("Look-away"): message(
        "Part of the time in view in which a viewer could not be judged: turned away, hidden in "
        "part or blurred. Waiting for the scorer is not looking away."
    ),
    message("Synchrony"): message(
        "Correlation of a viewer's degree with the others' mean, mean over viewers."
    ),
}


class Estimate(NamedTuple):
    """A figure and its 95 % interval, NaN where there is no ground for one."""

    value: float
    low: float
    high: float


NOTHING = Estimate(np.nan, np.nan, np.nan)


def scores(
    tables: SessionTables, table: Grid, audiences: Draws, synchrony: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return a session's scores.

    Parameters
    ----------
    tables : SessionTables
    table : Grid
        Of the session.
    audiences : Draws
        From `bootstrap.draws` of the grid's `share`.
    synchrony : DataFrame, optional
        The `whole` of `synchrony.synchrony`: its first row's `isc`, `low`, `high`.

    Returns
    -------
    DataFrame
        A row a score: `score`, `value`, `low` and `high`, NaN where there is no ground, `unit`
        ("share" in [0, 1]; "" for a plain number) and `meaning`.
    """
    lasting = audiences.lasting
    own = viewer_values(tables, table)
    average = _of_viewers(own["Average share"], lasting)
    end = slice(max(len(table.watched) - round(END_S / table.step_s), 0), None)
    highest = Estimate(*curve_extreme(table.share, audiences, highest=True))
    last = _of_viewers(smiling_share_of(table, end), lasting)
    moved = _by_t(own["Expressiveness"], lasting)
    if not average.value >= LEAST_FOR_MOVED:
        moved = moved._replace(low=np.nan, high=np.nan)
    found = {
        "Reach": (*_of_viewers(own["Reach"], audiences.effect), "share"),
        "Average share": (*average, "share"),
        "Maximum share": (*highest, "share"),
        "Minimum share": (*curve_extreme(table.share, audiences, highest=False), "share"),
        "Peak-end": (*np.mean([highest, last], axis=0), "share"),
        "Hook": (*_of_viewers(own["Hook"], lasting), "share"),
        "Smile minutes": (*(60 * each for each in average), "min"),
        "Rate": (*_rate(tables.viewers, lasting), "a minute"),
        "Expressiveness": (*moved, ""),
        "Look-away": (*_of_viewers(own["Look-away"], audiences.effect), "share"),
        "Synchrony": (*_first(synchrony), ""),
    }
    rows = [(name, *values, MEANING[name]) for name, values in found.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def viewer_values(tables: SessionTables, table: Grid) -> dict[str, np.ndarray]:
    """Return what the scores that are means over viewers are means of: (V,) by the score's name.

    Parameters
    ----------
    tables : SessionTables
    table : Grid
        Of the session.

    Returns
    -------
    dict
        NaN for who was not judged, or not in the time that a score is of.
    """
    people = tables.viewers
    smiled = (np.nan_to_num(table.share) > 0).any(axis=1)
    return {
        "Reach": np.where(table.scored.any(axis=1), smiled, np.nan),
        "Average share": smiling_share_of(table, slice(None)),
        "Hook": smiling_share_of(table, _hook(table, tables.offset_s)),
        "Rate": people["smiles_per_min"].to_numpy(dtype=float),
        "Expressiveness": _moved(tables.bins, table.ids),
        "Look-away": _looked_away(people),
    }


def without_singles(found: pd.DataFrame, reach: float) -> pd.DataFrame:
    """Return scores of stand-ins without those that only viewers have; reach is that given."""
    value = found["value"].mask(found["score"] == "Reach", reach)
    own = found["score"].isin(OF_SINGLES)
    left = {name: found[name].mask(own | (found["score"] == "Reach")) for name in ("low", "high")}
    return found.assign(value=value.mask(own), **left)


def _hook(table: Grid, film_s: float) -> np.ndarray:
    """Return the steps of the film's first seconds: none if the session began later."""
    begin = -film_s
    inside = (table.t_s >= begin - 1e-6) & (table.t_s + table.step_s <= begin + HOOK_S + 1e-6)
    whole = inside.sum() * table.step_s >= HOOK_S - table.step_s
    return inside if whole else np.zeros(len(inside), dtype=bool)


def _looked_away(people: pd.DataFrame) -> np.ndarray:
    """Return the part of each viewer's time in view in which the viewer could not be judged."""
    return (people["unjudgeable_s"] / people["seen_s"]).to_numpy(dtype=float)


def _moved(bins: pd.DataFrame, ids: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each viewer's degree, NaN for who was never judged.

    Of the finest bins: over wider ones it would be less the more often the camera looked.
    """
    judged = bins[bins["judged_s"] > 0]
    code = np.searchsorted(ids, judged["viewer_id"].to_numpy())
    weight, raw = (judged[name].to_numpy(dtype=float) for name in ("judged_s", "raw"))

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(code, weights=values, minlength=len(ids))

    seconds = total(weight)
    per = np.where(seconds > 0, seconds, np.nan)
    mean = total(weight * raw) / per
    return np.sqrt(total(weight * (raw - mean[code]) ** 2) / per)


def _of_viewers(values: np.ndarray, effect: float) -> Estimate:
    """Return the mean over viewers and its interval."""
    values = np.asarray(values, dtype=float)[:, None]
    low, high = of_means(values, effect)
    return Estimate(float(mean_over(values)[0]), float(low[0]), float(high[0]))


def _rate(people: pd.DataFrame, effect: float) -> Estimate:
    """Return the mean over viewers of smiles begun a minute of judged time, and its interval."""
    rate = people["smiles_per_min"].to_numpy(dtype=float)[:, None]
    minutes = people["judged_s"].to_numpy(dtype=float)[:, None] / 60
    low, high = of_rates(np.nan_to_num(rate) * minutes, minutes, effect)
    return Estimate(float(mean_over(rate)[0]), float(low[0]), float(high[0]))


def _by_t(values: np.ndarray, effect: float) -> Estimate:
    """Return the mean over viewers of a number that is no share, and Student's interval."""
    values = values[~np.isnan(values)]
    if not len(values):
        return NOTHING
    mean = float(values.mean())
    if len(values) < LEAST_VIEWERS:
        return Estimate(mean, np.nan, np.nan)
    far = stdtrit(len(values) - 1, (1 + LEVEL) / 2)
    far *= values.std(ddof=1) * np.sqrt(effect / len(values))
    return Estimate(mean, max(mean - far, 0.0), mean + far)


def _first(synchrony: pd.DataFrame | None) -> Estimate:
    if synchrony is None or synchrony.empty:
        return NOTHING
    return Estimate(*(float(synchrony[name].iloc[0]) for name in ("isc", "low", "high")))
