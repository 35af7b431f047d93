"""Lives: the table of faces being followed, and what begins, goes on and ends in it.

Conventions
-----------
One row a face, of type `ROW`. Times are seconds since the session began. ``born_s`` and ``seen_s``
are the first and the latest sight, ``looks`` how often somebody looked since birth, ``hits`` how
often the face was there, ``trust`` the sum of its confidences, ``box`` the latest box, ``mean`` and
``cov`` as in `motion.py`, ``seat``, ``sat_s`` and ``stray`` as in `seats.py`.
"""

import numpy as np

from . import motion, seats
from .boxes import covered, overlap
from .match import match

# One face: what is kept of it. A viewer_id of 0 is tentative.
ROW = np.dtype(
    [
        ("viewer_id", np.int64),
        ("mean", np.float64, (4, 2)),
        ("cov", np.float64, (2, 3)),
        ("born_s", np.float64),
        ("seen_s", np.float64),
        ("looks", np.int64),
        ("hits", np.int64),
        ("trust", np.float64),
        ("box", np.float64, (4,)),
        ("seat", np.float64, (4,)),
        ("sat_s", np.float64),
        ("stray", np.float64),
    ]
)
# Gates between a followed face and a box: distance in box sizes, ratio of sizes.
REACH = 1.0
MAX_RATIO = 1.8
# A viewer is born after this many sights, over this long, of at least this share of looks. Mean
# confidence times time: sure hits (0.7) are believed after 0.2 s, doubtful ones (0.3) after 0.5 s.
BIRTH_HITS = 3
BIRTH_S = 0.2
BIRTH_SHARE = 0.6
BIRTH_TRUST_S = 0.14
# A tentative face unseen for this long was none.
DOUBT_S = 0.5
# One hit this sure in a seat wakes its viewer; of doubtful ones it takes two.
SURE = 0.5
# A new box that overlaps a viewer's face this much, or has this share in common, is the same face.
SAME_OVERLAP = 0.5
SAME_SHARE = 0.7
# A sight after a long step stands for no more than this many seconds of sitting.
LONGEST_SIGHT_S = 0.5


def follow(rows, boxes, scores, t_s, step_s):
    """Give the boxes found to the faces followed; what is left over is born.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces, predicted to `t_s`. Changed in place.
    boxes : ndarray, shape (M, 4), float64
        ``x1 y1 x2 y2`` in pixels, in an order that does not depend on the caller's.
    scores : ndarray, shape (M,), float64
        Confidence in [0, 1].
    t_s : float
        The time, seconds.
    step_s : float or None
        Seconds since the last look, None at the first.

    Returns
    -------
    structured ndarray, shape (N + births,)
    """
    step_s = LONGEST_SIGHT_S if step_s is None else min(step_s, LONGEST_SIGHT_S)
    rows["looks"] += 1
    expected = motion.expected_boxes(rows["mean"])
    fresh = np.arange(len(boxes))
    # Viewers choose first, then tentative faces, so that doubt never takes a viewer's face.
    for group in (np.flatnonzero(rows["viewer_id"] > 0), np.flatnonzero(rows["viewer_id"] == 0)):
        pairs, _, left = match(expected[group], boxes[fresh], REACH, MAX_RATIO)
        own, found = group[pairs[:, 0]], fresh[pairs[:, 1]]
        _see(rows, own, boxes[found], scores[found], t_s, step_s)
        fresh = fresh[left]
        fresh = fresh[~_doubles(boxes[fresh], boxes[found])]
    fresh = fresh[~_weaker_doubles(boxes[fresh], scores[fresh])]
    born = np.zeros(len(fresh), dtype=ROW)
    born["born_s"] = t_s
    born["looks"] = 1
    _see(born, np.arange(len(born)), boxes[fresh], scores[fresh], t_s, step_s)
    born["mean"], born["cov"] = motion.start(boxes[fresh])
    return np.concatenate([rows, born])


def wake(rows, asleep, t_s):
    """Give tentative faces that sit where a viewer sat that viewer's ID and seat.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces after `follow`. Changed in place.
    asleep : structured ndarray, shape (M,)
        Viewers asleep.
    t_s : float
        The time, seconds.

    Returns
    -------
    rows : structured ndarray, shape (N,)
    asleep : structured ndarray, shape (M - K,)
        Those still asleep.
    """
    sure = (rows["hits"] >= 2) | (rows["trust"] >= SURE)
    able = np.flatnonzero((rows["viewer_id"] == 0) & (rows["seen_s"] == t_s) & sure)
    pairs = seats.reclaim(asleep, rows["box"][able])
    back, own = pairs[:, 0], able[pairs[:, 1]]
    for name in ("viewer_id", "seat", "sat_s", "stray"):
        rows[name][own] = asleep[name][back]
    return rows, np.delete(asleep, back)


def confirm(rows, next_id, t_s):
    """Make viewers of tentative faces with evidence enough.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces after `wake`. Changed in place.
    next_id : int
        The first ID not given yet.
    t_s : float
        The time, seconds.

    Returns
    -------
    int
        The first ID not given yet.
    """
    span_s = rows["seen_s"] - rows["born_s"]
    ready = (
        (rows["viewer_id"] == 0)
        & (rows["seen_s"] == t_s)
        & (rows["hits"] >= BIRTH_HITS)
        & (span_s >= BIRTH_S - 1e-9)
        & (rows["hits"] >= BIRTH_SHARE * rows["looks"])
        & (rows["trust"] / rows["hits"] * span_s >= BIRTH_TRUST_S - 1e-9)
    )
    new = np.flatnonzero(ready)
    rows["viewer_id"][new] = next_id + np.arange(len(new))
    return next_id + len(new)


def end(rows, t_s, coast_s):
    """Part the faces still followed from viewers falling asleep; false faces end.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
    t_s : float
        The time, seconds.
    coast_s : float
        How long a viewer not seen is followed, seconds.

    Returns
    -------
    awake, tired : structured ndarray
        Together at most N.
    """
    unseen_s = t_s - rows["seen_s"]
    viewer = rows["viewer_id"] > 0
    tired = viewer & (unseen_s > coast_s)
    return rows[~tired & (viewer | (unseen_s <= DOUBT_S))], rows[tired]


def to_lists(rows):
    """Turn rows into a dict of lists, one a column; floats stay what they are."""
    return {name: rows[name].tolist() for name in ROW.names}


def from_lists(lists):
    """Turn what `to_lists` gave into rows; ValueError or KeyError if it is something else."""
    rows = np.zeros(len(lists["viewer_id"]), dtype=ROW)
    for name in ROW.names:
        rows[name] = np.array(lists[name], dtype=ROW[name].base).reshape(rows[name].shape)
    return rows


def _see(rows, own, boxes, scores, t_s, step_s):
    """Note that faces `own` were found in `boxes`."""
    seen = rows[own]
    seen["mean"], seen["cov"] = motion.update(seen["mean"], seen["cov"], boxes)
    seen["seen_s"] = t_s
    seen["hits"] += 1
    seen["trust"] += scores
    seen["box"] = boxes
    seats.learn(seen, boxes, step_s)
    rows[own] = seen


def _doubles(boxes, taken):
    """Which boxes show a face that is taken already; shape (N,), bool."""
    if not len(boxes) or not len(taken):
        return np.zeros(len(boxes), dtype=bool)
    same = overlap(boxes, taken) > SAME_OVERLAP
    return (same | (covered(boxes, taken) > SAME_SHARE)).any(axis=1)


def _weaker_doubles(boxes, scores):
    """Which boxes show the same face as a better one among them; shape (N,), bool."""
    if len(boxes) < 2:
        return np.zeros(len(boxes), dtype=bool)
    rank = np.empty(len(boxes), dtype=np.intp)
    rank[np.argsort(-scores, kind="stable")] = np.arange(len(boxes))
    same = (overlap(boxes, boxes) > SAME_OVERLAP) | (covered(boxes, boxes) > SAME_SHARE)
    return (same & (rank[:, None] > rank[None, :])).any(axis=1)
