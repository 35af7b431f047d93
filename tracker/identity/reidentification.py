"""Re-identification: faces that show up where viewers sat get those viewers' IDs back.

Conventions
-----------
Rows are those of `track_table.py`. A viewer who is not seen and no longer followed is inactive,
known by the seat alone. After a cut in the film a seat counts for little by itself: another camera
may show another face at the same place. So across a cut looks decide (`appearance.py`). Of whose
looks nothing is known is re-identified only when several seats match at once, or, right after it, a
face is where and as large as one was right before.
"""

from __future__ import annotations

import numpy as np

from laughtrack.tracker import lifecycle, seats
from laughtrack.tracker.identity import appearance, doubtful_places
from laughtrack.tracker.match import assign, distance, near_pairs, size_ratio
from laughtrack.tracker.motion import expected_centres
from laughtrack.tracker.settings import TrackerSettings


def reidentify(
    rows: np.ndarray,
    inactive: np.ndarray,
    doubtful: np.ndarray,
    observation: lifecycle.Observation,
    scene: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Give tentative faces that sit where a viewer sat that viewer's ID and seat.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces after `lifecycle.update_tracks`. Changed in place.
    inactive : structured ndarray, shape (M,)
        Inactive viewers.
    doubtful : structured ndarray, shape (K,)
        Places of `doubtful_places.py`.
    observation : lifecycle.Observation
        What was found now.
    scene : int
        Cuts until now.

    Returns
    -------
    rows : structured ndarray, shape (N,) or less
    inactive : structured ndarray, shape (M,) or less
        Those still inactive.
    """
    t_s, settings = observation.t_s, observation.settings
    # Who is compared still though an ID is given may turn out to be somebody of before a cut.
    known = (rows["viewer_id"] != 0) & ~appearance.is_compared(rows, observation)
    claims = (rows["seen_s"] == t_s) & ~known & lifecycle.may_claim(rows, settings)
    able = np.flatnonzero(claims)
    if not len(able):
        return rows, inactive
    # A viewer coasting off its way may be back in its seat too; and where a viewer seems to have
    # left a seat in which a face is, a passer-by has taken the ID along.
    gone = np.flatnonzero(
        (rows["viewer_id"] != 0) & ((rows["seen_s"] < t_s) | (rows["left_s"] > 0))
    )
    away = np.concatenate([inactive, rows[gone]])
    here = away["scene"] == scene
    faces = expected_centres(rows["mean"][able])
    looks = appearance.compare(away, rows["box"][able], observation)
    pairs = appearance.match_alike(away, faces, looks, settings)
    places = _match_places(away, faces, t_s, here, settings)
    pairs = _joined(pairs, places[~looks.unlike(places, settings)])
    strange = ~here & ~looks.known
    if strange.any():
        pairs = _joined(pairs, _match_across_cut(away, faces, t_s, pairs, strange, settings))
    # Against an ID that is given looks alone say something.
    alike = np.isfinite(looks.likeness[pairs[:, 0], pairs[:, 1]])
    pairs = pairs[alike | (rows["viewer_id"][able[pairs[:, 1]]] == 0)]
    owners, found = away[pairs[:, 0]], faces[pairs[:, 1]]
    refused = doubtful_places.refuses(
        doubtful, owners["viewer_id"], found, owners["seat"], settings
    )
    pairs = pairs[~refused]
    back, own = pairs[:, 0], able[pairs[:, 1]]
    off = distance(away["seat"][back], faces[pairs[:, 1]])
    moved = (away["scene"][back] != scene) & (off > settings.cut_reach)
    seats.transfer(rows, own, away[back], moved)
    rows["since_s"][own[rows["viewer_id"][own] > 0]] = t_s
    followed = back >= len(inactive)
    lost = gone[back[followed] - len(inactive)]
    carried = rows["seen_s"][lost] == t_s
    seats.clear(rows, lost[carried])
    # Where several seats of an earlier scene matched, it is that scene again, for all of it.
    scenes = away["scene"][back[off <= settings.cut_reach]]
    for old in np.unique(scenes):
        if old != scene and (scenes == old).sum() >= settings.cut_seats:
            inactive["scene"][inactive["scene"] == old] = scene
    return np.delete(rows, lost[~carried]), np.delete(inactive, back[~followed])


def possible_places(rows: np.ndarray, t_s: float, settings: TrackerSettings) -> np.ndarray:
    """Where inactive viewers may show up again.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
    t_s : float
        The time, seconds.
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (M, 4), float64
        ``cx cy w h`` in pixels: their seats, then the places where they were last seen, if they may
        be there still and that is not the seat.
    """
    last = expected_centres(rows["mean"])
    off = distance(rows["seat"], last)
    there = _may_be_there(rows, off, t_s, settings) & (off > settings.back_reach / 2)
    return np.concatenate([rows["seat"], last[there]])


def _match_places(
    away: np.ndarray, faces: np.ndarray, t_s: float, able: np.ndarray, settings: TrackerSettings
) -> np.ndarray:
    """Pair viewers away with faces that may be theirs, by seat or last place; shape (K, 2)."""
    last = expected_centres(away["mean"])
    off = distance(away["seat"], last)
    by_seat = np.flatnonzero(able & away["seated"])
    by_place = np.flatnonzero(able & _may_be_there(away, off, t_s, settings))
    places = np.concatenate([away["seat"][by_seat], last[by_place]])
    own = np.concatenate([by_seat, by_place])
    ratio = np.where(
        t_s - away["seen_s"][own] > settings.back_long_s,
        settings.back_long_ratio,
        settings.back_ratio,
    )
    return _nearest(own, places, faces, (settings.back_reach, ratio))


def _may_be_there(
    away: np.ndarray, off: np.ndarray, t_s: float, settings: TrackerSettings
) -> np.ndarray:
    """Who may be where last seen: nobody waits long in a gangway, and who is in sight is not."""
    near = (off <= settings.seat_left) & away["seated"]
    return (away["left_s"] == 0) & (near | (t_s - away["seen_s"] <= settings.place_s))


def _joined(pairs: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Add pairs whose viewers and faces have none yet."""
    free = ~np.isin(more[:, 0], pairs[:, 0]) & ~np.isin(more[:, 1], pairs[:, 1])
    return np.concatenate([pairs, more[free]])


def _match_across_cut(
    away: np.ndarray,
    faces: np.ndarray,
    t_s: float,
    matched: np.ndarray,
    able: np.ndarray,
    settings: TrackerSettings,
) -> np.ndarray:
    """Pair viewers of before a cut with faces, where the evidence is enough; shape (K, 2)."""
    left = np.delete(np.arange(len(faces)), matched[:, 1])
    found = []
    for scene in np.unique(away["scene"][able])[::-1]:
        own = np.flatnonzero(able & (away["scene"] == scene))
        pairs = _nearest(
            own, away["seat"][own], faces[left], (settings.cut_reach, settings.cut_ratio)
        )
        if len(pairs) < max(settings.cut_seats, settings.cut_share * len(faces)):
            own = own[t_s - away["seen_s"][own] <= settings.lone_s]
            last = expected_centres(away["mean"][own])
            pairs = _nearest(own, last, faces[left], (settings.lone_reach, settings.lone_ratio))
        found.append(np.stack([pairs[:, 0], left[pairs[:, 1]]], axis=1))
        left = np.delete(left, pairs[:, 1])
    return np.concatenate(found)


def _nearest(
    own: np.ndarray, places: np.ndarray, faces: np.ndarray, gates: tuple[float, float | np.ndarray]
) -> np.ndarray:
    """Pair viewers `own`, whose places these are (maybe two each), with faces within the gates."""
    if not len(places) or not len(faces):
        return np.zeros((0, 2), dtype=np.intp)
    reach, ratio = gates
    radius = reach * max(places[:, 2:].max(), faces[:, 2:].max())
    rows, columns = near_pairs(places, faces, radius)
    apart = distance(places[rows], faces[columns])
    alike = (
        size_ratio(places[rows], faces[columns]) <= np.log(np.broadcast_to(ratio, len(own)))[rows]
    )
    near = (apart <= reach) & alike
    rows, columns, apart = own[rows[near]], columns[near], apart[near]
    # Of a viewer's two places the nearer counts.
    order = np.lexsort((apart, columns, rows))
    rows, columns, apart = rows[order], columns[order], apart[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (np.diff(rows) > 0) | (np.diff(columns) != 0)
    # Two pairs are better than the nearest one.
    costs = apart[first] - 10 * reach
    return assign(rows[first], columns[first], costs, (own.max() + 1, len(faces)))
