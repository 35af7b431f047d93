"""Lifecycle: which tracks begin, go on and end.

Conventions
-----------
Rows are those of `track_table.py`; boxes are centre forms ``cx cy w h`` in pixels. A detector's
confidence counts relative to what it mostly gives a viewer: `typical_score`.

Evidence of a face is in seconds, so that it means the same at 3 looks a second and at 30: each
detection is worth the time since the last look, times a weight by the finder's confidence. It is in
the column ``evidence_s``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.tracker import motion, seats, static_faces
from laughtrack.tracker.boxes import duplicates, to_corners, weaker_duplicates
from laughtrack.tracker.detections import Appearance
from laughtrack.tracker.match import Matches, Spread, match
from laughtrack.tracker.settings import TrackerSettings
from laughtrack.tracker.track_table import new_rows


class Observation(NamedTuple):
    """One frame: `boxes` (M, 4) and `scores` (M,) in an order that does not depend on the caller's.

    `step_s` is seconds since the last frame, `typical_score` as above, `retried` (M,) bool and
    `appearance`, of these boxes in this order, as in `detections.py`, `settings` what it is all
    judged by.
    """

    boxes: np.ndarray
    scores: np.ndarray
    t_s: float
    step_s: float
    typical_score: float
    retried: np.ndarray
    settings: TrackerSettings
    appearance: Appearance | None = None


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
    settings = observation.settings
    sits = rows["still"]
    spread = _spread(rows, observation, expected)
    unseen_s = observation.t_s - observation.step_s - rows["seen_s"]
    unmatched_cost = (
        settings.unmatched_cost
        - unseen_s / settings.gone_s
        - settings.hidden_cost * (sits & (unseen_s > 1e-9))
    )
    unmatched_cost -= settings.tentative_cost * (rows["viewer_id"] == 0)
    certain = observation.scores >= settings.certain_share * observation.typical_score
    # What only a retry found may be a viewer that turned the head; nobody new is met that way.
    certain &= ~observation.retried
    first, rest = np.flatnonzero(certain), np.flatnonzero(~certain)
    pairs, lost, new = match(expected, observation.boxes[first], spread, unmatched_cost, settings)
    pairs[:, 1] = first[pairs[:, 1]]
    if len(rest):
        left = lost[rows["viewer_id"][lost] != 0]
        more, _, _ = match(
            expected[left],
            observation.boxes[rest],
            Spread(*(one[left] for one in spread)),
            unmatched_cost[left],
            settings,
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
    born["mean"], born["cov"] = motion.start(observation.boxes[new], observation.settings)
    _note_found(born, observation, new)
    first_s = observation.settings.first_evidence_s
    born["evidence_s"] = np.minimum(born["evidence_s"], first_s)
    static_faces.start(born, observation.boxes[new], observation.settings)
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
    new = new[may_be_born(rows[new], observation.settings)]
    rows["viewer_id"][new] = next_id + np.arange(len(new))
    rows["since_s"][new] = observation.t_s
    return next_id + len(new)


def end_tracks(
    rows: np.ndarray, t_s: float, coast_s: float, settings: TrackerSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Split tracks into those still followed and viewers who become inactive; false ones end.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
    t_s : float
        The time, seconds.
    coast_s : float
        How long a viewer in a seat who is not seen is followed, seconds.
    settings : TrackerSettings

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
        settings.coast_per_life * (rows["seen_s"] - rows["born_s"]),
        settings.tentative_s,
        max(settings.max_coast_s, coast_s),
    )
    patience_s = np.where(viewer, np.where(sits, coast_s, life_s), settings.tentative_s)
    noise = ~sits & (rows["hits"] < settings.keep_share * rows["searches"])
    over = (unseen_s > patience_s) | noise
    if not over.any():
        return rows, rows[:0]
    return rows[~over], rows[over & sits & viewer]


def _spread(rows: np.ndarray, observation: Observation, expected: np.ndarray) -> Spread:
    """How far off each expectation may be: by its motion, its seat, and the time not looked."""
    settings, sits = observation.settings, rows["still"]
    over_s = settings.sparse_s - settings.sparse_from_s
    sparse = min(max((observation.step_s - settings.sparse_from_s) / over_s, 0.0), 1.0)
    upward = 1 - sparse * (1 - settings.upward_share)
    moved = rows["cov"][:, :2, 0] / expected[:, 2:] ** 2 * (1.0, upward**2)
    std = np.sqrt(moved + settings.place_std**2)
    std = np.where(sits[:, None], np.minimum(std, settings.seat_std), std)
    ratio = rows["cov"][:, 2, 0] / expected[:, 2] ** 2
    young = settings.young_stays * (rows["sat_s"] < settings.still_s)
    stays = sparse * np.where(sits, settings.still_stays, young)
    return Spread(std, np.sqrt(ratio + settings.ratio_std**2), stays)


def evidence_s(scores: np.ndarray, step_s: float, settings: TrackerSettings) -> np.ndarray:
    """Return what detections are worth.

    Parameters
    ----------
    scores : ndarray, shape (N,), float64
        The finder's confidence in [0, 1].
    step_s : float
        Seconds since the last look.
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (N,), float64
        Seconds.
    """
    weights: np.ndarray = np.minimum((scores / settings.birth_score) ** 2, settings.max_weight)
    return min(step_s, settings.max_evidence_s) * weights


def may_be_born(rows: np.ndarray, settings: TrackerSettings) -> np.ndarray:
    """Say which tentative faces there is evidence enough of; rows (N,), bool (N,)."""
    return _is_steady(rows, settings) & (rows["evidence_s"] >= settings.birth_s - 1e-9)


def may_claim(rows: np.ndarray, settings: TrackerSettings) -> np.ndarray:
    """Say which tentative faces may be a viewer who is away; rows (N,), bool (N,)."""
    return _is_steady(rows, settings) & (rows["evidence_s"] >= settings.claim_s - 1e-9)


def _without_noise(
    observation: Observation,
    new: np.ndarray,
    found: np.ndarray,
    hidden: np.ndarray,
    vacant: np.ndarray,
) -> np.ndarray:
    """Those of the boxes `new` that may be faces, beside those found."""
    settings = observation.settings
    gates = settings.same_overlap, settings.same_share
    corners = to_corners(observation.boxes)
    new = new[~duplicates(corners[new], corners[found], *gates)]
    new = new[~weaker_duplicates(corners[new], observation.scores[new], *gates)]
    # Noise inside a hidden face (a hand over it) is no face; a face beside it may be one. So is
    # what is small inside a seat; a face as large may be that of the row behind.
    new = new[~duplicates(corners[new], to_corners(hidden), 1.0, settings.same_share)]
    small = duplicates(corners[new], to_corners(vacant), 1.0, settings.same_share)
    sides = observation.boxes[new, 2]
    return new[~(small & (sides < settings.small_share * vacant[:, 2].min(initial=np.inf)))]


def _note_found(rows: np.ndarray, observation: Observation, found: np.ndarray) -> None:
    """Note that the faces of `rows` were found in these boxes of the observation."""
    settings, boxes = observation.settings, observation.boxes[found]
    rows["mean"], rows["cov"] = motion.update(rows["mean"], rows["cov"], boxes, settings)
    rows["seen_s"] = observation.t_s
    rows["hits"] += 1
    rows["score_sum"] += observation.scores[found]
    rows["evidence_s"] += evidence_s(
        observation.scores[found], observation.step_s, observation.settings
    )
    rows["score"] = observation.scores[found]
    rows["retried"] = observation.retried[found]
    rows["box"] = to_corners(boxes)
    seats.update(rows, boxes, min(observation.step_s, settings.max_detection_s), settings)


def _is_steady(rows: np.ndarray, settings: TrackerSettings) -> np.ndarray:
    hits: np.ndarray = rows["hits"]
    return (hits >= settings.birth_hits) & (hits >= settings.birth_share * rows["searches"])
