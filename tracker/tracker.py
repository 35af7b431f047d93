"""Tracker: boxes in, viewers out.

Conventions
-----------
All patience is in seconds; steps may be uneven. A face is *tentative* until there is evidence
enough, then a *viewer* with an ID from 1 that is never given again. A viewer not seen *coasts* on
its predicted way for `coast_s`, then is *inactive*: known by its seat for `memory_s` (`seats.py`),
and *active* again when a face appears there (`reidentification.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from laughtrack.tracker import (
    camera_motion,
    lifecycle,
    motion,
    seats,
    static_faces,
)
from laughtrack.tracker.boxes import (
    check_boxes,
    check_flags,
    check_scores,
    to_centre,
    to_corners,
)
from laughtrack.tracker.detections import Detections
from laughtrack.tracker.identity import appearance, doubtful_places, reidentification
from laughtrack.tracker.settings import DEFAULTS, TrackerSettings
from laughtrack.tracker.track_table import from_lists, new_rows, to_lists
from laughtrack.tracker.tracks import Correction, FollowedFace, Track, report

VERSION = 2
NO_SCENE = -1


class Tracker:
    """Gives every face one viewer ID for as long as it can be followed or remembered.

    Parameters
    ----------
    coast_s : float
        How long a viewer not seen is still reported, at the predicted place; seconds.
    memory_s : float
        How long the seat of a viewer not seen is kept; seconds since last seen.
    settings : TrackerSettings
        Everything else that it assumes; no part of `state`.

    Attributes
    ----------
    corrections : list of Correction
        What the last update showed of earlier ones.
    """

    def __init__(
        self,
        coast_s: float = 1.0,
        memory_s: float = 1800.0,
        settings: TrackerSettings = DEFAULTS,
    ) -> None:
        if not 0 <= coast_s <= memory_s:
            raise ValueError(f"expected 0 <= coast_s <= memory_s, got {coast_s} and {memory_s}")
        self._coast_s = float(coast_s)
        self._memory_s = float(memory_s)
        self._settings = settings
        self._t_s: float | None = None
        self._next_id = 1
        self._scene = 0
        self._typical_score = settings.typical_score
        self._active = new_rows()
        self._inactive = new_rows()
        self._doubtful = doubtful_places.new_places()
        self.corrections: list[Correction] = []

    @property
    def follows_any(self) -> bool:
        """Whether any face is followed or coasting: if not, an empty frame changes nothing."""
        return len(self._active) > 0

    def expected(self, t_s: float) -> np.ndarray:
        """Boxes where known faces are expected; changes nothing.

        Parameters
        ----------
        t_s : float
            Seconds since the session began, not before the last update.

        Returns
        -------
        ndarray, shape (N, 4), float64
            ``x1 y1 x2 y2`` in pixels: tentative faces, viewers followed or coasting, and the seats
            of inactive viewers. Shape (0, 4) when nobody is known.

        Raises
        ------
        ValueError
            If `t_s` is no finite number or lies before the last update.
        """
        t_s = self._check_time(t_s, again=True)
        inactive = self._inactive[
            seats.remembered(self._inactive, t_s, self._memory_s, self._settings)
        ]
        inactive = inactive[inactive["scene"] == self._scene]
        active = motion.expected_centres(self._predicted(t_s)["mean"])
        return to_corners(
            np.concatenate(
                [active, reidentification.possible_places(inactive, t_s, self._settings)]
            )
        )

    def update(self, t_s: float, detections: Detections) -> list[Track]:
        """Take the faces found at one time, and say who is there.

        Parameters
        ----------
        t_s : float
            Seconds since the session began, later than the last update.
        detections : Detections
            `searched` is about the boxes of `expected` at this time. After a cut all viewers are
            inactive, and known again by looks and places (`appearance.py`), or by seats where
            nothing is known of looks.

        Returns
        -------
        list of Track
            Viewers seen now or coasting, by viewer_id. Empty when there is none.

        Raises
        ------
        ValueError
            If time does not go forward, or a box, a score, `searched` or `appearance` is
            wrong; nothing has changed then.
        """
        t_s = self._check_time(t_s)
        boxes = check_boxes(detections.boxes)
        scores = check_scores(detections.scores, len(boxes))
        settings = self._settings
        # Sorted, so that the caller's order makes no difference.
        order = np.lexsort((scores, *boxes.T))
        step_s = settings.first_step_s if self._t_s is None else t_s - self._t_s
        observation = lifecycle.Observation(
            to_centre(boxes[order]),
            scores[order],
            t_s,
            step_s,
            self._typical_score,
            check_flags(detections.retried, len(boxes))[order],
            settings,
            appearance.checked(detections.appearance, order),
        )
        rows, inactive, scene = self._begin_step(t_s, detections)
        rows, inactive = self._associate(rows, inactive, observation, scene)
        rows["scene"] = scene
        next_id = lifecycle.confirm_tracks(rows, self._next_id, observation)
        self._doubtful = doubtful_places.note(self._doubtful, rows, t_s, settings)
        seen = rows["seen_s"] == t_s
        self.corrections = static_faces.update(rows, seen, t_s, step_s, settings)
        known = rows["score"][seen & (rows["viewer_id"] > 0) & ~rows["retried"]]
        if len(known):
            self._typical_score -= float(
                np.expm1(-step_s / settings.typical_score_s) * (known.mean() - self._typical_score)
            )
        elif next_id == 1 and not observation.retried.all():
            # While nobody is known, most detections are faces.
            self._typical_score = float(np.median(observation.scores[~observation.retried]))
        rows, retired = lifecycle.end_tracks(rows, t_s, self._coast_s, settings)
        self._active, self._inactive = rows, np.concatenate([inactive, retired])
        self._next_id, self._t_s, self._scene = next_id, t_s, scene
        return report(rows, t_s, self._coast_s)

    def unjudged(self) -> list[FollowedFace]:
        """Return the faces found at the last update of which `judge` may say more."""
        rows = self._active
        rows = rows[(rows["seen_s"] == self._t_s) & (rows["viewer_id"] != 0)]
        rows = rows[rows["verdict"] < static_faces.MOVED_TIMES]
        faces = zip(rows["viewer_id"].tolist(), rows["box"], rows["verdict"].tolist())
        return [FollowedFace(abs(n), box, n < 0, verdict) for n, box, verdict in faces]

    def judge(self, verdicts: dict[int, int]) -> None:
        """Set faces' verdicts of `static_faces.py`, by viewer ID.

        The next update reports them as that, and corrects what was reported before.
        """
        for i, number in enumerate(self._active["viewer_id"].tolist()):
            if abs(number) in verdicts:
                row, verdict = self._active[i], verdicts[abs(number)]
                if verdict == static_faces.PRINTED and row["verdict"] >= static_faces.LIVED_TIMES:
                    row["since_s"] = self._t_s
                row["verdict"] = verdict

    def _begin_step(self, t_s: float, detections: Detections) -> tuple[np.ndarray, np.ndarray, int]:
        """Copies of the active rows, predicted to `t_s`, the inactive ones, the scene's number."""
        rows, inactive = self._predicted(t_s), self._inactive
        searched = detections.searched
        rows["searched"] = True if searched is None else self._check_searched(searched)
        rows["searches"] += rows["searched"]
        if len(inactive):
            inactive = inactive[seats.remembered(inactive, t_s, self._memory_s, self._settings)]
        if not detections.after_cut:
            looks = detections.appearance
            cut = np.isin(rows["viewer_id"], [] if looks is None else looks.replaced)
            # Who is not followed across a cut of a part of the picture is of no scene.
            gone = rows[cut & (rows["viewer_id"] != 0)]
            gone["scene"] = NO_SCENE
            return rows[~cut], np.concatenate([inactive, gone]), self._scene
        # Nobody is followed across a cut.
        self._doubtful = self._doubtful[:0]
        return rows[:0], np.concatenate([inactive, rows[rows["viewer_id"] != 0]]), self._scene + 1

    def _associate(
        self, rows: np.ndarray, inactive: np.ndarray, observation: lifecycle.Observation, scene: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Match rows with the faces found, minding camera motion; re-identify who is back."""
        settings = self._settings
        expected = motion.expected_centres(rows["mean"])
        matches = lifecycle.associate(rows, observation, expected)
        if camera_motion.jumped(expected, observation.boxes, matches.pairs, settings):
            late = inactive[(inactive["seen_s"] > observation.t_s - settings.jump_recent_s)]
            known = np.concatenate([expected[rows["viewer_id"] != 0], late["seat"]])
            offset = camera_motion.find_jump(known, observation.boxes, settings)
            if offset is not None:
                camera_motion.shift_tracks(rows, offset)
                camera_motion.shift_tracks(inactive, offset)
                expected = motion.expected_centres(rows["mean"])
                matches = lifecycle.associate(rows, observation, expected)
                self._doubtful = camera_motion.shifted(self._doubtful, offset)
        matches = doubtful_places.without_takeovers(
            matches, self._doubtful, rows, observation, expected
        )
        vacant = inactive["seat"][inactive["seen_s"] > observation.t_s - settings.vacant_s]
        rows = lifecycle.update_tracks(rows, observation, expected, matches, vacant)
        rows, inactive = reidentification.reidentify(
            rows, inactive, self._doubtful, observation, scene
        )
        offset = camera_motion.find_drift(rows[rows["seen_s"] == observation.t_s], settings)
        if offset is not None:
            camera_motion.shift_seats(rows, offset)
            camera_motion.shift_tracks(inactive, offset)
            self._doubtful = camera_motion.shifted(self._doubtful, offset)
        return rows, inactive

    def state(self) -> dict[str, Any]:
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
            "usual": self._typical_score,
            "awake": to_lists(self._active),
            "asleep": to_lists(self._inactive),
            "doubtful": doubtful_places.to_lists(self._doubtful),
        }

    def restore(self, state: dict[str, Any]) -> None:
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
            active, inactive = from_lists(state["awake"]), from_lists(state["asleep"])
            coast_s, memory_s = float(state["coast_s"]), float(state["memory_s"])
            next_id, t_s = int(state["next_id"]), state["t_s"]
            t_s = None if t_s is None else float(t_s)
            scene, typical_score = int(state["scene"]), float(state["usual"])
            # Earlier versions knew of no such places.
            none = doubtful_places.to_lists(doubtful_places.new_places())
            doubtful = doubtful_places.from_lists(state.get("doubtful", none))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"tracker state: broken ({error!r})") from error
        self._active, self._inactive = active, inactive
        self._coast_s, self._memory_s = coast_s, memory_s
        self._next_id, self._t_s, self._scene = next_id, t_s, scene
        self._typical_score, self._doubtful = typical_score, doubtful

    def _check_time(self, t_s: float, again: bool = False) -> float:
        t_s = float(t_s)
        late = self._t_s is None or t_s > self._t_s or (again and t_s == self._t_s)
        if not np.isfinite(t_s) or not late:
            raise ValueError(f"t_s: expected seconds later than {self._t_s}, got {t_s}")
        return t_s

    def _check_searched(self, searched: np.ndarray) -> np.ndarray:
        """Those of `searched` that are about active rows."""
        searched = np.asarray(searched)
        if searched.dtype != bool or searched.ndim != 1 or len(searched) < len(self._active):
            raise ValueError(
                f"searched: expected bool, shape (L,) as of `expected`, got {searched.dtype},"
                f" shape {searched.shape} for {len(self._active)} faces or more"
            )
        return searched[: len(self._active)]

    def _predicted(self, t_s: float) -> np.ndarray:
        """Copy of the active rows, predicted to `t_s`."""
        rows = self._active.copy()
        if self._t_s is not None and len(rows) and t_s > self._t_s:
            lost = rows["seen_s"] < self._t_s
            rows["mean"], rows["cov"] = motion.predict(
                rows["mean"], rows["cov"], t_s - self._t_s, rows["still"], lost, self._settings
            )
        return rows
