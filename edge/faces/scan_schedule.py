"""When to scan which region of the picture: where it changed, and newcomers were found, sooner.

What has not changed since it was scanned shows nobody new. So changes are watched
(`edge.faces.change_detection`), and a tile (`edge.faces.tiles`) waits for a scan while cells in it
have changed, apart from those of known faces. How long it may wait is learnt: `SCAN_S` at most,
less where something new turned up at the last scan, or where it changed after a time without
changes. What waits is spread evenly over the calls until then.

Nothing of this is ever saved, because it is a picture of the room, or derived from one. After
`ScanSchedule.forget`, as in a program that was started again, all of the picture waits for a scan.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence

import numpy as np

from laughtrack.edge.faces.change_detection import ChangeDetector
from laughtrack.edge.faces.tiles import Region, cell_px, min_face_width, region, tiles

SCAN_S = 2.0
# Where all of a small picture can be scanned sooner for this price a second, nothing waits longer.
SCAN_MS_PER_S = 150.0
# What hasn't changed is scanned again as often as all can be for this price a second, in case Haar
# sees now what it missed: every 13 s at 1080p, every second at 480 x 270.
REFRESH_MS_PER_S = 30.0
# Doublings of the wait from its least to `SCAN_S`; where it starts after a scan of the whole.
MAX_BACKOFF, INITIAL_BACKOFF = 3, 2


class TileScan(NamedTuple):
    """A scan of one tile: the tile's number, and what to scan of it."""

    tile: int
    region: Region


class ScanSchedule:
    """Remembers what changed, and since when a scan is due where.

    Parameters
    ----------
    min_face_px : float, optional
        As for `edge.faces.finder.Finder`.
    scan_s : float
        Within this a newcomer is looked for.

    Attributes
    ----------
    whole_ms : float
        Price of scanning the whole picture, once one has been seen.
    """

    def __init__(self, min_face_px: float | None = None, scan_s: float = SCAN_S) -> None:
        self._min_face_px, self._scan_s = min_face_px, scan_s
        self._shape: tuple[int, ...] = ()
        self.whole_ms = 0.0

    def observe(self, grey: np.ndarray) -> bool:
        """Take in a frame; say whether it is the first after a cut, or of another size."""
        resized = grey.shape != self._shape and self._shape != ()
        if grey.shape != self._shape:
            self._start(grey.shape)
        return self._detector.observe(grey) or resized

    def forget(self) -> None:
        """Forget what was seen and when it was scanned: all of the picture is scanned soon."""
        if self._shape:
            self._detector.forget()
            self._since_s[:] = np.inf

    def whole_picture(self, t_s: float) -> list[Region]:
        """Return the regions that make up the whole picture, and count them as scanned."""
        self._detector.reset()
        self._changed[:] = False
        self._since_s[:], self._scanned_s[:], self._backoff[:] = np.inf, t_s, INITIAL_BACKOFF
        return [region(tile, tile[:4], self._shape) for tile in self._tiles]

    def note_changes(self, known: np.ndarray, t_s: float) -> None:
        """Note what changed since each place was scanned.

        Parameters
        ----------
        known : ndarray, shape (N, 4), float64
            Faces found in this frame, x1 y1 x2 y2 in pixels.
        t_s : float
        """
        if not self._detector.has_reference:
            self._detector.reset()
            self._changed[:] = True
            self._since_s[:], self._scanned_s[:], self._backoff[:] = t_s, t_s, INITIAL_BACKOFF
            return
        self._changed |= self._detector.changed_cells(known)
        for i in np.flatnonzero(self._since_s == np.inf).tolist():
            still_s = t_s - self._scanned_s[i]
            if self._cells_of(i).any():
                self._since_s[i] = t_s
                if still_s >= self._scan_s:
                    self._backoff[i] = 0
            elif still_s >= self._refresh_s - self._wait_s:
                self._cells_of(i)[:] = True
                self._since_s[i], self._backoff[i] = t_s, MAX_BACKOFF

    def required_ms(self, t_s: float, step_s: float) -> float:
        """Price of what must be scanned now so that all is in time, spread evenly."""
        _, regions, left = self._due_order(t_s, step_s)
        return _required_ms(regions, left)

    def due(self, t_s: float, step_s: float, max_ms: float) -> list[TileScan]:
        """Choose what to scan now.

        Parameters
        ----------
        t_s : float
        step_s : float
            Seconds since the last call.
        max_ms : float
            Price of the work that may be done.

        Returns
        -------
        list of TileScan
            Counted as scanned.
        """
        order, regions, left = self._due_order(t_s, step_s)
        required_ms, spent_ms, chosen = _required_ms(regions, left), 0.0, []
        for i, each, calls in zip(order.tolist(), regions, left):
            spent_ms += each.price_ms
            # Not before it must be: what changes all the time would be scanned all the time.
            if spent_ms > max_ms or (spent_ms > required_ms and calls > 1):
                break
            chosen.append(TileScan(i, each))
            self._cells_of(i)[:] = False
            self._since_s[i], self._scanned_s[i] = np.inf, t_s
        return chosen

    def note_result(self, tile: int, found_new: bool) -> None:
        """Note whether a tile's scan showed somebody who wasn't known."""
        self._backoff[tile] = 0 if found_new else min(MAX_BACKOFF, self._backoff[tile] + 1)

    def _due_order(self, t_s: float, step_s: float) -> tuple[np.ndarray, list[Region], np.ndarray]:
        """Tiles that wait, by how soon they must be scanned: numbers, regions, calls left."""
        waiting = np.flatnonzero(self._since_s < np.inf)
        end_s = self._since_s[waiting] + self._wait_s * 0.5 ** (
            MAX_BACKOFF - self._backoff[waiting]
        )
        order = np.argsort(end_s, kind="stable")
        left = np.maximum(np.floor((end_s[order] - t_s) / max(step_s, 1e-3) + 1e-6), 0) + 1
        return waiting[order], [self._region(i) for i in waiting[order]], left

    def _region(self, i: int) -> Region:
        """What to scan of a tile: around the cells that changed."""
        tile, changed = self._tiles[i], self._cells_of(i)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if not len(rows):
            return region(tile, tile[:4], self._shape)
        x1, y1 = tile.x1 + self._cell * columns[0], tile.y1 + self._cell * rows[0]
        x2, y2 = tile.x1 + self._cell * (columns[-1] + 1), tile.y1 + self._cell * (rows[-1] + 1)
        box = int(x1), int(y1), int(min(x2, tile.x2)), int(min(y2, tile.y2))
        return region(tile, box, self._shape)

    def _cells_of(self, i: int) -> np.ndarray:
        """The cells of a tile, in its octave."""
        tile, cell = self._tiles[i], self._cell
        rows = slice(tile.y1 // cell, max(tile.y2 // cell, tile.y1 // cell + 1))
        columns = slice(tile.x1 // cell, max(tile.x2 // cell, tile.x1 // cell + 1))
        return self._changed[tile.octave, rows, columns]

    def _start(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        min_px = min_face_width(shape, self._min_face_px)
        self._cell = cell_px(min_px)
        self._tiles = tiles(shape, min_px)
        self.whole_ms = sum(region(tile, tile[:4], shape).price_ms for tile in self._tiles)
        self._wait_s = min(self._scan_s, self.whole_ms / SCAN_MS_PER_S)
        self._refresh_s = max(self._wait_s, self.whole_ms / REFRESH_MS_PER_S)
        self._detector = ChangeDetector(shape, self._cell)
        octaves = 1 + max([tile.octave for tile in self._tiles], default=0)
        self._changed = np.zeros((octaves, *self._detector.shape), bool)
        self._since_s = np.full(len(self._tiles), np.inf)
        self._scanned_s = np.zeros(len(self._tiles))
        self._backoff = np.zeros(len(self._tiles), np.int64)


def _required_ms(regions: Sequence[Region], left: np.ndarray) -> float:
    if not regions:
        return 0.0
    return float((np.cumsum([each.price_ms for each in regions]) / left).max())
