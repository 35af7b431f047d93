"""The film's peaks: moments at which it is smiled at in the rooms, and not in one of them.

Conventions
-----------
- A peak of the film is a maximum of the curve over rooms, as a session's is of its own.
- That one room laughs, at whatever, is no peak of the film: what is tested is how far the share
  lies above what is around it without the room that lies highest. Chance is what the same rooms
  give when each is moved round in a circle by a time of its own, so that they have their moments
  but not at once (as `stats.nulls.circular_shift` does with viewers): a peak's p-value is how often
  the highest moment of such a film stands out as far, and so holds for all moments together.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.peaks import APART_S, LEAST_RISE, SURROUNDINGS_S
from laughtrack.analytics.defaults import SEED
from laughtrack.analytics.rooms.between_rooms import Film, RoomCurves
from laughtrack.analytics.stats.maxima import half_widths, maxima
from laughtrack.analytics.timelines.grid import mean_over

PEAKS = (
    *("t_s", "start_s", "end_s", "share", "share_low", "share_high", "rise"),
    *("in_rooms", "of_rooms", "p_value"),
)
SHIFTS = 400
# Moved by less than this a room's laugh is still at the same joke.
LEAST_SHIFT_S = 10.0
# A room has a peak where its share rises by at least this part of the rooms' mean.
IN_ROOM = 0.5


def film_peaks(
    rooms: RoomCurves, film: Film, curve: pd.DataFrame, step_s: float, seed: int = SEED
) -> pd.DataFrame:
    """Find the film's peaks.

    Parameters
    ----------
    rooms : RoomCurves
    film : Film
        Of these rooms.
    curve : DataFrame
        `t_s` in seconds of the film, `share_all_low`, `share_all_high`: the band of all steps,
        which may be searched.
    step_s : float
    seed : int

    Returns
    -------
    DataFrame
        A row a peak, the largest `rise` first: `t_s` the middle of the highest step, `start_s` and
        `end_s` where the rise is half its height, seconds of the film; `share` there with its band
        for all steps; `rise` above the surroundings (30 s to each side); `in_rooms` of the
        `of_rooms` that have a share there it lies above the mean of the surroundings by at least
        half as much as on average; `p_value`, NaN where
        the film is too short to move rooms about.
    """
    level = np.where(np.isfinite(film.share), film.share, np.nan)
    known = np.isfinite(level)
    if not known.any():
        return pd.DataFrame(columns=[*PEAKS], dtype=float)
    filled = np.pad(np.where(known, level, np.nanmin(level)), 1, constant_values=np.nanmin(level))
    reach = round(SURROUNDINGS_S / step_s)
    found = maxima(filled, reach, LEAST_RISE, APART_S / step_s)
    before, after = half_widths(filled, found)
    place = found.place - 1
    t_s = curve["t_s"].to_numpy(dtype=float)
    rises = np.array([_rise(share, reach) for share in rooms.share]).reshape(len(rooms.share), -1)
    there = rises[:, place]
    table = pd.DataFrame(
        {
            "t_s": t_s[place] + step_s / 2,
            "start_s": t_s[0] + (before - 0.5) * step_s,
            "end_s": t_s[0] + (after - 0.5) * step_s,
            "share": level[place],
            "share_low": curve["share_all_low"].to_numpy()[place],
            "share_high": curve["share_all_high"].to_numpy()[place],
            "rise": found.rise,
            "in_rooms": (np.nan_to_num(there) >= IN_ROOM * mean_over(there)).sum(axis=0),
            "of_rooms": np.isfinite(there).sum(axis=0),
            "p_value": _p_values(rises, place, step_s, seed),
        },
        columns=[*PEAKS],
    )
    return table.sort_values(["rise", "t_s"], ascending=[False, True], ignore_index=True)


def _rise(share: np.ndarray, reach: int) -> np.ndarray:
    """Return how far a curve is above the mean of what is around each step, NaN where not known."""
    known = np.isfinite(share)
    ones = np.ones(2 * reach + 1)
    total = np.convolve(np.nan_to_num(share), ones, mode="full")[reach : reach + len(share)]
    many = np.convolve(known.astype(float), ones, mode="full")[reach : reach + len(share)]
    return np.where(known, share - total / np.maximum(many, 1.0), np.nan)


def _p_values(rises: np.ndarray, place: np.ndarray, step_s: float, seed: int) -> np.ndarray:
    """Return for each step of `place` how often moved rooms stand out as far anywhere."""
    steps, least = rises.shape[1], round(LEAST_SHIFT_S / step_s)
    if steps <= 3 * least or not len(place):
        return np.full(len(place), np.nan)
    seen = _without_highest(rises)[place]
    rng = np.random.default_rng(seed)
    most = np.empty(SHIFTS)
    for k in range(SHIFTS):
        moves = rng.integers(least, steps - least, len(rises))
        moved = np.array([np.roll(row, by) for row, by in zip(rises, moves, strict=True)])
        most[k] = np.nanmax(_without_highest(moved))
    return (1 + (most[None, :] >= seen[:, None]).sum(axis=1)) / (1 + SHIFTS)


def _without_highest(rises: np.ndarray) -> np.ndarray:
    """Return the mean over rooms but the highest at each step, (T,); NaN for fewer than two."""
    known = np.isfinite(rises)
    many = known.sum(axis=0)
    total = np.where(known, rises, 0.0).sum(axis=0)
    highest = np.where(known, rises, -np.inf).max(axis=0)
    rest = total - np.where(many > 0, highest, 0.0)
    return np.where(many >= 2, rest / np.maximum(many - 1, 1), np.nan)
