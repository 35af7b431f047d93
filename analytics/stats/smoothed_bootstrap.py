"""Curves of audiences resampled, each timeline moved by a second or two.

Of ten viewers, none may smile in most moments though each might have. Drawn as they are, none of
their draws would smile there either, and the curve would look certain. Moved a little, a viewer's
smile stands for the moments around it, too: a smoothed bootstrap (Silverman and Young 1987,
Biometrika 74:469) of whole timelines. Some are moved to anywhere, which draws the middle of the
draws towards the session's mean: where nobody smiled for long, somebody might have.

The draws are then stretched about their middle to the spread that the design effect asks for, each
by another one as likely: blocks of neighbours end somewhere, of few blocks the spread is seen too
small, and the design effect is not known exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.analytics.stats.bootstrap import Draws

JITTER_S = 2.0
REACH_S = 5.0
# The chance of a move to anywhere, and how many such there are.
FAR, FAR_MOVES = 0.3, 8


class SmoothedDraws(NamedTuple):
    """Curves of R draws of an audience in T steps.

    `drawn`: (R, T) float32, the mean over each draw's viewers, scaled about the centre, within
    [0, 1]; the centre's where all of a draw's are missing. `centre`: (T,) float64, what the draws
    are spread about: the curve itself, smoothed by the same moves.
    """

    drawn: np.ndarray
    centre: np.ndarray


def smoothed_draws(values: np.ndarray, audiences: Draws, step_s: float) -> SmoothedDraws:
    """Return the draws' curves with each drawn block of viewers moved in time by chance.

    Parameters
    ----------
    values : ndarray, shape (V, T)
        What each viewer did, NaN where missing.
    audiences : Draws
    step_s : float
        Seconds a step; moves are whole steps: by `JITTER_S` as a rule and `REACH_S` at most, but
        with a chance of `FAR` to anywhere in the session, the end following on its begin.

    Returns
    -------
    SmoothedDraws
    """
    count, size = audiences.owner.shape
    moves, chance = _moves(values.shape[1], step_s, audiences.seed)
    blocks = -(-size // audiences.block)
    rng = np.random.default_rng([audiences.seed, 1])
    moved = rng.choice(len(moves), (count, blocks), p=chance).repeat(audiences.block, axis=1)[
        :, :size
    ]
    there = (~np.isnan(values)).astype(np.float32)
    known = np.nan_to_num(values).astype(np.float32)
    total, many = (np.zeros((count, values.shape[1]), dtype=np.float32) for _ in range(2))
    middle, squared, weight = np.zeros((3, values.shape[1]))
    for k, at in enumerate(moves):
        weights = _weights(audiences.owner, moved == k)
        total += (weights @ known)[:, at]
        many += (weights @ there)[:, at]
        middle += chance[k] * known.sum(axis=0)[at]
        squared += chance[k] * (known**2).sum(axis=0)[at]
        weight += chance[k] * there.sum(axis=0)[at]
    centre = middle / np.maximum(weight, 1e-9)
    drawn = np.where(many > 0, total / np.maximum(many, 1e-6), centre)
    # The variance that a mean of so many independent viewers would have about the centre.
    usual = (squared / np.maximum(weight, 1e-9) - centre**2) / np.maximum(weight, 1.0)
    far = _scale(drawn - centre, usual, audiences, size) * _unsure(audiences)
    curves = np.clip(centre + far * (drawn - centre), 0, 1).astype(np.float32)
    return SmoothedDraws(curves, centre)


def _moves(steps: int, step_s: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (M, T) the step that each step is taken from, and each move's chance."""
    reach = max(1, round(REACH_S / step_s))
    near = np.arange(-reach, reach + 1)
    chance = np.exp(-0.5 * (near * step_s / JITTER_S) ** 2)
    away = np.random.default_rng([seed, 2]).integers(0, max(steps, 1), FAR_MOVES)
    at = np.arange(steps)
    moves = [
        *(np.clip(at - move, 0, steps - 1) for move in near),
        *((at - k) % steps for k in away),
    ]
    chances = (1 - FAR) * chance / chance.sum(), np.full(FAR_MOVES, FAR / FAR_MOVES)
    return np.array(moves), np.concatenate(chances)


def _unsure(audiences: Draws) -> np.ndarray:
    """Return what each draw is stretched by, (R, 1): the design effect is not known exactly.

    A draw's is lognormal, with the deviation that it has given what was seen.
    """
    wide = np.log1p((audiences.unsure / audiences.effect) ** 2)
    luck = np.random.default_rng([audiences.seed, 3]).standard_normal((len(audiences.owner), 1))
    return np.sqrt(np.exp(np.sqrt(wide) * luck - wide / 2)).astype(np.float32)


def _scale(off: np.ndarray, usual: np.ndarray, audiences: Draws, size: int) -> float:
    """Return what gives draws the spread of an audience with their design effect."""
    seen = float(np.mean(off**2))
    if seen <= 0:
        return 1.0
    far = np.sqrt(audiences.effect * usual.mean() / seen)
    blocks = size / audiences.block
    # An unbiased standard deviation of few divides by about 1.5 less than their number (Brugger
    # 1969, The American Statistician 23:32). Independent viewers are moved each by itself, and are
    # many.
    return float(far * np.sqrt(blocks / max(blocks - 1.5, 0.5)) if audiences.block > 1 else far)


def _weights(owner: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return how often each viewer is among the chosen seats of each draw: (R, V) float32."""
    count, size = owner.shape
    flat = (np.arange(count)[:, None] * size + owner)[chosen]
    return np.bincount(flat, minlength=count * size).reshape(count, size).astype(np.float32)
