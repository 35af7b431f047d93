"""Tracker: boxes in, viewers out.

Conventions
-----------
All patience is in seconds; steps may be uneven. A face is *tentative* until there is evidence
enough, then a *viewer* with an ID from 1 that is never given again. A viewer not seen *coasts* on
its predicted way for `coast_s`, then is *asleep*: known by its seat for `memory_s` (`seats.py`),
and awake again when a face appears there (`reidentification.py`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.tracker import (
    camera_motion,
    lifecycle,
    motion,
    reidentification,
    seats,
    static_faces,
)
from laughtrack.tracker.boxes import check_boxes, check_scores, to_centre, to_corners
from laughtrack.tracker.detections import Detections
from laughtrack.tracker.track_table import from_lists, no_rows, to_lists

VERSION = 2
# Confidence that detectors mostly give a viewer: what is taken for granted, and over how many
# seconds it is learnt.
USUAL, USUAL_S = 0.6, 5.0
# Small hits inside a seat that nobody has been seen in for less than this are noise.
VACANT_S = 30.0
# The first look stands for so many seconds.
FIRST_STEP_S = 0.5


class Track(NamedTuple):
    """A viewer now: `viewer_id` from 1; `box` (4,) float64, x1 y1 x2 y2 in pixels; `seen` bool.

    The box is the detected one and `score` its confidence in [0, 1]; or the predicted one, and 0,
    when no face was found (`seen` False).
    """

    viewer_id: int
    box: np.ndarray
    seen: bool
    score: float


class Tracker:
    """Gives every face one viewer ID for as long as it can be followed or remembered.

    Parameters
    ----------
    coast_s : float
        How long a viewer not seen is still reported, at the predicted place; seconds.
    memory_s : float
        How long the seat of a viewer not seen is kept; seconds since last seen.
    """

    def __init__(self, coast_s=1.0, memory_s=1800.0):
        if not 0 <= coast_s <= memory_s:
            raise ValueError(f"expected 0 <= coast_s <= memory_s, got {coast_s} and {memory_s}")
        self._coast_s = float(coast_s)
        self._memory_s = float(memory_s)
        self._t_s = None
        self._next_id = 1
        self._scene = 0
        self._usual = USUAL
        self._awake = no_rows()
        self._asleep = no_rows()

    def expected(self, t_s):
        """Boxes where known faces are expected; changes nothing.

        Parameters
        ----------
        t_s : float
            Seconds since the session began, not before the last update.

        Returns
        -------
        ndarray, shape (N, 4), float64
            ``x1 y1 x2 y2`` in pixels: tentative faces, viewers followed or coasting, and the seats
            of viewers asleep. Shape (0, 4) when nobody is known.

        Raises
        ------
        ValueError
            If `t_s` is no finite number or lies before the last update.
        """
        t_s = self._check_time(t_s, again=True)
        asleep = self._asleep[seats.remembered(self._asleep, t_s, self._memory_s)]
        asleep = asleep[asleep["scene"] == self._scene]
        awake = motion.expected_centres(self._carried(t_s)["mean"])
        return to_corners(np.concatenate([awake, reidentification.places(asleep, t_s)]))

    def update(self, t_s: float, detections: Detections) -> list[Track]:
        """Take the faces found at one time, and say who is there.

        Parameters
        ----------
        t_s : float
            Seconds since the session began, later than the last update.
        detections : Detections
            `searched` is about the boxes of `expected` at this time. After a cut everybody falls
            asleep, and is known again only where seats match.

        Returns
        -------
        list of Track
            Viewers seen now or coasting, by viewer_id. Empty when there is none.

        Raises
        ------
        ValueError
            If time does not go forward, or a box, a score or `searched` is wrong; nothing has
            changed then.
        """
        t_s = self._check_time(t_s)
        boxes = check_boxes(detections.boxes)
        scores = check_scores(detections.scores, len(boxes))
        # In an order of their own, so that the caller's makes no difference.
        order = np.lexsort((scores, *boxes.T))
        step_s = FIRST_STEP_S if self._t_s is None else t_s - self._t_s
        look = lifecycle.Look(to_centre(boxes[order]), scores[order], t_s, step_s, self._usual)
        rows, asleep, scene = self._scene_now(t_s, detections)
        rows, asleep = self._follow(rows, asleep, look, scene)
        rows["scene"] = scene
        next_id = lifecycle.confirm(rows, self._next_id, look)
        seen = rows["seen_s"] == t_s
        static_faces.learn(rows, seen, step_s)
        known = rows["score"][seen & (rows["viewer_id"] > 0)]
        if len(known):
            self._usual -= float(np.expm1(-step_s / USUAL_S) * (known.mean() - self._usual))
        elif next_id == 1 and len(look.scores):
            # While nobody is known, most of what is found shows faces.
            self._usual = float(np.median(look.scores))
        rows, tired = lifecycle.end(rows, t_s, self._coast_s)
        self._awake, self._asleep = rows, np.concatenate([asleep, tired])
        self._next_id, self._t_s, self._scene = next_id, t_s, scene
        return _tracks(rows, t_s, self._coast_s)

    def _scene_now(self, t_s, detections):
        """Copies of the rows awake (carried on to `t_s`) and asleep, and the scene's number."""
        rows, asleep = self._carried(t_s), self._asleep
        searched = detections.searched
        rows["looked"] = True if searched is None else self._check_searched(searched)
        rows["looks"] += rows["looked"]
        if len(asleep):
            asleep = asleep[seats.remembered(asleep, t_s, self._memory_s)]
        if not detections.after_cut:
            return rows, asleep, self._scene
        # Nobody is followed across a cut.
        return rows[:0], np.concatenate([asleep, rows[rows["viewer_id"] != 0]]), self._scene + 1

    def _follow(self, rows, asleep, look, scene):
        """Pair rows with the look's faces, minding the camera; wake those who are back."""
        expected = motion.expected_centres(rows["mean"])
        paired = lifecycle.pair(rows, look, expected)
        if camera_motion.upset(expected, look.boxes, paired[0]):
            late = asleep[(asleep["seen_s"] > look.t_s - camera_motion.RECENT_S)]
            known = np.concatenate([expected[rows["viewer_id"] != 0], late["seat"]])
            by = camera_motion.knock(known, look.boxes)
            if by is not None:
                camera_motion.shift(rows, by)
                camera_motion.shift(asleep, by)
                expected = motion.expected_centres(rows["mean"])
                paired = lifecycle.pair(rows, look, expected)
        vacant = asleep["seat"][asleep["seen_s"] > look.t_s - VACANT_S]
        rows = lifecycle.follow(rows, look, expected, paired, vacant)
        rows, asleep = reidentification.wake(rows, asleep, look.t_s, scene)
        by = camera_motion.turn(rows[rows["seen_s"] == look.t_s])
        if by is not None:
            camera_motion.shift_seats(rows, by)
            camera_motion.shift(asleep, by)
        return rows, asleep

    def state(self):
        """Return all that is remembered, for `restore`.

        Returns
        -------
        dict
            Of plain numbers and lists; through JSON and back it is the same to the last bit.
        """
        return {
            "version": VERSION,
            "coast_s": self._coast_s,
            "memory_s": self._memory_s,
            "t_s": self._t_s,
            "next_id": self._next_id,
            "scene": self._scene,
            "usual": self._usual,
            "awake": to_lists(self._awake),
            "asleep": to_lists(self._asleep),
        }

    def restore(self, state):
        """Carry on from a `state` as if there had been no break.

        Parameters
        ----------
        state : dict
            From `state`, also after JSON.

        Raises
        ------
        ValueError
            If it is of another version or not a whole state; nothing has changed then.
        """
        version = state.get("version") if isinstance(state, dict) else None
        if version != VERSION:
            raise ValueError(f"tracker state: expected version {VERSION}, got {version!r}")
        try:
            awake, asleep = from_lists(state["awake"]), from_lists(state["asleep"])
            coast_s, memory_s = float(state["coast_s"]), float(state["memory_s"])
            next_id, t_s = int(state["next_id"]), state["t_s"]
            t_s = None if t_s is None else float(t_s)
            scene, usual = int(state["scene"]), float(state["usual"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"tracker state: broken ({error!r})") from error
        self._awake, self._asleep = awake, asleep
        self._coast_s, self._memory_s = coast_s, memory_s
        self._next_id, self._t_s, self._scene, self._usual = next_id, t_s, scene, usual

    def _check_time(self, t_s, again=False):
        t_s = float(t_s)
        late = self._t_s is None or t_s > self._t_s or (again and t_s == self._t_s)
        if not np.isfinite(t_s) or not late:
            raise ValueError(f"t_s: expected seconds later than {self._t_s}, got {t_s}")
        return t_s

    def _check_searched(self, searched):
        """Those of `searched` that are about faces awake."""
        searched = np.asarray(searched)
        if searched.dtype != bool or searched.ndim != 1 or len(searched) < len(self._awake):
            raise ValueError(
                f"searched: expected bool, shape (L,) as of `expected`, got {searched.dtype},"
                f" shape {searched.shape} for {len(self._awake)} faces or more"
            )
        return searched[: len(self._awake)]

    def _carried(self, t_s):
        """Copy of the rows awake, carried on to `t_s`."""
        rows = self._awake.copy()
        if len(rows) and t_s > self._t_s:
            lost = rows["seen_s"] < self._t_s
            rows["mean"], rows["cov"] = motion.predict(
                rows["mean"], rows["cov"], t_s - self._t_s, rows["still"], lost
            )
        return rows


def _tracks(rows, t_s, coast_s):
    """Reports of the viewers among `rows`, by viewer_id."""
    rows = rows[(rows["viewer_id"] > 0) & (t_s - rows["seen_s"] <= coast_s)]
    rows = rows[np.argsort(rows["viewer_id"])]
    seen = rows["seen_s"] == t_s
    boxes, scores = rows["box"], np.where(seen, rows["score"], 0.0)
    if not seen.all():
        boxes = np.where(seen[:, None], boxes, to_corners(motion.expected_centres(rows["mean"])))
    reports = zip(rows["viewer_id"].tolist(), boxes, seen.tolist(), scores.tolist())
    return list(map(Track._make, reports))
