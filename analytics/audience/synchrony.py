"""Whether the viewers smiled together: leave-one-out inter-subject correlation.

Hasson, Nir, Levy, Fuhrmann, Malach (2004), Science 303:1634; as defined by Nastase, Gazzola,
Hasson, Keysers (2019), Social Cognitive and Affective Neuroscience 14:667, and in BrainIAK's
`brainiak.isc`: each viewer's timeline is correlated with the mean of the others', and the
audience's figure is the mean of those correlations over viewers, through Fisher's z. Where nothing
is missing these are BrainIAK's numbers; with missing moments see `analytics.stats.correlation`.

The correlations depend on each other, since each viewer is part of all the others' means.
BrainIAK's tests treat them as if they did not; ours differ:

- For the null see `analytics.stats.nulls.circular_shift`, and for a second one, of phases drawn
  anew, `analytics.stats.nulls.phase_randomization`.
- The interval is a jackknife over viewers: each in turn is left out of everything, of more than 200
  viewers groups of them (`stats.isc_jackknife`), and the spread of the figures is taken with
  Student's t on Fisher's scale. Of 300 synthetic audiences each of 5,
  10, 30 and 100 viewers at one film, 95 % intervals held the truth in 94, 97, 95 and 96 %; those of
  BrainIAK's `bootstrap_isc`, which draws from the finished correlations, in 63, 75, 91 and 93 %
  (`tests/bench/synchrony_cover.py`). It takes viewers for independent viewers: where neighbours
  laugh together it is somewhat too narrow.

Timelines are of `raw`: the steadied score carries each moment over into the next ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.defaults import LEAST_FOR_JACKKNIFE, LEVEL, SEED
from laughtrack.analytics.stats.correlation import (
    LEAST_STEPS,
    Timelines,
    centre,
    leave_one_out,
    mean_correlation,
    varying,
)
from laughtrack.analytics.stats.isc_jackknife import isc_jackknife, mean_z
from laughtrack.analytics.stats.nulls.circular_shift import p_values, shift_null
from laughtrack.analytics.stats.nulls.phase_randomization import phase_null
from laughtrack.analytics.timelines.grid import Grid
from laughtrack.analytics.timelines.session_tables import SessionTables

WINDOW_S = 30.0
SHIFTS = 1000
NULLS = {"shift": shift_null, "phase": phase_null}

WINDOWS = ("start_s", "end_s", "viewers", "isc", "low", "high", "p")
VIEWERS = ("viewer_id", "isc")


class Synchrony(NamedTuple):
    """Inter-subject correlation of a session.

    `whole`: a table of one row. `viewers` compared; `left_out`, those who never moved, were judged
    too briefly or had nobody beside them; `isc` in [-1, 1], the mean over viewers; `low`, `high`
    its 95 % interval; `p` that viewers with no common timing would be as alike.
    `windows`: a row a window, the last one perhaps shorter: `start_s`, `end_s` seconds since the
    session began; `viewers`, `isc`, `low`, `high` as above, of this window; `p` that the most alike
    of all windows would by chance stand out as far as this one.
    `viewers`: a row a viewer: `viewer_id`, `isc` the viewer's correlation with the others' mean
    over the whole session, NaN for those left out.
    NaN where there is no ground for a figure.
    """

    whole: pd.DataFrame
    windows: pd.DataFrame
    viewers: pd.DataFrame


def synchrony(
    table: Grid,
    window_s: float = WINDOW_S,
    shifts: int = SHIFTS,
    seed: int = SEED,
    null: str = "shift",
) -> Synchrony:
    """Say how alike the viewers' timelines are.

    Parameters
    ----------
    table : Grid
    window_s : float
        Of `LEAST_STEPS` steps at least, a whole number of them.
    shifts : int
        Draws of the null, at least 1. p is no smaller than 1 / (1 + shifts).
    seed : int
    null : str
        One of `NULLS`: timelines moved round in a circle, or their phases drawn anew.

    Returns
    -------
    Synchrony

    Raises
    ------
    ValueError
        If the windows are too short, or not whole steps, there are no shifts or no such null.
    """
    window = _steps(window_s, table.step_s)
    if shifts < 1:
        raise ValueError(f"shifts is {shifts}: expected at least 1")
    if null not in NULLS:
        raise ValueError(f"null is {null!r}: expected one of {', '.join(NULLS)}")
    timelines = centre(table.raw)
    place = np.flatnonzero(varying(timelines))
    timelines = Timelines(*(each[place] for each in timelines))
    if len(place) < 2:
        rows = -(-len(table.watched) // window) + 1
        found, p = np.full((rows, len(place)), np.nan), np.full(rows, np.nan)
        error = np.full(rows, np.nan), np.zeros(rows)
    else:
        found = leave_one_out(timelines, window)
        error = isc_jackknife(timelines, window, found)
        p = p_values(mean_correlation(found), NULLS[null](timelines, window, shifts, seed))
    figures = _intervals(found, *error).assign(p=p)
    start = np.arange(len(found) - 1) * window
    end = np.minimum(start + window, len(table.watched))
    spans = {"start_s": start * table.step_s, "end_s": end * table.step_s}
    own = np.full(len(table.ids), np.nan)
    own[place] = found[-1]
    left_out = {"left_out": [int(np.isnan(own).sum())]}
    return Synchrony(
        figures[-1:]
        .reset_index(drop=True)
        .assign(**left_out)[["viewers", "left_out", "isc", "low", "high", "p"]],
        figures[:-1].assign(**spans)[[*WINDOWS]],
        pd.DataFrame({"viewer_id": table.ids, "isc": own}, columns=VIEWERS),
    )


def synchrony_of(
    tables: SessionTables, window_s: float = WINDOW_S, step_s: float = 1.0, null: str = "shift"
) -> Synchrony:
    """Say how alike a session's viewers are; figures of few are withheld as its tables say.

    `window_s` and `null` are those of `synchrony`.

    Where they are, there are figures of the whole session alone, of all its viewers and to one
    decimal: the more figures and digits, the more of single timelines could be worked out.
    """
    if not tables.withholds:
        return synchrony(tables.grid(step_s), window_s, null=null)
    # Always the same windows: p allows for them.
    window_s = max(WINDOW_S, LEAST_STEPS * step_s)
    found = synchrony(tables.everyone.grid(step_s), window_s, null=null)
    few = found.whole["viewers"] < tables.min_viewers
    figures = found.whole[["isc", "low", "high"]].round(1).assign(p=found.whole["p"].round(2))
    # Never 0: as rounded, p is at most what it says.
    figures["p"] = figures["p"].clip(lower=0.01)
    whole = found.whole.assign(left_out=0, **{name: figures[name].mask(few) for name in figures})
    return Synchrony(whole, found.windows[:0], found.viewers[:0])


def _steps(window_s: float, step_s: float) -> int:
    """Return how many steps a window has."""
    window = round(window_s / step_s)
    if abs(window * step_s - window_s) > 1e-6 or window < LEAST_STEPS:
        raise ValueError(
            f"window_s is {window_s:g}: expected a multiple of {step_s:g} s, "
            f"{LEAST_STEPS * step_s:g} s or more"
        )
    return window


def _intervals(found: np.ndarray, error: np.ndarray, freedom: np.ndarray) -> pd.DataFrame:
    """Return the tables' figures from (W + 1, V) correlations and the errors of their means."""
    viewers = (~np.isnan(found)).sum(axis=1)
    middle = mean_z(found)
    reach = stdtrit(np.maximum(freedom, 1), (1 + LEVEL) / 2) * error
    reach = np.where(viewers >= LEAST_FOR_JACKKNIFE, reach, np.nan)
    return pd.DataFrame(
        {
            "viewers": viewers,
            "isc": np.tanh(middle),
            "low": np.tanh(middle - reach),
            "high": np.tanh(middle + reach),
        }
    )
