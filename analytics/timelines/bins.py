"""Readings gathered into bins: one viewer, one stretch of time, what was seen of them in it.

Every figure of the audience begins here, so that a viewer counts once in each stretch however often
the camera looked, and however unevenly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from laughtrack.analytics.timelines.smiles import DetectedSmiles

# Seconds of a bin, so finely that peaks are found on them.
BIN_S = 0.2
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
    viewer, bins = readings["viewer_id"].to_numpy(dtype=np.int64), bin_of(readings["t_s"], bin_s)
    held = detected.held_s
    judged = np.where(readings["smile"].isna().to_numpy(), 0.0, held)
    smile, raw = (readings[name].to_numpy(dtype=float) for name in ("smile", "raw"))
    return _gather(bins, viewer, (judged, judged * detected.smiling, smile, raw), held)


def join_bins(table: pd.DataFrame, times: int) -> pd.DataFrame:
    """Join every `times` bins of a table from `bin_readings`, as if it was made with wider ones."""
    bins, viewer, judged, smiling, smile, raw = (table[name].to_numpy() for name in COLUMNS)
    return _gather(bins // times, viewer, (judged, smiling, smile, raw), judged)


def _gather(
    bins: np.ndarray, viewer: np.ndarray, scores: Sequence[np.ndarray], weight: np.ndarray
) -> pd.DataFrame:
    """Sum the first two of `scores` and average the others, by `weight`, in each bin."""
    viewer, ids = pd.factorize(viewer, sort=True)
    cell, keys = pd.factorize(bins * len(ids) + viewer, sort=True)

    def total(weights: np.ndarray) -> np.ndarray:
        return np.bincount(cell, weights=weights, minlength=len(keys)).astype(float)

    def mean(score: np.ndarray) -> np.ndarray:
        known = np.where(np.isnan(score), 0.0, weight)
        with np.errstate(invalid="ignore"):
            return total(np.nan_to_num(score) * known) / total(known)

    judged_s, smiling_s, *means = scores
    rows = keys // max(len(ids), 1), ids[keys % max(len(ids), 1)]
    columns = *rows, total(judged_s), total(smiling_s), *map(mean, means)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), copy=False)
