"""Static faces: a face on a poster never moves and never looks away, so it is no viewer.

Who sees the picture can tell sooner, and says so in the column ``verdict``: `PRINTED` where a face
did not change at all, else how often it did, `MOVED_TIMES` at most
(`laughtrack.edge.pipeline.printed_faces`). From boxes alone it takes some 20 s, and a camera that
stands still.

Conventions
-----------
A detector's boxes on a poster jitter by some 2 % of the face from frame to frame, as on a living
face, but their mean over a second stays where it is to within 1 %, and none is ever missed. People
who sit as still as they can sway by 2 % and more in ten seconds, and are missed now and then. Rows
are those of `track_table.py`; their columns ``recent_centre`` (mean place over about
``static_recent_s``), ``mean_centre`` (mean of that over about ``static_long_s``),
``sway_variance`` (variance of the first about the second, in face sizes squared, each way) and
``seen_share`` (share of searches that found the face) belong to this file. Who is taken for a
static face has the negative of the viewer ID, and gets it back by moving.
"""

from __future__ import annotations

import numpy as np

from laughtrack.tracker.settings import TrackerSettings
from laughtrack.tracker.tracks import Correction

# Verdicts. Who moved so often needs no more judging.
PRINTED, MOVED_TIMES = -1, 15
# Who changed so often was alive until now, whatever holds still from now on: a call's picture that
# froze, a film that ended. What was counted of it stays.
LIVED_TIMES = 3


def start(rows: np.ndarray, centres: np.ndarray, settings: TrackerSettings) -> None:
    """Begin at the first detections of faces, changing `rows` in place; centres are (N, 4)."""
    rows["recent_centre"] = rows["mean_centre"] = centres[:, :2]
    rows["sway_variance"] = settings.initial_std**2
    rows["seen_share"] = settings.initial_share


def update(
    rows: np.ndarray, seen: np.ndarray, t_s: float, step_s: float, settings: TrackerSettings
) -> list[Correction]:
    """Take one frame into account, and tell static faces from viewers.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place; boxes and IDs of this frame are in it.
    seen : ndarray, shape (N,), bool
        Who was found in this frame.
    t_s, step_s : float
        The frame's time, and seconds since the last one.
    settings : TrackerSettings

    Returns
    -------
    list of Correction
        Of what was reported before.
    """
    fast, slow = (
        -np.expm1(-step_s / settings.static_recent_s),
        -np.expm1(-step_s / settings.static_long_s),
    )
    rows["seen_share"] += slow * (rows["searched"] | seen) * (seen - rows["seen_share"])
    box = rows["box"]
    centre, size = (box[:, :2] + box[:, 2:]) / 2, (box[:, 2:] - box[:, :2]).mean(axis=1)
    recent, mean = rows["recent_centre"], rows["mean_centre"]
    recent += (fast * seen)[:, None] * (centre - recent)
    mean += (slow * seen)[:, None] * (recent - mean)
    off = (recent - mean) / size[:, None]
    rows["sway_variance"] += (slow * seen)[:, None] * (off * off - rows["sway_variance"])
    printed, moved = rows["verdict"] == PRINTED, rows["verdict"] >= MOVED_TIMES
    variance, share = rows["sway_variance"].max(axis=1), rows["seen_share"]
    static = (variance < settings.static_std**2) & (share > settings.static_share)
    alive = (variance > settings.live_std**2) | (share < settings.live_share)
    alive = (alive & ~printed) | (moved & ~static)
    static |= printed
    viewer_id = rows["viewer_id"]
    flipped = ((viewer_id > 0) & static) | ((viewer_id < 0) & alive)
    viewer_id[flipped] *= -1
    rows["since_s"][flipped & static & (rows["verdict"] >= LIVED_TIMES)] = t_s
    return [
        Correction(abs(number), since_s, t_s, "alive" if number > 0 else "static")
        for number, since_s in zip(viewer_id[flipped].tolist(), rows["since_s"][flipped].tolist())
        if since_s < t_s
    ]
