"""Differences of two audiences' figures, with intervals, p-values and what could not be found.

Conventions
-----------
- A difference is the first audience's figure less the second's.
- p is two-sided and corrected by Holm for the number of figures compared at once. It is the
  interval's, of Student's t, or for means over viewers that of permuting the viewers, or whole
  blocks of neighbours, between the two audiences, if that is larger: the one errs where few are
  skewed, the other where a small audience varies more than a large one. What is permuted is the
  difference over its standard error for unequal variances (Janssen 1997, Statistics & Probability
  Letters 36:9).
- The interval is 95 %: the estimate, less the bias that the bootstrap shows (a maximum over time is
  too high, the more so with few viewers), and Student's t times the bootstrap's standard error,
  with Welch's degrees of freedom. As neighbours laugh together, viewers count for as many
  independent viewers as their design effect says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.stats.bootstrap import Draws, Pool
from laughtrack.analytics.stats.power import detectable_effect

MOST_STEPS, MOST_PERMUTATIONS = 2000, 1000  # are plenty for one number
CONTRASTS = ("a", "b", "difference", "low", "high", "p", "p_holm", "least_difference")


def permutation_scale(data: np.ndarray, assignments: np.ndarray, draws: Sequence[Draws]) -> float:
    """Return what makes the permutations' differences as wide as neighbours alike make the true
    ones.

    Parameters
    ----------
    data : ndarray, shape (V, T)
    assignments : ndarray, shape (N, V), bool
    draws : two bootstrap.Draws

    Returns
    -------
    float
        At least 1: the root of the variance of the difference of means, as the design effects have
        it, over that among the permutations. Both are means over time, of what viewers differ from
        their own audience, so that a true difference does not count.
    """
    some = data[:, :: max(1, data.shape[1] // MOST_STEPS)]
    off, expected = np.array(some), np.zeros(some.shape[1])
    for members, each in zip((assignments[0], ~assignments[0]), draws, strict=True):
        part = some[members]
        many = np.isfinite(part).sum(axis=0)
        off[members] = part - means(np.ones((1, len(part))), part)
        square = np.nansum(off[members] ** 2, axis=0)
        wider = each.effect * each.inflation
        expected = expected + wider * square / np.maximum(many - 1, 1) / np.maximum(many, 1)
    drawn = assignments[:MOST_PERMUTATIONS].astype(float)
    apart = (means(drawn, off) - means(1 - drawn, off)) ** 2
    known = np.isfinite(apart)
    # Each audience's own mean was taken off, and left the permuted blocks one less to vary by.
    blocks = np.unique(assignments, axis=1).shape[1]
    spread = apart[known].sum() / max(known.sum(), 1) * (blocks - 1) / max(blocks - 2, 1)
    seen = np.isfinite(some).any(axis=0)
    return max(1.0, float(np.sqrt(expected[seen].mean() / spread))) if spread > 0 else 1.0


def means(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return weighted means over viewers of (V, K) values, (N, K); NaN is left out, none is NaN."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weights @ np.where(known, values, 0.0)) / (weights @ known.astype(float))


class Trials(NamedTuple):
    """K figures of two audiences: `observed`, a pair of (K,); `drawn`, a pair of (R, K), under all
    bootstrap draws; `ratio`, (N, K), the difference over its standard error under all permutations,
    the observed one first, NaN for figures that are not permuted."""

    observed: tuple[np.ndarray, ...]
    drawn: tuple[np.ndarray, ...]
    ratio: np.ndarray


def of_viewers(values: np.ndarray, pool: Pool, wider: np.ndarray | float = 1.0) -> Trials:
    """Return the `Trials` of figures that are means over viewers.

    Parameters
    ----------
    values : ndarray, shape (V, K)
    pool : Pool
    wider : float or ndarray, shape (2, K)
        By how much further the figures of each audience stray than those of a moment do: what
        neighbours set off in each other adds up over time.
    """
    wider = np.broadcast_to(wider, (2, values.shape[1]))
    first = pool.assignments[0]
    ratio = permuted_ratio(values, pool.assignments)
    sides_seen = [_mean_and_error(each[None], values) for each in (first, ~first)]
    observed = tuple(mean[0] for mean, _ in sides_seen)
    sides = zip(pool.draws, (first, ~first), observed, wider, strict=True)
    drawn = tuple(
        own + far * (means(each.weights, values[members]) - own)
        for each, members, own, far in sides
    )
    own = np.array([square[0] for _, square in sides_seen]) + 1e-12
    ratio[1:] *= np.sqrt((wider**2 * own).sum(axis=0) / own.sum(axis=0))
    return Trials(observed, drawn, ratio)


def permuted_ratio(values: np.ndarray, assignments: np.ndarray) -> np.ndarray:
    """Return the (N, K) difference of two groups' means over its standard error.

    Parameters
    ----------
    values : ndarray, shape (V, K)
        NaN where missing.
    assignments : ndarray, shape (N, V), bool
        From `cluster_permutation.permutations`: who is in the first group.
    """
    (one, error), (other, other_error) = (
        _mean_and_error(members, values) for members in (assignments, ~assignments)
    )
    # Where a permutation leaves no spread, it counts as the farthest there is.
    return (one - other) / np.sqrt(error + other_error + 1e-12)


def _mean_and_error(members: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the (N, K) mean over some viewers and its squared standard error."""
    weights, known = members.astype(float), np.isfinite(values)
    mean, square = means(weights, values), means(weights, values**2)
    many = weights @ known.astype(float)
    return mean, np.maximum(square - mean**2, 0) / np.maximum(many - 1, 1)


def together(one: Trials, other: Trials) -> Trials:
    """Return the figures of both, side by side."""

    def joined(
        first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]
    ) -> tuple[np.ndarray, ...]:
        return tuple(np.hstack(side) for side in zip(first, second, strict=True))

    return Trials(
        joined(one.observed, other.observed),
        joined(one.drawn, other.drawn),
        np.hstack([one.ratio, other.ratio]),
    )


def contrasts(trials: Trials, pool: Pool, floor: float | np.ndarray = 0.0) -> pd.DataFrame:
    """Compare K figures of two audiences.

    Parameters
    ----------
    trials : Trials
        The observed permutation first.
    pool : Pool
    floor : float or ndarray, shape (K,)
        Least standard error: what a bootstrap of few, all alike, cannot know.

    Returns
    -------
    DataFrame
        A row a figure with the columns `CONTRASTS`: the figures `a` and `b` of the two audiences;
        `difference`, `low`, `high`; `p`, `p_holm` in (0, 1]; `least_difference`, the smallest true
        one that had been found with 80 % power. NaN where there is no ground for one.
    """
    a, b = trials.observed
    difference = a - b
    centres, errors = zip(*map(_spread, trials.drawn, pool.draws), strict=True)
    bias = centres[0] - centres[1] - difference
    error = np.maximum(np.hypot(*errors), floor)
    error = np.where(error > 0, error, np.nan)
    freedom = _freedom(errors, pool.effective_sizes)
    reach = stdtrit(freedom, (1 + LEVEL) / 2) * error
    by_t = 2 * stdtr(freedom, -np.abs(difference - bias) / error)
    permuted = permutation_p(trials.ratio, pool.scale)
    p = np.where(np.isfinite(trials.ratio[0]), np.fmax(permuted, by_t), by_t)
    p = np.where(np.isfinite(difference), p, np.nan)
    low, high = difference - bias - reach, difference - bias + reach
    least = detectable_effect(error, *pool.effective_sizes)
    columns = a, b, difference, low, high, p, holm(p), least
    return pd.DataFrame(dict(zip(CONTRASTS, columns, strict=True)))


def permutation_p(ratio: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Return the (K,) two-sided p of the first of (N, K) ratios, the others `scale` times as far.

    Each tail by itself and doubled: of audiences of unequal size, chance goes not equally far up
    and down.
    """
    chance = np.vstack([ratio[:1], scale * ratio[1:]])
    near = 1e-9 * np.maximum(np.abs(ratio[0]), 1e-3)
    up, down = (chance >= ratio[0] - near).mean(axis=0), (chance <= ratio[0] + near).mean(axis=0)
    return np.minimum(1, 2 * np.minimum(up, down))


def _freedom(errors: Sequence[np.ndarray], sizes: Sequence[float]) -> np.ndarray:
    """Return Welch's degrees of freedom of (K,) differences, at least those of the smaller side.

    B. L. Welch (1947), The generalization of Student's problem when several different population
    variances are involved, Biometrika 34:28.
    """
    squares, least = [each**2 for each in errors], [max(each - 1, 1.0) for each in sizes]
    parts = sum(square**2 / many for square, many in zip(squares, least, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = sum(squares) ** 2 / parts
    return np.where(np.isfinite(freedom), np.maximum(freedom, min(least)), min(least))


def _spread(drawn: np.ndarray, audiences: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return the (K,) means and standard errors of one audience's draws, NaN where none has any.

    As wide as neighbours alike make them, but not moved by that.
    """
    known = np.isfinite(drawn)
    many = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    mean = np.where(known, drawn, 0.0).sum(axis=0) / many
    square = np.where(known, (drawn - mean) ** 2, 0.0).sum(axis=0) / many
    return mean, audiences.scale * np.sqrt(audiences.inflation * square)


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values corrected by Holm for how many there are; NaN stays and does not count.

    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6:65: the least is multiplied by their number, the next by one less, and so on.
    """
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.isfinite(p).sum()]  # NaN comes last
    corrected[order] = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    return np.minimum(corrected, 1)
