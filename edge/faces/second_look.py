"""The second look: what FinderNet takes for a face, seen once more by a net that does only that.

FinderNet looks at every place of a picture and may spend little on each. A place that it takes for
a face is cut out at one size, whatever the face's, and a second net says how much like a face it
is: so letters, lamps and folds that passed are told apart, and faces in shade or at a tilt need
not be sure at first sight. The weights are `findernet_second.onnx`, what must be known of them is
in FinderNet's settings.
"""

from __future__ import annotations

import math
from typing import Callable, NamedTuple

import cv2
import numpy as np

FILE = "findernet_second.onnx"
# A place is seen with what is around it: so many times the box's side (the root of its area), at so
# many pixels.
AROUND = 1.6
SIZE = 40
# Grey levels: less contrast than this is noise.
FLAT = 4.0
# Places at once: the net is compiled for so many.
BATCH = 8
# Log-odds nearer to 0 leave a place open.
UNSURE = 3.0


class SecondSettings(NamedTuple):
    """What must be known of the weights.

    A place's log-odds of being a face are ``first * F + second * S + intercept``, of the two nets'
    log-odds F and S; of less confidence than `least` it is none. Where that leaves it open, S is
    the mean of the place's and its mirror image's. `digest` is the weights' SHA-256 in hexadecimal.
    """

    first: float
    second: float
    intercept: float
    least: float
    digest: str


class SecondLook:
    """Says how likely places of a picture are faces; remembers nothing.

    Parameters
    ----------
    log_odds_of : function
        From places, float32 (BATCH, 1, SIZE, SIZE), to the net's log-odds (BATCH,).
    settings : SecondSettings
    """

    def __init__(
        self, log_odds_of: Callable[[np.ndarray], np.ndarray], settings: SecondSettings
    ) -> None:
        self._log_odds_of, self.settings = log_odds_of, settings

    def confidence(self, grey: np.ndarray, boxes: np.ndarray, first: np.ndarray) -> np.ndarray:
        """Look again.

        Parameters
        ----------
        grey : ndarray, shape (H, W), uint8
        boxes : ndarray, shape (N, 4), float64
            ``x1 y1 x2 y2`` in pixels.
        first : ndarray, shape (N,)
            FinderNet's log-odds of each.

        Returns
        -------
        ndarray, shape (N,), float64
            Calibrated, in [0, 1].
        """
        squares, known = normalised(cut(grey, boxes)), self.settings
        lean = known.first * first + known.intercept
        seen = self._seen(squares)
        # The mirror image of a face is one, too: both looks together err less than either.
        unsure = np.abs(lean + known.second * seen) < UNSURE
        seen[unsure] = (seen[unsure] + self._seen(squares[unsure][..., ::-1])) / 2
        return confidence_of(lean + known.second * seen)

    def _seen(self, squares: np.ndarray) -> np.ndarray:
        """The net's log-odds of squares (N, SIZE, SIZE), shape (N,)."""
        seen = np.zeros(len(squares))
        for start in range(0, len(squares), BATCH):
            some = squares[start : start + BATCH]
            places = np.zeros((BATCH, 1, SIZE, SIZE), np.float32)
            places[: len(some), 0] = some
            seen[start : start + BATCH] = self._log_odds_of(places)[: len(some)]
        return seen


def confidence_of(log_odds: np.ndarray) -> np.ndarray:
    """Return log-odds of any size, shape (N,), as confidence in [0, 1]."""
    confidence: np.ndarray = 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))
    return confidence


def cut(
    grey: np.ndarray, boxes: np.ndarray, around: float = AROUND, size: int = SIZE
) -> np.ndarray:
    """Cut squares about boxes out of a picture.

    Parameters
    ----------
    grey : ndarray, shape (H, W), uint8
    boxes : ndarray, shape (N, 4), float64
        ``x1 y1 x2 y2`` in pixels; beyond the picture its rim goes on.
    around : float
        The squares' side, of a box's (the root of its area).
    size : int
        Pixels that each is seen at, either way.

    Returns
    -------
    ndarray, shape (N, size, size), uint8
    """
    squares = np.empty((len(boxes), size, size), np.uint8)
    middles, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    reach = around * np.sqrt(np.maximum(sides.prod(axis=1), 1.0)) / 2
    for square, (x, y), half in zip(squares, middles, reach):
        square[:] = _square(grey, x, y, half, size)
    return squares


def normalised(squares: np.ndarray) -> np.ndarray:
    """Squares (N, S, S) as the net sees them: of one brightness and contrast, float32."""
    places = squares.astype(np.float32)
    places -= places.mean(axis=(1, 2), keepdims=True)
    places /= np.maximum(places.std(axis=(1, 2), keepdims=True), FLAT)
    return places


def _square(grey: np.ndarray, x: float, y: float, half: float, size: int) -> np.ndarray:
    scale = size / (2 * half)
    if scale > 0.8:
        shift = [size / 2 - 0.5 - scale * (at - 0.5) for at in (x, y)]
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        return cv2.warpAffine(
            grey, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    left, top = math.floor(x - half), math.floor(y - half)
    right, bottom = math.ceil(x + half), math.ceil(y + half)
    height, width = grey.shape
    part = grey[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    beyond = max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width)
    if any(beyond):
        part = cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REPLICATE)
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA)
