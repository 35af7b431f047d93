"""Where the picture changed since it was last looked at, in cells of half a face."""

from __future__ import annotations

import cv2
import numpy as np

# A cell has changed when its mean grey, at equal light, differs this much. Compressed film flickers
# by 2 to 5; a head's hair, cheeks and eyes differ from any wall by 12 and more in some cells.
MIN_CHANGE = 8.0
# Cells are kept in so many steps of a grey level, as whole numbers.
GREY_STEPS = 4
# How far beyond its box, in its widths, a known face makes changes: hair and chin.
FACE_MARGIN = 0.4
# A cut in the film: mean change of the small grey picture, of its own spread.
CUT_CHANGE = 0.6


class ChangeDetector:
    """Remembers how each cell looked when it last changed, or a known face was there.

    What it remembers is a picture of the room, so it has no state to be saved: see `forget`.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the pictures in pixels.
    cell : int
        Side of a cell in pixels. A border narrower than that belongs to no cell.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns of cells.
    """

    def __init__(self, shape: tuple[int, ...], cell: int) -> None:
        self.shape = max(1, shape[0] // cell), max(1, shape[1] // cell)
        self._cell = cell
        self._reference: np.ndarray | None = None
        self._current = np.zeros(self.shape)
        self._light = 1.0
        self._thumbnail: np.ndarray | None = None

    @property
    def has_reference(self) -> bool:
        """Whether there is something to compare with: not before `reset`, nor after `forget`."""
        return self._reference is not None

    def observe(self, grey: np.ndarray) -> bool:
        """Take in a frame; say whether it is the first after a cut."""
        rows, columns = self.shape
        whole = grey[: rows * self._cell, : columns * self._cell]
        small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float64)
        thumbnail = cv2.resize(small, (16, 9), interpolation=cv2.INTER_AREA)
        # Without mean and spread, so that flickering light is no cut.
        thumbnail = (thumbnail - thumbnail.mean()) / max(thumbnail.std(), 1.0)
        before, self._thumbnail = self._thumbnail, thumbnail
        light = _light(small)
        if self._reference is None:
            self._light = light
        self._current = np.rint(small * (GREY_STEPS * self._light / light))
        return before is not None and float(np.abs(thumbnail - before).mean()) > CUT_CHANGE

    def reset(self) -> None:
        """Make the frame the reference: from now on only what differs from it has changed."""
        self._reference = self._current.copy()

    def forget(self) -> None:
        """Forget the reference; the frame before is still known, to tell a cut."""
        self._reference = None

    def changed_cells(self, known: np.ndarray) -> np.ndarray:
        """Say which cells changed, apart from those around known faces.

        Parameters
        ----------
        known : ndarray, shape (N, 4), float64
            Faces found in this frame, x1 y1 x2 y2 in pixels.

        Returns
        -------
        ndarray, shape `self.shape`, bool
            Each change is reported once. Needs a reference.
        """
        assert self._reference is not None
        changed = _in_squares(np.abs(self._current - self._reference) > GREY_STEPS * MIN_CHANGE)
        around = FACE_MARGIN * (known[:, 2:3] - known[:, :1])
        boxes = np.hstack([known[:, :2] - around, known[:, 2:] + around]) / self._cell
        for x1, y1, x2, y2 in np.maximum(np.rint(boxes), 0).astype(int).tolist():
            changed[y1:y2, x1:x2] = False
            self._reference[y1:y2, x1:x2] = self._current[y1:y2, x1:x2]
        self._reference[changed] = self._current[changed]
        return changed


def _light(small: np.ndarray) -> float:
    """The mean of a small picture without its brightest and darkest places, which may be new."""
    low, high = np.percentile(small, [25, 75])
    return max(float(np.clip(small, low, high).mean()), 1.0)


def _in_squares(cells: np.ndarray) -> np.ndarray:
    """Keep the cells that are part of a square of four: a head is no smaller, noise is."""
    fours = cells[:-1, :-1] & cells[1:, :-1] & cells[:-1, 1:] & cells[1:, 1:]
    kept = np.zeros_like(cells)
    for rows in (slice(0, -1), slice(1, None)):
        for columns in (slice(0, -1), slice(1, None)):
            kept[rows, columns] |= fours
    return kept
