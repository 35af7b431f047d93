"""MOT: read, run and score tracking sequences kept as text.

Conventions
-----------
Detections are a dict from frame number to ``(boxes, scores)``: (N, 4) ``x1 y1 x2 y2`` in pixels
and (N,) in [0, 1]. Identities, true ones and a tracker's, are a dict from frame number to
``(ids, boxes)``: (N,) int and (N, 4). A frame that is missing has no faces.

Metrics
-------
`score` counts as TrackEval does: Identity (Ristani et al. 2016) for IDF1, CLEAR (Bernardin and
Stiefelhagen 2008) for switches, boxes agreeing at an overlap of 0.5.
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from .boxes import overlap

AGREE = 0.5


class Identity(NamedTuple):
    """How well IDs were kept: `idf1`, `idp`, `idr` in [0, 1], `switches`, `matches`.

    `switches` counts how often a true ID was found under another ID than before. `matches` is a
    dict from true ID to the one result ID that stands for it, for those that have one.
    """

    idf1: float
    idp: float
    idr: float
    switches: int
    matches: dict


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
    nothing = np.zeros((0, 4)), np.zeros(0)
    for frame in range(min(detections, default=0), max(detections, default=-1) + 1):
        tracks = tracker.update(frame / fps, *detections.get(frame, nothing))
        seen = [track for track in tracks if track.seen]
        ids = np.array([track.viewer_id for track in seen], dtype=np.int64)
        result[frame] = ids, np.array([track.box for track in seen]).reshape(-1, 4)
    return result


def score(truth, result):
    """Score a tracker's identities against the true ones.

    Parameters
    ----------
    truth : dict of int to (ndarray, ndarray)
        True identities: frame to ``(ids, boxes)``. An ID is in a frame once.
    result : dict of int to (ndarray, ndarray)
        The tracker's.

    Returns
    -------
    Identity
        All 0 when either has no box.
    """
    together = defaultdict(int)
    now_id, switches = {}, 0
    for frame in sorted(set(truth) & set(result)):
        ids, boxes = truth[frame]
        own_ids, own_boxes = result[frame]
        alike = overlap(np.asarray(boxes), np.asarray(own_boxes))
        for i, j in zip(*np.nonzero(alike >= AGREE)):
            together[int(ids[i]), int(own_ids[j])] += 1
        for true_id, own_id in _clear_pairs(ids, own_ids, alike, now_id):
            switches += now_id.get(true_id, own_id) != own_id
            now_id[true_id] = own_id
    matches, hits = _best_matches(together)
    true_count = sum(len(ids) for ids, _ in truth.values())
    own_count = sum(len(ids) for ids, _ in result.values())
    return Identity(
        2 * hits / max(true_count + own_count, 1),
        hits / max(own_count, 1),
        hits / max(true_count, 1),
        switches,
        matches,
    )


def _clear_pairs(ids, own_ids, alike, now_id):
    """Pairs of true and own IDs in one frame; pairs of before go first, then overlap."""
    before = np.array([now_id.get(int(true_id), -1) for true_id in ids]).reshape(-1, 1)
    gain = (before == np.asarray(own_ids).reshape(1, -1)) * 1000 + alike
    gain[alike < AGREE - np.finfo(float).eps] = 0
    rows, columns = linear_sum_assignment(-gain)
    return [(int(ids[i]), int(own_ids[j])) for i, j in zip(rows, columns) if gain[i, j] > 0]


def _best_matches(together):
    """One-to-one pairs of IDs that share most frames, and how many they share."""
    true_ids = sorted({pair[0] for pair in together})
    own_ids = sorted({pair[1] for pair in together})
    row = {true_id: i for i, true_id in enumerate(true_ids)}
    column = {own_id: j for j, own_id in enumerate(own_ids)}
    counts = np.zeros((len(true_ids), len(own_ids)), dtype=np.int64)
    for (true_id, own_id), count in together.items():
        counts[row[true_id], column[own_id]] = count
    rows, columns = linear_sum_assignment(-counts)
    matches = {true_ids[i]: own_ids[j] for i, j in zip(rows, columns) if counts[i, j]}
    return matches, int(counts[rows, columns].sum())


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
