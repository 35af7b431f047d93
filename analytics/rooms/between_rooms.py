"""How much rooms differ beyond their viewers' chance, over all of a film's steps at once.

Conventions
-----------
- Of a share `s`, one room's curve varies about the film's by `s * (1 - s)` times `chance + tau2 *
  s * (1 - s)`: `chance` is what its judged viewers make by themselves, one over as many independent
  ones as they are worth; `tau2` the variance between rooms of the logit of the share, as in a
  logistic model with a random effect of the room (Breslow and Clayton 1993, Journal of the American
  Statistical Association 88:9).
- `tau2` is that at which the rooms differ by as much as they do (Paule and Mandel 1982, Journal of
  Research of the National Bureau of Standards 87:377), all steps together: four rooms tell next to
  nothing of a single second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.analytics.timelines.grid import mean_over

# Between these tau2 is sought: rooms whose logits differ by 4 have nothing in common.
MOST_TAU2, HALVINGS, ROUNDS = 16.0, 40, 3


class RoomCurves(NamedTuple):
    """K rooms' curves in T steps.

    `share`: (K, T) float64, in [0, 1], NaN where nobody was judged. `chance`: (K, T), the variance
    of each by its viewers' chance alone, over `s * (1 - s)`; infinite where the share is NaN.
    """

    share: np.ndarray
    chance: np.ndarray


class Film(NamedTuple):
    """The film's curve and how the rooms vary about it.

    `share`: (T,), the weighted mean over the rooms, NaN where fewer than `least` have any.
    `binary`: (T,), `s * (1 - s)` of a share drawn a little towards one half, never 0. `weights`:
    (K, T), add up to 1 where there is a share. `tau2`: see above. `spread`: (K, T), each room's
    variance over `binary`. `off`: (K, T), how far each room is from the film in its own standard
    deviations, 0 where not known. `unsure`: the standard deviation of `tau2`.
    """

    share: np.ndarray
    binary: np.ndarray
    weights: np.ndarray
    tau2: float
    spread: np.ndarray
    off: np.ndarray
    unsure: float

    @property
    def variance(self) -> np.ndarray:
        """Return the (T,) variance of the film's share over `binary`."""
        return (self.weights**2 * np.where(self.weights > 0, self.spread, 0.0)).sum(axis=0)

    @property
    def freedom(self) -> np.ndarray:
        """Return the (T,) degrees of freedom of `variance` (Satterthwaite 1946, Biometrics 2:110).

        What the viewers' chance makes is known, what differs between the rooms is known from few.
        """
        between = self.binary * (self.weights**2).sum(axis=0) * self.unsure
        return np.clip(2 * (self.variance / np.maximum(between, 1e-12)) ** 2, 1.0, 1e6)


def film_of(rooms: RoomCurves, least: int) -> Film:
    """Return the film's curve over rooms, at steps that at least `least` of them have."""
    known = np.isfinite(rooms.share)
    enough = known.sum(axis=0) >= least
    tau2, found = 0.0, _at(rooms, 0.0, enough)
    for _ in range(ROUNDS):
        tau2 = _solved(rooms, found, enough)
        found = _at(rooms, tau2, enough)
    return found._replace(unsure=_unsure(rooms, found, enough))


def _at(rooms: RoomCurves, tau2: float, enough: np.ndarray) -> Film:
    """Return the film at a given variance between the rooms, its `unsure` 0."""
    known = np.isfinite(rooms.share) & enough
    usual = mean_over(np.where(known, rooms.chance, np.nan).T)
    level = 0.0
    for _ in range(2):
        own = np.nan_to_num(usual, nan=1.0) + tau2 * level
        weight = np.where(known, (1 / own)[:, None], 0.0)
        weight = weight / np.maximum(weight.sum(axis=0), 1e-12)
        share = (weight * np.nan_to_num(rooms.share)).sum(axis=0)
        many = np.where(known, 1 / rooms.chance, 0.0).sum(axis=0)
        pulled = (share * many + 0.5) / (many + 1)
        binary = pulled * (1 - pulled)
        level = float(np.average(binary, weights=binary * enough)) if enough.any() else 0.0
    spread = rooms.chance + tau2 * binary
    off = np.where(known, (np.nan_to_num(rooms.share) - share) / np.sqrt(binary * spread), 0.0)
    return Film(np.where(enough, share, np.nan), binary, weight, tau2, spread, off, 0.0)


def _excess(rooms: RoomCurves, film: Film, tau2: float, enough: np.ndarray) -> float:
    """Return by how much rooms differ beyond what `tau2` gives, steps weighed by `binary`."""
    known = np.isfinite(rooms.share) & enough
    spread = np.where(known, rooms.chance + tau2 * film.binary, 1.0)
    gap = np.where(known, np.nan_to_num(rooms.share) - np.nan_to_num(film.share), 0.0)
    seen = (gap**2 / spread).sum(axis=0) / film.binary
    # Of a mean with these weights, whatever they are.
    inverse = np.where(known, 1 / spread, 0.0).sum(axis=0)
    common = (film.weights**2 * spread * known).sum(axis=0) * inverse
    expected = known.sum(axis=0) - 2 + common
    return float((film.binary * (seen - expected))[enough].sum())


def _solved(rooms: RoomCurves, film: Film, enough: np.ndarray) -> float:
    if not enough.any() or _excess(rooms, film, 0.0, enough) <= 0:
        return 0.0
    low, high = 0.0, MOST_TAU2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        more = _excess(rooms, film, middle, enough) > 0
        low, high = (middle, high) if more else (low, middle)
    return (low + high) / 2


def _unsure(rooms: RoomCurves, film: Film, enough: np.ndarray) -> float:
    """Return the standard deviation of `tau2`.

    The sum of squares that it is read from is one over K - 1 rooms of a form in T steps, which vary
    together where a lively room is lively throughout. Twice the trace of the square of their
    covariance is its variance, and that trace is had without bias from the rooms' products (M. S.
    Srivastava 2005, Journal of the Japan Statistical Society 35:251).
    """
    rows = np.sqrt(film.binary * enough) * film.off
    less = int(np.isfinite(rooms.share[:, enough]).any(axis=1).sum()) - 1
    if less < 1:
        return 0.0
    products = rows @ rows.T / less
    trace, square = float(np.trace(products)), float((products**2).sum())
    if less > 1:
        square = less**2 / ((less - 1) * (less + 2)) * max(square - trace**2 / less, 0.0)
    spread = np.where(np.isfinite(rooms.share), film.spread, np.inf)
    slope = float((film.binary**2 * (1 / spread).mean(axis=0))[enough].sum())
    return float(np.sqrt(2 * square / less)) / max(slope, 1e-12)
