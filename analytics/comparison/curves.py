"""Two audiences' curves in the shared time: their difference with its band, and its clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.comparison.resample import Resampled
from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.stats import proportions
from laughtrack.analytics.stats.bootstrap import Pool
from laughtrack.analytics.stats.contrasts import Trials, means

CURVE = (
    *("a_s", "b_s", "judged_a", "judged_b", "share_a", "share_b"),
    *("difference", "low", "high", "all_low", "all_high", "opens"),
)
CLUSTERS = (
    *("a_start_s", "a_end_s", "b_start_s", "b_end_s", "higher"),
    *("difference", "mass", "p"),
)
CHUNK_BYTES = 32 * 2**20


def curves(
    data: np.ndarray, pool: Pool, shared: pd.DataFrame, resampled: Sequence[Resampled]
) -> tuple[pd.DataFrame, Trials]:
    """Return the `CURVE` with its pointwise band, and the `Trials` of its maximum and minimum.

    Parameters
    ----------
    data : ndarray, shape (V, T)
        Shares in [0, 1] of both audiences' viewers, NaN where not judged or not to be used.
    pool : Pool
    shared : DataFrame
        From `aligned.steps`.
    resampled : two of Resampled

    Returns
    -------
    DataFrame, Trials
    """
    first = pool.assignments[0]
    sides = (first, ~first)
    share = [means(np.ones((1, members.sum())), data[members])[0] for members in sides]
    drawn, square = [], np.zeros(data.shape[1])
    for members, audiences in zip(sides, pool.draws, strict=True):
        ends, variance = _extremes(audiences.weights, data[members])
        drawn.append(ends)
        square = square + audiences.scale**2 * audiences.inflation * variance
    reach = stdtrit(max(sum(pool.effective_sizes) - 2, 1), (1 + LEVEL) / 2) * np.sqrt(square)
    judged = [np.isfinite(data[members]).sum(axis=0) for members in sides]
    many = [n / draws.effect for n, draws in zip(judged, pool.draws, strict=True)]
    # What the bootstrap cannot know where all viewers are alike.
    below, above = proportions.beside_difference(share, [np.where(n > 0, n, np.nan) for n in many])
    difference = share[0] - share[1]
    curve = pd.DataFrame(
        {
            "a_s": shared["a_start_s"],
            "b_s": shared["b_start_s"],
            **{
                f"judged_{k}": (v.scored_s > 0).sum(axis=0)
                for k, v in zip("ab", resampled, strict=True)
            },
            "share_a": share[0],
            "share_b": share[1],
            "difference": difference,
            "low": np.maximum(difference - np.fmax(reach, below), -1),
            "high": np.minimum(difference + np.fmax(reach, above), 1),
            "all_low": np.nan,
            "all_high": np.nan,
            "opens": shared["opens"],
        },
        columns=CURVE,
    )
    observed = tuple(_ends(each[None, :])[0] for each in share)
    return curve, Trials(observed, tuple(drawn), np.full((len(pool.assignments), 2), np.nan))


def _ends(curves: np.ndarray) -> np.ndarray:
    """Return the (N, 2) maximum and minimum over time of (N, T) curves, NaN where none is known."""
    known = np.isfinite(curves)
    highest = np.where(known, curves, -np.inf).max(axis=1, initial=-np.inf)
    lowest = np.where(known, curves, np.inf).min(axis=1, initial=np.inf)
    ends = np.column_stack([highest, lowest])
    return np.where(np.isfinite(ends), ends, np.nan)


def _extremes(weights: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the (N, 2) maximum and minimum over time of the mean under each draw, and variances.

    The (T,) variances are of the mean at each step, over the draws.
    """
    ends, (total, square, count) = np.full((len(weights), 2), np.nan), np.zeros((3, data.shape[1]))
    size = max(1, CHUNK_BYTES // (8 * max(data.shape[1], 1)))
    for start in range(0, len(weights), size):
        rows = slice(start, start + size)
        curves = means(weights[rows], data)
        known = np.isfinite(curves)
        ends[rows] = _ends(curves)
        filled = np.where(known, curves, 0.0)
        total, square = total + filled.sum(axis=0), square + (filled**2).sum(axis=0)
        count = count + known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(square / count - (total / count) ** 2, 0)
    return ends, variance


def cluster_table(found: pd.DataFrame, shared: pd.DataFrame, curve: pd.DataFrame) -> pd.DataFrame:
    """Return the clusters of `clusters.cluster_test` with their times in both sessions, by p."""
    first, last = found["start"].to_numpy(dtype=int), found["end"].to_numpy(dtype=int) - 1
    rows = {
        f"{name}_{edge}_s": shared[f"{name}_{edge}_s"].to_numpy()[at]
        for name in "ab"
        for edge, at in (("start", first), ("end", last))
    }
    difference = [
        curve["difference"].iloc[a : b + 1].mean() for a, b in zip(first, last, strict=True)
    ]
    rows |= {
        "higher": np.where(found["mass"] > 0, "A", "B"),
        "difference": np.array(difference, dtype=float),
        "mass": found["mass"].to_numpy(),
        "p": found["p"].to_numpy(),
    }
    table = pd.DataFrame(rows, columns=CLUSTERS)
    return table.sort_values(["p", "a_start_s"], ignore_index=True)
