"""Scores: how well a tracker kept identities, against the truth.

Conventions
-----------
Identities, true ones and a tracker's, are a dict from frame number to ``(ids, boxes)``: (N,) int
from 0 and (N, 4) ``x1 y1 x2 y2`` in pixels. A frame that is missing has no faces. Boxes agree at
an overlap of 0.5.

Metrics
-------
IDF1, IDP and IDR as Identity in TrackEval (Ristani et al. 2016), switches as its CLEAR (Bernardin
and Stiefelhagen 2008).
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from laughtrack.tracker.boxes import overlap

AGREE = 0.5


class Identity(NamedTuple):
    """How well IDs were kept: `idf1`, `idp`, `idr` in [0, 1], `switches`, `matches`.

    `switches` counts how often a true ID was found under another ID than before. `matches` is a
    dict from true ID to the one result ID that stands for it, for those that have one.
    """

    idf1: float
    idp: float
    idr: float
    switches: int
    matches: dict


def score(truth, result):
    """Score a tracker's identities against the true ones.

    Parameters
    ----------
    truth : dict of int to (ndarray, ndarray)
        True identities: frame to ``(ids, boxes)``. An ID is in a frame once.
    result : dict of int to (ndarray, ndarray)
        The tracker's.

    Returns
    -------
    Identity
        All 0 when either has no box.
    """
    together = defaultdict(int)
    last_id, just_now, switches = {}, {}, 0
    for frame in sorted(set(truth) & set(result)):
        ids, boxes = truth[frame]
        own_ids, own_boxes = result[frame]
        alike = overlap(np.asarray(boxes), np.asarray(own_boxes))
        for i, j in zip(*np.nonzero(alike >= AGREE)):
            together[int(ids[i]), int(own_ids[j])] += 1
        if not alike.size:
            continue
        just_now = _clear_pairs(ids, own_ids, alike, just_now)
        switches += sum(last_id.get(i, own_id) != own_id for i, own_id in just_now.items())
        last_id.update(just_now)
    matches, hits = _best_matches(together)
    true_count = sum(len(ids) for ids, _ in truth.values())
    own_count = sum(len(ids) for ids, _ in result.values())
    return Identity(
        2 * hits / max(true_count + own_count, 1),
        hits / max(own_count, 1),
        hits / max(true_count, 1),
        switches,
        matches,
    )


def _clear_pairs(ids, own_ids, alike, just_now):
    """True to own IDs in one frame; those paired in the frame before go first, then overlap."""
    before = np.array([just_now.get(int(true_id), -1) for true_id in ids])
    gain = (before[:, None] == np.asarray(own_ids)[None, :]) * 1000 + alike
    gain[alike < AGREE - np.finfo(float).eps] = 0
    rows, columns = linear_sum_assignment(-gain)
    return {int(ids[i]): int(own_ids[j]) for i, j in zip(rows, columns) if gain[i, j] > 0}


def _best_matches(together):
    """One-to-one pairs of IDs that share most frames, and how many they share."""
    true_ids = sorted({pair[0] for pair in together})
    own_ids = sorted({pair[1] for pair in together})
    row = {true_id: i for i, true_id in enumerate(true_ids)}
    column = {own_id: j for j, own_id in enumerate(own_ids)}
    counts = np.zeros((len(true_ids), len(own_ids)), dtype=np.int64)
    for (true_id, own_id), count in together.items():
        counts[row[true_id], column[own_id]] = count
    rows, columns = linear_sum_assignment(-counts)
    matches = {true_ids[i]: own_ids[j] for i, j in zip(rows, columns) if counts[i, j]}
    return matches, int(counts[rows, columns].sum())
