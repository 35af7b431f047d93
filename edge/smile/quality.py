"""How far a face's score can be trusted, from what any frame has: crop, box, confidence.

A face of good size, sharp, well lit and turned to the camera is scored right so many times in a
hundred; each of `PARTS` takes something off. How much was fitted on labelled faces made small,
blurred, dark and turned (`python -m laughtrack.models.export.fit_quality`), and stands in
`edge.smile.quality_coefficients`. The smile itself has no say: a score near one half may well be
right about half a smile.
"""

from __future__ import annotations

from typing import Callable, NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.smile import quality_coefficients

PARTS = ("small", "tiny", "soft", "blurred", "flat", "unsure", "yaw", "pitch", "roll")

LEAST_PX = 20.0  # narrower faces are never scored: more than one in ten came out wrong (LFW, 16 px)
MOST_BELOW = 0.8  # trust in them at most
FINE_PX = 32.0  # a face this wide loses nothing by its size
SHARP = 1.0  # nor one this sharp: whole faces have 0.5 to 1.4, unreadable ones 0.1 to 0.3
CONTRAST = 32.0  # nor one with this spread of grey levels: noise is little beside it
SURE = 0.7  # nor one the detector is this confident of
TURN_DEG = 20.0  # a head turned by this much counts one
MIRROR = {"yaw": -1, "pitch": 1, "roll": -1}  # what the mirror makes of a turn
CELLS = 8  # a head's turn is read from the crop in so many rows and columns

_COARSE = 24  # px: sharpness is measured at this size, where compression and noise show less
_FLAT = 4.0  # grey levels: less contrast than this is noise
_LEAST = 0.05  # sharpness below this counts as this
_FARTHEST = 4.0  # and turns beyond 40 degrees as 40: nothing was learnt there


def trust(crops: np.ndarray, side_px: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """How likely the score of a face like this is on the right side of one half.

    Parameters
    ----------
    crops : ndarray, shape (N, S, S), uint8
    side_px : ndarray, shape (N,), mean of the box's width and height
    confidence : ndarray, shape (N,), of the detector, in [0, 1]

    Returns
    -------
    ndarray, shape (N,), float64, in (0, 1)
    """
    lean = quality_coefficients.BEST - parts(crops, side_px, confidence) @ _COSTS
    likely = 1 / (1 + np.exp(-lean))
    return np.where(np.asarray(side_px) < LEAST_PX, np.minimum(likely, MOST_BELOW), likely)


def parts(
    crops: np.ndarray,
    side_px: np.ndarray,
    confidence: np.ndarray,
    turned: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """What speaks against a face, one column for each of `PARTS`: 0 is nothing.

    Parameters
    ----------
    crops, side_px, confidence
        As for `trust`.
    turned : function, optional
        In place of `pose`.

    Returns
    -------
    ndarray, shape (N, len(PARTS)), float64, at least 0
        "small": how often the face's side doubles before it is `FINE_PX`; "tiny", that squared.
        "soft": the same of sharpness and `SHARP`; "blurred", that squared. "flat": the same of the
        grey levels' spread and `CONTRAST`. "unsure": what the confidence lacks to `SURE`. "yaw",
        "pitch", "roll": the head's turn, in units of `TURN_DEG`, squared.
    """
    contrast, edges, cells = _measure(crops)
    sharp = np.maximum(edges / np.maximum(contrast, _FLAT), _LEAST)
    small, soft = _doublings(side_px, FINE_PX), _doublings(sharp, SHARP)
    flat = _doublings(np.maximum(contrast, 1.0), CONTRAST)
    unsure = np.maximum(SURE - np.asarray(confidence, np.float64), 0)
    turn = np.minimum(((turned or pose)(cells) / TURN_DEG) ** 2, _FARTHEST)
    return np.column_stack([small, small**2, soft, soft**2, flat, unsure, turn])


def coarse_cells(crops: np.ndarray) -> np.ndarray:
    """Coarse crops: their mean grey in cells, of one brightness and contrast.

    Parameters
    ----------
    crops : ndarray, shape (N, S, S), uint8

    Returns
    -------
    ndarray, shape (N, CELLS * CELLS), float32, row by row
    """
    return _measure(crops).cells


def pose(cells: np.ndarray) -> np.ndarray:
    """Estimate how heads are turned from their lights and shades; of front faces only.

    Parameters
    ----------
    cells : ndarray, shape (N, CELLS * CELLS), as `coarse_cells` gives them

    Returns
    -------
    ndarray, shape (N, 3), yaw, pitch, roll in degrees
    """
    return cells @ _TURN + (0.0, quality_coefficients.LEVEL_PITCH, 0.0)


def mirrored(left: Sequence[Sequence[float]] | np.ndarray, sign: int) -> np.ndarray:
    """Weights of all cells from those of the left half: the right half is its mirror image.

    Parameters
    ----------
    left : array-like, shape (CELLS, CELLS / 2)
    sign : int, 1, or -1 for what changes sign in the mirror, as yaw and roll do

    Returns
    -------
    ndarray, shape (CELLS * CELLS,), float64, row by row
    """
    left = np.asarray(left, np.float64)
    return np.hstack([left, sign * left[:, ::-1]]).ravel()


class _Measures(NamedTuple):
    """Spread of the grey levels, and of the Laplacian, at `_COARSE`; the crops in cells."""

    contrast: np.ndarray
    edges: np.ndarray
    cells: np.ndarray


def _measure(crops: np.ndarray) -> _Measures:
    spread = np.empty((len(crops), 2))
    cells = np.empty((len(crops), CELLS, CELLS), np.float32)
    for row, cell, crop in zip(spread, cells, crops):
        coarse = cv2.resize(crop, (_COARSE, _COARSE), interpolation=cv2.INTER_AREA)
        row[0] = cv2.meanStdDev(coarse)[1][0, 0]
        row[1] = cv2.meanStdDev(cv2.Laplacian(coarse, cv2.CV_32F))[1][0, 0]
        cell[:] = cv2.resize(coarse, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    flat = cells.reshape(len(crops), CELLS * CELLS)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(flat.std(axis=1, keepdims=True), _FLAT)
    return _Measures(spread[:, 0], spread[:, 1], flat)


def _doublings(values: np.ndarray, enough: float) -> np.ndarray:
    return np.maximum(np.log2(enough / np.asarray(values, np.float64)), 0)


_COSTS = np.array([quality_coefficients.COSTS[part] for part in PARTS])
_TURN = np.stack([mirrored(quality_coefficients.TURN[n], MIRROR[n]) for n in MIRROR], 1)
