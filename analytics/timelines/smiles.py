"""When each viewer smiled: events out of the steadied score, and how long a reading stands for.

Conventions
-----------
- A reading stands for the time until the viewer's next one. If that is more than `GAP_S` away, or
  there is none, it stands for one usual step: the session's median time between two successive
  readings of a viewer. So a gap is absence, and no figure depends on how often the camera looked.
- A face that could have been scored while the scorer had its turn with others (`waiting`) says
  nothing new: the time it stands for counts for the viewer's last score, up to `GAP_S` after it.
- A smile begins with a reading of at least `ON` and lasts until one below `OFF`. Readings that
  cannot be judged neither begin nor end it; more than `GAP_S` without a judged one does end it.
- Spans of time are half-open: [start_s, end_s).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.edge.readings import MIN_QUALITY, SMILING

GAP_S = 1.0
# Times are whole milliseconds, but their differences are not exact.
_NEAR_S = 1e-6
# Two thresholds, so that a score trembling around one of them is one smile, not ten.
ON, OFF = SMILING, 0.4
LEAST_SMILE_S = 0.5

_ROWS = 200_000
SMILES = ("viewer_id", "start_s", "end_s", "peak_smile")


class DetectedSmiles(NamedTuple):
    """What each of N readings stands for, and the smiles they make.

    `held_s`: (N,) float64, how many seconds each reading stands for, at least 0.001, or 0 where
    they count for the viewer's last score. `smiling`: (N,) bool, judged and in a smile. `events`: a
    row a smile, sorted by start_s, viewer_id: viewer_id int64; start_s, the first reading's time;
    end_s, the time of the reading that ended it, else the last judged one's time and what it stands
    for; peak_smile, the highest `smile` in it, [0, 1]. None shorter than `LEAST_SMILE_S`.
    """

    held_s: np.ndarray
    smiling: np.ndarray
    events: pd.DataFrame


def detect_smiles(readings: pd.DataFrame) -> DetectedSmiles:
    """Find the smiles: see the conventions above. For a long session it takes seconds.

    Parameters
    ----------
    readings : DataFrame
        With viewer_id, t_s and smile, sorted by t_s.

    Returns
    -------
    DetectedSmiles
        Of the readings in the rows' order.
    """
    judged = ~np.isnan(readings["smile"].to_numpy(dtype=float))
    order = by_viewer(readings)
    held = _with_turns(readings, order, _held_s(readings, order))
    order = order[judged[order]]
    viewer, t_s, smile = _columns(readings, order, "viewer_id", "t_s", "smile")
    # Runs of one viewer without a gap; the state of one says nothing about the next.
    joined = (viewer[1:] == viewer[:-1]) & (np.diff(t_s) <= GAP_S + _NEAR_S)
    opens = np.append(True, ~joined)[: len(t_s)]
    # Between the thresholds a reading keeps the state of the last one that decided.
    decides = opens | (smile >= ON) | (smile < OFF)
    on = (smile >= ON)[np.maximum.accumulate(np.where(decides, np.arange(len(t_s)), 0))]
    starts = np.flatnonzero(on & (opens | ~np.append(False, on)[: len(on)]))
    # Of an event, one past the last reading: the first that is off, or of another run.
    breaks = np.append(np.flatnonzero(~on | opens), len(t_s))
    ends = breaks[np.searchsorted(breaks, starts, side="right")]
    last = ends - 1
    within = np.append(~opens, False)[ends]
    end_s = np.where(within, np.append(t_s, 0.0)[ends], t_s[last] + held[order[last]])
    keep = end_s - t_s[starts] >= LEAST_SMILE_S - _NEAR_S
    starts, ends, end_s = starts[keep], ends[keep], end_s[keep]
    inside = np.zeros(len(t_s) + 1, dtype=np.int8)
    inside[starts] += 1
    inside[ends] -= 1
    rows = np.zeros(len(judged), dtype=bool)
    rows[order] = np.cumsum(inside[:-1]) > 0
    events = (viewer[starts], t_s[starts], np.round(end_s, 3), _highest(smile, starts, ends))
    table = pd.DataFrame(dict(zip(SMILES, events, strict=True)))
    return DetectedSmiles(
        held, rows, table.sort_values(["start_s", "viewer_id"], ignore_index=True)
    )


def _held_s(readings: pd.DataFrame, order: np.ndarray) -> np.ndarray:
    """Return how many seconds each reading stands for, in the rows' order."""
    viewer, t_s = _columns(readings, order, "viewer_id", "t_s")
    step = np.diff(t_s)
    near = (viewer[1:] == viewer[:-1]) & (step <= GAP_S + _NEAR_S)
    usual = float(np.median(step[near])) if near.any() else GAP_S
    held = np.full(len(t_s), usual)
    held[order[:-1][near]] = step[near]
    return np.maximum(held, 1e-3)


def waiting(readings: pd.DataFrame) -> np.ndarray:
    """Return which faces could have been scored while the scorer had its turn with others.

    Parameters
    ----------
    readings : DataFrame
        With smile and quality.

    Returns
    -------
    ndarray, shape (N,), bool
    """
    unscored = np.isnan(readings["smile"].to_numpy(dtype=float))
    return unscored & (readings["quality"].to_numpy(dtype=float) >= MIN_QUALITY)


def _with_turns(readings: pd.DataFrame, order: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Let a score hold while its viewer waits for the next turn, at most `GAP_S`."""
    waits = waiting(readings)[order]
    if not waits.any():
        return held
    viewer, t_s = _columns(readings, order, "viewer_id", "t_s")
    # The last reading that does not wait; one of the same viewer, near, and with a score.
    last = np.maximum.accumulate(np.where(waits, 0, np.arange(len(waits))))
    scored = ~np.isnan(readings["smile"].to_numpy(dtype=float))[order]
    near = t_s + held[order] - t_s[last] <= GAP_S + _NEAR_S
    moved = np.flatnonzero(waits & (viewer == viewer[last]) & scored[last] & near)
    held = held.copy()
    np.add.at(held, order[last[moved]], held[order[moved]])
    held[order[moved]] = 0.0
    return held


def _highest(values: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the highest value of each stretch [start, end) of indices."""
    if not len(starts):
        return np.zeros(0)
    edges = np.column_stack([starts, ends]).ravel()
    return np.maximum.reduceat(np.append(values, -np.inf), edges)[::2]


def by_viewer(readings: pd.DataFrame) -> np.ndarray:
    """Return the row numbers in order of viewer_id, t_s, for rows sorted by t_s."""
    viewer = readings["viewer_id"].to_numpy(dtype=np.int64)
    # 16 bits sort in linear time: 0.1 s instead of 0.7 s for 7 million rows.
    small = viewer.max(initial=0) < 2**16
    return np.argsort(viewer.astype(np.uint16) if small else viewer, kind="stable")


def stretches(rows: int) -> list[slice]:
    """Return stretches of so many rows: what is made of one of a long film's stays small."""
    return [slice(at, min(at + _ROWS, rows)) for at in range(0, rows, _ROWS)]


def rows_of_viewers(readings: pd.DataFrame) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the IDs, ascending, and each one's row numbers, for rows sorted by t_s."""
    order = by_viewer(readings)
    count = pd.Series(readings["viewer_id"].to_numpy(dtype=np.int64)).value_counts().sort_index()
    ends = np.cumsum(count.to_numpy())
    return count.index.to_numpy(), np.split(order, ends[:-1]) if len(ends) else []


def _columns(readings: pd.DataFrame, order: np.ndarray, *names: str) -> list[np.ndarray]:
    return [readings[name].to_numpy()[order] for name in names]
