"""Dial data beside the smile curve: how well they go together, and by how much one lags.

Conventions
-----------
- The dials' curve is the mean over the people who have a value, the smile curve the mean over the
  viewers who could be judged of the part of the step spent smiling.
- Both are of steps of the same length; steps in which one of them is missing are left out.
- A positive lag means that the dial follows the smiles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.audience.suppression import with_numbers
from laughtrack.analytics.defaults import ALPHA, LEVEL
from laughtrack.analytics.inputs.dial_recordings import resample_dial
from laughtrack.analytics.stats.correlation import LEAST_STEPS, at_every_shift, fisher_z
from laughtrack.analytics.timelines.grid import Grid
from laughtrack.analytics.timelines.session_tables import SessionTables

CURVE = ("t_s", "dial", "people", "share_smiling", "judged")
RESULT = ("steps", "people", "viewers", "r", "low", "high", "lag_s", "p", "least_p", "r_no_lag")
MAX_LAG_S = 10.0


class Dial(NamedTuple):
    """Dials and smiles.

    `curve`: a row a step of the session: `t_s`, seconds since it began; `dial`, the mean, in the
    file's own units, and of how many `people`; `share_smiling` in [0, 1] and of how many viewers
    `judged`; NaN where there is none.
    `result`: a table of one row: `steps` in which both are known; `people` and `viewers` who have
    any value; `r`, the correlation in [-1, 1] at the lag at which it is farthest from 0, with `low`
    and `high`, its 95 % interval; `lag_s`, by how much the dial follows; `p` that series that have
    nothing to do with each other would at some lag be as alike, and `least_p`, the least that there
    can be with so many lags in so short a time; `r_no_lag`. NaN where there is no ground.
    """

    curve: pd.DataFrame
    result: pd.DataFrame


def with_dial(
    table: Grid, dial: pd.DataFrame, film_s: float = 0.0, max_lag_s: float = MAX_LAG_S
) -> Dial:
    """Lay dials beside the smiles of a session.

    Parameters
    ----------
    table : Grid
    dial : DataFrame
        From `dial_files.read_dial`.
    film_s : float
        The film's time at the session's start.
    max_lag_s : float
        The farthest lag to look at, to both sides; at least 0.

    Returns
    -------
    Dial

    Raises
    ------
    ValueError
        If `max_lag_s` is below 0, or the dials and the session have no time in common.

    Notes
    -----
    p is the part of all ways to move one series round in a circle after which the same search among
    lags finds as far a correlation. What is found is found again after moving it by less than the
    lags reach, so that p is no smaller than the part of the session that all lags together are: 10
    s to both sides are too many for a session of five minutes. The interval is a jackknife over
    viewers and over people, at the lag found, with Student's t on Fisher's scale.
    """
    if not max_lag_s >= 0:
        raise ValueError(f"--max-lag {max_lag_s:g}: expected 0 s or more")
    dials = resample_dial(dial, film_s, len(table.watched), table.step_s)
    if np.isnan(dials).all():
        first, last = dial["t_s"].iloc[0] - film_s, dial["t_s"].iloc[-1] - film_s
        raise ValueError(
            f"the dials run from {first:g} to {last:g} s of the session, which lasts "
            f"{len(table.watched) * table.step_s:g} s; is its media_offset_s ({film_s:g}) right?"
        )
    share = table.share.astype(float)
    curve = pd.DataFrame(
        {
            "t_s": table.t_s,
            "dial": _means(dials),
            "people": (~np.isnan(dials)).sum(axis=0),
            "share_smiling": _means(share),
            "judged": (~np.isnan(share)).sum(axis=0),
        },
        columns=CURVE,
    )
    return Dial(curve, _result(dials, share, round(max_lag_s / table.step_s), table.step_s))


def dial_of(tables: SessionTables, dial: pd.DataFrame, max_lag_s: float = MAX_LAG_S) -> Dial:
    """Return what `with_dial` does of a session; figures of few are withheld as its tables say."""

    def made(of: SessionTables) -> Dial:
        return with_dial(of.grid(), dial, of.offset_s, max_lag_s)

    found = made(tables)
    return Dial(
        with_numbers(found.curve, tables, lambda everyone: made(everyone).curve),
        with_numbers(found.result, tables, lambda everyone: made(everyone).result),
    )


def _means(rows: np.ndarray) -> np.ndarray:
    """Return the mean over the rows of (N, T), NaN where all are missing."""
    count = (~np.isnan(rows)).sum(axis=0)
    return np.nansum(rows, axis=0) / np.where(count, count, np.nan)


def _result(dials: np.ndarray, share: np.ndarray, reach: int, step_s: float) -> pd.DataFrame:
    dial, smiles = _means(dials), _means(share)
    found: dict[str, float] = {
        "steps": int((~np.isnan(dial + smiles)).sum()),
        "people": int((~np.isnan(dials)).any(axis=1).sum()),
        "viewers": int((~np.isnan(share)).any(axis=1).sum()),
    }
    # Behind the end nothing is known, for as long as the lags reach: no lag goes round the circle.
    nothing = np.full(reach, np.nan)
    r = at_every_shift(np.append(smiles, nothing), np.append(dial, nothing))
    lags = np.arange(-reach, reach + 1)
    near = r[lags % len(r)] if len(r) else np.full(len(lags), np.nan)
    if found["steps"] >= LEAST_STEPS and not np.isnan(near).all():
        lag = int(lags[np.nanargmax(np.abs(near))])
        low, high = _interval(dials, share, lag)
        found |= {"r": near[lag + reach], "low": low, "high": high, "lag_s": lag * step_s}
        found |= {"p": _p(r, reach), "r_no_lag": near[reach]}
        found["least_p"] = least_p(len(smiles), reach)
    return pd.DataFrame([found]).reindex(columns=RESULT)


def least_p(steps: int, reach: int) -> float:
    """Return the least p of a search among lags of `reach` steps to both sides."""
    return min((2 * reach + 1) / (steps + reach), 1.0)


def significant_lag_s(length_s: float, step_s: float = 1.0) -> float | None:
    """Return the farthest lag that can be significant in a session so long, None for none."""
    steps = round(length_s / step_s)
    near = [reach for reach in range(steps) if least_p(steps, reach) <= ALPHA]
    return near[-1] * step_s if near else None


def _p(r: np.ndarray, reach: int) -> float:
    """Return in how many of all shifts some lag has as far a correlation as the farthest found."""
    far = np.nan_to_num(np.abs(r))
    around = np.concatenate([far[len(far) - reach :], far, far[:reach]])
    most = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).max(axis=1)
    return float(np.mean(most >= most[0]))


def _interval(dials: np.ndarray, share: np.ndarray, lag: int) -> tuple[float, float]:
    """Return the interval of the correlation of the means at one lag."""
    z = float(fisher_z(_correlations(_means(share), _means(dials)[None], lag)[0]))
    errors, freedom = 0.0, np.inf
    sides = ((share, _means(dials), lag), (dials, _means(share), -lag))
    for rows, other, apart in sides:
        rows = rows[~np.isnan(rows).all(axis=1)]
        if len(rows) < 2:
            continue  # a mean given as one column says nothing of its own spread
        known = ~np.isnan(rows)
        count = known.sum(axis=0) - known
        less = (np.nansum(rows, axis=0) - np.nan_to_num(rows)) / np.where(count, count, np.nan)
        drawn = fisher_z(_correlations(other, less, -apart))
        about = drawn[~np.isnan(drawn)] - np.nanmean(drawn)
        errors += (len(about) - 1) / len(about) * (about**2).sum()
        freedom = min(freedom, len(about) - 1)
    if not 2 <= freedom < np.inf:
        return np.nan, np.nan
    reach = stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(errors)
    return np.tanh(z - reach), np.tanh(z + reach)


def _correlations(series: np.ndarray, rows: np.ndarray, lag: int) -> np.ndarray:
    """Correlate (T,) with each of (N, T), the rows taken `lag` steps later; NaN left out."""
    steps = len(series)
    series = series[max(0, -lag) : steps - max(0, lag)]
    rows = rows[:, max(0, lag) : steps - max(0, -lag)]
    both = ~np.isnan(rows + series)
    count = np.maximum(both.sum(axis=1), 1)

    def centred(values: np.ndarray) -> np.ndarray:
        values = np.where(both, values, 0.0)
        return np.where(both, values - (values.sum(axis=1) / count)[:, None], 0.0)

    one, other = centred(np.broadcast_to(series, rows.shape)), centred(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
        return (one * other).sum(axis=1) / spread
