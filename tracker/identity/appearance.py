"""Appearance: who is who after a cut in the film, by looks and places.

Conventions
-----------
Whoever calls the tracker compares pictures; here are numbers alone. `likeness` is a correlation in
[-1, 1] of a face and what is around it with how a viewer looked before the cut, NaN where that is
not known. Places are centre forms ``cx cy w h`` in pixels.

A cut shows another place, or the same from elsewhere: that a face is where one was says little by
itself, and that it looks like one who was elsewhere, not everything. So a pair of a viewer and a
face needs the more likeness the less their places say:

- the viewer was near there when last seen in a shot that looked like this one (`again_likeness`);
- the viewer was there, as large, when last seen (`near_likeness`);
- anywhere (`far_likeness`), and each is clearly the likest of all to the other (`clear_lead`);
- less will do where others have surely come along, as when the tiles of a call change places.

When in doubt it is somebody new. Whoever is in view is never compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.tracker.boxes import to_centre, to_corners
from laughtrack.tracker.detections import Appearance
from laughtrack.tracker.lifecycle import Observation
from laughtrack.tracker.match import assign, distance, size_ratio
from laughtrack.tracker.motion import expected_centres
from laughtrack.tracker.settings import TrackerSettings

# How much likeness a pair's place is worth, where several could be made.
AGAIN_BONUS, NEAR_BONUS = 0.4, 0.2


class Compared(NamedTuple):
    """`likeness` (M, N) of M viewers away and N faces; `places` (M, 4) of theirs in this shot.

    `company` is as in `detections.Appearance`.
    """

    likeness: np.ndarray
    places: np.ndarray
    company: int = 0

    @property
    def known(self) -> np.ndarray:
        """Whose looks are known; shape (M,), bool."""
        return np.isfinite(self.likeness).any(axis=1)

    def unlike(self, pairs: np.ndarray, settings: TrackerSettings) -> np.ndarray:
        """Say which of (K, 2) pairs of viewers and faces in their seats are not alike; (K,)."""
        unlike: np.ndarray = self.likeness[pairs[:, 0], pairs[:, 1]] < settings.seat_likeness
        return unlike


def checked(appearance: Appearance | None, order: np.ndarray) -> Appearance | None:
    """Return it as arrays of the right types, about the boxes in that order, (N,) int.

    Raises
    ------
    ValueError
        If the shapes don't belong together, or to so many boxes.
    """
    if appearance is None:
        return None
    viewer_ids = np.asarray(appearance.viewer_ids, dtype=np.int64)
    likeness = np.asarray(appearance.likeness, dtype=np.float64)
    places = np.asarray(appearance.places, dtype=np.float64)
    shapes = viewer_ids.shape, likeness.shape, places.shape
    expected = (viewer_ids.size,), (len(order), viewer_ids.size), (viewer_ids.size, 4)
    if shapes != expected:
        raise ValueError(f"appearance: expected shapes {expected}, got {shapes}")
    replaced = np.asarray(appearance.replaced, dtype=np.int64)
    return Appearance(viewer_ids, likeness[order], places, replaced, int(appearance.company))


def compare(away: np.ndarray, found: np.ndarray, observation: Observation) -> Compared:
    """Look up what is known of viewers and faces.

    Parameters
    ----------
    away : structured ndarray, shape (M,)
        Rows of viewers not seen.
    found : ndarray, shape (N, 4), float64
        The boxes of rows seen now, as they are there.
    observation : Observation

    Returns
    -------
    Compared
    """
    likeness, places = np.full((len(away), len(found)), np.nan), np.full((len(away), 4), np.nan)
    appearance = observation.appearance
    if appearance is None:
        return Compared(likeness, places)
    same = (found[:, None] == to_corners(observation.boxes)).all(axis=2)
    # A face on a poster is known again as that.
    known = np.abs(away["viewer_id"])[:, None] == appearance.viewer_ids[None]
    faces, hits = np.nonzero(same)
    rows, viewers = np.nonzero(known)
    likeness[np.ix_(rows, faces)] = appearance.likeness[np.ix_(hits, viewers)].T
    there = np.isfinite(appearance.places[viewers]).all(axis=1)
    places[rows[there]] = to_centre(appearance.places[viewers[there]])
    return Compared(likeness, places, appearance.company)


def is_compared(rows: np.ndarray, observation: Observation) -> np.ndarray:
    """Say whose faces, seen now, are compared with viewers of before a cut and none of them.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
    observation : Observation

    Returns
    -------
    ndarray, shape (N,), bool
    """
    looks = observation.appearance
    if looks is None:
        return np.zeros(len(rows), dtype=bool)
    found = to_corners(observation.boxes[np.isfinite(looks.likeness).any(axis=1)])
    same: np.ndarray = (rows["box"][:, None] == found).all(axis=2).any(axis=1)
    same &= rows["seen_s"] == observation.t_s
    return same & ~np.isin(rows["viewer_id"], looks.viewer_ids)


def match_alike(
    away: np.ndarray, faces: np.ndarray, compared: Compared, settings: TrackerSettings
) -> np.ndarray:
    """Pair viewers of before a cut with faces that look like them.

    Parameters
    ----------
    away : structured ndarray, shape (M,)
    faces : ndarray, shape (N, 4), float64
        Centre forms.
    compared : Compared
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (K, 2), int
        Rows of `away` and of `faces`.
    """
    rows, columns = np.nonzero(np.isfinite(compared.likeness))
    if not len(rows):
        return np.zeros((0, 2), dtype=np.intp)
    likeness = compared.likeness[rows, columns]
    found, there = faces[columns], compared.places[rows]
    again = _within(there, found, settings.again_reach, settings.again_ratio)
    again &= likeness >= settings.again_likeness
    last = expected_centres(away["mean"])[rows]
    near = _within(last, found, settings.cut_reach, settings.cut_ratio)
    near |= _within(away["seat"][rows], found, settings.cut_reach, settings.cut_ratio)
    near &= likeness >= settings.near_likeness
    known = np.where(np.isfinite(compared.likeness), compared.likeness, -1.0)
    over_faces = (known - _best_other(known))[rows, columns]
    over_viewers = (known - _best_other(known.T).T)[rows, columns]
    lead = np.minimum(over_faces, over_viewers)
    rivalled = lead <= -settings.clear_lead
    again &= ~rivalled
    near &= ~rivalled
    sure = (likeness >= settings.sure_likeness) & (over_faces >= settings.clear_lead)
    far = sure | ((likeness >= settings.far_likeness) & (lead >= settings.clear_lead))
    if len(np.unique(columns[sure])) + compared.company >= settings.company:
        far |= (likeness >= settings.company_likeness) & (lead >= settings.company_lead)
    bonus = np.where(again, AGAIN_BONUS, np.where(near, NEAR_BONUS, 0.0))
    good = again | near | far
    costs = -1.0 - likeness[good] - bonus[good]
    return assign(rows[good], columns[good], costs, compared.likeness.shape)


def _within(places: np.ndarray, faces: np.ndarray, reach: float, ratio: float) -> np.ndarray:
    """Which pairs are near each other and of about one size; NaN is nowhere."""
    with np.errstate(invalid="ignore"):
        near = distance(places, faces) <= reach
        near &= size_ratio(places, faces) <= np.log(ratio)
    return near


def _best_other(values: np.ndarray) -> np.ndarray:
    """The largest of the other values in each one's row; -1 where there is none."""
    if values.shape[1] < 2:
        return np.full(values.shape, -1.0)
    order = np.sort(values, axis=1)
    largest = values == order[:, -1:]
    return np.where(largest, order[:, -2:-1], order[:, -1:])
