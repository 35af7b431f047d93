"""How sure the film's curve is: bands that hold the mean over all rooms such as these.

Conventions
-----------
- A band is for the share that rooms like these show of the film on average, each room counting
  once in it, however many more of them there were. It says nothing of rooms of another kind.
- Pointwise: Wilson's interval on as many viewers as would vary as much as the rooms' mean does, and
  fewer by as much as that variance is unsure: Student's t for the normal quantile (Korn and
  Graubard 1998, Survey Methodology 24:193), on about three degrees of freedom where four rooms
  differ much.
- For all steps: the shares that the mid-P test does not reject, at a level so small that 95 of 100
  curves that go as the rooms go about their mean are never rejected: Gaussian curves with the
  rooms' spectrum and with what is a room's own throughout, each stretched by as much as the
  variance may be mistaken (after D. Degras 2011, Statistica Sinica 21:1735, with multivariate t).
  Curves drawn of the rooms themselves would not do: four give but 35 different sets, and Wilson's
  interval so far out rejects the rare smile of a quiet moment far too often.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import chdtri, ndtr, stdtrit

from laughtrack.analytics.defaults import LEVEL, SEED
from laughtrack.analytics.rooms.between_rooms import Film
from laughtrack.analytics.stats.proportions import Z, midp_interval, of_share

DRAWS = 2000
# A variance's degrees of freedom are told apart up to here, at so many values.
MOST_FREEDOM, KNOTS = 300.0, 10
CHUNK = 100


class Bands(NamedTuple):
    """Ends of the pointwise band and of that for all steps, (T,) each, NaN without a share.

    `widened`: by how much the second is wider in standard deviations.
    """

    low: np.ndarray
    high: np.ndarray
    all_low: np.ndarray
    all_high: np.ndarray
    widened: float


def bands_of(film: Film, draws: int = DRAWS, seed: int = SEED) -> Bands:
    """Return the bands of a film's curve.

    Parameters
    ----------
    film : Film
        From `between_rooms.film_of`.
    draws, seed : int
        The same seed gives the same bands.
    """
    known = np.isfinite(film.share)
    ends = np.full((4, len(known)), np.nan)
    if not known.any():
        return Bands(ends[0], ends[1], ends[2], ends[3], np.nan)
    quantile = stdtrit(film.freedom[known], (1 + LEVEL) / 2)
    many = (Z / quantile) ** 2 / np.maximum(film.variance[known], 1e-9)
    widened = _widened(film, known, quantile, draws, seed)
    share = film.share[known]
    low, high = of_share(share, many)
    all_low, all_high = midp_interval(share, many, float(2 * ndtr(-Z * widened)))
    ends[:, known] = low, high, np.minimum(low, all_low), np.maximum(high, all_high)
    return Bands(ends[0], ends[1], ends[2], ends[3], widened)


def _widened(film: Film, known: np.ndarray, quantile: np.ndarray, draws: int, seed: int) -> float:
    """Return how much wider than the pointwise one the band is that holds 95 % of the curves."""
    rng = np.random.default_rng(seed)
    off = film.off[:, known]
    own, moved, power = _parts(off)
    freedom = np.minimum(film.freedom[known], MOST_FREEDOM)
    knots = np.geomspace(freedom.min(), max(freedom.max(), freedom.min() + 1e-6), KNOTS)
    most = []
    for first in range(0, draws, CHUNK):
        many = min(CHUNK, draws - first)
        curves = np.sqrt(moved) * _gaussian(power, off.shape[1], many, rng)
        curves += np.sqrt(own) * rng.standard_normal((many, 1))
        luck = rng.random(many)
        stretch = np.array([np.sqrt(each / chdtri(each, luck)) for each in knots])
        for curve, wide in zip(curves, stretch.T, strict=True):
            most.append((np.abs(curve) * np.interp(freedom, knots, wide) / quantile).max())
    return max(float(np.quantile(most, LEVEL)), 1.0)


def _parts(off: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Return which part of the rooms' deviations is their own throughout, the rest, its spectrum.

    The two parts add up to 1. `off` is (K, T) in standard deviations.
    """
    mean = off.mean(axis=1, keepdims=True)
    power = (np.abs(np.fft.rfft(off - mean, axis=1)) ** 2).sum(axis=0)
    own, all_of_it = float((mean**2).mean()), float((off**2).mean())
    if not all_of_it > 0 or not power.any():
        return 0.0, 1.0, np.ones_like(power)
    return own / all_of_it, 1 - own / all_of_it, power


def _gaussian(power: np.ndarray, steps: int, many: int, rng: np.random.Generator) -> np.ndarray:
    """Return (many, steps) Gaussian curves of variance 1 with a spectrum."""
    size = many, len(power)
    waves = (rng.standard_normal(size) + 1j * rng.standard_normal(size)) * np.sqrt(power)
    # Of the first wave, and the last of an even number, the real part alone is in the curve.
    times = np.full(len(power), 4.0)
    times[0] = 1.0
    if steps % 2 == 0:
        times[-1] = 1.0
    variance = float((times * power).sum()) / steps**2
    return np.fft.irfft(waves, n=steps, axis=1) / np.sqrt(variance)
