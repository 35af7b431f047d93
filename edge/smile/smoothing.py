"""Smoothing of each viewer's scores over time: causal, in seconds, right for uneven steps."""

from __future__ import annotations

import math


class Smoother:
    """Exponential smoothing of each viewer's scores with one time constant.

    The weight of the past is ``exp(-dt / time_constant_s)``, so the same scores at twice the rate
    are smoothed as much (Brown's exponential smoothing, sampled unevenly).

    Parameters
    ----------
    time_constant_s : float
        After this long, a step in the score has been followed by 63 %.
    gap_s : float
        A viewer not scored for longer than this starts anew.
    """

    def __init__(self, time_constant_s: float = 0.25, gap_s: float = 1.0) -> None:
        self._time_constant_s = time_constant_s
        self._gap_s = gap_s
        self._last: dict[int, tuple[float, float]] = {}

    def update(self, viewer_id: int, t_s: float, raw: float | None) -> float | None:
        """Smooth one score.

        Parameters
        ----------
        viewer_id : int
        t_s : float
            Seconds; later than this viewer's last score.
        raw : float or None
            Score in [0, 1], or None when the face cannot be scored.

        Returns
        -------
        float or None
            The smoothed score in [0, 1]; None for None, which leaves the past as it is.
        """
        if raw is None:
            return None
        before_s, smile = self._last.get(viewer_id, (-math.inf, raw))
        step_s = t_s - before_s
        if viewer_id not in self._last:
            self._forget(t_s)
        if step_s > self._gap_s:
            smile = raw
        else:
            smile = raw + (smile - raw) * math.exp(-step_s / self._time_constant_s)
        self._last[viewer_id] = (t_s, smile)
        return smile

    def _forget(self, t_s: float) -> None:
        """Drop those who would start anew: a device sees new viewers for months."""
        last = self._last.items()
        self._last = {viewer: past for viewer, past in last if t_s - past[0] <= self._gap_s}

    def state(self) -> list[list]:
        """Return what `restore` needs to go on from here, as JSON types."""
        return [[viewer_id, t_s, smile] for viewer_id, (t_s, smile) in self._last.items()]

    def restore(self, state: list[list]) -> None:
        """Go on from a `state`."""
        self._last = {viewer_id: (t_s, smile) for viewer_id, t_s, smile in state}
