"""How often each viewer is judged: at most so many times a second, however dense the looks are.

Smoothing takes a quarter of a second, and timelines are made of fifths: more than ten scores a
second and viewer change no result, and cost most of what a look costs. Between two, a viewer's last
judgement holds: its readings have the box of their own moment, and the quality and scores of that
judgement, so that whoever reads a timeline finds every look in it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from laughtrack.edge.settings import SCORE_HZ

# Times are whole milliseconds.
_GRACE_S = 0.0005


class Judgement(NamedTuple):
    """What a viewer's face was judged to be: as in `edge.readings.Reading`."""

    quality: float
    raw: float | None
    smile: float | None


class Judgements:
    """Remembers each viewer's last judgement.

    Parameters
    ----------
    score_hz : float
        Judgements a second and viewer at most, above 0. Where looks are no denser, each is one.
    """

    def __init__(self, score_hz: float = SCORE_HZ) -> None:
        if not (math.isfinite(score_hz) and score_hz > 0):
            raise ValueError(f"score rate is {score_hz}: expected scores a second, above 0")
        self._score_hz = score_hz
        self._last: dict[int, tuple[int, Judgement]] = {}

    def due(self, viewer_ids: list[int], t_s: float) -> np.ndarray:
        """Say who is to be judged in a look; others' judgements are forgotten.

        Parameters
        ----------
        viewer_ids : list of int, length N
            All who are seen in it.
        t_s : float
            Its time, seconds, later than at the last call.

        Returns
        -------
        ndarray, shape (N,), bool
        """
        step = self._step(t_s)
        self._last = {v: self._last[v] for v in viewer_ids if v in self._last}
        return np.array([v not in self._last or self._last[v][0] < step for v in viewer_ids], bool)

    def last(self, viewer_id: int) -> Judgement | None:
        """Return the judgement of a viewer who was seen in the look before, if there is one."""
        return self._last[viewer_id][1] if viewer_id in self._last else None

    def keep(self, viewer_id: int, t_s: float, judged: Judgement, final: bool = True) -> None:
        """Note the judgement of a look.

        Parameters
        ----------
        viewer_id : int
        t_s : float
        judged : Judgement
        final : bool
            False where it was another viewer's turn at the scorer: this one is due again in the
            next look.
        """
        step = self._step(t_s)
        self._last[viewer_id] = step if final else step - 1, judged

    def _step(self, t_s: float) -> int:
        """One judgement for each step of a clock, as `edge.sources.frames` takes looks."""
        return math.floor((t_s + _GRACE_S) * self._score_hz)

    def state(self) -> list[list[Any]]:
        """Return what `restore` needs to go on from here, as JSON types."""
        return [[viewer_id, step, *judged] for viewer_id, (step, judged) in self._last.items()]

    def restore(self, state: list[list[Any]]) -> None:
        """Go on from a `state`."""
        self._last = {viewer_id: (step, Judgement(*judged)) for viewer_id, step, *judged in state}
