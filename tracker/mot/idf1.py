"""Scores: how well a tracker kept identities, against the truth.

Conventions
-----------
Identities, true ones and a tracker's, are a dict from frame number to `Identities`. A frame that is
missing has no faces. Boxes agree at an overlap of 0.5.

Metrics
-------
IDF1, IDP and IDR as Identity in TrackEval (Ristani et al. 2016), switches as its CLEAR (Bernardin
and Stiefelhagen 2008).
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot.files import Identities

MIN_OVERLAP = 0.5


class IdentityScores(NamedTuple):
    """How well IDs were kept: `idf1`, `idp`, `idr` in [0, 1], `switches`, `matches`.

    `switches` counts how often a true ID was found under another ID than before. `matches` is a
    dict from true ID to the one result ID that stands for it, for those that have one.
    """

    idf1: float
    idp: float
    idr: float
    switches: int
    matches: dict[int, int]


def score(truth: dict[int, Identities], result: dict[int, Identities]) -> IdentityScores:
    """Score a tracker's identities against the true ones.

    Parameters
    ----------
    truth : dict of int to Identities
        An ID is in a frame once.
    result : dict of int to Identities
        The tracker's.

    Returns
    -------
    IdentityScores
        All 0 when either has no box.
    """
    shared_frames: dict[tuple[int, int], int] = defaultdict(int)
    last_id: dict[int, int] = {}
    current: dict[int, int] = {}
    switches = 0
    for frame in sorted(set(truth) & set(result)):
        ids, boxes = truth[frame]
        own_ids, own_boxes = result[frame]
        overlaps = overlap(np.asarray(boxes), np.asarray(own_boxes))
        for i, j in zip(*np.nonzero(overlaps >= MIN_OVERLAP)):
            shared_frames[int(ids[i]), int(own_ids[j])] += 1
        if not overlaps.size:
            continue
        current = _clear_pairs(ids, own_ids, overlaps, current)
        switches += sum(last_id.get(i, own_id) != own_id for i, own_id in current.items())
        last_id.update(current)
    matches, hits = _best_matches(shared_frames)
    true_count = sum(len(ids) for ids, _ in truth.values())
    own_count = sum(len(ids) for ids, _ in result.values())
    return IdentityScores(
        2 * hits / max(true_count + own_count, 1),
        hits / max(own_count, 1),
        hits / max(true_count, 1),
        switches,
        matches,
    )


def _clear_pairs(
    ids: np.ndarray, own_ids: np.ndarray, overlaps: np.ndarray, current: dict[int, int]
) -> dict[int, int]:
    """True to own IDs in one frame; those paired in the frame before go first, then overlap."""
    before = np.array([current.get(int(true_id), -1) for true_id in ids])
    gain = (before[:, None] == np.asarray(own_ids)[None, :]) * 1000 + overlaps
    gain[overlaps < MIN_OVERLAP - np.finfo(float).eps] = 0
    rows, columns = linear_sum_assignment(-gain)
    return {int(ids[i]): int(own_ids[j]) for i, j in zip(rows, columns) if gain[i, j] > 0}


def _best_matches(shared_frames: dict[tuple[int, int], int]) -> tuple[dict[int, int], int]:
    """One-to-one pairs of IDs that share most frames, and how many they share."""
    true_ids = sorted({pair[0] for pair in shared_frames})
    own_ids = sorted({pair[1] for pair in shared_frames})
    row = {true_id: i for i, true_id in enumerate(true_ids)}
    column = {own_id: j for j, own_id in enumerate(own_ids)}
    counts = np.zeros((len(true_ids), len(own_ids)), dtype=np.int64)
    for (true_id, own_id), count in shared_frames.items():
        counts[row[true_id], column[own_id]] = count
    rows, columns = linear_sum_assignment(-counts)
    matches = {true_ids[i]: own_ids[j] for i, j in zip(rows, columns) if counts[i, j]}
    return matches, int(counts[rows, columns].sum())
