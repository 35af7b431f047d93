"""A session's scores, each with its 95 % interval for all viewers such as these.

Conventions
-----------
- Every score is a mean over viewers, each counting once, or is read off the audience's curve, whose
  share is the mean over the viewers judged in the step. Missing time is left out, never counted as
  not smiling.
- Intervals of means are Wilson's with the design effect of neighbours (`wilson.of_means`). Those of
  the curve's highest and lowest come from the band for all steps, since they are searched for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.defaults import LEAST_VIEWERS, LEVEL
from laughtrack.analytics.stats.proportions import of_means
from laughtrack.analytics.timelines.grid import Grid, mean_over, smiling_share_of

COLUMNS = ("score", "value", "low", "high", "unit", "meaning")
HOOK_S = 8.0
END_S = 10.0
# Which stand-ins cannot tell.
OF_SINGLES = ("Rate", "Expressiveness", "Look-away")
MEANING = {
    "Reach": "Viewers who smiled at least once.",
    "Average share": "Part of their judged time that viewers smiled, mean over viewers.",
    "Maximum share": "The curve's highest step. A peak's own share is of the second around its "
    "middle, and is in the table of peaks.",
    "Minimum share": "The curve's lowest.",
    "Peak-end": f"Mean of the maximum and of the last {END_S:.0f} s (Kahneman et al. 1993).",
    "Hook": f"Part of the film's first {HOOK_S:.0f} s that viewers smiled, mean over viewers.",
    "Smile minutes": "Minutes of smiling in an hour of judged time, mean over viewers.",
    "Rate": "Smiles that began in a minute of judged time, mean over viewers.",
    "Expressiveness": "How much a viewer's degree moves: standard deviation, mean over viewers.",
    "Look-away": "Part of the time in view in which a viewer could not be judged: turned away, "
    "hidden in part or blurred. Waiting for the scorer is not looking away.",
    "Synchrony": "Correlation of a viewer's degree with the others' mean, mean over viewers.",
}


class Estimate(NamedTuple):
    """A figure and its 95 % interval, NaN where there is no ground for one."""

    value: float
    low: float
    high: float


NOTHING = Estimate(np.nan, np.nan, np.nan)


def scores(
    table: Grid,
    curve: pd.DataFrame,
    effect: float,
    synchrony: pd.DataFrame | None = None,
    film_s: float = 0.0,
    people: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return a session's scores.

    Parameters
    ----------
    table : Grid
    curve : DataFrame
        From `bands.bands` of the same grid.
    effect : float
        Design effect of neighbours, from `bootstrap.draws` of the same grid.
    synchrony : DataFrame, optional
        The `whole` of `synchrony.synchrony`: its first row's `isc`, `low`, `high`.
    film_s : float
        The film's time at the session's start; the hook is of the film's first seconds.
    people : DataFrame, optional
        From `viewers.viewers`: for how long each could not be judged.

    Returns
    -------
    DataFrame
        A row a score: `score`, `value`, `low` and `high`, NaN where there is no ground, `unit`
        ("share" in [0, 1]; "" for a plain number) and `meaning`.
    """
    average = _of_viewers(smiling_share_of(table, slice(None)), effect)
    end = slice(max(len(table.watched) - round(END_S / table.step_s), 0), None)
    highest = _extreme(curve, "max")
    last = _of_viewers(smiling_share_of(table, end), effect)
    smiled = np.where(
        table.scored.any(axis=1), (np.nan_to_num(table.share) > 0).any(axis=1), np.nan
    )
    found = {
        "Reach": (*_of_viewers(smiled, effect), "share"),
        "Average share": (*average, "share"),
        "Maximum share": (*highest, "share"),
        "Minimum share": (*_extreme(curve, "min"), "share"),
        "Peak-end": (*np.mean([highest, last], axis=0), "share"),
        "Hook": (*_of_viewers(smiling_share_of(table, _hook(table, film_s)), effect), "share"),
        "Smile minutes": (*(60 * each for each in average), "min"),
        "Rate": (*_by_t(_rates(people), effect), "a minute"),
        "Expressiveness": (*_by_t(_moved(table), effect), ""),
        "Look-away": (*_of_viewers(_looked_away(people), 1.0), "share"),
        "Synchrony": (*_first(synchrony), ""),
    }
    rows = [(name, *values, MEANING[name]) for name, values in found.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


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


def _looked_away(people: pd.DataFrame | None) -> np.ndarray:
    """Return the part of each viewer's time in view in which the viewer could not be judged."""
    if people is None:
        return np.zeros(0)
    return (people["unjudgeable_s"] / people["seen_s"]).to_numpy(dtype=float)


def _rates(people: pd.DataFrame | None) -> np.ndarray:
    """Return each viewer's smiles a minute, NaN for who was never judged."""
    return np.zeros(0) if people is None else people["smiles_per_min"].to_numpy(dtype=float)


def _moved(table: Grid) -> np.ndarray:
    """Return the standard deviation of each viewer's degree, NaN below two judged steps."""
    known = ~np.isnan(table.raw)
    many = known.sum(axis=1)
    per = np.where(many > 1, many, np.nan)
    raw = np.where(known, table.raw, 0).astype(float)
    mean = raw.sum(axis=1) / per
    return np.sqrt((np.where(known, raw - mean[:, None], 0) ** 2).sum(axis=1) / per)


def _of_viewers(values: np.ndarray, effect: float) -> Estimate:
    """Return the mean over viewers and its interval."""
    values = np.asarray(values, dtype=float)[:, None]
    low, high = of_means(values, effect)
    return Estimate(float(mean_over(values)[0]), float(low[0]), float(high[0]))


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


def _extreme(curve: pd.DataFrame, which: str) -> Estimate:
    """Return the curve's highest or lowest among steps with ground for a band, and its interval."""
    enough = curve[curve["share_all_low"].notna()]
    known = enough if len(enough) else curve[curve["share"].notna()]
    return Estimate(*(float(getattr(known[name], which)()) for name in _ALL))


_ALL = ("share", "share_all_low", "share_all_high")


def _first(synchrony: pd.DataFrame | None) -> Estimate:
    if synchrony is None or synchrony.empty:
        return NOTHING
    return Estimate(*(float(synchrony[name].iloc[0]) for name in ("isc", "low", "high")))
