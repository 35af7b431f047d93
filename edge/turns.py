"""Who is scored in this frame, where the scorer cannot afford all: viewers take turns."""

import numpy as np

# Who was not scored for so many frames has waited longest, as has a new viewer.
MEMORY_FRAMES = 1000


class Turns:
    """Remembers how long ago each viewer was scored, in frames.

    Parameters
    ----------
    most : int or None
        Faces that may be scored in one frame; None: all.
    """

    def __init__(self, most):
        self._most = most
        self._last = {}
        self._frame = 0

    def take(self, viewer_ids, wanted):
        """Choose those whose turn it is.

        Parameters
        ----------
        viewer_ids : list of int, length N
        wanted : ndarray, shape (N,), bool
            Who could be scored.

        Returns
        -------
        ndarray, shape (N,), bool
            `wanted`, or those `most` of them who have waited longest.
        """
        if self._most is None:
            return np.array(wanted, bool)
        self._frame += 1
        if self._frame % MEMORY_FRAMES == 0:
            since = self._frame - MEMORY_FRAMES
            self._last = {v: frame for v, frame in self._last.items() if frame > since}
        waiting = [
            (self._last.get(viewer_ids[i], 0), viewer_ids[i], i) for i in np.flatnonzero(wanted)
        ]
        chosen = np.zeros(len(viewer_ids), bool)
        for _, viewer_id, i in sorted(waiting)[: self._most]:
            self._last[viewer_id] = self._frame
            chosen[i] = True
        return chosen

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        return {"frame": self._frame, "last": [[v, frame] for v, frame in self._last.items()]}

    def restore(self, state):
        """Go on from a `state`."""
        self._frame = state["frame"]
        self._last = {viewer_id: frame for viewer_id, frame in state["last"]}
