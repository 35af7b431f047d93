"""MOT: read, write, run and score tracking sequences kept as text.

Conventions
-----------
Detections are a dict from frame number to ``(boxes, scores)``: (N, 4) ``x1 y1 x2 y2`` in pixels
and (N,) in [0, 1]. Identities, true ones and a tracker's, are a dict from frame number to
``(ids, boxes)``: (N,) int and (N, 4). A frame that is missing has no faces.
"""

import numpy as np

from .scores import Identity, score

__all__ = [
    "NOTHING",
    "Identity",
    "read_detections",
    "read_faces",
    "read_identities",
    "run",
    "score",
    "write_identities",
]

# A frame's detections where there are none.
NOTHING = np.zeros((0, 4)), np.zeros(0)


def read_detections(path):
    """Read a MOTChallenge detection file.

    Parameters
    ----------
    path : str or path
        Lines ``frame, id, x, y, w, h, confidence, ...``.

    Returns
    -------
    dict of int to (ndarray, ndarray)
        Detections. Confidence outside [0, 1] is brought to the nearer end.
    """
    table = _read_table(path)
    boxes, scores = _corners(table[:, 2:6]), np.clip(table[:, 6], 0, 1)
    return _by_frame(table[:, 0], boxes, scores)


def read_identities(path):
    """Read a MOTChallenge ground truth or result file.

    Parameters
    ----------
    path : str or path
        Lines ``frame, id, x, y, w, h, confidence, ...``; those of confidence 0 are left out, as
        the benchmark does.

    Returns
    -------
    dict of int to (ndarray, ndarray)
        Identities.
    """
    table = _read_table(path)
    table = table[table[:, 6] != 0]
    return _by_frame(table[:, 0], table[:, 1].astype(np.int64), _corners(table[:, 2:6]))


def write_identities(path, identities):
    """Write identities as MOTChallenge text, by frame and ID.

    Parameters
    ----------
    path : str or path
    identities : dict of int to (ndarray, ndarray)
    """
    with open(path, "w") as file:
        for frame in sorted(identities):
            ids, boxes = identities[frame]
            for k in np.argsort(ids, kind="stable"):
                x1, y1, x2, y2 = boxes[k]
                size = f"{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f}"
                file.write(f"{frame},{ids[k]},{size},1,-1,-1,-1\n")


def read_faces(path):
    """Read a face sequence: detections, and which of them are whose face.

    Parameters
    ----------
    path : str or path
        First line the number of frames, then ``frame n`` and n times
        ``id x y w h is_face confidence``.

    Returns
    -------
    detections, truth : dict
        True identities are the detections with ``is_face`` 1. Every frame is in both.
    """
    detections, truth = {}, {}
    with open(path) as file:
        next(file, None)
        for number, line in enumerate(file, 2):
            words = line.split()
            if not words:
                continue
            count = int(words[1]) if len(words) > 1 else 0
            if len(words) != 2 + 7 * count:
                raise ValueError(
                    f"{path}, line {number}: expected {2 + 7 * count} words, got {len(words)}"
                )
            table = np.array(words[2:], dtype=np.float64).reshape(-1, 7)
            boxes, real = _corners(table[:, 1:5]), table[:, 5] == 1
            detections[int(words[0])] = boxes, np.clip(table[:, 6], 0, 1)
            truth[int(words[0])] = table[real, 0].astype(np.int64), boxes[real]
    return detections, truth


def run(tracker, detections, fps):
    """Run a tracker over detections of evenly spaced frames.

    Parameters
    ----------
    tracker : Tracker
        Used up by it: its time goes on.
    detections : dict of int to (ndarray, ndarray)
        All frames between the first and the last are looked at, missing ones as empty.
    fps : float
        Frames a second; frame n is at n / fps seconds.

    Returns
    -------
    dict of int to (ndarray, ndarray)
        Identities: viewers seen, no predicted boxes.
    """
    result = {}
    for frame in range(min(detections, default=0), max(detections, default=-1) + 1):
        tracks = tracker.update(frame / fps, *detections.get(frame, NOTHING))
        seen = [track for track in tracks if track.seen]
        ids = np.array([track.viewer_id for track in seen], dtype=np.int64)
        result[frame] = ids, np.array([track.box for track in seen]).reshape(-1, 4)
    return result


def _read_table(path):
    """Lines of comma-separated numbers, at least seven a line."""
    rows = []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                rows.append([float(word) for word in line.split(",")[:7]])
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
            if len(rows[-1]) < 7:
                raise ValueError(
                    f"{path}, line {number}: expected frame,id,x,y,w,h,confidence, got {line!r}"
                )
    return np.array(rows, dtype=np.float64).reshape(-1, 7)


def _corners(boxes):
    """``x y w h`` to ``x1 y1 x2 y2``."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def _by_frame(frames, first, second):
    return {
        int(frame): (first[frames == frame], second[frames == frame]) for frame in np.unique(frames)
    }
