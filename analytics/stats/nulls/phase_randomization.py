"""What chance gives, second way: timelines whose rhythm stays and whose moments are thrown away.

Every viewer's phases are drawn anew (Theiler, Eubank, Longtin, Galdrikian, Farmer 1992, Physica D
58:77), which keeps how much each timeline moves at each frequency. BrainIAK's `phaseshift_isc`
draws only those of the one who is left out, and keeps the others' mean: see `circular_shift`. What
is drawn is normally distributed, where a smile is there or not; the circular shift keeps that, too,
and is therefore the first null.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from laughtrack.analytics.stats.correlation import Timelines, leave_one_out, mean_correlation


def phase_null(timelines: Timelines, window: int, draws: int, seed: int) -> np.ndarray:
    """Return what chance gives with every viewer's phases drawn anew.

    Returns
    -------
    ndarray, shape (draws, W + 1)
        The mean over viewers of each window, and over all, as `leave_one_out` has them.
    """
    rng = np.random.default_rng(seed)
    made = (randomized(timelines, rng) for _ in range(draws))
    return np.array([mean_correlation(leave_one_out(each, window)) for each in made])


def randomized(timelines: Timelines, rng: np.random.Generator) -> Timelines:
    """Return V timelines with other phases; missing steps count as the viewer's mean, and stay
    missing."""
    known, moved = (each.astype(np.float32) for each in timelines)
    steps = moved.shape[1]
    turn = rng.random((len(moved), steps // 2 + 1), dtype=np.float32)
    # The mean has no phase, nor has the highest frequency of an even number of steps.
    turn[:, [0, -1] if steps % 2 == 0 else [0]] = 0
    spectrum = fft.rfft(moved) * np.exp(np.complex64(2j * np.pi) * turn)
    return Timelines(known, fft.irfft(spectrum, n=steps) * known)
