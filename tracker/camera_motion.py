"""Camera motion: a jump or a slow drift of the camera moves all faces and all seats alike.

Conventions
-----------
Rows are those of `track_table.py`. An offset is ``dx dy`` in pixels: what to add to a place known
before to have it in the picture now.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from laughtrack.tracker.match import size_ratio

# A jump is looked for when fewer than this share of the faces that could be paired are, or when
# those paired are off by more than this (face sizes) at the median.
JUMP_PAIRED_SHARE, JUMP_OFFSET = 0.5, 0.3
# Fewer faces than this tell nothing.
MIN_FACES = 3
# Viewers seen within so many seconds, at most so many of them, each off by less than this (face
# sizes), vote for an offset of at most so many face sizes; this share must agree, and this many
# times as many as for no offset.
RECENT_S, MAX_VOTERS, VOTE_RADIUS, MAX_SHIFT = 5.0, 30, 0.2, 8.0
MIN_AGREEING, MIN_LEAD = 0.6, 1.5
# A drift of the camera shows as viewers who all sit off their seats: the median by so much (face
# sizes, for one viewer; it is surer of many), and this share of them that way.
DRIFT, MIN_DRIFT, MIN_SAME_WAY = 0.75, 0.06, 0.8
MIN_DRIFT_FACES = 5


def jumped(expected: np.ndarray, boxes: np.ndarray, pairs: np.ndarray) -> bool:
    """Say whether the pairs look as if the camera had jumped.

    Parameters
    ----------
    expected, boxes : ndarray, shape (N, 4) and (M, 4), float64
        Faces expected and found, ``cx cy w h`` in pixels.
    pairs : ndarray, shape (K, 2), int
        Which were paired.

    Returns
    -------
    bool
    """
    possible = min(len(expected), len(boxes))
    if possible < MIN_FACES:
        return False
    if len(pairs) < JUMP_PAIRED_SHARE * possible:
        return True
    first, second = expected[pairs[:, 0]], boxes[pairs[:, 1]]
    off = np.abs(first[:, :2] - second[:, :2]).max(axis=1) / first[:, 2:].mean(axis=1)
    return float(_upper_median(off)) > JUMP_OFFSET


def find_jump(known: np.ndarray, boxes: np.ndarray) -> np.ndarray | None:
    """Find the offset that puts most known faces where faces were found.

    Parameters
    ----------
    known, boxes : ndarray, shape (N, 4) and (M, 4), float64
        Where viewers were, and faces found, ``cx cy w h`` in pixels.

    Returns
    -------
    ndarray, shape (2,), float64, or None
        None when no offset explains much more than none does.
    """
    if min(len(known), len(boxes)) < MIN_FACES:
        return None
    known = known[np.linspace(0, len(known) - 1, min(len(known), MAX_VOTERS)).astype(np.intp)]
    size = float(np.median(known[:, 2:]))
    tree = cKDTree(boxes[:, :2])
    near = tree.query_ball_point(known[:, :2], MAX_SHIFT * size)
    first = np.repeat(np.arange(len(known)), [len(found) for found in near])
    second = np.concatenate(near).astype(np.intp)
    alike = size_ratio(known[first], boxes[second]) < np.log(1.3)
    offsets = boxes[second[alike], :2] - known[first[alike], :2]
    offsets = np.concatenate([np.zeros((1, 2)), offsets])
    moved = known[None, :, :2] + offsets[:, None]
    votes = (tree.query(moved)[0] < VOTE_RADIUS * size).sum(axis=1)
    best = int(np.argmax(votes))
    if votes[best] < max(MIN_AGREEING * len(known), MIN_LEAD * votes[0], MIN_FACES):
        return None
    off, which = tree.query(moved[best])
    agree = off < VOTE_RADIUS * size
    return np.median(boxes[which[agree], :2] - known[agree, :2], axis=0)


def find_drift(rows: np.ndarray) -> np.ndarray | None:
    """Find how far the camera has drifted since the viewers' seats were learnt.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces found in this frame.

    Returns
    -------
    ndarray, shape (2,), float64, or None
        None when it has not, or too few tell.
    """
    rows = rows[rows["seated"] & (rows["left_s"] == 0)]
    if len(rows) < MIN_DRIFT_FACES:
        return None
    size = rows["seat"][:, 2:]
    off = (rows["mean"][:, :2, 0] - rows["seat"][:, :2]) / size
    offset = _upper_median(off)
    far = float(np.hypot(*offset))
    if far < max(DRIFT / np.sqrt(len(rows)), MIN_DRIFT):
        return None
    same = off @ offset > far * far / 2
    return offset * np.median(size) if same.mean() >= MIN_SAME_WAY else None


def shift_tracks(rows: np.ndarray, offset: np.ndarray) -> None:
    """Move places and seats of all rows, in place, by ``dx dy`` pixels."""
    rows["mean"][:, :2, 0] += offset
    shift_seats(rows, offset)


def shift_seats(rows: np.ndarray, offset: np.ndarray) -> None:
    """Move the seats alone."""
    for name in ("recent_centre", "mean_centre"):
        rows[name] += offset
    rows["seat"][:, :2] += offset


def _upper_median(values: np.ndarray) -> np.ndarray:
    """Upper median along the first axis; numpy's own takes ten times as long for a few faces."""
    return np.sort(values, axis=0)[len(values) // 2]
