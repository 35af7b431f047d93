"""Static faces: a face on a poster never moves and never looks away, so it is no viewer.

Conventions
-----------
A detector's boxes on a poster jitter by some 2 % of the face from frame to frame, as on a living
face, but their mean over a second stays where it is to within 1 %, and none is ever missed. People
who sit as still as they can sway by 2 % and more in ten seconds, and are missed now and then. Rows
are those of `track_table.py`; their columns ``recent_centre`` (mean place over about `RECENT_S`),
``mean_centre`` (mean of that over `LONG_S`), ``sway_variance`` (variance of the first about the
second, in face sizes squared, each way) and ``seen_share`` (share of searches that found the face)
belong to this file. Who is taken for a static face has the negative of the viewer ID, and gets it
back by moving.
"""

from __future__ import annotations

import numpy as np

RECENT_S = 1.5
LONG_S = 15.0
# A face that moves less than this and is found in this share of searches is static; one that moves
# more, or is found less often, is alive.
STATIC_STD, STATIC_SHARE = 0.015, 0.97
LIVE_STD, LIVE_SHARE = 0.024, 0.9
# A new face is assumed alive. It takes some 20 s to show otherwise.
INITIAL_STD, INITIAL_SHARE = 0.0175, 0.9


def start(rows: np.ndarray, centres: np.ndarray) -> None:
    """Begin at the first detections of faces, changing `rows` in place; centres are (N, 4)."""
    rows["recent_centre"] = rows["mean_centre"] = centres[:, :2]
    rows["sway_variance"] = INITIAL_STD**2
    rows["seen_share"] = INITIAL_SHARE


def update(rows: np.ndarray, seen: np.ndarray, step_s: float) -> None:
    """Take one frame into account, and tell static faces from viewers.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place; boxes and IDs of this frame are in it.
    seen : ndarray, shape (N,), bool
        Who was found in this frame.
    step_s : float
        Seconds since the last frame.
    """
    fast, slow = -np.expm1(-step_s / RECENT_S), -np.expm1(-step_s / LONG_S)
    rows["seen_share"] += slow * (rows["searched"] | seen) * (seen - rows["seen_share"])
    box = rows["box"]
    centre, size = (box[:, :2] + box[:, 2:]) / 2, (box[:, 2:] - box[:, :2]).mean(axis=1)
    recent, mean = rows["recent_centre"], rows["mean_centre"]
    recent += (fast * seen)[:, None] * (centre - recent)
    mean += (slow * seen)[:, None] * (recent - mean)
    off = (recent - mean) / size[:, None]
    rows["sway_variance"] += (slow * seen)[:, None] * (off * off - rows["sway_variance"])
    variance, share = rows["sway_variance"].max(axis=1), rows["seen_share"]
    static = (variance < STATIC_STD**2) & (share > STATIC_SHARE)
    alive = (variance > LIVE_STD**2) | (share < LIVE_SHARE)
    viewer_id = rows["viewer_id"]
    flipped = ((viewer_id > 0) & static) | ((viewer_id < 0) & alive)
    viewer_id[flipped] *= -1
