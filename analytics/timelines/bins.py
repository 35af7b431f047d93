"""Readings gathered into bins: one viewer, one stretch of time, what was seen of them in it.

Every figure of the audience begins here, so that a viewer counts once in each stretch however often
the camera looked, and however unevenly.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from laughtrack.analytics.timelines.smiles import DetectedSmiles

# Seconds of a bin, so finely that peaks are found on them.
BIN_S = 0.2
# So many rows at a time: what is made of them stays small.
_PART_ROWS = 200_000
COLUMNS = ("bin", "viewer_id", "judged_s", "smiling_s", "smile", "raw")


def bin_of(t_s: npt.ArrayLike, bin_s: float) -> np.ndarray:
    """Return the whole number of the bin each time is in; 0.3 is in bin 3 of 0.1, not 2."""
    return np.floor(np.asarray(t_s, dtype=float) / bin_s + 1e-6).astype(np.int64)


def bin_readings(readings: pd.DataFrame, bin_s: float, detected: DetectedSmiles) -> pd.DataFrame:
    """Gather readings into bins, one row for a viewer in a bin.

    Parameters
    ----------
    readings : DataFrame
        A session's readings, sorted by `t_s` then `viewer_id`.
    bin_s : float
        Width of a bin in seconds, above 0. Bin k is the half-open [k * bin_s, (k + 1) * bin_s).
    detected : DetectedSmiles
        Of the same readings.

    Returns
    -------
    DataFrame
        One row for each viewer and bin in which the viewer was seen, sorted by `bin` then
        `viewer_id`: `judged_s` time that could be judged; `smiling_s` the part of it inside a
        smile; `smile` and `raw` the means over the judged time in [0, 1], NaN where nothing was.

    Raises
    ------
    ValueError
        If `bin_s` is not above 0.
    """
    if not bin_s > 0:
        raise ValueError(f"bin_s is {bin_s!r}: expected seconds above 0")
    bins = bin_of(readings["t_s"], bin_s)
    viewer, smile, raw = (readings[name].to_numpy() for name in ("viewer_id", "smile", "raw"))
    tables = []
    for rows in _parts(bins):
        held = detected.held_s[rows]
        judged = np.where(np.isnan(smile[rows]), 0.0, held)
        scores = judged, judged * detected.smiling[rows], smile[rows], raw[rows]
        tables.append(_gather(bins[rows], viewer[rows], scores, held))
    return _joined(tables)


def join_bins(table: pd.DataFrame, times: int) -> pd.DataFrame:
    """Join every `times` bins of a table from `bin_readings`, as if it was made with wider ones."""
    bins, viewer, judged, smiling, smile, raw = (table[name].to_numpy() for name in COLUMNS)
    bins = bins // times
    return _joined(
        [
            _gather(bins[k], viewer[k], (judged[k], smiling[k], smile[k], raw[k]), judged[k])
            for k in _parts(bins)
        ]
    )


def _parts(bins: np.ndarray) -> list[slice]:
    """Return stretches of the rows of (N,) ascending bins, at least one: none divides a bin."""
    cuts = np.searchsorted(bins, bins[_PART_ROWS::_PART_ROWS])
    edges = [*np.unique([0, *cuts]).tolist(), len(bins)]
    return [slice(*pair) for pair in pairwise(edges)]


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put tables together one below the other, letting each column of theirs go when it is."""
    columns = {}
    for name in COLUMNS:
        columns[name] = np.concatenate([table.pop(name).to_numpy() for table in tables])
    return pd.DataFrame(columns, copy=False)


def _gather(
    bins: np.ndarray, viewer: np.ndarray, scores: Sequence[np.ndarray], weight: np.ndarray
) -> pd.DataFrame:
    """Sum the first two of `scores` and average the others, by `weight`, in each bin.

    `bins` are ascending. Each viewer in each bin has a cell: where few rows are gathered at once,
    counting in all cells is quicker than finding those that are there.
    """
    who, ids = pd.factorize(viewer, sort=True)
    times, when = _runs(bins)
    cell, size = when * len(ids) + who, len(times) * len(ids)
    there = np.flatnonzero(np.bincount(cell, minlength=size))

    def total(weights: np.ndarray) -> np.ndarray:
        return np.bincount(cell, weights=weights, minlength=size)[there]

    def mean(score: np.ndarray) -> np.ndarray:
        known = np.where(np.isnan(score), 0.0, weight)
        with np.errstate(invalid="ignore"):
            return total(np.nan_to_num(score) * known) / total(known)

    judged_s, smiling_s, *means = scores
    rows = times[there // max(len(ids), 1)], ids[there % max(len(ids), 1)]
    columns = *rows, total(judged_s), total(smiling_s), *map(mean, means)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), copy=False)


def _runs(ascending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different values of (N,) ascending ones, and which of them each is."""
    first = np.diff(ascending, prepend=ascending[:1] - 1) > 0
    return ascending[first], np.cumsum(first) - 1
