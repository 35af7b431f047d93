"""Lives: the table of faces being followed, and what begins, goes on and ends in it.

Conventions
-----------
One row a face, of type `ROW`. Times are seconds since the session began. ``born_s`` and ``seen_s``
are the first and the latest sight, ``looks`` how often somebody looked since birth, ``hits`` how
often the face was there, ``trust`` the sum of its confidences, ``box`` the latest box and
``score`` its confidence, ``mean`` and ``cov`` as in `motion.py`, ``seat``, ``sat_s``, ``stray`` and
``left_s`` as in `seats.py`.
"""

import numpy as np

from . import motion, seats
from .boxes import doubles, weaker_doubles
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
        ("score", np.float64),
        ("seat", np.float64, (4,)),
        ("sat_s", np.float64),
        ("stray", np.float64),
        ("left_s", np.float64),
    ]
)
# Gates between a followed face and a box. Distance in box sizes: this much, and so many standard
# deviations of the prediction, but no more than the last; then the ratio of sizes.
REACH = 0.5
REACH_STD = 2.5
MOST_REACH = 1.2
MAX_RATIO = 1.8
# Added to a pair's cost for a face that the last look missed: it must not coast over a neighbour's
# seat and take that face.
COASTING = 1.0
# Confidence of a sure face. One half as sure needs four times the sights, over four times as long.
SURE = 0.6
# A viewer is born after this many sure sights, over this long, in at least this share of looks.
BIRTH_HITS = 3
BIRTH_S = 0.2
BIRTH_SHARE = 0.6
# What has no seat yet and is there in fewer looks than this is noise.
KEEP_SHARE = 0.35
# A tentative face unseen for this long was none.
DOUBT_S = 0.5
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
    sizes = np.sqrt(np.prod(expected[:, 2:] - expected[:, :2], axis=1))
    std = np.sqrt(rows["cov"][:, 0, 0]) / sizes
    reach = np.minimum(REACH + REACH_STD * std, MOST_REACH)
    coasting = rows["seen_s"] < rows["seen_s"].max(initial=-np.inf)
    fresh = np.arange(len(boxes))
    # Viewers choose first, then tentative faces, so that doubt never takes a viewer's face.
    for group in (np.flatnonzero(rows["viewer_id"] > 0), np.flatnonzero(rows["viewer_id"] == 0)):
        pairs, _, left = match(
            expected[group], boxes[fresh], reach[group], MAX_RATIO, COASTING * coasting[group]
        )
        own, found = group[pairs[:, 0]], fresh[pairs[:, 1]]
        _see(rows, own, boxes[found], scores[found], t_s, step_s)
        fresh = fresh[left]
        fresh = fresh[~doubles(boxes[fresh], boxes[found])]
        # Noise inside a hidden face (a hand over it) is no face; a face beside it may be one.
        hidden = np.delete(group, pairs[:, 0])
        fresh = fresh[~doubles(boxes[fresh], expected[hidden], least_overlap=1.0)]
    fresh = fresh[~weaker_doubles(boxes[fresh], scores[fresh])]
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
    rows : structured ndarray, shape (N,) or less
    asleep : structured ndarray, shape (M,) or less
        Those still asleep.
    """
    steady = (rows["hits"] >= 2) & (rows["hits"] >= BIRTH_SHARE * rows["looks"])
    sure = steady | (rows["trust"] >= SURE)
    able = np.flatnonzero((rows["viewer_id"] == 0) & (rows["seen_s"] == t_s) & sure)
    # A viewer coasting off its way may be back in its seat too.
    coasting = np.flatnonzero((rows["viewer_id"] > 0) & (rows["seen_s"] < t_s))
    away = np.concatenate([asleep, rows[coasting]])
    pairs = seats.reclaim(away, rows["box"][able], t_s)
    back, own = pairs[:, 0], able[pairs[:, 1]]
    for name in ("viewer_id", "seat", "sat_s", "stray", "left_s"):
        rows[name][own] = away[name][back]
    awake = back >= len(asleep)
    return np.delete(rows, coasting[back[awake] - len(asleep)]), np.delete(asleep, back[~awake])


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
    # How many times the evidence of a sure face this one needs.
    doubt = np.maximum(SURE * rows["hits"] / np.maximum(rows["trust"], 1e-9), 1) ** 2
    ready = (
        (rows["viewer_id"] == 0)
        & (rows["seen_s"] == t_s)
        & (rows["hits"] >= BIRTH_HITS * doubt)
        & (span_s >= BIRTH_S * doubt - 1e-9)
        & (rows["hits"] >= BIRTH_SHARE * rows["looks"])
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
    # Nobody is waited for longer than they were there; a few hits in many looks are noise.
    patience_s = np.where(viewer, np.clip(rows["sat_s"], DOUBT_S, coast_s), DOUBT_S)
    noise = ~seats.settled(rows) & (rows["hits"] < KEEP_SHARE * rows["looks"])
    over = (unseen_s > patience_s) | noise
    return rows[~over], rows[over & viewer & ~noise]


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
    seen["score"] = scores
    seats.learn(seen, boxes, step_s)
    rows[own] = seen
