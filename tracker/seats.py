"""Seats: where viewers have been sitting, so that one who comes back gets the old ID.

Conventions
-----------
While a viewer is seen, the table row learns the seat: its place and size, the mean over about the
last `seat_s` seconds; how far the face strays from it (``seat_variance``, in box sizes squared);
for how long it has been the mean of (``sat_s``, at most `seat_s`) and for how long it has been sat
in (``stay_s``). Who goes away from it keeps it for `seat_left_s` seconds (``left_s`` counts them).
``scene`` counts the cuts before the seat was last sat in. Whoever has a seat is ``seated``, and who
does not go about now ``still``. Somebody who never sat (walks through the picture) has no seat.

Rows are those of `track_table.py`; centre forms are ``cx cy w h`` in pixels.
"""

from __future__ import annotations

import numpy as np

from laughtrack.tracker.match import distance
from laughtrack.tracker.settings import TrackerSettings

# The columns that go where the seat goes, and of them those that say who it is.
ID_COLUMNS = ("viewer_id", "since_s", "seen_share", "verdict")
SEAT_COLUMNS = (
    *ID_COLUMNS,
    "seat",
    "sat_s",
    "stay_s",
    "seat_variance",
    "seated",
    "still",
    "recent_centre",
    "mean_centre",
    "sway_variance",
)


def update(rows: np.ndarray, centres: np.ndarray, dt_s: float, settings: TrackerSettings) -> None:
    """Take one more detection of each viewer into what is known of the seat.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place.
    centres : ndarray, shape (N, 4), float64
        Where each was seen, ``cx cy w h`` in pixels.
    dt_s : float
        Seconds that this detection stands for.
    settings : TrackerSettings
    """
    seat, sat_s = rows["seat"], rows["sat_s"]
    first = sat_s == 0
    seat[first] = centres[first]
    off = distance(centres, seat)
    # Whoever stands up and goes keeps the seat they had for a while.
    left_s = np.where(rows["seated"] & (off > settings.seat_left), rows["left_s"] + dt_s, 0.0)
    new = first | (left_s > settings.seat_left_s)
    stays = (left_s == 0) | new
    since_s = np.where(new, dt_s, np.minimum(sat_s + dt_s, settings.seat_s))
    part = np.where(new, 1.0, stays * dt_s / since_s)
    rows["seat_variance"] = (1 - part) * (rows["seat_variance"] + part * off * off)
    seat += part[:, None] * (centres - seat)
    rows["sat_s"] = np.where(stays, since_s, sat_s)
    rows["stay_s"] = np.where(new, dt_s, rows["stay_s"] + stays * dt_s)
    rows["left_s"] = left_s = np.where(new, 0.0, left_s)
    sat_s, seat_variance = rows["sat_s"].copy(), rows["seat_variance"].copy()
    old = (sat_s >= settings.seated_s) & (seat_variance <= settings.seated_std**2)
    rows["seated"] = old | ((sat_s >= settings.young_s) & (seat_variance <= settings.young_std**2))
    rows["still"] = (
        (sat_s >= settings.still_s) & (seat_variance <= settings.still_std**2) & (left_s == 0)
    )


def remembered(
    rows: np.ndarray, t_s: float, memory_s: float, settings: TrackerSettings
) -> np.ndarray:
    """Say whose seat is still remembered.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Viewers not seen now.
    t_s : float
        The time, seconds.
    memory_s : float
        How long a seat is kept, seconds.
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (N,), bool
    """
    return t_s - rows["seen_s"] <= np.minimum(memory_s, settings.seat_per_stay * rows["stay_s"])


def transfer(rows: np.ndarray, own: np.ndarray, owners: np.ndarray, moved: np.ndarray) -> None:
    """Hand faces `own` the IDs and seats of `owners`, (K,) rows in the same order.

    Who has `moved`, (K,) bool, gets the ID alone: in another shot an old seat says nothing.
    """
    for name in SEAT_COLUMNS:
        keeps = moved & (name not in ID_COLUMNS)
        rows[name][own[~keeps]] = owners[name][~keeps]
    rows["left_s"][own] = 0.0


def clear(rows: np.ndarray, own: np.ndarray) -> None:
    """Remove the IDs and seats of faces `own`: they are tentative again."""
    for name in SEAT_COLUMNS:
        rows[name][own] = 0
    rows["left_s"][own] = 0.0
