"""Shots: whether the picture after a cut is one that was seen before, and where viewers were in it.

Of each shot small grey pictures of its first and last moments are kept, and where viewers were last
seen in it. A shot is like an earlier one where all of the picture is much alike, at evened light;
whether a viewer's place is as it was, the picture around it alone says, since tiles of a call may
change places among others that don't.
"""

from __future__ import annotations

from typing import Mapping

import cv2
import numpy as np

# Pictures are kept so small; light is evened over so many of their pixels, contrast of less than so
# many grey levels is noise.
WIDTH, HEIGHT, EVEN_PX, NOISE = 96, 54, 6.0, 4.0
# Correlation of pictures of one shot: from all of it and from what is around a viewer. Seconds
# apart those of one shot correlate by 0.6 to 0.98, of two by 0.1 to 0.4; of a call with two of four
# tiles changed by 0.5 to 0.7, and there around the tiles by nothing.
ALIKE, ALIKE_AROUND = 0.6, 0.5
# How far around a face, in its widths, and so many pixels at least.
AROUND, AROUND_PX = 2.0, 5
# Of a tile that changes less may be in view.
TILE = 1.5
# Less from one frame to the next is another picture there: a tile of a call has changed.
CHANGED_AROUND = 0.25
# So many shots are kept.
SHOTS = 12


class _Shot:
    """A shot's picture size, its first and last picture, and boxes of viewers by ID."""

    def __init__(self, shape: tuple[int, ...], first: np.ndarray) -> None:
        self.shape, self.first, self.last = shape, first, first
        self.boxes: dict[int, np.ndarray] = {}


class Shots:
    """Remembers shots of a film.

    Attributes
    ----------
    number : int
        Cuts until now.
    changed : bool
        Whether the picture seen last is another than the one before, as after a cut.
    places : dict
        Of viewers seen in an earlier shot like this one, where: box (4,), x1 y1 x2 y2 in pixels.
    """

    def __init__(self) -> None:
        self.number = 0
        self.changed = False
        self.places: dict[int, np.ndarray] = {}
        self._shape: tuple[int, ...] = ()
        self._now: np.ndarray | None = None
        self._shots: list[_Shot] = []

    def see(
        self, image: np.ndarray, in_view: Mapping[int, np.ndarray], after_cut: bool
    ) -> dict[int, float]:
        """Take in a frame; say how like it is around whom, where it has all changed.

        Parameters
        ----------
        image : ndarray, shape (H, W, 3) or (H, W), uint8, BGR or grey
        in_view : mapping
            Boxes of the viewers of the last frame, by ID.
        after_cut : bool
            Whether it is known to be another shot: then nobody is told.
        """
        before, self._now = self._now, _small(image)
        resized, self._shape = self._shape != image.shape[:2], image.shape[:2]
        if before is None or resized or after_cut:
            return {}
        self.changed = _correlation(before, self._now) < ALIKE
        alike = _around(before, self._now, in_view, self._shape, TILE)
        return {number: each for number, each in alike.items() if each < CHANGED_AROUND}

    def cut(self) -> None:
        """Begin a new shot with the frame seen last."""
        assert self._now is not None
        self.number += 1
        self.places = {}
        for shot in self._shots:
            if shot.shape == self._shape:
                self.places.update(_same_places(shot, self._now))
        self._shots = [*self._shots[1 - SHOTS :], _Shot(self._shape, self._now)]

    def note(self, boxes: Mapping[int, np.ndarray]) -> None:
        """Note where viewers are in the frame seen last, by ID."""
        assert self._now is not None
        if not boxes:
            return
        if not self._shots:
            self._shots = [_Shot(self._shape, self._now)]
        shot = self._shots[-1]
        if shot.shape == self._shape:
            shot.boxes.update(boxes)
            shot.last = self._now


def evened(grey: np.ndarray, over_px: float, noise: float = NOISE) -> np.ndarray:
    """Even light and contrast: what is left is how each place differs from what is around it.

    Parameters
    ----------
    grey : ndarray, shape (H, W), uint8
    over_px : float
        Over how many pixels.
    noise : float
        Contrast of less grey levels is not made more of.

    Returns
    -------
    ndarray, shape (H, W), float32
        About 0, mostly within 3.
    """
    picture = grey.astype(np.float32)
    # A square as wide as a bell of that width is, and much cheaper.
    side = 2 * round(1.7 * over_px) + 1
    differs = picture - cv2.blur(picture, (side, side))
    contrast = np.sqrt(np.maximum(cv2.blur(differs * differs, (side, side)), 0))
    result: np.ndarray = differs / np.maximum(contrast, noise)
    return result


def _same_places(shot: _Shot, now: np.ndarray) -> dict[int, np.ndarray]:
    """Where viewers were in a shot, around whom it is as it is now."""
    then = max((shot.first, shot.last), key=lambda each: _correlation(each, now))
    if _correlation(then, now) < ALIKE:
        return {}
    alike = _around(then, now, shot.boxes, shot.shape, AROUND)
    return {number: box for number, box in shot.boxes.items() if alike[number] >= ALIKE_AROUND}


def _around(
    then: np.ndarray,
    now: np.ndarray,
    boxes: Mapping[int, np.ndarray],
    shape: tuple[int, ...],
    reach: float,
) -> dict[int, float]:
    """Correlation of what is around boxes in two pictures, so many widths of the box each way."""
    if not boxes:
        return {}
    corners = np.array(list(boxes.values()))
    scale = np.array([WIDTH / shape[1], HEIGHT / shape[0]])
    middle = (corners[:, :2] + corners[:, 2:]) / 2 * scale
    half = np.maximum(reach * (corners[:, 2:3] - corners[:, :1]) * scale, AROUND_PX)
    x1, y1 = np.clip(np.rint(middle - half), 0, (WIDTH, HEIGHT)).astype(int).T
    x2, y2 = np.clip(np.rint(middle + half), 0, (WIDTH, HEIGHT)).astype(int).T
    products, first, second = (
        each[y2, x2] - each[y1, x2] - each[y2, x1] + each[y1, x1]
        for each in map(cv2.integral, (then * now, then * then, now * now))
    )
    sizes = np.sqrt(np.maximum(first * second, 0.0))
    # An empty or wholly even place is like nothing.
    alike = np.where(sizes > 1e-6, products / np.maximum(sizes, 1e-6), 0.0)
    return dict(zip(boxes, alike.tolist()))


def _small(image: np.ndarray) -> np.ndarray:
    # A few pixels of each place are enough for that, and much cheaper.
    size = 4 * WIDTH, 4 * HEIGHT
    if image.shape[0] > size[1] and image.shape[1] > size[0]:
        image = cv2.resize(image, size, interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return evened(small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), EVEN_PX)


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two evened pictures, 0 where one is empty."""
    size = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / size if size > 0 else 0.0
