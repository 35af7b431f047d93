"""When to scan which part of the picture: where it changed, and newcomers were found, sooner.

What has not changed since it was scanned shows nobody new. So changes are watched in cells of half
a face, and a tile (`edge.tiles`) waits for a scan while cells in it have changed, apart from those
of known faces. How long it may wait is learnt: `SCAN_S` at most, less where something new turned up
at the last scan, or where it changed after a still time. What is due is spread evenly over the
calls until then.
"""

import base64
import zlib

import cv2
import numpy as np

from edge.tiles import cell_px, least_face, part, tiles

SCAN_S = 2.0
# What hasn't changed is scanned again after this many times as long, in case Haar sees it then.
REFRESH = 10
# A cell has changed when its mean grey, at equal light, differs this much. Compressed film flickers
# by 2 to 5; a head's hair, cheeks and eyes differ from any wall by 12 and more in some cells.
CHANGED = 8.0
# Cells are kept in so many steps of a grey level, as whole numbers.
STEPS = 4
# Doublings of the wait from its least to `SCAN_S`; where it starts after a scan of all.
TIRED, RESTED = 3, 2
# How far beyond its box, in its widths, a known face makes changes: hair and chin.
AROUND = 0.4
# A cut in the film: mean change of the small grey picture, of its own spread.
CUT = 0.6


class Scans:
    """Remembers what the picture looked like, and where a scan is due since when.

    Parameters
    ----------
    min_face_px : float, optional
        As for `edge.faces.Finder`.
    scan_s : float
        Within this a newcomer is looked for.
    """

    def __init__(self, min_face_px=None, scan_s=SCAN_S):
        self._min_face_px, self._scan_s = min_face_px, scan_s
        self._shape = None
        self._thumb = None

    def see(self, grey):
        """Take in a frame; say whether all of it is to be scanned: the first, or after a cut."""
        if grey.shape != self._shape:
            self._begin(grey.shape)
        small = self._shrink(grey)
        light = _light(small)
        thumb = cv2.resize(small, (16, 9), interpolation=cv2.INTER_AREA)
        # Without mean and spread, so that flickering light is no cut.
        thumb = (thumb - thumb.mean()) / max(thumb.std(), 1.0)
        before, self._thumb = self._thumb, thumb
        cut = before is None or float(np.abs(thumb - before).mean()) > CUT
        if before is None:
            self._light = light
        self._now = np.rint(small * (STEPS * self._light / light))
        return cut

    def all(self, t_s):
        """Return the parts that make up the whole picture, and count them as scanned."""
        self._seen = self._now.copy()
        self._dirty[:] = False
        self._since_s[:], self._scanned_s[:], self._tired[:] = np.inf, t_s, RESTED
        return [part(tile, tile[:4], self._shape) for tile in self._tiles]

    def note(self, known, t_s):
        """Note what changed since each place was scanned, apart from known faces.

        Parameters
        ----------
        known : ndarray, shape (N, 4), float64
            Faces found in this frame, x1 y1 x2 y2 in pixels.
        t_s : float
        """
        changed = _in_fours(np.abs(self._now - self._seen) > STEPS * CHANGED)
        around = AROUND * (known[:, 2:3] - known[:, :1])
        boxes = np.hstack([known[:, :2] - around, known[:, 2:] + around]) / self._cell
        for x1, y1, x2, y2 in np.maximum(np.rint(boxes), 0).astype(int).tolist():
            changed[y1:y2, x1:x2] = False
            self._seen[y1:y2, x1:x2] = self._now[y1:y2, x1:x2]
        self._seen[changed] = self._now[changed]
        self._dirty |= changed
        for i in np.flatnonzero(self._since_s == np.inf):
            still_s = t_s - self._scanned_s[i]
            if self._of(i).any():
                self._since_s[i] = t_s
                if still_s >= self._scan_s:
                    self._tired[i] = 0
            elif still_s >= (REFRESH - 1) * self._scan_s:
                self._of(i)[:] = True
                self._since_s[i], self._tired[i] = t_s, TIRED

    def need_ms(self, t_s, step_s):
        """Price of what must be scanned now so that all is in time, spread evenly."""
        return _need_ms(*self._waiting(t_s, step_s)[1:])

    def due(self, t_s, step_s, most_ms):
        """Choose what to scan now.

        Parameters
        ----------
        t_s : float
        step_s : float
            Seconds since the last call.
        most_ms : float
            Price of the work that may be done.

        Returns
        -------
        list of (int, Part)
            The tile's number and what to scan of it; counted as scanned.
        """
        order, parts, left = self._waiting(t_s, step_s)
        need_ms, spent_ms, chosen = _need_ms(parts, left), 0.0, []
        for i, each, calls in zip(order.tolist(), parts, left):
            spent_ms += each.price_ms
            # Not before it must be: what changes all the time would be scanned all the time.
            if spent_ms > most_ms or (spent_ms > need_ms and calls > 1):
                break
            chosen.append((i, each))
            self._of(i)[:] = False
            self._since_s[i], self._scanned_s[i] = np.inf, t_s
        return chosen

    def learn(self, tile, news):
        """Note whether a tile's scan showed somebody who wasn't known."""
        self._tired[tile] = 0 if news else min(TIRED, self._tired[tile] + 1)

    def price_ms(self, parts):
        """Price of scanning parts."""
        return float(sum(each.price_ms for each in parts))

    def _waiting(self, t_s, step_s):
        """Tiles that wait, by how soon they must be scanned: numbers, parts, calls left."""
        waiting = np.flatnonzero(self._since_s < np.inf)
        end_s = self._since_s[waiting] + self._scan_s * 0.5 ** (TIRED - self._tired[waiting])
        order = np.argsort(end_s, kind="stable")
        left = np.maximum(np.floor((end_s[order] - t_s) / max(step_s, 1e-3) + 1e-6), 0) + 1
        return waiting[order], [self._part(i) for i in waiting[order]], left

    def _part(self, i):
        """What to scan of a tile: around the cells that changed."""
        tile, dirty = self._tiles[i], self._of(i)
        rows, columns = np.flatnonzero(dirty.any(axis=1)), np.flatnonzero(dirty.any(axis=0))
        if not len(rows):
            return part(tile, tile[:4], self._shape)
        x1, y1 = tile.x1 + self._cell * columns[0], tile.y1 + self._cell * rows[0]
        x2, y2 = tile.x1 + self._cell * (columns[-1] + 1), tile.y1 + self._cell * (rows[-1] + 1)
        box = int(x1), int(y1), int(min(x2, tile.x2)), int(min(y2, tile.y2))
        return part(tile, box, self._shape)

    def _of(self, i):
        """The cells of a tile, in its octave."""
        tile, cell = self._tiles[i], self._cell
        rows = slice(tile.y1 // cell, max(tile.y2 // cell, tile.y1 // cell + 1))
        columns = slice(tile.x1 // cell, max(tile.x2 // cell, tile.x1 // cell + 1))
        return self._dirty[tile.octave, rows, columns]

    def _begin(self, shape):
        self._shape, self._thumb = shape, None
        least = least_face(shape, self._min_face_px)
        self._cell = cell_px(least)
        self._tiles = tiles(shape, least)
        octaves = 1 + max([tile.octave for tile in self._tiles], default=0)
        rows, columns = (max(1, side // self._cell) for side in shape)
        self._dirty = np.zeros((octaves, rows, columns), bool)
        self._seen = np.zeros((rows, columns))
        self._since_s = np.full(len(self._tiles), np.inf)
        self._scanned_s = np.zeros(len(self._tiles))
        self._tired = np.zeros(len(self._tiles), np.int64)

    def _shrink(self, grey):
        """The mean of each cell; a border narrower than a cell is left out."""
        rows, columns = self._seen.shape
        whole = grey[: rows * self._cell, : columns * self._cell]
        small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
        return small.astype(np.float64)

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        if self._shape is None:
            return {"shape": None}
        return {
            "shape": self._shape,
            "thumb": self._thumb.tolist(),
            "light": self._light,
            "seen": _text(self._seen.astype("<u2")),
            "dirty": _text(np.packbits(self._dirty)),
            "since_s": [None if since == np.inf else since for since in self._since_s.tolist()],
            "scanned_s": self._scanned_s.tolist(),
            "tired": self._tired.tolist(),
        }

    def restore(self, state):
        """Go on from a `state`."""
        if state["shape"] is None:
            self._shape = None
            return
        self._begin(tuple(state["shape"]))
        self._thumb, self._light = np.array(state["thumb"]), state["light"]
        self._seen[:] = _bytes(state["seen"]).view("<u2").reshape(self._seen.shape)
        bits = np.unpackbits(_bytes(state["dirty"]))[: self._dirty.size]
        self._dirty[:] = bits.reshape(self._dirty.shape)
        self._since_s[:] = [np.inf if since is None else since for since in state["since_s"]]
        self._scanned_s[:], self._tired[:] = state["scanned_s"], state["tired"]


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


def _need_ms(parts, left):
    if not parts:
        return 0.0
    return float((np.cumsum([each.price_ms for each in parts]) / left).max())


def _text(array):
    return base64.b64encode(zlib.compress(array.tobytes())).decode("ascii")


def _bytes(text):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
