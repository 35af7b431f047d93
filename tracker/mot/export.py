"""MOT: run a tracker over sequences kept as text, score it, and write what it said.

Conventions
-----------
Detections and identities are as in `mot_files.py`, which reads them; a frame that is missing has
no faces.
"""

import numpy as np

from laughtrack.tracker.detections import NO_DETECTIONS, Detections
from laughtrack.tracker.mot.files import (
    Identities,
    read_detections,
    read_faces,
    read_identities,
    whole,
)
from laughtrack.tracker.mot.idf1 import Identity, score

__all__ = [
    "Identity",
    "mot_text",
    "read_detections",
    "read_faces",
    "read_identities",
    "run",
    "score",
    "whole_detections",
    "write_identities",
]


def run(tracker, detections, fps):
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


def whole_detections(detections):
    """Leave out detections that are no boxes or have no confidence.

    Parameters
    ----------
    detections : dict of int to Detections

    Returns
    -------
    dict of int to Detections
        The same frames.
    int
        How many detections were left out.
    """
    kept, left_out = {}, 0
    for frame, (boxes, scores, *_) in detections.items():
        good = whole(boxes) & ~np.isnan(scores)
        kept[frame] = Detections(boxes[good], scores[good])
        left_out += int((~good).sum())
    return kept, left_out


def mot_text(identities):
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


def write_identities(path, identities):
    """Write identities as MOTChallenge text, by frame and ID.

    Parameters
    ----------
    path : str or path
    identities : dict of int to Identities
    """
    with open(path, "w") as file:
        file.write(mot_text(identities))
