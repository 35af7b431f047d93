"""Where the picture changed since it was last looked at, in cells of half a face."""

import base64
import zlib

import cv2
import numpy as np

# A cell has changed when its mean grey, at equal light, differs this much. Compressed film flickers
# by 2 to 5; a head's hair, cheeks and eyes differ from any wall by 12 and more in some cells.
CHANGED = 8.0
# Cells are kept in so many steps of a grey level, as whole numbers.
STEPS = 4
# How far beyond its box, in its widths, a known face makes changes: hair and chin.
AROUND = 0.4
# A cut in the film: mean change of the small grey picture, of its own spread.
CUT = 0.6


class Changes:
    """Remembers how each cell looked when it last changed, or a known face was there.

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

    def __init__(self, shape, cell):
        self.shape = tuple(max(1, side // cell) for side in shape)
        self._cell = cell
        self._seen = np.zeros(self.shape)
        self._now = self._seen
        self._light = self._thumb = None

    def see(self, grey):
        """Take in a frame; say whether it is the first, or the first after a cut."""
        rows, columns = self.shape
        whole = grey[: rows * self._cell, : columns * self._cell]
        small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float64)
        thumb = cv2.resize(small, (16, 9), interpolation=cv2.INTER_AREA)
        # Without mean and spread, so that flickering light is no cut.
        thumb = (thumb - thumb.mean()) / max(thumb.std(), 1.0)
        before, self._thumb = self._thumb, thumb
        light = _light(small)
        if before is None:
            self._light = light
        self._now = np.rint(small * (STEPS * self._light / light))
        return before is None or float(np.abs(thumb - before).mean()) > CUT

    def forget(self):
        """Take the frame as it is: from now on only what differs from it has changed."""
        self._seen = self._now.copy()

    def take(self, known):
        """Say which cells changed, apart from those around known faces.

        Parameters
        ----------
        known : ndarray, shape (N, 4), float64
            Faces found in this frame, x1 y1 x2 y2 in pixels.

        Returns
        -------
        ndarray, shape `self.shape`, bool
            Each change is told once.
        """
        changed = _in_fours(np.abs(self._now - self._seen) > STEPS * CHANGED)
        around = AROUND * (known[:, 2:3] - known[:, :1])
        boxes = np.hstack([known[:, :2] - around, known[:, 2:] + around]) / self._cell
        for x1, y1, x2, y2 in np.maximum(np.rint(boxes), 0).astype(int).tolist():
            changed[y1:y2, x1:x2] = False
            self._seen[y1:y2, x1:x2] = self._now[y1:y2, x1:x2]
        self._seen[changed] = self._now[changed]
        return changed

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        return {
            "light": self._light,
            "thumb": self._thumb.tolist(),
            "seen": to_text(self._seen.astype("<u2")),
        }

    def restore(self, state):
        """Go on from a `state` of pictures of the same shape."""
        self._light, self._thumb = state["light"], np.array(state["thumb"])
        self._seen = from_text(state["seen"]).view("<u2").reshape(self.shape).astype(np.float64)


def to_text(array):
    """Pack an array's bytes into letters and digits."""
    return base64.b64encode(zlib.compress(array.tobytes())).decode("ascii")


def from_text(text):
    """Unpack what `to_text` packed: ndarray of uint8."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)


def _light(small):
    """The mean of a small picture without its brightest and darkest places, which may be new."""
    low, high = np.percentile(small, [25, 75])
    return max(float(np.clip(small, low, high).mean()), 1.0)


def _in_fours(cells):
    """Keep the cells that are part of a square of four: a head is no smaller, noise is."""
    fours = cells[:-1, :-1] & cells[1:, :-1] & cells[:-1, 1:] & cells[1:, 1:]
    kept = np.zeros_like(cells)
    for rows in (slice(0, -1), slice(1, None)):
        for columns in (slice(0, -1), slice(1, None)):
            kept[rows, columns] |= fours
    return kept
