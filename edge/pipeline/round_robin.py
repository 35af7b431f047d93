"""Who is scored in this frame, where there is no time for all: viewers take turns."""

from __future__ import annotations

from typing import Any

import numpy as np

# Who was not scored for so many frames has waited longest, as has a new viewer.
MEMORY_FRAMES = 1000
# Faces scored a second: two small cores score a thousand in a third of the time. So 33 viewers are
# scored in each of 30 frames a second, 100 viewers in each of ten frames a second, or every third
# frame. Counted, not timed, so that the same frames give the same scores on any machine.
SCORES_PER_S = 1000
# However short a step is, so many are scored.
MIN_SCORES = 24


class RoundRobin:
    """Remembers how long ago each viewer was scored, in frames.

    Parameters
    ----------
    limit : int or None
        Faces that may be scored in one frame; None: as many as `SCORES_PER_S` allows.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._last: dict[int, int] = {}
        self._frame = 0
        self._last_s: float | None = None

    def select(self, viewer_ids: list[int], wanted: np.ndarray, t_s: float) -> np.ndarray:
        """Choose those whose turn it is.

        Parameters
        ----------
        viewer_ids : list of int, length N
        wanted : ndarray, shape (N,), bool
            Who could be scored.
        t_s : float
            Seconds, later than at the last call.

        Returns
        -------
        ndarray, shape (N,), bool
            `wanted`, or those of them who have waited longest.
        """
        step_s = np.inf if self._last_s is None else t_s - self._last_s
        limit = self._limit or max(MIN_SCORES, SCORES_PER_S * step_s)
        self._last_s = t_s
        if np.count_nonzero(wanted) <= limit:
            limit = len(viewer_ids)
        self._frame += 1
        if self._frame % MEMORY_FRAMES == 0:
            since = self._frame - MEMORY_FRAMES
            self._last = {v: frame for v, frame in self._last.items() if frame > since}
        waiting = [
            (self._last.get(viewer_ids[i], 0), viewer_ids[i], i) for i in np.flatnonzero(wanted)
        ]
        chosen = np.zeros(len(viewer_ids), bool)
        for _, viewer_id, i in sorted(waiting)[: round(limit)]:
            self._last[viewer_id] = self._frame
            chosen[i] = True
        return chosen

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types."""
        last = [[v, frame] for v, frame in self._last.items()]
        return {"frame": self._frame, "last": last, "last_s": self._last_s}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._frame, self._last_s = state["frame"], state["last_s"]
        self._last = {viewer_id: frame for viewer_id, frame in state["last"]}
