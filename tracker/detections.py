"""What a search for faces in one frame found, and where it looked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Appearance(NamedTuple):
    """How the faces found in a frame look, compared with viewers not seen since a cut.

    Attributes
    ----------
    viewer_ids : ndarray, shape (V,), int64
        Those viewers.
    likeness : ndarray, shape (N, V), float64
        Of each box found and each of them, in [-1, 1]; NaN: not known.
    places : ndarray, shape (V, 4), float64
        Where each was, ``x1 y1 x2 y2`` in pixels, when last seen in a shot that looked like this
        one; NaN: in none.
    replaced : ndarray, shape (R,), int64
        Viewers followed until now where something else is shown all at once, as after a cut.
    company : int
        How many viewers of before the cut have been known again in this shot, where it has just
        begun.
    """

    viewer_ids: np.ndarray
    likeness: np.ndarray
    places: np.ndarray
    replaced: np.ndarray = np.zeros(0, dtype=np.int64)
    company: int = 0


class Detections(NamedTuple):
    """The faces found in one frame, and what the tracker needs to know of the search.

    `Detections(boxes, scores)` is enough where every expected face was looked for.

    Attributes
    ----------
    boxes : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels of the full frame, in any order. No faces is shape (0, 4).
    scores : ndarray, shape (N,), float64
        The detector's confidence in [0, 1].
    searched : ndarray, shape (L,), bool, optional
        For each expected face whether its place was searched: a face whose place was not is not
        missed, only not found. None: all were.
    after_cut : bool
        Whether the film was cut just before this frame.
    spent_ms : float
        Priced work of the search, milliseconds (`laughtrack.edge.faces.finder`).
    retried : ndarray, shape (N,), bool, optional
        Which boxes were found only when the picture was tried again turned, mirrored or evened.
        What they score says nothing of what faces score upright. None: none.
    appearance : Appearance, optional
        How the boxes compare with viewers of before a cut (`appearance.py`). None: not known.
    """

    boxes: np.ndarray
    scores: np.ndarray
    searched: np.ndarray | None = None
    after_cut: bool = False
    spent_ms: float = 0.0
    retried: np.ndarray | None = None
    appearance: Appearance | None = None


NO_DETECTIONS = Detections(np.zeros((0, 4)), np.zeros(0))
