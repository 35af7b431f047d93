"""BrainIAK's null of a synchrony, to compare ours with."""

import numpy as np

from laughtrack.analytics.stats.correlation import at_every_shift, centre, mean_correlation


def timeshift_null(values: np.ndarray, shifts: int, seed: int) -> np.ndarray:
    """Return BrainIAK's `timeshift_isc` null, to compare with: only the one left out is moved.

    Parameters
    ----------
    values : ndarray, shape (V, T), float
        NaN where missing.
    shifts, seed : int

    Returns
    -------
    ndarray, shape (shifts,)
        The mean over viewers.
    """
    known, moved = centre(values)
    others = known.sum(axis=0) - known
    with np.errstate(invalid="ignore"):
        rest = (moved.sum(axis=0) - moved) / np.where(others > 0, others, np.nan)
    r = at_every_shift(np.where(known > 0, moved, np.nan), rest)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, r.shape[1], (shifts, len(r)))
    return mean_correlation(r[np.arange(len(r)), draws])
