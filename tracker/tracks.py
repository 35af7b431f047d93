"""What the tracker reports of each viewer at one time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.tracker import motion
from laughtrack.tracker.boxes import to_corners


class Track(NamedTuple):
    """A viewer now: `viewer_id` from 1; `box` (4,) float64, x1 y1 x2 y2 in pixels; `seen` bool.

    The box is the detected one and `score` its confidence in [0, 1]; or the predicted one, and 0,
    when no face was found (`seen` False).
    """

    viewer_id: int
    box: np.ndarray
    seen: bool
    score: float


class FollowedFace(NamedTuple):
    """A face found now that is a viewer's, or `static` and was taken for that viewer.

    `verdict` is that of `static_faces.py`.
    """

    viewer_id: int
    box: np.ndarray
    static: bool
    verdict: int


class Correction(NamedTuple):
    """What was learnt of earlier reports: those of the viewer in [from_s, to_s) were of no living
    face (`reason` "static"), or of one after all ("alive").
    """

    viewer_id: int
    from_s: float
    to_s: float
    reason: str


def report(rows: np.ndarray, t_s: float, coast_s: float) -> list[Track]:
    """Report the viewers among the active rows.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
    t_s : float
        The time, seconds.
    coast_s : float
        How long a viewer not seen is reported, seconds.

    Returns
    -------
    list of Track
        By viewer_id.
    """
    rows = rows[(rows["viewer_id"] > 0) & (t_s - rows["seen_s"] <= coast_s)]
    rows = rows[np.argsort(rows["viewer_id"])]
    seen = rows["seen_s"] == t_s
    boxes, scores = rows["box"], np.where(seen, rows["score"], 0.0)
    if not seen.all():
        boxes = np.where(seen[:, None], boxes, to_corners(motion.expected_centres(rows["mean"])))
    reports = zip(rows["viewer_id"].tolist(), boxes, seen.tolist(), scores.tolist())
    return list(map(Track._make, reports))
