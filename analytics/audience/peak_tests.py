"""How sure a peak is: whether chance alone gives as much, when it was, and how many smiled at it.

Conventions
-----------
- The null: every viewer's timeline moved round in a circle by a random time of its own, so that
  each smiles as much and as long as before and only the synchrony is gone. Neighbours who laugh
  together are moved together; where a group ends neighbours are parted, and the null's rises are
  stretched by what that takes off the spread of the audience's mean. A peak's p-value is how often
  the largest rise anywhere in the session is then at least as large: it holds for all peaks of the
  session at once.
- The apex's interval is of where it lies in audiences resampled from these viewers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.correction.session_correction import (
    correction,
    with_corrected,
)
from laughtrack.analytics.audience.peaks import (
    SURROUNDINGS,
    deviations,
    over_a_second,
    peaks,
    smoothed,
    with_margin,
)
from laughtrack.analytics.defaults import LEAST_VIEWERS, LEVEL, SEED
from laughtrack.analytics.stats import maxima, proportions
from laughtrack.analytics.stats.bootstrap import Draws, draws
from laughtrack.analytics.timelines.bins import BIN_S
from laughtrack.analytics.timelines.seating import seat_order
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import MOST_SIZE, MOST_STEPS, curve_step

SHIFTS = 300
# An apex is sought in the peak's own time and this much around it.
AROUND_S = 1.0
COLUMNS = ("p_value", "t_low_s", "t_high_s", "share_low", "share_high")


class Moved(NamedTuple):
    """Viewers' scores less their own usual in steps of `BIN_S`.

    `total` (V, T) float32, 0 where missing; `known` (V, T) float32, 1 where judged.
    """

    total: np.ndarray
    known: np.ndarray


def peaks_with_certainty(tables: SessionTables, min_viewers: int = 1) -> pd.DataFrame:
    """Return a session's peaks, as from `peaks.peaks`, with what `with_certainty` adds to them.

    The share is put right for the scorer's errors in columns of their own: `corrected_share` and
    its interval.
    """
    tables = tables.at_least(min_viewers)
    grid = tables.grid(curve_step(tables.length_s))
    audiences = draws(grid.share, tables.seats)
    found = with_certainty(peaks(tables), tables, audiences)
    right = correction(tables, audiences.effect)
    return with_corrected(found, right, "share_smiling").round(6)


def with_certainty(
    found: pd.DataFrame, tables: SessionTables, audiences: Draws, shifts: int = SHIFTS
) -> pd.DataFrame:
    """Add to each peak what is known of its certainty.

    Parameters
    ----------
    found : DataFrame
        From `peaks.peaks`.
    tables : SessionTables
        Of the same session.
    audiences : Draws
        From `bootstrap.draws` of the same viewers.
    shifts : int
        How many times the timelines are moved.

    Returns
    -------
    DataFrame
        `found` with `p_value` in (0, 1]; `t_low_s`, `t_high_s`, 95 % interval of the apex, seconds;
        `share_low`, `share_high`, Wilson's for the viewers judged there divided by the design
        effect. NaN where fewer than `LEAST_VIEWERS` were judged, and in sessions too long or large
        to be moved so often: of more than 2.3 days, and of 1,000 viewers in more than 5 hours.
    """
    found = found.assign(**dict.fromkeys(COLUMNS, np.nan))
    enough = found["viewers"] >= LEAST_VIEWERS
    steps = tables.length_s / BIN_S
    is_large = tables.length_s > MOST_STEPS or steps * len(tables.seats) > MOST_SIZE
    if is_large or not enough.any():
        return found
    moved = lay_out(tables.bins, tables.seats["viewer_id"].to_numpy())
    null = largest_rises(moved, tables.seats, audiences, shifts)
    rises = found.loc[enough, "rise"].to_numpy()
    beyond = (null[None, :] >= rises[:, None] - 1e-9).sum(axis=1)
    found.loc[enough, "p_value"] = (1 + beyond) / (1 + shifts)
    many = found.loc[enough, "viewers"].to_numpy() / audiences.effect
    low, high = proportions.of_share(found.loc[enough, "share_smiling"].to_numpy(), many)
    found.loc[enough, "share_low"], found.loc[enough, "share_high"] = low, high
    for row in found.index[enough]:
        found.loc[row, ["t_low_s", "t_high_s"]] = _apex(moved, found.loc[row], audiences)
    return found


def lay_out(table: pd.DataFrame, ids: np.ndarray) -> Moved:
    """Return a table from `bin_readings` as `Moved`, viewers in the order of `ids`."""
    table = table[table["raw"].notna()]
    size = len(ids), int(table["bin"].max()) + 1 if len(table) else 0
    total, known = (np.zeros(size, dtype=np.float32) for _ in range(2))
    at = np.searchsorted(ids, table["viewer_id"]), table["bin"].to_numpy()
    total[at], known[at] = deviations(table)[0] if len(table) else 0.0, 1.0
    return Moved(total, known)


def largest_rises(
    moved: Moved, seats: pd.DataFrame, audiences: Draws, shifts: int, seed: int = SEED
) -> np.ndarray:
    """Return the largest rise of the audience's mean in each of the null's sessions.

    Parameters
    ----------
    moved : Moved
    seats : DataFrame
        From `seating.seating`, in the same order.
    audiences : Draws
        From `bootstrap.draws` of the same viewers: how alike neighbours are.
    shifts, seed : int

    Returns
    -------
    ndarray, shape (shifts,), float64
        In mean score above the surroundings, as the peaks' `rise`; 0 where nothing rises.
    """
    rng = np.random.default_rng([seed, 2])
    order = seat_order(seats)
    groups = np.arange(len(order)) // _group_size(len(order), audiences.block)
    total, known = (
        np.add.reduceat(each[order], np.flatnonzero(np.diff(groups, prepend=-1)), axis=0)
        for each in moved
    )
    length = total.shape[1]
    rises = [
        largest_rise(*(_rolled(each, by) for each in (total, known)))
        for by in rng.integers(0, length, (shifts, len(total)))
    ]
    lost = _separation_loss(audiences.links[np.ix_(order, order)], groups)
    return np.sqrt(lost * audiences.inflation) * np.array(rises)


def _group_size(viewers: int, block: int) -> int:
    """Return how many neighbours are moved together.

    Three times as many as are alike, as far as that leaves two groups: only those at a group's ends
    are parted.
    """
    return 1 if block == 1 else min(3 * block, viewers // 2)


def _separation_loss(links: np.ndarray, groups: np.ndarray) -> float:
    """Return how much less the mean's variance is once neighbours of two groups are parted."""
    inside = links * (groups[:, None] == groups[None, :])
    size = max(len(groups), 1)
    return float((size + links.sum()) / (size + inside.sum()))


def _rolled(rows: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return the sum of rows, each moved round by its number of steps."""
    out = np.zeros(rows.shape[1])
    for row, steps in zip(rows, by, strict=True):
        out[steps:] += row[: len(row) - steps]
        out[:steps] += row[len(row) - steps :]
    return out


def largest_rise(total: np.ndarray, known: np.ndarray) -> float:
    """Return the largest rise of a session's sums and numbers judged."""
    return maxima.largest_rise(with_margin(smoothed(total, known)), SURROUNDINGS)


def _apex(moved: Moved, peak: pd.Series, audiences: Draws) -> list[float]:
    """Return the 95 % interval of a peak's apex, in seconds."""
    first = max(int((peak["start_s"] - AROUND_S) / BIN_S), 0)
    last = int((peak["end_s"] + AROUND_S) / BIN_S) + 1
    # As wide again, so that the smoothing knows what lies beside.
    wide = slice(max(first - 5, 0), last + 5)
    total, known = (audiences.weights @ np.ascontiguousarray(each[:, wide]) for each in moved)
    level = over_a_second(total) / np.maximum(over_a_second(known), 1.0)
    apex = level[:, first - wide.start : last - wide.start].argmax(axis=1)
    tail = (1 - LEVEL) / 2
    low, high = (first + np.quantile(apex, [tail, 1 - tail]) + 0.5) * BIN_S
    # The apex is told to less than a step; the draws are not.
    return [min(low, peak["t_s"]), max(high, peak["t_s"])]
