"""MOT: run a tracker over a sequence, and write what it gave as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from laughtrack.tracker.detections import NO_DETECTIONS, Detections
from laughtrack.tracker.mot.files import Identities
from laughtrack.tracker.tracker import Tracker


def run(tracker: Tracker, detections: dict[int, Detections], fps: float) -> dict[int, Identities]:
    """Run a tracker over detections of evenly spaced frames.

    Parameters
    ----------
    tracker : Tracker
        Used up by it: its time goes on.
    detections : dict of int to Detections
        All frames between the first and the last are looked at, missing ones as empty.
    fps : float
        Frames a second; frame n is at n / fps seconds.

    Returns
    -------
    dict of int to Identities
        Viewers seen, no predicted boxes.
    """
    result = {}
    for frame in range(min(detections, default=0), max(detections, default=-1) + 1):
        tracks = tracker.update(frame / fps, detections.get(frame, NO_DETECTIONS))
        seen = [track for track in tracks if track.seen]
        ids = np.array([track.viewer_id for track in seen], dtype=np.int64)
        boxes = np.array([track.box for track in seen]).reshape(-1, 4)
        result[frame] = Identities(ids, boxes)
    return result


def mot_text(identities: dict[int, Identities]) -> str:
    """Return identities as MOTChallenge text, by frame and ID.

    Parameters
    ----------
    identities : dict of int to Identities

    Returns
    -------
    str
    """
    lines = []
    for frame in sorted(identities):
        ids, boxes = identities[frame]
        for k in np.argsort(ids, kind="stable"):
            x1, y1, x2, y2 = boxes[k]
            size = f"{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f}"
            lines.append(f"{frame},{ids[k]},{size},1,-1,-1,-1\n")
    return "".join(lines)


def write_identities(path: str | Path, identities: dict[int, Identities]) -> None:
    """Write identities as MOTChallenge text, by frame and ID.

    Parameters
    ----------
    path : str or path
    identities : dict of int to Identities
    """
    with open(path, "w") as file:
        file.write(mot_text(identities))
