"""Birth: how much evidence makes a viewer of a face, and lets one claim a viewer's place.

Conventions
-----------
Evidence is in seconds, so that it means the same at 3 looks a second and at 30: each detection is
worth the time since the last look, times a weight by the finder's confidence. A face of full
confidence that is found in every look has as many seconds of evidence as it was seen for. It is in
the column ``evidence_s`` of `track_table.py`.
"""

from __future__ import annotations

import numpy as np

from laughtrack.tracker.settings import TrackerSettings


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


def _is_steady(rows: np.ndarray, settings: TrackerSettings) -> np.ndarray:
    hits: np.ndarray = rows["hits"]
    return (hits >= settings.birth_hits) & (hits >= settings.birth_share * rows["searches"])
