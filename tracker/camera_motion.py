"""Camera motion: a jump or a slow drift of the camera moves all faces and all seats alike.

Conventions
-----------
Rows are those of `track_table.py`. An offset is ``dx dy`` in pixels: what to add to a place known
before to have it in the picture now.
"""

from __future__ import annotations

import numpy as np

from laughtrack.tracker.match import size_ratio
from laughtrack.tracker.settings import TrackerSettings


def jumped(
    expected: np.ndarray, boxes: np.ndarray, pairs: np.ndarray, settings: TrackerSettings
) -> bool:
    """Say whether the pairs look as if the camera had jumped.

    Parameters
    ----------
    expected, boxes : ndarray, shape (N, 4) and (M, 4), float64
        Faces expected and found, ``cx cy w h`` in pixels.
    pairs : ndarray, shape (K, 2), int
        Which were paired.
    settings : TrackerSettings

    Returns
    -------
    bool
    """
    possible = min(len(expected), len(boxes))
    if possible < settings.jump_faces:
        return False
    if len(pairs) < settings.jump_paired_share * possible:
        return True
    first, second = expected[pairs[:, 0]], boxes[pairs[:, 1]]
    off = np.abs(first[:, :2] - second[:, :2]).max(axis=1) / first[:, 2:].mean(axis=1)
    return float(_upper_median(off)) > settings.jump_offset


def find_jump(known: np.ndarray, boxes: np.ndarray, settings: TrackerSettings) -> np.ndarray | None:
    """Find the offset that puts most known faces where faces were found.

    Parameters
    ----------
    known, boxes : ndarray, shape (N, 4) and (M, 4), float64
        Where viewers were, and faces found, ``cx cy w h`` in pixels.
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (2,), float64, or None
        None when no offset explains much more than none does.
    """
    if min(len(known), len(boxes)) < settings.jump_faces:
        return None
    # Imported here as in `match.py`: most cameras never move.
    from scipy.spatial import cKDTree

    known = known[
        np.linspace(0, len(known) - 1, min(len(known), settings.jump_voters)).astype(np.intp)
    ]
    size = float(np.median(known[:, 2:]))
    tree = cKDTree(boxes[:, :2])
    near = tree.query_ball_point(known[:, :2], settings.max_shift * size)
    first = np.repeat(np.arange(len(known)), [len(found) for found in near])
    second = np.concatenate(near).astype(np.intp)
    alike = size_ratio(known[first], boxes[second]) < np.log(1.3)
    offsets = boxes[second[alike], :2] - known[first[alike], :2]
    offsets = np.concatenate([np.zeros((1, 2)), offsets])
    moved = known[None, :, :2] + offsets[:, None]
    votes = (tree.query(moved)[0] < settings.vote_radius * size).sum(axis=1)
    best = int(np.argmax(votes))
    if votes[best] < max(
        settings.jump_agreeing * len(known), settings.jump_lead * votes[0], settings.jump_faces
    ):
        return None
    off, which = tree.query(moved[best])
    agree = off < settings.vote_radius * size
    return np.median(boxes[which[agree], :2] - known[agree, :2], axis=0)


def find_drift(rows: np.ndarray, settings: TrackerSettings) -> np.ndarray | None:
    """Find how far the camera has drifted since the viewers' seats were learnt.

    Parameters
    ----------
    rows : structured ndarray, shape (N,)
        Faces found in this frame.
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (2,), float64, or None
        None when it has not, or too few tell.
    """
    rows = rows[rows["seated"] & (rows["left_s"] == 0)]
    if len(rows) < settings.drift_faces:
        return None
    size = rows["seat"][:, 2:]
    off = (rows["mean"][:, :2, 0] - rows["seat"][:, :2]) / size
    offset = _upper_median(off)
    far = float(np.hypot(*offset))
    if far < max(settings.camera_drift / np.sqrt(len(rows)), settings.min_drift):
        return None
    same = off @ offset > far * far / 2
    return offset * np.median(size) if same.mean() >= settings.drift_same_way else None


def shift_tracks(rows: np.ndarray, offset: np.ndarray) -> None:
    """Move places and seats of all rows, in place, by ``dx dy`` pixels."""
    rows["mean"][:, :2, 0] += offset
    shift_seats(rows, offset)


def shift_seats(rows: np.ndarray, offset: np.ndarray) -> None:
    """Move the seats alone."""
    for name in ("recent_centre", "mean_centre"):
        rows[name] += offset
    rows["seat"][:, :2] += offset


def shifted(places: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return `doubtful_places` moved by ``dx dy`` pixels."""
    places = places.copy()
    places["box"][:, :2] += offset
    return places


def _upper_median(values: np.ndarray) -> np.ndarray:
    """Upper median along the first axis; numpy's own takes ten times as long for a few faces."""
    return np.sort(values, axis=0)[len(values) // 2]
