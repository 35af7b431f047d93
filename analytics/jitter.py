"""Curves of audiences drawn anew, each timeline moved by a second or two.

Of ten viewers, none may smile in most moments though each might have. Drawn as they are, none of
their draws would smile there either, and the curve would look certain. Moved a little, a viewer's
smile stands for the moments around it, too: a smoothed bootstrap (Silverman and Young 1987,
Biometrika 74:469) of whole timelines.
"""

from __future__ import annotations

import numpy as np

JITTER_S = 2.0
REACH_S = 5.0


def jittered(values, taken, step_s):
    """Return the draws' curves with each drawn block of viewers moved in time by chance.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        What each viewer did, NaN where missing.
    taken : Draws
    step_s : float
        Seconds a step; moves are whole steps, by `JITTER_S` as a rule and `REACH_S` at most.

    Returns
    -------
    drawn : ndarray, shape (R, T), float32
        Mean over each draw's viewers, stretched about the centre, within [0, 1]; the centre's
        where all of a draw's are missing.
    centre : ndarray, shape (T,), float64
        What the draws are spread about: the curve itself, smoothed by the same moves.
    """
    count, size = taken.owner.shape
    reach = max(1, round(REACH_S / step_s))
    moves = np.arange(-reach, reach + 1)
    chance = np.exp(-0.5 * (moves * step_s / JITTER_S) ** 2)
    chance /= chance.sum()
    blocks = -(-size // taken.block)
    rng = np.random.default_rng([taken.seed, 1])
    moved = rng.choice(len(moves), (count, blocks), p=chance).repeat(taken.block, axis=1)[:, :size]
    there = (~np.isnan(values)).astype(np.float32)
    known = np.nan_to_num(values).astype(np.float32)
    total, many = (np.zeros((count, values.shape[1]), dtype=np.float32) for _ in range(2))
    middle, weight = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for k, move in enumerate(moves):
        weights = _weights(taken.owner, moved == k)
        at = np.clip(np.arange(values.shape[1]) - move, 0, values.shape[1] - 1)
        total += (weights @ known)[:, at]
        many += (weights @ there)[:, at]
        middle += chance[k] * known.sum(axis=0)[at]
        weight += chance[k] * there.sum(axis=0)[at]
    centre = middle / np.maximum(weight, 1e-9)
    drawn = np.where(many > 0, total / np.maximum(many, 1e-6), centre)
    return np.clip(centre + taken.stretch * (drawn - centre), 0, 1).astype(np.float32), centre


def _weights(owner, chosen):
    """Return how often each viewer is among the chosen seats of each draw: (R, V) float32."""
    count, size = owner.shape
    flat = (np.arange(count)[:, None] * size + owner)[chosen]
    return np.bincount(flat, minlength=count * size).reshape(count, size).astype(np.float32)
