"""The last seconds of a session that goes on, as the tables that finished sessions have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.smiles import GAP_S, OFF, ON, detect_smiles
from laughtrack.edge.readings import COLUMNS

# What is kept behind the last second that was told: longer than any gap or shortest smile.
KEPT_S = 8
_INTS = ("viewer_id", "x1", "y1", "x2", "y2")
_TYPES = {name: "float64" for name in COLUMNS} | {name: "int64" for name in _INTS}
_SPANS = ("seq", "started_utc", "start_s", "end_s", "frames")


class Window:
    """Readings and looks from a whole second on; what is older is let go by `forget_before`."""

    def __init__(self) -> None:
        self._from_s = 0
        self._readings = _frame({name: [] for name in COLUMNS})
        self._new: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        self._looks: list[tuple[float, float]] = []

    def add(self, readings: Mapping[str, Sequence[Any]], start_s: float, end_s: float) -> None:
        """Add what was seen from one time to another, as `edge.readings.columns` has it."""
        self._looks.append((start_s, end_s))
        for name, values in self._new.items():
            values.extend(readings[name])

    @property
    def origin_s(self) -> int:
        """A second before the window: who was in a smile then is known by a reading from there."""
        return self._from_s - math.ceil(GAP_S)

    def tables(self) -> SessionTables:
        """Return the tables of what is kept, their time beginning at `origin_s`."""
        readings = self._whole()
        readings = readings.assign(t_s=readings["t_s"] - self.origin_s)
        looks = np.array(self._looks, dtype=float).reshape(-1, 2) - self.origin_s
        columns = [range(len(looks)), "", *looks.clip(min=0).T, 1]
        spans = pd.DataFrame(dict(zip(_SPANS, columns, strict=True)), index=range(len(looks)))
        # Which IDs are of one viewer is known only when the session is over.
        return SessionTables(Session(readings, spans, {}, "", "", joined=()))

    def forget_before(self, from_s: int) -> None:
        """Let go of what is older, but for who was in a smile then."""
        if from_s <= self._from_s:
            return
        readings = self._whole()
        old = readings["t_s"].to_numpy() < from_s
        state = _state_at_end(readings[old], from_s)
        self._readings = pd.concat([state, readings[~old]], ignore_index=True)
        self._looks = [each for each in self._looks if each[1] > from_s]
        self._from_s = from_s

    def _whole(self) -> pd.DataFrame:
        if self._new["t_s"]:
            together = pd.concat([self._readings, _frame(self._new)], ignore_index=True)
            self._readings = together.sort_values(["t_s", "viewer_id"], ignore_index=True)
            self._new = {name: [] for name in COLUMNS}
        return self._readings


def _frame(readings: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: readings[name] for name in COLUMNS}).astype(_TYPES)


def _state_at_end(readings: pd.DataFrame, end_s: float) -> pd.DataFrame:
    """Return each viewer's last judged reading, with a score that says whether it is in a smile."""
    smiling = detect_smiles(readings).smiling
    judged = (readings["smile"].notna() & (readings["t_s"] >= end_s - GAP_S)).to_numpy()
    last = (
        readings[judged].assign(smiling=smiling[judged]).drop_duplicates("viewer_id", keep="last")
    )
    scores = np.where(
        last["smiling"], np.maximum(last["smile"], ON), np.minimum(last["smile"], OFF - 0.001)
    )
    return last.assign(smile=scores)[[*COLUMNS]]
