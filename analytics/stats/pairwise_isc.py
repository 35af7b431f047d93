"""Are the viewers of one group more alike in time than those of another? Pairs and permutations.

The mean correlation of two viewers of a group does not depend on how many they are, as that of each
with the mean of the others does. Groups are permuted with their viewers' whole rows and columns
(Chen, Shin, Taylor, Glen, Reynolds, Israel, Cox 2016, NeuroImage 142:248, subject-wise
permutation); with nothing missing the numbers are those of BrainIAK's `permutation_isc` with
`pairwise=True` and two groups.
"""

from __future__ import annotations

import numpy as np

from laughtrack.analytics.stats.correlation import LEAST_STEPS, STILL, centre, fisher_z


def pairwise_isc(values: np.ndarray) -> np.ndarray:
    """Correlate each two viewers' timelines.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        NaN where missing: a pair is compared in the steps in which both were judged.

    Returns
    -------
    ndarray, shape (V, V), float64
        Fisher's z of the correlations, symmetrical; NaN on the diagonal, and where fewer than
        `LEAST_STEPS` steps are in common or one of the two does not move in them.
    """
    known, moved = centre(values)
    many = known @ known.T
    safe = np.maximum(many, 1)
    own = moved @ known.T
    spread = moved**2 @ known.T - own**2 / safe
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (moved @ moved.T - own * own.T / safe) / np.sqrt(spread * spread.T)
    still = np.minimum(spread, spread.T) < STILL**2 * safe
    r[(many < LEAST_STEPS) | still | np.eye(len(r), dtype=bool)] = np.nan
    return fisher_z(r)


def isc_within(z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean correlation of the pairs within each of N groups.

    Parameters
    ----------
    z : ndarray, shape (V, V)
        From `pairwise_isc`.
    weights : ndarray, shape (N, V)
        Who is in the group, or how often: a pair counts by both, and nobody is a pair.

    Returns
    -------
    ndarray, shape (N,)
        Through Fisher's z; NaN for a group without a pair.
    """
    known, weights = np.isfinite(z), np.asarray(weights, dtype=float)
    pairs = ((weights @ known) * weights).sum(axis=1)
    total = ((weights @ np.where(known, z, 0.0)) * weights).sum(axis=1)
    return np.tanh(total / np.where(pairs > 0, pairs, np.nan))


def isc_differences(z: np.ndarray, assignments: np.ndarray) -> np.ndarray:
    """Return the first group's mean less the second's under each assignment, (N,).

    `assignments` are from `cluster_permutation.permutations`: (N, V) bool, the observed one first.
    """
    return isc_within(z, assignments) - isc_within(z, ~assignments)
