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
        Frames between the first and the last that are missing count as looked at and empty.
    fps : float
        Frames a second; frame n is at n / fps seconds.

    Returns
    -------
    dict of int to Identities
        Of the frames that are in `detections`: viewers seen, no predicted boxes.
    """
    result, before = {}, None
    for frame in sorted(detections):
        if before is not None:
            _pass_over(tracker, before + 1, frame, fps)
        before = frame
        tracks = tracker.update(frame / fps, detections[frame])
        seen = [track for track in tracks if track.seen]
        ids = np.array([track.viewer_id for track in seen], dtype=np.int64)
        boxes = np.array([track.box for track in seen]).reshape(-1, 4)
        result[frame] = Identities(ids, boxes)
    return result


def _pass_over(tracker: Tracker, first: int, end: int, fps: float) -> None:
    """Tell a tracker of empty frames: of each while it follows anybody, then of the last alone."""
    frame = first
    while frame < end:
        # Seconds later nobody is followed; a gap of hours takes no longer than one of seconds.
        frame = frame if tracker.follows_any else end - 1
        tracker.update(frame / fps, NO_DETECTIONS)
        frame += 1


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
