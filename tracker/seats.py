"""Seats: where viewers have been sitting, so that one who comes back gets the old ID.

Conventions
-----------
While a viewer is seen, the table row learns the seat: the mean place and size over about the last
`SEAT_S` seconds, and how far the face strays from it (`stray`, variance in box
sizes squared). Who goes away from it keeps it for `LEFT_S` (``left_s`` counts them).
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
# A viewer farther than this from the seat (box sizes) has left it, and after so long for good.
LEFT = 1.0
LEFT_S = 5.0
# How long somebody without a seat is waited for.
WALK_S = 3.0
# A face is back when it is this near (box sizes) and of a size this like the one remembered.
REACH = 0.8
MAX_RATIO = 1.6
# A distance that no pair within reach has.
_NEVER = 1e3


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
    # Whoever stands up and goes keeps the seat they had for a while.
    off = distance(centres, np.where(rows["sat_s"][:, None] > 0, rows["seat"], centres))
    left = settled(rows) & (off > LEFT)
    rows["left_s"] = np.where(left, rows["left_s"] + dt_s, 0.0)
    new = (rows["sat_s"] == 0) | (rows["left_s"] > LEFT_S)
    sat_s = np.where(new, dt_s, np.minimum(rows["sat_s"] + dt_s, SEAT_S))
    part = np.where(new, 1.0, dt_s / sat_s)
    stray = np.where(new, 0.0, (1 - part) * (rows["stray"] + part * off**2))
    seat = np.where(new[:, None], centres, rows["seat"] + part[:, None] * (centres - rows["seat"]))
    stays = ~left | new
    rows["sat_s"] = np.where(stays, sat_s, rows["sat_s"])
    rows["stray"] = np.where(stays, stray, rows["stray"])
    rows["seat"] = np.where(stays[:, None], seat, rows["seat"])


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


def places(rows, t_s):
    """Boxes where viewers not seen now may show up again.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
    t_s : float
        The time, seconds.

    Returns
    -------
    ndarray, shape (M, 4), float64
        ``x1 y1 x2 y2`` in pixels: the seats of those who have one, then the places where they
        were last seen, if they may be there still and that is not the seat.
    """
    has_seat = settled(rows)
    off = distance(rows["seat"], to_centre(rows["box"]))
    there = ~has_seat | (_may_be_there(rows, t_s) & (off > REACH / 2))
    return np.concatenate([to_corners(rows["seat"][has_seat]), rows["box"][there]])


def reclaim(rows, boxes, t_s):
    """Pair viewers not seen now with faces that may be theirs.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Viewers not seen now.
    boxes : ndarray, shape (M, 4), float64
        Faces nobody else has, ``x1 y1 x2 y2`` in pixels.
    t_s : float
        The time, seconds.

    Returns
    -------
    ndarray, shape (K, 2), int
        Rows and boxes that belong together.
    """
    if not len(rows) or not len(boxes):
        return np.zeros((0, 2), dtype=np.intp)
    centres = to_centre(boxes)
    to_last = _costs(to_centre(rows["box"]), centres)
    to_last[~_may_be_there(rows, t_s)] = _NEVER
    to_seat = _costs(rows["seat"], centres)
    to_seat[~settled(rows)] = _NEVER
    costs = np.minimum(to_last, to_seat)
    first, second = linear_sum_assignment(costs)
    real = costs[first, second] < _NEVER
    return np.stack([first[real], second[real]], axis=1)


def _may_be_there(rows, t_s):
    """Whether each may be where it was last seen: nobody waits long in a gangway."""
    off = distance(rows["seat"], to_centre(rows["box"]))
    return ~settled(rows) | (off <= LEFT) | (t_s - rows["seen_s"] <= WALK_S)


def _costs(places_, centres):
    """Distance of every place and face, `_NEVER` outside the gates; shape (N, M)."""
    n, m = len(places_), len(centres)
    a, b = np.repeat(places_, m, axis=0), np.tile(centres, (n, 1))
    apart = distance(a, b)
    ratio = np.sqrt(a[:, 2] * a[:, 3] / (b[:, 2] * b[:, 3]))
    bad = (apart > REACH) | (ratio > MAX_RATIO) | (ratio < 1 / MAX_RATIO)
    return np.where(bad, _NEVER, apart).reshape(n, m)
