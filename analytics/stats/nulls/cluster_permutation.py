"""Stretches of time in which two groups of viewers differ: the cluster-based permutation test.

Conventions
-----------
- At each step the groups are compared by Student's t of two independent samples, variance pooled.
  Neighbouring steps beyond the threshold on one side form a cluster; its mass is the sum of its t.
- Viewers, or whole blocks of neighbours, are permuted to the two groups, with their whole
  timelines; the largest mass of each permutation is what chance can do, of either sign by itself:
  of two groups of unequal size the smaller one strays further up than down where few smile. p is
  twice that of its own sign. One test stands for all steps at once, so no further correction for
  their number is due.
- Missing is NaN: a viewer counts at the steps that were judged. With nothing missing all is as
  MNE-Python's `permutation_cluster_test` has it for the signed t in one direction.
- A small p says that the groups differ, there or thereabouts; where exactly a cluster begins and
  ends is not tested (Sassenhagen and Draschkow 2019, Psychophysiology 56, e13335).

E. Maris and R. Oostenveld (2007), Nonparametric statistical testing of EEG- and MEG-data, Journal
of Neuroscience Methods 164, 177-190.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, combinations
from math import comb
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.defaults import ALPHA

FOUND = ("start", "end", "mass", "p")
LEAST_WITHIN = 1e-3  # of all variance: where no viewer differs within a group, t stays finite
CHUNK_BYTES = 8 * 2**20  # of one array of permutations by steps; about six are held at once


class Clusters(NamedTuple):
    """What the test found, over T steps and N permutations.

    `t`: (T,) float64, above 0 where the first group is higher, 0 where it cannot be computed.
    `threshold`: (T,) float64, |t| a cluster needs. `found`: a row for each cluster, by `start`:
    `start`, `end` steps, half-open; `mass`, the sum of t, and its `p` in (0, 1]. `null`: (N, 2)
    float64, the largest mass above and below 0 of each permutation, both as numbers from 0, the
    observed one first, 0 for no cluster.
    """

    t: np.ndarray
    threshold: np.ndarray
    found: pd.DataFrame
    null: np.ndarray


def permutations(
    blocks_a: np.ndarray, blocks_b: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Permute the viewers between two groups, whole blocks together.

    Parameters
    ----------
    blocks_a, blocks_b : array_like of int, shape (A,), (B,)
        Which block of its own group each viewer belongs to.
    count : int
        From 1; the first permutation is the one observed.
    rng : numpy Generator

    Returns
    -------
    ndarray, shape (N, A + B), bool
        Who is in the first group; as many blocks are in every time. N is `count`, or fewer where
        that are all ways there are: each then comes once, and p is exact.
    """
    first, second = (np.unique(blocks, return_inverse=True)[1] for blocks in (blocks_a, blocks_b))
    many = int(first.max(initial=-1)) + 1
    block = np.concatenate([first, second + many])
    blocks = int(block.max(initial=-1)) + 1
    if comb(blocks, many) <= count:
        # The first of all is the observed one.
        chosen: Iterable[Iterable[int]] = combinations(range(blocks), many)
    else:
        observed = range(many)
        chosen = chain([observed], (rng.permutation(blocks)[:many] for _ in range(count - 1)))
    drawn = np.zeros((min(comb(blocks, many), count), blocks), dtype=bool)
    for row, members in zip(drawn, chosen, strict=True):
        row[list(members)] = True
    return drawn[:, block]


def cluster_test(
    data: np.ndarray,
    assignments: np.ndarray,
    opens: np.ndarray | None = None,
    threshold: float | None = None,
    scale: float = 1.0,
) -> Clusters:
    """Find the stretches in which two groups differ, and how likely chance makes them so large.

    Parameters
    ----------
    data : ndarray, shape (V, T)
        A row a viewer, of both groups, a column a step. NaN where the viewer was not judged.
    assignments : ndarray, shape (N, V), bool
        From `permutations`: who is in the first group, the observed permutation first.
    opens : ndarray, shape (T,), bool, optional
        Steps that do not go on from the one before them: no cluster runs across.
    threshold : float, optional
        Least |t| of a cluster's steps, above 0; by default what p = 0.05, two-tailed, asks for with
        the viewers judged at that step.
    scale : float
        What the t of all permutations but the observed one is multiplied by: above 1 where
        permuting leaves less to chance than there is, since neighbours alike were separated.

    Returns
    -------
    Clusters
        With one viewer or none in a group at a step there is no t there, and no cluster.

    Raises
    ------
    ValueError
        If `threshold` is not above 0.
    """
    if threshold is not None and not threshold > 0:
        raise ValueError(f"threshold is {threshold!r}: expected a t above 0")
    steps = data.shape[1]
    opens = np.zeros(steps, dtype=bool) if opens is None else np.array(opens, dtype=bool)
    judged = np.isfinite(data).sum(axis=0)
    if threshold is None:
        limit = -stdtrit(np.maximum(judged - 2, 1), ALPHA / 2)
    else:
        limit = np.full(steps, float(threshold))
    null = np.zeros((len(assignments), 2))
    for rows, t in statistics(data, assignments):
        null[rows] = largest_mass(scale * t, limit, opens)
    t = next(statistics(data, assignments[:1]))[1]
    null[:1] = largest_mass(t, limit, opens)
    place, mass, end = _masses(t, limit, opens)
    same_sign = null[:, np.where(mass > 0, 0, 1)]
    reached = (same_sign >= np.abs(mass) * (1 - 1e-9)).mean(axis=0)
    found = dict(zip(FOUND, (place, end, mass, np.minimum(2 * reached, 1.0)), strict=True))
    return Clusters(t[0], limit, pd.DataFrame(found), null)


def statistics(data: np.ndarray, assignments: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (slice of permutations, their t as (n, T) float64), few at a time; NaN is left out.

    All variance at a step stays the same however the viewers are permuted, so that one matrix
    product of who is in the first group with the viewers' values gives the t of many permutations.
    """
    known = np.isfinite(data)
    judged = known.sum(axis=0)
    mean = np.nansum(data, axis=0, dtype=float) / np.maximum(judged, 1)
    x = np.where(known, data - mean, 0.0)
    total = (x**2).sum(axis=0)
    total[total < 1e-12 * np.maximum(mean**2, 1e-6)] = 0.0  # all alike but for rounding
    whole = bool(known.all())
    size = max(1, CHUNK_BYTES // (8 * max(data.shape[1], 1)))
    for first in range(0, len(assignments), size):
        rows = slice(first, min(first + size, len(assignments)))
        drawn = assignments[rows].astype(float)
        in_a = drawn.sum(axis=1, keepdims=True) if whole else drawn @ known.astype(float)
        yield rows, student_t(drawn @ x, in_a, judged, total)


def student_t(
    sum_a: np.ndarray, in_a: np.ndarray, judged: np.ndarray, total: np.ndarray
) -> np.ndarray:
    """Return the pooled t from the first group's sum and size, (n, T); those of all, (T,)."""
    in_b = judged - in_a
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = judged / (in_a * in_b)
        between = sum_a**2 * factor
        within = np.maximum(total - between, LEAST_WITHIN * total)
        t = sum_a * factor / np.sqrt(within / (judged - 2) * factor)
    return np.where((in_a >= 2) & (in_b >= 2) & (total > 0), t, 0.0)


def largest_mass(t: np.ndarray, limit: np.ndarray, opens: np.ndarray) -> np.ndarray:
    """Return the (n, 2) largest |mass| of the clusters above and below 0 in each row of (n, T) t.

    0 for none.
    """
    most = np.zeros((len(t), 2))
    place, mass = _masses(t, limit, opens)[:2]
    np.maximum.at(most, (place // max(t.shape[1], 1), np.where(mass > 0, 0, 1)), np.abs(mass))
    return most


def _masses(
    t: np.ndarray, limit: np.ndarray, opens: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where in (n, T) flattened each cluster starts, its sum of t, and where it ends."""
    side = np.where(t > limit, 1, np.where(t < -limit, -1, 0)).astype(np.int8)
    before = np.zeros_like(side)  # nothing comes before the first step
    before[:, 1:] = side[:, :-1]
    starts = np.flatnonzero((side != 0) & ((side != before) | opens))
    if not len(starts):
        return starts, np.zeros(0), starts
    mass = np.add.reduceat(np.where(side != 0, t, 0.0).ravel(), starts)
    length = np.add.reduceat((side != 0).ravel().astype(np.int64), starts)
    return starts, mass, starts + length
