"""Motion: where each face will be next, for all viewers at once.

Conventions
-----------
One face is the eight-number state of a Kalman filter: centre x, centre y, width, height (pixels)
and the speed of each (pixels a second). Speed dies away, slowly for a face that goes about, and at
once for one that sits and is not seen, so that a coasting face stays by its seat. Noise is
proportional to the face's width and height, and grows with the time step as that of the continuous
process does: two steps of 0.1 s are one of 0.2 s. Faces that sit are expected to change less than
faces that go about.

``filterpy.kalman.KalmanFilter`` with the matrices of `matrices` defines the filter. Position and
speed of one coordinate touch no other coordinate, so each covariance falls apart into blocks of
2 x 2. What is kept for N faces is

- ``mean``, shape (N, 4, 2): value and speed of each of ``cx cy w h``;
- ``cov``, shape (N, 4, 3): for each of them the variance of the value, the covariance of value and
  speed, the variance of the speed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from laughtrack.tracker.settings import TrackerSettings


def start(centres: np.ndarray, settings: TrackerSettings) -> tuple[np.ndarray, np.ndarray]:
    """Begin filters at detected faces, standing still.

    Parameters
    ----------
    centres : ndarray, shape (N, 4), float64
        ``cx cy w h`` in pixels.
    settings : TrackerSettings

    Returns
    -------
    mean : ndarray, shape (N, 4, 2), float64
    cov : ndarray, shape (N, 4, 3), float64
    """
    mean = np.zeros((len(centres), 4, 2))
    mean[:, :, 0] = centres
    square = _squared_sides(mean)
    cov = np.zeros((len(centres), 4, 3))
    cov[:, :, 0] = square * _measured_variance(settings)
    cov[:, :, 2] = square * _of_both(settings.first_speed_std**2, settings.first_growth_std**2)
    return mean, cov


def predict(
    mean: np.ndarray,
    cov: np.ndarray,
    dt_s: float,
    still: np.ndarray,
    lost: np.ndarray,
    settings: TrackerSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Carry all filters on by one time step.

    Parameters
    ----------
    mean : ndarray, shape (N, 4, 2), float64
    cov : ndarray, shape (N, 4, 3), float64
    dt_s : float
        Seconds, above 0.
    still : ndarray, shape (N,), bool
        Faces that sit: their speed changes less.
    lost : ndarray, shape (N,), bool
        Faces that were not seen in the last frame: the speed of those that sit dies away.
    settings : TrackerSettings

    Returns
    -------
    mean : ndarray, shape (N, 4, 2), float64
    cov : ndarray, shape (N, 4, 3), float64
    """
    regime = still.astype(np.intp) * (1 + lost)
    taus_s, drifts = _regimes(settings)
    steps = np.array([_step(dt_s, tau_s) for tau_s in taus_s])[regime]
    fade, reach = steps[:, 0, None], steps[:, 1, None]
    drift = _squared_sides(mean) * drifts[regime]
    value, speed = mean[:, :, 0], mean[:, :, 1]
    var, both, var_speed = cov[:, :, 0], cov[:, :, 1], cov[:, :, 2]
    new_mean = np.empty(mean.shape)
    new_mean[:, :, 0] = value + reach * speed
    new_mean[:, :, 1] = fade * speed
    new_cov = np.empty(cov.shape)
    new_cov[:, :, 0] = var + reach * (2 * both + reach * var_speed)
    new_cov[:, :, 1] = fade * (both + reach * var_speed)
    new_cov[:, :, 2] = fade * fade * var_speed
    new_cov += drift[:, :, None] * steps[:, None, 2:]
    return new_mean, new_cov


def update(
    mean: np.ndarray, cov: np.ndarray, centres: np.ndarray, settings: TrackerSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Correct filters by the faces that were found for them.

    Parameters
    ----------
    mean : ndarray, shape (N, 4, 2), float64
    cov : ndarray, shape (N, 4, 3), float64
    centres : ndarray, shape (N, 4), float64
        One for each filter, ``cx cy w h`` in pixels.
    settings : TrackerSettings

    Returns
    -------
    mean : ndarray, shape (N, 4, 2), float64
    cov : ndarray, shape (N, 4, 3), float64
    """
    noise = _squared_sides(mean) * _measured_variance(settings)
    var, both = cov[:, :, 0], cov[:, :, 1]
    gain = cov[:, :, :2] / (var + noise)[:, :, None]
    off = centres - mean[:, :, 0]
    new_mean = mean + gain * off[:, :, None]
    new_cov = np.empty(cov.shape)
    left = 1 - gain[:, :, 0]
    new_cov[:, :, 0] = left * var
    new_cov[:, :, 1] = left * both
    new_cov[:, :, 2] = cov[:, :, 2] - gain[:, :, 1] * both
    return new_mean, new_cov


def expected_centres(mean: np.ndarray) -> np.ndarray:
    """Places where filters think their faces are.

    Parameters
    ----------
    mean : ndarray, shape (N, 4, 2), float64

    Returns
    -------
    ndarray, shape (N, 4), float64
        Centre forms ``cx cy w h`` in pixels, at least 1 pixel wide and high.
    """
    centres = mean[:, :, 0].copy()
    np.maximum(centres[:, 2:], 1.0, out=centres[:, 2:])
    return centres


def matrices(
    mean: np.ndarray, dt_s: float, still: bool, lost: bool, settings: TrackerSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the filter of one face as filterpy takes it.

    Parameters
    ----------
    mean : ndarray, shape (4, 2), float64
        The face's state before the step; its size sets the noise.
    dt_s : float
        Seconds, above 0.
    still, lost : bool
        As for `predict`.
    settings : TrackerSettings

    Returns
    -------
    F, Q : ndarray, shape (8, 8), float64
        Transition and process noise of the state ``cx cy w h`` and their four speeds.
    H : ndarray, shape (4, 8), float64
    R : ndarray, shape (4, 4), float64
        Measurement noise, for an update of the face in this state.
    """
    regime = still * (1 + lost)
    taus_s, drifts = _regimes(settings)
    fade, reach, value, both, speed = _step(dt_s, taus_s[regime])
    square = _squared_sides(mean[None])[0]
    drift = np.diag(drifts[regime] * square)
    one = np.eye(4)
    F = np.block([[one, reach * one], [0 * one, fade * one]])
    Q = np.block([[value * drift, both * drift], [both * drift, speed * drift]])
    H = np.hstack([one, 0 * one])
    R = np.diag(_measured_variance(settings) * square)
    return F, Q, H, R


def _of_both(place: float, size: float) -> np.ndarray:
    """Number of the place and number of the size, for each of ``cx cy w h``."""
    return np.array([place, place, size, size])


def _measured_variance(settings: TrackerSettings) -> np.ndarray:
    """Variance of a detected ``cx cy w h``, in box sizes squared; shape (4,)."""
    return _of_both(settings.measured_place_std**2, settings.measured_size_std**2)


def _regimes(settings: TrackerSettings) -> tuple[tuple[float, float, float], np.ndarray]:
    """Fading times and drifts (3, 4) of who goes about, who sits, who sits and is lost."""
    moving = _of_both(settings.moving_drift, settings.size_drift)
    still = _of_both(settings.still_drift, settings.size_drift)
    taus_s = settings.moving_tau_s, settings.seen_tau_s, settings.still_tau_s
    return taus_s, np.stack([moving, still, still])


def _squared_sides(mean: np.ndarray) -> np.ndarray:
    """Squares of width, height, width, height, each at least one pixel; shape (N, 4)."""
    sides = np.maximum(mean[:, [2, 3, 2, 3], 0], 1.0)
    return sides * sides


class _Step(NamedTuple):
    """One time step: speed fades to `fade` and carries `reach` seconds far.

    `value`, `both` and `speed` are the growth of the three (co)variances.
    """

    fade: float
    reach: float
    value: float
    both: float
    speed: float


def _step(dt_s: float, tau_s: float) -> _Step:
    fade = math.exp(-dt_s / tau_s)
    gone = -math.expm1(-dt_s / tau_s)
    value = tau_s**2 * (dt_s - tau_s * (2 * gone - gone * (1 + fade) / 2))
    both = tau_s**2 / 2 * gone**2
    speed = tau_s / 2 * gone * (1 + fade)
    return _Step(fade, tau_s * gone, max(value, 0.0), both, speed)
