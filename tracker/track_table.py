"""Rows: the table of faces being followed, what is kept of each.

Conventions
-----------
One row a face, of type `ROW`. Times are seconds since the session began, boxes ``x1 y1 x2 y2`` and
seats ``cx cy w h`` in pixels. A ``viewer_id`` above 0 is a viewer, 0 a tentative face, below 0 a
picture on the wall that was taken for the viewer of that number. What the columns mean is said
where they are used: ``mean`` and ``cov`` in `motion.py`; ``born_s``, ``seen_s`` (first and latest
sight), ``looked`` (whether somebody looked there last), ``looks`` and ``hits`` (how often somebody
looked since birth, and how often the face was there), ``trust`` (sum of its confidences), ``box``
and ``score`` (of the latest sight) in `lives.py`; ``seat``, ``sat_s``, ``stay_s``, ``stray``,
``left_s``, ``settled``, ``still`` and ``scene`` in `seats.py`; ``calm``, ``middle``, ``sway`` and
``there`` in `pictures.py`.
"""

import numpy as np

ROW = np.dtype(
    [
        ("viewer_id", np.int64),
        ("mean", np.float64, (4, 2)),
        ("cov", np.float64, (4, 3)),
        ("born_s", np.float64),
        ("seen_s", np.float64),
        ("looked", np.bool_),
        ("looks", np.int64),
        ("hits", np.int64),
        ("trust", np.float64),
        ("box", np.float64, (4,)),
        ("score", np.float64),
        ("seat", np.float64, (4,)),
        ("sat_s", np.float64),
        ("stay_s", np.float64),
        ("stray", np.float64),
        ("left_s", np.float64),
        ("settled", np.bool_),
        ("still", np.bool_),
        ("scene", np.int64),
        ("calm", np.float64, (2,)),
        ("middle", np.float64, (2,)),
        ("sway", np.float64, (2,)),
        ("there", np.float64),
    ]
)


def no_rows(count=0):
    """Return `count` rows of zeros."""
    return np.zeros(count, dtype=ROW)


def to_lists(rows):
    """Turn rows into a dict of lists, one a column; floats stay what they are."""
    return {name: rows[name].tolist() for name in ROW.names}


def from_lists(lists):
    """Turn what `to_lists` gave into rows; ValueError or KeyError if it is something else."""
    rows = no_rows(len(lists["viewer_id"]))
    for name in ROW.names:
        rows[name] = np.array(lists[name], dtype=ROW[name].base).reshape(rows[name].shape)
    return rows
