"""Viewers by time: every statistic of the audience begins with this table of equal steps.

Conventions
-----------
- A row a viewer, a column a step of time; step k is the half-open [k * step_s, (k + 1) * step_s).
- Missing is NaN, never 0: a viewer who was not judged in a step has no share and no score there.
- Who was judged for part of a step counts as judged in it, with what was seen in that part.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.timelines.coverage import watched

SMILING, NOT_SMILING, NOT_SCORED, ABSENT, CAMERA_OFF = range(5)
STATES = ("smiling", "not smiling", "present, not judged", "absent", "camera off")


class Grid(NamedTuple):
    """A session in equal steps; V viewers in order of `ids`, T steps from the session's begin.

    `ids`: (V,) int64, viewer IDs, ascending. `step_s`: seconds a step. `scored_s`: (V, T) float32,
    seconds of the step that could be judged. `share`: (V, T) float32, the part of those inside a
    smile, [0, 1]. `smile`, `raw`: (V, T) float32, mean degree over them, [0, 1], steadied and not.
    All three are NaN where nothing was judged. `seen`: (V, T) bool, the face was found in the step.
    `watched`: (T,) bool, the camera looked in some part of the step.
    """

    ids: np.ndarray
    step_s: float
    scored_s: np.ndarray
    share: np.ndarray
    smile: np.ndarray
    raw: np.ndarray
    seen: np.ndarray
    watched: np.ndarray

    @property
    def scored(self) -> np.ndarray:
        """Return (V, T) bool: some part of the step could be judged."""
        return self.scored_s > 0

    @property
    def t_s(self) -> np.ndarray:
        """Return (T,) float64: where each step begins, in seconds."""
        return np.round(np.arange(len(self.watched)) * self.step_s, 6)


def make_grid(table: pd.DataFrame, step_s: float, length_s: float, spans: pd.DataFrame) -> Grid:
    """Spread a session's bins out in equal steps.

    Parameters
    ----------
    table : DataFrame
        From `bins.bin_readings`, in bins of `step_s`.
    step_s : float
        Above 0.
    length_s : float
        The session's.
    spans : DataFrame
        The session's: when the camera looked.

    Returns
    -------
    Grid
        Of no viewers or no steps where there are none.
    """
    steps = int(np.ceil(round(length_s / step_s, 6)))
    table = table[table["bin"] < steps]
    ids = np.unique(table["viewer_id"].to_numpy(dtype=np.int64))
    at = np.searchsorted(ids, table["viewer_id"]), table["bin"].to_numpy(dtype=np.int64)

    def spread(values: np.ndarray, empty: Any) -> np.ndarray:
        out = np.full((len(ids), steps), empty, dtype=np.asarray(values).dtype)
        out[at] = values
        return out

    judged_s = table["judged_s"].to_numpy(dtype=np.float32)
    with np.errstate(invalid="ignore"):
        share = table["smiling_s"].to_numpy(dtype=np.float32) / judged_s
    nan = np.float32(np.nan)
    return Grid(
        ids=ids,
        step_s=float(step_s),
        scored_s=spread(judged_s, np.float32(0)),
        share=spread(share, nan),
        smile=spread(table["smile"].to_numpy(dtype=np.float32), nan),
        raw=spread(table["raw"].to_numpy(dtype=np.float32), nan),
        seen=spread(np.ones(len(table), dtype=bool), False),
        watched=watched(spans, np.arange(steps + 1) * step_s),
    )


def states(table: Grid) -> np.ndarray:
    """Say what each viewer did in each step.

    Parameters
    ----------
    table : Grid

    Returns
    -------
    ndarray, shape (V, T), uint8
        Places in `STATES`: smiling for at least half of the judged part of the step; not smiling;
        present, but could not be judged; absent, the camera looked and the face was not found;
        camera off. A face that was lost is absent, never "not smiling".
    """
    code = np.where(table.watched[None, :], ABSENT, CAMERA_OFF).astype(np.uint8)
    code = np.broadcast_to(code, table.seen.shape).copy()
    code[table.seen] = NOT_SCORED
    code[table.scored] = NOT_SMILING
    code[np.nan_to_num(table.share) >= 0.5] = SMILING
    return code


def mean_over(values: np.ndarray) -> np.ndarray:
    """Return the mean over viewers of (V, ...) values, without NaN; NaN where there is none."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0).sum(axis=0, dtype=np.float64)
    return total / np.where(count, count, np.nan)


def smiling_share_of(table: Grid, steps: slice | np.ndarray) -> np.ndarray:
    """Return the part of each viewer's judged time in some steps that the viewer smiled.

    Parameters
    ----------
    table : Grid
    steps : slice, or ndarray of bool, shape (T,)

    Returns
    -------
    ndarray, shape (V,), float64
        In [0, 1], NaN for a viewer who was not judged in them.
    """
    judged_s = table.scored_s[:, steps].sum(axis=1, dtype=float)
    smiling_s = np.nansum(table.share[:, steps] * table.scored_s[:, steps], axis=1)
    return smiling_s / np.where(judged_s > 0, judged_s, np.nan)
