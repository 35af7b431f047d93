"""Track table: the faces being followed, one row each.

Conventions
-----------
One row a face, of type `ROW`. Times are seconds since the session began, boxes ``x1 y1 x2 y2`` and
seats ``cx cy w h`` in pixels. A ``viewer_id`` above 0 is a viewer, 0 a tentative face, below 0 a
static face (a poster) that was taken for the viewer of that number. The columns are explained
where they are used: ``mean`` and ``cov`` in `motion.py`; ``born_s``, ``seen_s`` (first and latest
detection), ``searched`` (whether the place was searched last), ``searches`` and ``hits`` (how often
it was searched since birth, and how often the face was found), ``score_sum`` (sum of its
confidences), ``box``, ``score`` and ``retried`` (of the latest detection), ``since_s`` (when it got
its viewer ID, at birth or as a viewer who was back) and ``evidence_s`` (how many seconds of a sure
face the detections are worth) in `lifecycle.py`; ``seat``, ``sat_s``, ``stay_s``,
``seat_variance``, ``left_s``, ``seated``, ``still`` and ``scene`` in `seats.py`;
``recent_centre``, ``mean_centre``, ``sway_variance``, ``seen_share`` and ``verdict`` in
`static_faces.py`.
"""

from __future__ import annotations

import numpy as np

ROW = np.dtype(
    [
        ("viewer_id", np.int64),
        ("mean", np.float64, (4, 2)),
        ("cov", np.float64, (4, 3)),
        ("born_s", np.float64),
        ("seen_s", np.float64),
        ("searched", np.bool_),
        ("searches", np.int64),
        ("hits", np.int64),
        ("score_sum", np.float64),
        ("box", np.float64, (4,)),
        ("score", np.float64),
        ("retried", np.bool_),
        ("evidence_s", np.float64),
        ("since_s", np.float64),
        ("verdict", np.int64),
        ("seat", np.float64, (4,)),
        ("sat_s", np.float64),
        ("stay_s", np.float64),
        ("seat_variance", np.float64),
        ("left_s", np.float64),
        ("seated", np.bool_),
        ("still", np.bool_),
        ("scene", np.int64),
        ("recent_centre", np.float64, (2,)),
        ("mean_centre", np.float64, (2,)),
        ("sway_variance", np.float64, (2,)),
        ("seen_share", np.float64),
    ]
)


COLUMNS = tuple(ROW.names or ())
# Columns whose name in a saved state is another.
SAVED_NAMES = {
    "searched": "looked",
    "searches": "looks",
    "score_sum": "trust",
    "seat_variance": "stray",
    "seated": "settled",
    "recent_centre": "calm",
    "mean_centre": "middle",
    "sway_variance": "sway",
    "seen_share": "there",
}


# Columns that states of earlier versions do not have: zeros, as of rows that are new.
NEW_COLUMNS = ("retried", "evidence_s", "since_s", "verdict")


def new_rows(count: int = 0) -> np.ndarray:
    """Return `count` rows of zeros."""
    return np.zeros(count, dtype=ROW)


def to_lists(rows: np.ndarray) -> dict[str, list]:
    """Turn rows into a dict of lists, one a column; floats stay what they are."""
    return {SAVED_NAMES.get(name, name): rows[name].tolist() for name in COLUMNS}


def from_lists(lists: dict[str, list]) -> np.ndarray:
    """Turn what `to_lists` gave into rows; ValueError or KeyError if it is something else."""
    rows = new_rows(len(lists["viewer_id"]))
    for name in COLUMNS:
        if name in NEW_COLUMNS and name not in lists:
            continue
        values = np.array(lists[SAVED_NAMES.get(name, name)], dtype=ROW[name].base)
        rows[name] = values.reshape(rows[name].shape)
    return rows
