"""Lifecycle: which tracks begin, go on and end.

Conventions
-----------
Rows are those of `track_table.py`; boxes are centre forms ``cx cy w h`` in pixels. A detector's
confidence counts relative to what it mostly gives a viewer: `typical_score`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.tracker import motion, seats, static_faces
from laughtrack.tracker.boxes import duplicates, to_corners, weaker_duplicates
from laughtrack.tracker.match import Matches, match
from laughtrack.tracker.track_table import new_rows

# What is added to the variance of a prediction (box sizes): heads turn, and Haar's boxes with them.
PLACE_STD, RATIO_STD = 0.15, 0.15
# A face that sits is expected within so much of its place, however long it has been unseen.
SEAT_STD = 0.35
# What it costs to leave a face and a box unmatched: more allows pairs farther apart. Less for a
# face not seen for some time, which may be gone; for one that sits and is hidden, lest it takes the
# box of a passer-by; and for tentative ones, lest they take a viewer's box.
UNMATCHED_COST = 2.0
GONE_S = 2.0
HIDDEN_COST = 1.0
TENTATIVE_COST = 1.0
# A box of less than this share of the typical score may show a viewer, and nobody new.
CERTAIN_SHARE = 0.7
# A viewer is born after so many detections of this confidence, over this long, in at least this
# share of searches. Half the confidence needs four times the detections, over four times as long.
BIRTH_SCORE = 0.7
BIRTH_HITS, BIRTH_S, BIRTH_SHARE = 2, 0.125, 0.6
# A detection after a long step stands for no more than this many seconds of sitting.
MAX_DETECTION_S = 0.5
# What has no seat yet and is found in fewer searches than this is noise.
KEEP_SHARE = 0.35
# A box inside a vacant seat, of less than this share of that face's width, is noise.
SMALL_SHARE = 0.5
# A tentative face unseen for this long was a false detection.
TENTATIVE_S = 0.5
# Who has no seat coasts for this many times as long as they were there, and so long at most.
COAST_PER_LIFE, MAX_COAST_S = 3.0, 5.0


class Observation(NamedTuple):
    """One frame: `boxes` (M, 4) and `scores` (M,) in an order that does not depend on the caller's.

    `step_s` is seconds since the last frame, `typical_score` as above.
    """

    boxes: np.ndarray
    scores: np.ndarray
    t_s: float
    step_s: float
    typical_score: float


def associate(rows: np.ndarray, observation: Observation, expected: np.ndarray) -> Matches:
    """Match tracks with the boxes found: first those of good scores, then the others.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Tracks, predicted to the time of the frame.
    observation : Observation
    expected : ndarray, shape (N, 4), float64
        Where they are expected.

    Returns
    -------
    Matches
        Of rows and boxes; `new` are the boxes of good scores alone.
    """
    widths = expected[:, 2] ** 2
    std = np.sqrt(rows["cov"][:, 0, 0] / widths + PLACE_STD**2)
    ratio_std = np.sqrt(rows["cov"][:, 2, 0] / widths + RATIO_STD**2)
    sits = rows["still"]
    std = np.where(sits, np.minimum(std, SEAT_STD), std)
    unseen_s = observation.t_s - observation.step_s - rows["seen_s"]
    unmatched_cost = UNMATCHED_COST - unseen_s / GONE_S - HIDDEN_COST * (sits & (unseen_s > 1e-9))
    unmatched_cost -= TENTATIVE_COST * (rows["viewer_id"] == 0)
    certain = observation.scores >= CERTAIN_SHARE * observation.typical_score
    first, rest = np.flatnonzero(certain), np.flatnonzero(~certain)
    pairs, lost, new = match(expected, observation.boxes[first], std, ratio_std, unmatched_cost)
    pairs[:, 1] = first[pairs[:, 1]]
    if len(rest):
        left = lost[rows["viewer_id"][lost] != 0]
        more, _, _ = match(
            expected[left],
            observation.boxes[rest],
            std[left],
            ratio_std[left],
            unmatched_cost[left],
        )
        more = np.stack([left[more[:, 0]], rest[more[:, 1]]], axis=1)
        pairs = np.concatenate([pairs, more])
        lost = np.setdiff1d(lost, more[:, 0], assume_unique=True)
    return Matches(pairs, lost, first[new])


def update_tracks(
    rows: np.ndarray,
    observation: Observation,
    expected: np.ndarray,
    matches: Matches,
    vacant: np.ndarray,
) -> np.ndarray:
    """Take the matched boxes into the rows; the boxes left over begin tracks.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place.
    observation : Observation
    expected : ndarray, shape (N, 4), float64
    matches : Matches
        What `associate` returned.
    vacant : ndarray, shape (K, 4), float64
        Seats of viewers not seen for some seconds.

    Returns
    -------
    structured ndarray, shape (N + births,)
    """
    pairs, lost, new = matches
    seen = rows[pairs[:, 0]]
    _note_found(seen, observation, pairs[:, 1])
    rows[pairs[:, 0]] = seen
    if len(new):
        new = _without_noise(observation, new, pairs[:, 1], expected[lost], vacant)
    if not len(new):
        return rows
    born = new_rows(len(new))
    born["born_s"] = observation.t_s
    born["searched"] = born["searches"] = 1
    born["mean"], born["cov"] = motion.start(observation.boxes[new])
    _note_found(born, observation, new)
    static_faces.start(born, observation.boxes[new])
    return np.concatenate([rows, born])


def confirm_tracks(rows: np.ndarray, next_id: int, observation: Observation) -> int:
    """Give tentative tracks with evidence enough their viewer IDs.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Changed in place.
    next_id : int
        The first ID not given yet.
    observation : Observation

    Returns
    -------
    int
        The first ID not given yet.
    """
    new = np.flatnonzero((rows["viewer_id"] == 0) & (rows["seen_s"] == observation.t_s))
    if not len(new):
        return next_id
    hits, score_sum = rows["hits"][new], rows["score_sum"][new]
    # How many times the evidence of a face of good score this one needs.
    doubt = (BIRTH_SCORE * hits / np.maximum(score_sum, 1e-9)) ** 2
    ready = (hits >= BIRTH_HITS) & (hits >= BIRTH_HITS * doubt - 1e-9)
    ready &= observation.t_s - rows["born_s"][new] >= BIRTH_S * doubt - 1e-9
    ready &= hits >= BIRTH_SHARE * rows["searches"][new]
    new = new[ready]
    rows["viewer_id"][new] = next_id + np.arange(len(new))
    return next_id + len(new)


def end_tracks(rows: np.ndarray, t_s: float, coast_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Split tracks into those still followed and viewers who become inactive; false ones end.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
    t_s : float
        The time, seconds.
    coast_s : float
        How long a viewer in a seat who is not seen is followed, seconds.

    Returns
    -------
    active, inactive : structured ndarray
        Together at most N.
    """
    unseen_s = t_s - rows["seen_s"]
    lost = unseen_s > 0
    if not lost.any():
        return rows, rows[:0]
    viewer, sits = rows["viewer_id"] != 0, rows["seated"]
    life_s = np.clip(
        COAST_PER_LIFE * (rows["seen_s"] - rows["born_s"]), TENTATIVE_S, max(MAX_COAST_S, coast_s)
    )
    patience_s = np.where(viewer, np.where(sits, coast_s, life_s), TENTATIVE_S)
    noise = ~sits & (rows["hits"] < KEEP_SHARE * rows["searches"])
    over = (unseen_s > patience_s) | noise
    if not over.any():
        return rows, rows[:0]
    return rows[~over], rows[over & sits & viewer]


def _without_noise(
    observation: Observation,
    new: np.ndarray,
    found: np.ndarray,
    hidden: np.ndarray,
    vacant: np.ndarray,
) -> np.ndarray:
    """Those of the boxes `new` that may be faces, beside those found."""
    corners = to_corners(observation.boxes)
    new = new[~duplicates(corners[new], corners[found])]
    new = new[~weaker_duplicates(corners[new], observation.scores[new])]
    # Noise inside a hidden face (a hand over it) is no face; a face beside it may be one. So is
    # what is small inside a seat; a face as large may be that of the row behind.
    new = new[~duplicates(corners[new], to_corners(hidden), least_overlap=1.0)]
    small = duplicates(corners[new], to_corners(vacant), least_overlap=1.0)
    sides = observation.boxes[new, 2]
    return new[~(small & (sides < SMALL_SHARE * vacant[:, 2].min(initial=np.inf)))]


def _note_found(rows: np.ndarray, observation: Observation, found: np.ndarray) -> None:
    """Note that the faces of `rows` were found in these boxes of the observation."""
    boxes = observation.boxes[found]
    rows["mean"], rows["cov"] = motion.update(rows["mean"], rows["cov"], boxes)
    rows["seen_s"] = observation.t_s
    rows["hits"] += 1
    rows["score_sum"] += observation.scores[found]
    rows["score"] = observation.scores[found]
    rows["box"] = to_corners(boxes)
    seats.update(rows, boxes, min(observation.step_s, MAX_DETECTION_S))
