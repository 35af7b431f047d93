"""Pictures: a face on a poster never moves and never looks away, so it is no viewer.

Conventions
-----------
A detector's boxes on a poster jitter by some 2 % of the face from look to look, as on a living
face, but their mean over a second stays where it is to within 1 %, and none is ever missed. People
who sit as still as they can sway by 2 % and more in ten seconds, and are missed now and then. Rows
are those of `rows.py`; their columns ``calm`` (mean place over about `CALM_S`), ``middle`` (mean of
that over `LONG_S`), ``sway`` (variance of calm about middle, in face sizes squared, each way) and
``there`` (share of looks with a sight) belong to this file. Who is taken for a picture has the
negative of the viewer ID, and gets it back by moving.
"""

import numpy as np

CALM_S = 1.5
LONG_S = 15.0
# A face as still as this, found in this share of looks, is a picture; one this lively is none.
STILL_SWAY, ALWAYS = 0.015, 0.97
LIVE_SWAY, SOMETIMES = 0.024, 0.9
# What is taken for granted of a new face: it is alive. It takes some 20 s to show otherwise.
FIRST_SWAY, FIRST_THERE = 0.0175, 0.9


def start(rows, centres):
    """Begin at the first sights of faces, changing `rows` in place; centres are (N, 4)."""
    rows["calm"] = rows["middle"] = centres[:, :2]
    rows["sway"] = FIRST_SWAY**2
    rows["there"] = FIRST_THERE


def learn(rows, seen, step_s):
    """Take one look into account, and tell pictures from viewers.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place; boxes and IDs of this look are in it.
    seen : ndarray, shape (N,), bool
        Who was found in this look.
    step_s : float
        Seconds since the last look.
    """
    fast, slow = -np.expm1(-step_s / CALM_S), -np.expm1(-step_s / LONG_S)
    rows["there"] += slow * (rows["looked"] | seen) * (seen - rows["there"])
    box = rows["box"]
    centre, size = (box[:, :2] + box[:, 2:]) / 2, (box[:, 2:] - box[:, :2]).mean(axis=1)
    calm, middle = rows["calm"], rows["middle"]
    calm += (fast * seen)[:, None] * (centre - calm)
    middle += (slow * seen)[:, None] * (calm - middle)
    off = (calm - middle) / size[:, None]
    rows["sway"] += (slow * seen)[:, None] * (off * off - rows["sway"])
    sway, there = rows["sway"].max(axis=1), rows["there"]
    picture = (sway < STILL_SWAY**2) & (there > ALWAYS)
    alive = (sway > LIVE_SWAY**2) | (there < SOMETIMES)
    viewer_id = rows["viewer_id"]
    turn = ((viewer_id > 0) & picture) | ((viewer_id < 0) & alive)
    viewer_id[turn] *= -1
