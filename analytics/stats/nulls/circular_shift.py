"""What chance gives: timelines moved round in a circle, so that each stays as it is by itself.

Every viewer is moved by a random time of its own, and all is computed again. BrainIAK's
`timeshift_isc` moves only the one who is left out and keeps the others' mean: among 5,
10 and 30 viewers who had nothing to do with each other it found synchrony at the 5 % level in 11,
10 and 8 % of 300 synthetic sessions, this one in 5, 3 and 3 % (`tests/bench/synchrony_cover.py`).
"""

from __future__ import annotations

import numpy as np

from laughtrack.analytics.stats.correlation import (
    Timelines,
    circular_shifter,
    leave_one_out,
    mean_correlation,
)


def shift_null(timelines: Timelines, window: int, shifts: int, seed: int) -> np.ndarray:
    """Return what chance gives: every viewer moved round in a circle by a random time of its own.

    Returns
    -------
    ndarray, shape (shifts, W + 1)
        The mean over viewers of each window, and over all, as `leave_one_out` has them.
    """
    rng = np.random.default_rng(seed)
    # Half the memory is twice the speed, and these numbers are random anyway.
    turn = circular_shifter(Timelines(*(each.astype(np.float32) for each in timelines)))
    size = timelines.known.shape
    draws = (turn(np.asarray(rng.integers(0, size[1], size[0]))) for _ in range(shifts))
    return np.array([mean_correlation(leave_one_out(each, window)) for each in draws])


def p_values(observed: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return how likely chance alone would do as well.

    Parameters
    ----------
    observed : ndarray, shape (W + 1,)
        A figure a window, then the whole session's.
    chance : ndarray, shape (shifts, W + 1)
        From `null`.

    Returns
    -------
    ndarray, shape (W + 1,)
        Of a window: that the one of all windows that stands out most would by chance stand out as
        far, and so corrected for their number. Of the whole session: that chance reaches its
        figure. NaN where there is none.
    """
    whole = _p(observed[-1:], chance[:, -1:])
    # Windows with fewer viewers vary more: each is measured by its own chance.
    known = ~np.isnan(chance[:, :-1])
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.nansum(chance[:, :-1], axis=0) / count
    spread = np.sqrt(np.nansum((chance[:, :-1] - mean) ** 2, axis=0) / count)
    spread = np.where(spread > 0, spread, np.nan)
    most = np.where(known, (chance[:, :-1] - mean) / spread, -np.inf)
    most = np.nan_to_num(most, nan=-np.inf, neginf=-np.inf).max(axis=1, initial=-np.inf)
    return np.append(_p((observed[:-1] - mean) / spread, most[:, None]), whole)


def _p(observed: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return the part of (draws, N) chance that reaches (N,) observed, which counts as one more."""
    p = (1 + (chance >= observed).sum(axis=0)) / (1 + len(chance))
    return np.where(np.isnan(observed), np.nan, p)
