"""When to scan which part of the picture: where it changed, and newcomers were found, sooner.

What has not changed since it was scanned shows nobody new. So changes are watched
(`edge.faces.change_detection`), and a tile (`edge.faces.tiles`) waits for a scan while cells in it
have changed, apart from those of known faces. How long it may wait is learnt: `SCAN_S` at most,
less where something new turned up at the last scan, or where it changed after a still time. What
waits is spread evenly over the calls until then.
"""

import numpy as np

from laughtrack.edge.faces.change_detection import Changes, from_text, to_text
from laughtrack.edge.faces.tiles import cell_px, least_face, part, tiles

SCAN_S = 2.0
# Where all of a small picture can be scanned sooner for this price a second, nothing waits longer.
SHARE_MS = 150.0
# What hasn't changed is scanned again as often as all can be for this price a second, in case Haar
# sees now what it missed: every 13 s at 1080p, every second at 480 x 270.
REFRESH_MS = 30.0
# Doublings of the wait from its least to `SCAN_S`; where it starts after a scan of all.
TIRED, RESTED = 3, 2


class Scans:
    """Remembers what changed, and where a scan is due since when.

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

    def __init__(self, min_face_px=None, scan_s=SCAN_S):
        self._min_face_px, self._scan_s = min_face_px, scan_s
        self._shape, self.whole_ms = None, 0.0

    def see(self, grey):
        """Take in a frame; say whether all of it is to be scanned: the first, or after a cut."""
        if grey.shape != self._shape:
            self._begin(grey.shape)
        return self._changes.see(grey)

    def all(self, t_s):
        """Return the parts that make up the whole picture, and count them as scanned."""
        self._changes.forget()
        self._dirty[:] = False
        self._since_s[:], self._scanned_s[:], self._tired[:] = np.inf, t_s, RESTED
        return [part(tile, tile[:4], self._shape) for tile in self._tiles]

    def note(self, known, t_s):
        """Note what changed since each place was scanned.

        Parameters
        ----------
        known : ndarray, shape (N, 4), float64
            Faces found in this frame, x1 y1 x2 y2 in pixels.
        t_s : float
        """
        self._dirty |= self._changes.take(known)
        for i in np.flatnonzero(self._since_s == np.inf):
            still_s = t_s - self._scanned_s[i]
            if self._of(i).any():
                self._since_s[i] = t_s
                if still_s >= self._scan_s:
                    self._tired[i] = 0
            elif still_s >= self._refresh_s - self._wait_s:
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

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        if self._shape is None:
            return {"shape": None}
        return {
            "shape": self._shape,
            "changes": self._changes.state(),
            "dirty": to_text(np.packbits(self._dirty)),
            "since_s": [None if since == np.inf else since for since in self._since_s.tolist()],
            "scanned_s": self._scanned_s.tolist(),
            "tired": self._tired.tolist(),
        }

    def restore(self, state):
        """Go on from a `state`."""
        self._shape = None
        if state["shape"] is None:
            return
        self._begin(tuple(state["shape"]))
        self._changes.restore(state["changes"])
        bits = np.unpackbits(from_text(state["dirty"]))[: self._dirty.size]
        self._dirty[:] = bits.reshape(self._dirty.shape)
        self._since_s[:] = [np.inf if since is None else since for since in state["since_s"]]
        self._scanned_s[:], self._tired[:] = state["scanned_s"], state["tired"]

    def _waiting(self, t_s, step_s):
        """Tiles that wait, by how soon they must be scanned: numbers, parts, calls left."""
        waiting = np.flatnonzero(self._since_s < np.inf)
        end_s = self._since_s[waiting] + self._wait_s * 0.5 ** (TIRED - self._tired[waiting])
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
        self._shape = shape
        least = least_face(shape, self._min_face_px)
        self._cell = cell_px(least)
        self._tiles = tiles(shape, least)
        self.whole_ms = sum(part(tile, tile[:4], shape).price_ms for tile in self._tiles)
        self._wait_s = min(self._scan_s, self.whole_ms / SHARE_MS)
        self._refresh_s = max(self._wait_s, self.whole_ms / REFRESH_MS)
        self._changes = Changes(shape, self._cell)
        octaves = 1 + max([tile.octave for tile in self._tiles], default=0)
        self._dirty = np.zeros((octaves, *self._changes.shape), bool)
        self._since_s = np.full(len(self._tiles), np.inf)
        self._scanned_s = np.zeros(len(self._tiles))
        self._tired = np.zeros(len(self._tiles), np.int64)


def _need_ms(parts, left):
    if not parts:
        return 0.0
    return float((np.cumsum([each.price_ms for each in parts]) / left).max())
