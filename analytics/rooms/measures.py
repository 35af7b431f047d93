"""What one session brings to the film: its curve on the film's steps, and its scores."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.bands import part_of_binomial
from laughtrack.analytics.audience.correction.session_correction import Correction, correction
from laughtrack.analytics.audience.scores import OF_SINGLES, scores, viewer_values
from laughtrack.analytics.comparison.resample import resample
from laughtrack.analytics.defaults import LEAST_VIEWERS
from laughtrack.analytics.rooms.clipped import clipped
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.stats.neighbour_correlation import LASTING, neighbour_correlation
from laughtrack.analytics.stats.proportions import Z
from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import curve_step

# Of the scores of a session's page: synchrony is of its own viewers, and minutes are the average
# share in other words.
LEFT_OUT = ("Synchrony", "Smile minutes")
# Of yes or no: four who all did say more than that they do not differ.
BINARY = ("Reach",)


class Curve(NamedTuple):
    """A room's curve in T steps of the film.

    `share`: (T,) in [0, 1], mean over the viewers judged, NaN where fewer than `LEAST_VIEWERS`
    were. `judged`: (T,) int, viewers. `chance`: (T,) the variance of `share` that its viewers'
    chance makes, over `s * (1 - s)`; infinite where `share` is NaN. `viewers`: how many were judged
    at all.
    """

    share: np.ndarray
    judged: np.ndarray
    chance: np.ndarray
    viewers: int


class Scores(NamedTuple):
    """A room's scores in the film's time that all rooms show.

    `table`: by the score's name `value` and its `variance` by the viewers' chance, NaN where there
    is no ground for one, and how many `viewers` were judged. `units`: by name, "share" or another.
    `correction`: how its shares are put right for the scorer's errors.
    """

    table: pd.DataFrame
    units: dict[str, str]
    correction: Correction


def curve_of(tables: SessionTables, starts: np.ndarray, ends: np.ndarray) -> Curve:
    """Lay a session's curve on the film's steps.

    Parameters
    ----------
    tables : SessionTables
    starts, ends : ndarray, shape (T,)
        Each step in seconds of the session, NaN where it does not show it.
    """
    there = np.flatnonzero(np.isfinite(starts))
    found = resample(tables, starts[there], ends[there])
    many = np.isfinite(found.share).sum(axis=0)
    own = mean_over(found.share)
    seats = tables.seats[tables.seats["viewer_id"].isin(found.ids)].reset_index(drop=True)
    effect = neighbour_correlation(found.share, seats).design_effect
    enough = many >= LEAST_VIEWERS
    each = effect * part_of_binomial(found.share, own, many) if enough.any() else effect
    share, chance = np.full(len(starts), np.nan), np.full(len(starts), np.inf)
    judged = np.zeros(len(starts), dtype=np.int64)
    judged[there] = many
    share[there[enough]], chance[there[enough]] = own[enough], each / many[enough]
    return Curve(share, judged, chance, len(found.ids))


def scores_of(tables: SessionTables, first_s: float, last_s: float) -> Scores:
    """Return a session's scores in a part of its time, as its page has them of all of it.

    The variance of a mean over viewers is theirs over their number, times the design effect of what
    neighbours set off in each other over time; of any other score, that of the normal interval as
    wide as the score's.
    """
    part = clipped(tables, first_s, last_s)
    grid = part.grid(curve_step(part.length_s))
    audiences = draws(grid.share, part.seats)
    found = scores(part, grid, audiences).set_index("score").drop(index=[*LEFT_OUT])
    variance = ((found["high"] - found["low"]) / (2 * Z)) ** 2
    for name, own in viewer_values(part, grid).items():
        known = own[np.isfinite(own)]
        if name not in BINARY and len(known) >= LEAST_VIEWERS:
            effect = 1 + LASTING * (audiences.effect - 1)
            variance[name] = effect * float(known.var(ddof=1)) / len(known)
    table = pd.DataFrame({"value": found["value"], "variance": variance}, dtype=float)
    if tables.withholds:
        # Which stand-ins cannot tell; who smiled at all is told in whole viewers of whole sessions.
        table.loc[[*OF_SINGLES, *BINARY]] = np.nan
    table["viewers"] = float(grid.scored.any(axis=1).sum())
    right = correction(part, audiences.lasting)
    return Scores(table, found["unit"].to_dict(), right)
