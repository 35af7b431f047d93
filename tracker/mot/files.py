"""MOT files: tracking sequences kept as text, read.

Conventions
-----------
Detections are a dict from frame number to `Detections`, identities, true ones and a tracker's, one
from frame number to `Identities`. Lines may come in any order of frames. A detection
that is no box (NaN, or no width or height) or has no confidence is read as it is, for
`valid_detections` to leave out; in a truth it is an error.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Callable, Iterator, NamedTuple, TypeVar

import numpy as np

from laughtrack.tracker.detections import Detections
from laughtrack.tracker.mot.text_numbers import is_infinite, is_not_a_number
from laughtrack.tracker.mot.text_numbers import number as text_number
from laughtrack.tracker.text_files import read_text

# A larger number is no frame's: that is four days of film.
MAX_FRAME = 10000000
# No picture is larger; what says so is no box.
MAX_PX = 1e6


_Kind = TypeVar("_Kind")


class Identities(NamedTuple):
    """Who is in one frame: `ids` (N,) int from 0 and `boxes` (N, 4), x1 y1 x2 y2 in pixels."""

    ids: np.ndarray
    boxes: np.ndarray


def read_detections(path: str | Path) -> dict[int, Detections]:
    """Read a MOTChallenge detection file.

    Parameters
    ----------
    path : str or path
        Lines ``frame, id, x, y, w, h, confidence, ...``. Confidence -1 on all lines means that
        none is known: all are taken as sure.

    Returns
    -------
    dict of int to Detections
        Confidence outside [0, 1] is brought to the nearer end.
    """
    table, lines = _read_table(path)
    _check_frames(path, table[:, 0], lines)
    scores = table[:, 6]
    if (scores == -1).all():
        scores = np.ones(len(scores))
    return _by_frame(Detections, table[:, 0], _corners(table[:, 2:6]), np.clip(scores, 0, 1))


def read_identities(path: str | Path) -> dict[int, Identities]:
    """Read a MOTChallenge ground truth or result file.

    Parameters
    ----------
    path : str or path
        Lines ``frame, id, x, y, w, h, confidence, ...``; those of confidence 0 are left out, as
        the benchmark does.

    Returns
    -------
    dict of int to Identities

    Raises
    ------
    ValueError
        If a line is no box, has no ID, or names one that the frame has already.
    """
    table, lines = _read_table(path)
    lines, table = lines[table[:, 6] != 0], table[table[:, 6] != 0]
    _check_frames(path, table[:, 0], lines)
    boxes, ids = _corners(table[:, 2:6]), table[:, 1]
    bad = ~valid_boxes(boxes)
    _raise_if_any(path, lines, bad, "expected a box with width and height")
    no_id = ~((ids >= 0) & (ids < 2**53) & (ids == np.floor(ids)))
    _raise_if_any(path, lines, no_id, "expected an ID from 0 (is this a detection file?)")
    twice = np.ones(len(table), dtype=bool)
    twice[np.unique(table[:, :2], axis=0, return_index=True)[1]] = False
    _raise_if_any(path, lines, twice, "an ID comes twice in its frame")
    return _by_frame(Identities, table[:, 0], ids.astype(np.int64), boxes)


def read_faces(path: str | Path) -> tuple[dict[int, Detections], dict[int, Identities]]:
    """Read a face sequence: detections, and which of them are whose face.

    Parameters
    ----------
    path : str or path
        First line the number of frames, then ``frame n`` and n times
        ``id x y w h is_face confidence``.

    Returns
    -------
    detections, truth : dict
        True identities are the detections with ``is_face`` 1 that are valid boxes. Every frame is
        in both.
    """
    detections: dict[int, Detections] = {}
    truth: dict[int, Identities] = {}
    for number, line in list(_lines(path))[1:]:
        words = line.split()
        try:
            values = [_value(word) for word in words]
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        named, count = values[0], values[1] if len(words) > 1 else 0.0
        if not (0 <= count <= len(words) and count % 1 == 0):
            raise ValueError(f"{path}, line {number}: {words[1]!r} is no number of faces")
        if len(words) != 2 + 7 * count:
            raise ValueError(
                f"{path}, line {number}: expected {2 + 7 * count:.0f} words, got {len(words)}"
            )
        if named in detections or not 0 <= named <= MAX_FRAME or named % 1:
            raise ValueError(
                f"{path}, line {number}: expected a new frame's number, got {words[0]}"
            )
        frame, table = int(named), np.array(values[2:], dtype=np.float64).reshape(-1, 7)
        boxes = _corners(table[:, 1:5])
        real = (table[:, 5] == 1) & valid_boxes(boxes) & (table[:, 0] >= 0) & (table[:, 0] < 2**53)
        detections[frame] = Detections(boxes, np.clip(table[:, 6], 0, 1))
        truth[frame] = Identities(table[real, 0].astype(np.int64), boxes[real])
    return detections, truth


def is_face_sequence(path: str | Path) -> bool:
    """Tell a face sequence from MOTChallenge text by its first line.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If it is neither, or there is nothing in it.
    """
    for number, line in _lines(path):
        if "," in line:
            return False
        if line.split()[0].isdigit() and len(line.split()) == 1:
            return True
        raise ValueError(
            f"{path}, line {number}: expected frame,id,x,y,w,h,confidence (MOTChallenge) or the"
            f" number of frames (a face sequence), got {line[:60]!r}"
        )
    raise ValueError(f"{path}: nothing in it; expected a line for each detection")


def valid_detections(detections: dict[int, Detections]) -> tuple[dict[int, Detections], int]:
    """Leave out detections that are no boxes or have no confidence.

    Parameters
    ----------
    detections : dict of int to Detections

    Returns
    -------
    dict of int to Detections
        The same frames.
    int
        How many detections were left out.
    """
    kept, left_out = {}, 0
    for frame, (boxes, scores, *_) in detections.items():
        good = valid_boxes(boxes) & ~np.isnan(scores)
        kept[frame] = Detections(boxes[good], scores[good])
        left_out += int((~good).sum())
    return kept, left_out


def valid_boxes(boxes: np.ndarray) -> np.ndarray:
    """Tell which boxes are of a picture, finite, and have width and height.

    Parameters
    ----------
    boxes : ndarray, shape (N, 4), float64

    Returns
    -------
    ndarray, shape (N,), bool
    """
    inside = (np.abs(boxes) <= MAX_PX).all(axis=1)
    return np.asarray(inside & (boxes[:, 2:] > boxes[:, :2]).all(axis=1))


def _lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """Yield the number, from 1, and the text of each line that is not empty."""
    for number, line in enumerate(read_text(path, "MOTChallenge lines").split("\n"), 1):
        if line.strip():
            yield number, line.strip()


def _value(word: str) -> float:
    """Return a number, or what a program writes for none (NaN) or one too large (infinity)."""
    if is_not_a_number(word):
        return math.nan
    if is_infinite(word):
        return math.inf
    return text_number(word)


def _read_table(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Lines of comma-separated numbers, at least seven a line; and the lines' numbers."""
    rows, lines = [], []
    for number, line in _lines(path):
        words = line.split(",")
        try:
            rows.append([_value(word) for word in words[:7]])
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        if len(words) < 7:
            raise ValueError(
                f"{path}, line {number}: expected frame,id,x,y,w,h,confidence, got {line[:60]!r}"
            )
        lines.append(number)
    return np.array(rows, dtype=np.float64).reshape(-1, 7), np.array(lines, dtype=np.int64)


def _check_frames(path: str | Path, frames: np.ndarray, lines: np.ndarray) -> None:
    bad = ~((frames >= 0) & (frames <= MAX_FRAME) & (frames == np.floor(frames)))
    _raise_if_any(path, lines, bad, f"expected a frame number from 0 to {MAX_FRAME}")


def _raise_if_any(path: str | Path, lines: np.ndarray, bad: np.ndarray, why: str) -> None:
    if bad.any():
        raise ValueError(f"{path}, line {lines[bad][0]}: {why}")


def _corners(boxes: np.ndarray) -> np.ndarray:
    """``x y w h`` to ``x1 y1 x2 y2``."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def _by_frame(
    kind: Callable[[np.ndarray, np.ndarray], _Kind],
    frames: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> dict[int, _Kind]:
    """Split rows by frame, in their order: a dict from frame number to `kind`."""
    order = np.argsort(frames, kind="stable")
    numbers, starts = np.unique(frames[order], return_index=True)
    parts = np.split(first[order], starts[1:]), np.split(second[order], starts[1:])
    return dict(zip(numbers.astype(np.int64).tolist(), map(kind, *parts)))
