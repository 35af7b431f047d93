"""Camera: a knock or a slow turn of the camera moves all faces and all seats alike.

Conventions
-----------
Rows are those of `rows.py`. A shift is ``dx dy`` in pixels: what to add to a place known before to
have it in the picture now.
"""

import numpy as np
from scipy.spatial import cKDTree

from laughtrack.tracker.match import size_ratio

# A knock is looked for when fewer than this share of the faces that could be paired are, or
# when those paired are off by more than this (face sizes) at the median.
UPSET_SHARE, UPSET_OFF = 0.5, 0.3
# Fewer faces than this tell nothing.
LEAST_FACES = 3
# Viewers seen within so many seconds, at most so many of them, each off by less than this (face
# sizes), vote for a shift of at most so many face sizes; this share must agree, and this many
# times as many as for no shift.
RECENT_S, VOTERS, VOTE_OFF, MOST_SHIFT = 5.0, 30, 0.2, 8.0
AGREED, AHEAD = 0.6, 1.5
# A turn of the camera shows as viewers who all sit off their seats: the median by so much (face
# sizes, for one viewer; it is surer of many), and this share of them that way.
TURN, LEAST_TURN, SAME_WAY = 0.75, 0.06, 0.8
LEAST_TURNED = 5


def upset(expected, boxes, pairs):
    """Say whether the pairs made look as if the camera had been knocked.

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
    most = min(len(expected), len(boxes))
    if most < LEAST_FACES:
        return False
    if len(pairs) < UPSET_SHARE * most:
        return True
    first, second = expected[pairs[:, 0]], boxes[pairs[:, 1]]
    off = np.abs(first[:, :2] - second[:, :2]).max(axis=1) / first[:, 2:].mean(axis=1)
    return float(_middle(off)) > UPSET_OFF


def knock(known, boxes):
    """Find the shift that puts most known faces where faces were found.

    Parameters
    ----------
    known, boxes : ndarray, shape (N, 4) and (M, 4), float64
        Where viewers were, and faces found, ``cx cy w h`` in pixels.

    Returns
    -------
    ndarray, shape (2,), float64, or None
        None when no shift explains much more than none does.
    """
    if min(len(known), len(boxes)) < LEAST_FACES:
        return None
    known = known[np.linspace(0, len(known) - 1, min(len(known), VOTERS)).astype(np.intp)]
    size = float(np.median(known[:, 2:]))
    tree = cKDTree(boxes[:, :2])
    near = tree.query_ball_point(known[:, :2], MOST_SHIFT * size)
    first = np.repeat(np.arange(len(known)), [len(found) for found in near])
    second = np.concatenate(near).astype(np.intp)
    alike = size_ratio(known[first], boxes[second]) < np.log(1.3)
    shifts = boxes[second[alike], :2] - known[first[alike], :2]
    shifts = np.concatenate([np.zeros((1, 2)), shifts])
    moved = known[None, :, :2] + shifts[:, None]
    votes = (tree.query(moved)[0] < VOTE_OFF * size).sum(axis=1)
    best = int(np.argmax(votes))
    if votes[best] < max(AGREED * len(known), AHEAD * votes[0], LEAST_FACES):
        return None
    off, which = tree.query(moved[best])
    agree = off < VOTE_OFF * size
    return np.median(boxes[which[agree], :2] - known[agree, :2], axis=0)


def turn(rows):
    """Find how far the camera has turned since viewers learnt their seats.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces found in this look.

    Returns
    -------
    ndarray, shape (2,), float64, or None
        None when it has not, or too few tell.
    """
    rows = rows[rows["settled"] & (rows["left_s"] == 0)]
    if len(rows) < LEAST_TURNED:
        return None
    size = rows["seat"][:, 2:]
    off = (rows["mean"][:, :2, 0] - rows["seat"][:, :2]) / size
    middle = _middle(off)
    far = float(np.hypot(*middle))
    if far < max(TURN / np.sqrt(len(rows)), LEAST_TURN):
        return None
    same = off @ middle > far * far / 2
    return middle * np.median(size) if same.mean() >= SAME_WAY else None


def shift(rows, by):
    """Move places and seats of all rows, in place, by ``dx dy`` pixels."""
    rows["mean"][:, :2, 0] += by
    shift_seats(rows, by)


def shift_seats(rows, by):
    """Move the seats alone."""
    for name in ("calm", "middle"):
        rows[name] += by
    rows["seat"][:, :2] += by


def _middle(values):
    """Upper median along the first axis; numpy's own takes ten times as long for a few faces."""
    return np.sort(values, axis=0)[len(values) // 2]
