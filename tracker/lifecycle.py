"""Lives: what begins, goes on and ends among the faces being followed.

Conventions
-----------
Rows are those of `rows.py`; boxes are centre forms ``cx cy w h`` in pixels. A detector's
confidence means something beside that of the faces it is sure of: `usual` is what it mostly gives
a viewer.
"""

from typing import NamedTuple

import numpy as np

from laughtrack.tracker import motion, seats, static_faces
from laughtrack.tracker.boxes import doubles, to_corners, weaker_doubles
from laughtrack.tracker.match import match
from laughtrack.tracker.track_table import no_rows

# What is added to the variance of a prediction (box sizes): heads turn, and Haar's boxes with them.
PLACE_STD, RATIO_STD = 0.15, 0.15
# A face that sits is expected within so much of its place, however long it has been unseen.
SEAT_STD = 0.35
# What it costs to leave a face and a box without each other: more binds more loosely. Less for one
# not seen for some time, which may be gone; for one that sits and is hidden, lest it goes off with
# who passes by; and for tentative ones, so that doubt does not take a viewer's face.
SPARE = 2.0
GONE_S = 2.0
HIDDEN_COST = 1.0
TENTATIVE_COST = 1.0
# A box of less than this share of the usual confidence is doubtful: it may show a viewer, and
# nobody new.
DOUBTFUL = 0.7
# A viewer is born after so many sights of this confidence, over this long, in at least this share
# of looks. One half as sure needs four times the sights, over four times as long.
SURE = 0.7
BIRTH_HITS, BIRTH_S, BIRTH_SHARE = 2, 0.125, 0.6
# A sight after a long step stands for no more than this many seconds of sitting.
LONGEST_SIGHT_S = 0.5
# What has no seat yet and is there in fewer looks than this is noise.
KEEP_SHARE = 0.35
# Of this share of the width of the faces in seats, or less, is what is noise inside a seat.
SMALL = 0.5
# A tentative face unseen for this long was none.
DOUBT_S = 0.5
# Who has no seat is waited for this many times as long as they were there, and so long at most.
PER_LIFE, WALK_S = 3.0, 5.0


class Look(NamedTuple):
    """One look: boxes, their scores, when, seconds since the last one, and `usual` as above.

    `boxes` (M, 4) and `scores` (M,) in an order that does not depend on the caller's.
    """

    boxes: np.ndarray
    scores: np.ndarray
    t_s: float
    step_s: float
    usual: float


def pair(rows, look, expected):
    """Pair the faces followed with the boxes found: sure ones first, then doubtful ones.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces, predicted to the time of the look.
    look : Look
    expected : ndarray, shape (N, 4), float64
        Where they are expected.

    Returns
    -------
    pairs : ndarray, shape (K, 2), int
        Rows and boxes.
    lost : ndarray, shape (N - K,), int
        Rows left over.
    fresh : ndarray, shape (L,), int
        Sure boxes left over.
    """
    widths = expected[:, 2] ** 2
    std = np.sqrt(rows["cov"][:, 0, 0] / widths + PLACE_STD**2)
    ratio_std = np.sqrt(rows["cov"][:, 2, 0] / widths + RATIO_STD**2)
    sits = rows["still"]
    std = np.where(sits, np.minimum(std, SEAT_STD), std)
    unseen_s = look.t_s - look.step_s - rows["seen_s"]
    spare = SPARE - unseen_s / GONE_S - HIDDEN_COST * (sits & (unseen_s > 1e-9))
    spare -= TENTATIVE_COST * (rows["viewer_id"] == 0)
    sure = look.scores >= DOUBTFUL * look.usual
    first, rest = np.flatnonzero(sure), np.flatnonzero(~sure)
    pairs, lost, fresh = match(expected, look.boxes[first], std, ratio_std, spare)
    pairs[:, 1] = first[pairs[:, 1]]
    if len(rest):
        left = lost[rows["viewer_id"][lost] != 0]
        more, _, _ = match(
            expected[left], look.boxes[rest], std[left], ratio_std[left], spare[left]
        )
        more = np.stack([left[more[:, 0]], rest[more[:, 1]]], axis=1)
        pairs = np.concatenate([pairs, more])
        lost = np.setdiff1d(lost, more[:, 0], assume_unique=True)
    return pairs, lost, first[fresh]


def follow(rows, look, expected, paired, vacant):
    """Take the faces found into the rows; what is left over is born.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place.
    look : Look
    expected : ndarray, shape (N, 4), float64
    paired : tuple
        What `pair` returned.
    vacant : ndarray, shape (K, 4), float64
        Seats of viewers not seen for some seconds.

    Returns
    -------
    structured ndarray, shape (N + births,)
    """
    pairs, lost, fresh = paired
    seen = rows[pairs[:, 0]]
    _see(seen, look, pairs[:, 1])
    rows[pairs[:, 0]] = seen
    if len(fresh):
        fresh = _no_noise(look, fresh, pairs[:, 1], expected[lost], vacant)
    if not len(fresh):
        return rows
    born = no_rows(len(fresh))
    born["born_s"] = look.t_s
    born["looked"] = born["looks"] = 1
    born["mean"], born["cov"] = motion.start(look.boxes[fresh])
    _see(born, look, fresh)
    static_faces.start(born, look.boxes[fresh])
    return np.concatenate([rows, born])


def confirm(rows, next_id, look):
    """Make viewers of tentative faces with evidence enough.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place.
    next_id : int
        The first ID not given yet.
    look : Look

    Returns
    -------
    int
        The first ID not given yet.
    """
    new = np.flatnonzero((rows["viewer_id"] == 0) & (rows["seen_s"] == look.t_s))
    if not len(new):
        return next_id
    hits, trust = rows["hits"][new], rows["trust"][new]
    # How many times the evidence of a sure face this one needs.
    doubt = (SURE * hits / np.maximum(trust, 1e-9)) ** 2
    ready = (hits >= BIRTH_HITS) & (hits >= BIRTH_HITS * doubt - 1e-9)
    ready &= look.t_s - rows["born_s"][new] >= BIRTH_S * doubt - 1e-9
    ready &= hits >= BIRTH_SHARE * rows["looks"][new]
    new = new[ready]
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
        How long a viewer in a seat who is not seen is followed, seconds.

    Returns
    -------
    awake, tired : structured ndarray
        Together at most N.
    """
    unseen_s = t_s - rows["seen_s"]
    lost = unseen_s > 0
    if not lost.any():
        return rows, rows[:0]
    viewer, sits = rows["viewer_id"] != 0, rows["settled"]
    life_s = np.clip(PER_LIFE * (rows["seen_s"] - rows["born_s"]), DOUBT_S, max(WALK_S, coast_s))
    patience_s = np.where(viewer, np.where(sits, coast_s, life_s), DOUBT_S)
    noise = ~sits & (rows["hits"] < KEEP_SHARE * rows["looks"])
    over = (unseen_s > patience_s) | noise
    if not over.any():
        return rows, rows[:0]
    return rows[~over], rows[over & sits & viewer]


def _no_noise(look, fresh, found, hidden, vacant):
    """Those of the boxes `fresh` that may be faces, beside those found."""
    corners = to_corners(look.boxes)
    fresh = fresh[~doubles(corners[fresh], corners[found])]
    fresh = fresh[~weaker_doubles(corners[fresh], look.scores[fresh])]
    # Noise inside a hidden face (a hand over it) is no face; a face beside it may be one. So is
    # what is small inside a seat; a face as large may be that of the row behind.
    fresh = fresh[~doubles(corners[fresh], to_corners(hidden), least_overlap=1.0)]
    small = doubles(corners[fresh], to_corners(vacant), least_overlap=1.0)
    sides = look.boxes[fresh, 2]
    return fresh[~(small & (sides < SMALL * vacant[:, 2].min(initial=np.inf)))]


def _see(rows, look, found):
    """Note that the faces of `rows` were found in these boxes of the look."""
    boxes = look.boxes[found]
    rows["mean"], rows["cov"] = motion.update(rows["mean"], rows["cov"], boxes)
    rows["seen_s"] = look.t_s
    rows["hits"] += 1
    rows["trust"] += look.scores[found]
    rows["score"] = look.scores[found]
    rows["box"] = to_corners(boxes)
    seats.learn(rows, boxes, min(look.step_s, LONGEST_SIGHT_S))
