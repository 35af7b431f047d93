"""A session in which nobody is seen alone: stand-ins for the viewers of each cohort.

Where figures of few are withheld, everything is made from such a session instead of the recorded
one, so that no table, page or file can say more than it holds: of each cohort and each second, how
many viewers were judged, how many of them smiled, and the sum of their degrees, both in whole
viewers.

Conventions
-----------
- Steps are of `STEP_S`, whatever is asked for.
- Sums are rounded down to whole viewers, and one that says "all" is told as "all but one": who
  knows a sum, then knows of no viewer whether it was 0 or 1. The degree is told as the middle of
  what the rounding leaves open.
- Of a cohort's stand-ins the first so many smile. That they are the same ones from step to step is
  arbitrary: nothing that depends on it (who smiled at all, how often, together with whom) may be
  told. It makes them differ from each other by more than viewers do, so that intervals over viewers
  are too wide rather than too narrow.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.bins import BIN_S
from laughtrack.analytics.timelines.cohorts import Cohort, form_cohorts, held
from laughtrack.analytics.timelines.grid import Grid
from laughtrack.analytics.timelines.smiles import OFF, ON

STEP_S = 1.0
# Degrees of a stand-in that smiles, and of one that does not, are on either side of the thresholds.
USUAL_SMILE, LEAST_SMILE, MOST_REST = 0.8, ON + 0.05, OFF - 0.01
# Sums of float32 shares are not exact.
_NEAR = 1e-4


def cohorts_of(grid: Grid, seats: pd.DataFrame, least: int) -> list[Cohort]:
    """Divide a session's viewers, `grid` in steps of `STEP_S`, into cohorts of `least` or more."""
    rows = seats.set_index("viewer_id")["row"].reindex(grid.ids, fill_value=-1)
    return form_cohorts(grid.scored, rows.to_numpy(dtype=np.int64), least)


def stand_in_session(
    session: Session, grid: Grid, cohorts: list[Cohort], length_s: float
) -> Session:
    """Return a session with stand-ins instead of its viewers, one for each viewer of a cohort.

    Parameters
    ----------
    session : Session
    grid : Grid
        Of the session, in steps of `STEP_S`.
    cohorts : list of Cohort
        From `cohorts_of`.
    length_s : float
        The session's.

    Returns
    -------
    Session
        Its readings lie a bin of `BIN_S` apart. Viewers are numbered from 1, a cohort's one after
        the other, and sit nowhere.
    """
    last = held(grid.scored)
    parts, first = [], 1
    for cohort in cohorts:
        parts.append(_readings(grid, last, cohort, first))
        first += len(cohort.members)
    names = ("viewer_id", "t_s", "smile")
    columns = [np.concatenate([part[k] for part in parts] or [np.zeros(0)]) for k in range(3)]
    table = pd.DataFrame(dict(zip(names, columns, strict=True)))
    table = table[table["t_s"] < length_s].sort_values(["t_s", "viewer_id"], ignore_index=True)
    boxes = dict.fromkeys(("x1", "y1", "x2", "y2"), 0)
    table = table.assign(**boxes, quality=1.0, raw=table["smile"])
    types = session.readings.dtypes.to_dict()
    return session._replace(readings=table.reindex(columns=[*types]).astype(types))


def _readings(
    grid: Grid, last: np.ndarray, cohort: Cohort, first_id: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return viewer, time and smile of each reading of a cohort's stand-ins."""
    many, steps = len(cohort.members), np.flatnonzero(cohort.shown)
    at = cohort.members[:, None], last[np.ix_(cohort.members, steps)]
    smiling = _whole(grid.share[at])
    resting, degree = many - smiling, _whole(grid.raw[at]) + 0.5
    rest = np.clip((degree - USUAL_SMILE * smiling) / resting, 0, MOST_REST)
    smile = np.clip((degree - rest * resting) / np.maximum(smiling, 1), LEAST_SMILE, 1)
    score = np.where(np.arange(many)[:, None] < smiling, smile, rest)
    looks = round(STEP_S / BIN_S)
    t_s = (steps[:, None] * STEP_S + np.arange(looks) * BIN_S).ravel().round(3)
    return (
        np.repeat(np.arange(first_id, first_id + many), len(t_s)),
        np.tile(t_s, many),
        np.repeat(score, looks, axis=1).ravel().round(6),
    )


def _whole(values: np.ndarray) -> np.ndarray:
    """Return the sums of (n, T) values in whole viewers, at most n - 1."""
    total = np.floor(values.sum(axis=0, dtype=float) + _NEAR)
    return np.clip(total, 0, len(values) - 1)
