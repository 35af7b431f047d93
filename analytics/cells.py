"""Readings gathered into cells: one viewer, one stretch of time, what was seen of them in it.

Every figure of the audience begins here, so that a viewer counts once in each stretch however often
the camera looked, and however unevenly.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.timelines import smiles

COLUMNS = ("bin", "viewer_id", "judged_s", "smiling_s", "smile", "raw")

# A reading stands for the time until the viewer's next one, unless that is further off than this:
# then it stands for one usual step. The same gap ends a smile.
LONGEST_STEP_S = 1.0


def bin_of(t_s, bin_s):
    """Return the whole number of the bin each time is in; 0.3 is in bin 3 of 0.1, not 2."""
    return np.floor(np.asarray(t_s, dtype=float) / bin_s + 1e-6).astype(np.int64)


def cells(readings, bin_s):
    """Gather readings into cells of one viewer and one bin.

    Parameters
    ----------
    readings : DataFrame
        A session's readings, sorted by `t_s` then `viewer_id`.
    bin_s : float
        Width of a bin in seconds, above 0. Bin k is the half-open [k * bin_s, (k + 1) * bin_s).

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
    t_s = readings["t_s"].to_numpy(dtype=float)
    viewer, ids = pd.factorize(readings["viewer_id"].to_numpy(dtype=np.int64), sort=True)
    key = bin_of(t_s, bin_s) * len(ids) + viewer
    cell, keys = pd.factorize(key, sort=True)
    held = _held_s(t_s, viewer)

    def total(weights):
        return np.bincount(cell, weights=weights, minlength=len(keys)).astype(float)

    def mean(name):
        score = readings[name].to_numpy(dtype=float)
        weight = np.where(np.isnan(score), 0.0, held)
        with np.errstate(invalid="ignore"):
            return total(np.nan_to_num(score) * weight) / total(weight)

    judged = np.where(readings["smile"].isna().to_numpy(), 0.0, held)
    smiling = _inside_smile(t_s, viewer, ids, smiles(readings))
    rows = keys // max(len(ids), 1), ids[keys % max(len(ids), 1)]
    columns = *rows, total(judged), total(judged * smiling), mean("smile"), mean("raw")
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _held_s(t_s, viewer):
    """Return how long each reading stands for, in seconds, at least a millisecond."""
    # Few viewers fit 16 bits, for which a stable sort is several times quicker.
    small = viewer.astype(np.uint16) if viewer.max(initial=0) < 2**16 else viewer
    order = np.argsort(small, kind="stable")
    step = np.diff(t_s[order])
    known = (viewer[order][1:] == viewer[order][:-1]) & (step <= LONGEST_STEP_S)
    usual = float(np.median(step[known])) if known.any() else LONGEST_STEP_S
    held = np.full(len(t_s), usual)
    held[order[:-1][known]] = step[known]
    return np.maximum(held, 1e-3)


def _inside_smile(t_s, viewer, ids, events):
    """Return for each reading whether it lies inside one of its viewer's smiles."""
    if events.empty:
        return np.zeros(len(t_s), dtype=bool)
    # Viewers laid end to end on one axis, so that a single search finds every reading's event.
    axis = t_s.max(initial=0.0) + 2 * LONGEST_STEP_S
    owner = np.searchsorted(ids, events["viewer_id"].to_numpy())
    order = np.lexsort((events["start_s"].to_numpy(), owner))
    starts = (owner * axis + events["start_s"].to_numpy())[order]
    ends = (owner * axis + events["end_s"].to_numpy())[order]
    at = viewer * axis + t_s
    # Half a millisecond: times are whole milliseconds, and the sums above are not exact.
    latest = np.searchsorted(starts, at + 5e-4, side="right") - 1
    return (latest >= 0) & (at < ends[latest] + 5e-4)
