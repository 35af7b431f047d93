"""Boxes: checks, conversions and overlap.

Conventions
-----------
A box is ``x1 y1 x2 y2`` in pixels of the full frame, x to the right, y down. Its centre form is
``cx cy w h``. Many boxes are one float64 array of shape (N, 4); no boxes is shape (0, 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def check_boxes(boxes: ArrayLike, name: str = "boxes") -> np.ndarray:
    """Return `boxes` as a float64 array of shape (N, 4), or say what is wrong with them.

    Parameters
    ----------
    boxes : array_like, shape (N, 4)
        ``x1 y1 x2 y2`` in pixels. Anything of length 0 is taken as no boxes.
    name : str
        What the error calls them.

    Returns
    -------
    ndarray, shape (N, 4), float64
        A copy.

    Raises
    ------
    ValueError
        If the shape is another, a number is not finite, or a box has no width or height.
    """
    array = np.array(boxes, dtype=np.float64)
    if array.size == 0 and len(array) == 0:
        return np.zeros((0, 4))
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"{name}: expected shape (N, 4), got {array.shape}")
    sizes = array[:, 2:] - array[:, :2]
    # Written so that NaN fails it; a difference of two infinities is NaN or infinite too.
    bad = ~((sizes > 0) & (sizes < np.inf)).all(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"{name}[{row}]: expected finite x1 < x2 and y1 < y2, got {array[row].tolist()}"
            " (is it x y width height?)"
        )
    return array


def check_scores(scores: ArrayLike, count: int) -> np.ndarray:
    """Return `scores` as a float64 array of shape (`count`,), or say what is wrong with them.

    Parameters
    ----------
    scores : array_like, shape (count,)
        Detector confidence in [0, 1].
    count : int
        How many boxes there are.

    Returns
    -------
    ndarray, shape (count,), float64
        A copy.

    Raises
    ------
    ValueError
        If there are more or fewer than boxes, or one is not within [0, 1].
    """
    array = np.array(scores, dtype=np.float64)
    if array.shape != (count,):
        raise ValueError(f"scores: expected shape ({count},) as for boxes, got {array.shape}")
    bad = ~((array >= 0) & (array <= 1))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(f"scores[{row}]: expected a number in [0, 1], got {array[row]}")
    return array


def check_flags(flags: ArrayLike | None, count: int) -> np.ndarray:
    """Return `flags` as a bool array of shape (`count`,), all False for None.

    Raises
    ------
    ValueError
        If it is not of that type or shape.
    """
    if flags is None:
        return np.zeros(count, dtype=bool)
    array = np.asarray(flags)
    if array.dtype != bool or array.shape != (count,):
        raise ValueError(
            f"retried: expected bool, shape ({count},) as of boxes, got {array.dtype},"
            f" shape {array.shape}"
        )
    return array


def to_centre(boxes: np.ndarray) -> np.ndarray:
    """Turn ``x1 y1 x2 y2`` into ``cx cy w h``.

    Parameters
    ----------
    boxes : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels.

    Returns
    -------
    ndarray, shape (N, 4), float64
        Centre x, centre y, width, height in pixels.
    """
    out = np.empty(boxes.shape)
    out[:, :2] = (boxes[:, :2] + boxes[:, 2:]) / 2
    out[:, 2:] = boxes[:, 2:] - boxes[:, :2]
    return out


def to_corners(centres: np.ndarray) -> np.ndarray:
    """Turn ``cx cy w h`` into ``x1 y1 x2 y2``.

    Parameters
    ----------
    centres : ndarray, shape (N, 4), float64
        Centre x, centre y, width, height in pixels.

    Returns
    -------
    ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels.
    """
    half = centres[:, 2:] / 2
    return np.concatenate([centres[:, :2] - half, centres[:, :2] + half], axis=1)


def overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of every pair of boxes.

    Parameters
    ----------
    first : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels.
    second : ndarray, shape (M, 4), float64
        ``x1 y1 x2 y2`` in pixels.

    Returns
    -------
    ndarray, shape (N, M), float64
        In [0, 1]: 0 apart, 1 the same box.
    """
    intersection = _intersection(first, second)
    return intersection / (_area(first)[:, None] + _area(second)[None, :] - intersection)


def contained(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of each first box that lies inside each second one.

    Parameters
    ----------
    first : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels.
    second : ndarray, shape (M, 4), float64
        ``x1 y1 x2 y2`` in pixels.

    Returns
    -------
    ndarray, shape (N, M), float64
        Share of the first box's area, in [0, 1].
    """
    return _intersection(first, second) / _area(first)[:, None]


def duplicates(
    boxes: np.ndarray, faces: np.ndarray, least_overlap: float, least_share: float
) -> np.ndarray:
    """Say which boxes show a face that is known already.

    Parameters
    ----------
    boxes : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels.
    faces : ndarray, shape (M, 4), float64
        The faces known, likewise.
    least_overlap : float
        Overlap above which it is the same face.
    least_share : float
        One of which more than this lies inside a face is the same anyhow.

    Returns
    -------
    ndarray, shape (N,), bool
    """
    if not len(boxes) or not len(faces):
        return np.zeros(len(boxes), dtype=bool)
    same = overlap(boxes, faces) > least_overlap
    return np.asarray((same | (contained(boxes, faces) > least_share)).any(axis=1))


def weaker_duplicates(
    boxes: np.ndarray, scores: np.ndarray, least_overlap: float, least_share: float
) -> np.ndarray:
    """Say which boxes show the same face as a better one among them.

    Parameters
    ----------
    boxes : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels.
    scores : ndarray, shape (N,), float64
        Of equal scores the earlier box is the better one.
    least_overlap, least_share : float
        As for `duplicates`.

    Returns
    -------
    ndarray, shape (N,), bool
    """
    rank = np.empty(len(boxes), dtype=np.intp)
    rank[np.argsort(-scores, kind="stable")] = np.arange(len(boxes))
    same = (overlap(boxes, boxes) > least_overlap) | (contained(boxes, boxes) > least_share)
    return np.asarray((same & (rank[:, None] > rank[None, :])).any(axis=1))


def _area(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _intersection(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(high - low, 0)
    return sides[..., 0] * sides[..., 1]
