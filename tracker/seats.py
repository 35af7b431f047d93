"""Seats: where viewers have been sitting, so that one who comes back gets the old ID.

Conventions
-----------
While a viewer is seen, the table row learns the seat: the mean place and size over about the last
`SEAT_S` seconds, and how far the face strays from it (`stray`, variance in box sizes squared).
A viewer no longer seen is known by that seat and by the place where it was seen last. Somebody who
never sat still (walks through the picture) has no seat, only the last place, and is kept for
`WALK_S` instead of the tracker's memory.

Rows are those of `lives.ROW`; centre forms are ``cx cy w h`` in pixels.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from .boxes import to_centre, to_corners
from .match import distance

# A seat is the mean over about this long.
SEAT_S = 8.0
# Seen for this long and straying (standard deviation) less than this, a viewer has a seat.
SETTLED_S = 2.0
SETTLED_STRAY = 0.5
# How long somebody without a seat is waited for.
WALK_S = 3.0
# A face is back when it is this near (box sizes) and of a size this like the one remembered.
REACH = 0.8
MAX_RATIO = 1.6


def learn(rows, boxes, dt_s):
    """Take one more sight of each viewer into what is known of the seat.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place.
    boxes : ndarray, shape (N, 4), float64
        Where each was seen, ``x1 y1 x2 y2`` in pixels.
    dt_s : float
        Seconds that this sight stands for.
    """
    centres = to_centre(boxes)
    first = rows["sat_s"] == 0
    seat = np.where(first[:, None], centres, rows["seat"])
    rows["sat_s"] = np.minimum(rows["sat_s"] + dt_s, SEAT_S)
    part = np.minimum(dt_s / rows["sat_s"], 1.0)
    off = distance(centres, seat)
    rows["stray"] = (1 - part) * (rows["stray"] + part * off**2)
    rows["seat"] = seat + part[:, None] * (centres - seat)


def settled(rows):
    """Say who has a seat.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)

    Returns
    -------
    ndarray, shape (N,), bool
    """
    return (rows["sat_s"] >= SETTLED_S) & (rows["stray"] <= SETTLED_STRAY**2)


def remembered(rows, t_s, memory_s):
    """Say who is still remembered.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Viewers not seen now.
    t_s : float
        The time, seconds.
    memory_s : float
        How long a seat is kept, seconds.

    Returns
    -------
    ndarray, shape (N,), bool
    """
    return t_s - rows["seen_s"] <= np.where(
        settled(rows), memory_s, np.minimum(rows["sat_s"], WALK_S)
    )


def places(rows):
    """Boxes where viewers not seen now may show up again.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)

    Returns
    -------
    ndarray, shape (M, 4), float64
        ``x1 y1 x2 y2`` in pixels: of each viewer the seat, if there is one, else the last place;
        then the last places of those who were last seen off their seats.
    """
    has_seat = settled(rows)
    seat = to_corners(rows["seat"])
    main = np.where(has_seat[:, None], seat, rows["box"])
    astray = has_seat & (distance(rows["seat"], to_centre(rows["box"])) > REACH / 2)
    return np.concatenate([main, rows["box"][astray]])


def reclaim(rows, boxes):
    """Pair viewers not seen now with faces that may be theirs.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Viewers not seen now.
    boxes : ndarray, shape (M, 4), float64
        Faces nobody else has, ``x1 y1 x2 y2`` in pixels.

    Returns
    -------
    ndarray, shape (K, 2), int
        Rows and boxes that belong together.
    """
    if not len(rows) or not len(boxes):
        return np.zeros((0, 2), dtype=np.intp)
    centres = to_centre(boxes)
    costs = _costs(to_centre(rows["box"]), centres)
    to_seat = _costs(rows["seat"], centres)
    to_seat[~settled(rows)] = np.inf
    costs = np.minimum(costs, to_seat)
    never = 1e3
    costs[~np.isfinite(costs)] = never
    first, second = linear_sum_assignment(costs)
    real = costs[first, second] < never
    return np.stack([first[real], second[real]], axis=1)


def _costs(places_, centres):
    """Distance of every place and face, infinite outside the gates; shape (N, M)."""
    n, m = len(places_), len(centres)
    a, b = np.repeat(places_, m, axis=0), np.tile(centres, (n, 1))
    apart = distance(a, b)
    ratio = np.sqrt(a[:, 2] * a[:, 3] / (b[:, 2] * b[:, 3]))
    bad = (apart > REACH) | (ratio > MAX_RATIO) | (ratio < 1 / MAX_RATIO)
    return np.where(bad, np.inf, apart).reshape(n, m)
