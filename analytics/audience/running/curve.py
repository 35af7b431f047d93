"""The curve of a session that goes on: a row a second, told once and for good.

Conventions
-----------
- A second is told `SETTLED_S` after its end, when no later reading can change it: a smile counts
  from `timelines.smiles.LEAST_SMILE_S` on, and a reading stands for up to `GAP_S`.
- Rows are `audience.curve.curve`'s and the pointwise band that of `audience.bands.bands`, of what
  is known by then: viewers seen too briefly are not yet left out, IDs of one viewer not joined,
  nothing is taken back, and the design effect is of the seconds so far.
- Peaks are those of the last minutes; one with its whole surroundings known stays as it is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.curve import CURVE, curve
from laughtrack.analytics.audience.peaks import APART_S, PEAKS, SURROUNDINGS_S, peaks_of_bins
from laughtrack.analytics.audience.running.band import with_band, worth
from laughtrack.analytics.audience.running.window import KEPT_S, Window
from laughtrack.analytics.timelines.bins import BIN_S
from laughtrack.analytics.timelines.smiles import GAP_S

SETTLED_S = GAP_S
ROWS = (*CURVE, "share_low", "share_high")
_TYPES = dict.fromkeys(ROWS, "float64") | {
    "visible": "int64",
    "judged": "int64",
    "watched": "bool",
}
# How much of the past the design effect and the peaks are of, and how often the first is renewed.
EFFECT_S, PEAKS_S, RENEWED_S = 600, 300, 5


class RunningCurve:
    """A session's curve, band and peaks so far.

    Attributes
    ----------
    told_s : int
        The rows told so far reach up to here, in seconds.
    """

    def __init__(self) -> None:
        self._window = Window()
        self._end_s = 0.0
        self.told_s = 0
        # By second: who was judged, and the part of it that each smiled.
        self._shares: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=EFFECT_S)
        # As `band.worth`.
        self._worth, self._worth_at_s = 1.0, -RENEWED_S
        self._bins: deque[pd.DataFrame] = deque()
        self._kept_peaks: list[dict[str, float]] = []
        self._peaks_until_s = 0.0

    def add(self, readings: Mapping[str, Sequence[Any]], start_s: float, end_s: float) -> bool:
        """Add what was seen from one time to another.

        Parameters
        ----------
        readings : dict of lists
            As `edge.readings.columns` returns it.
        start_s, end_s : float
            The camera looked then.

        Returns
        -------
        bool
            False for what is of seconds that were told already: it is left out.
        """
        if start_s < self.told_s:
            return False
        self._window.add(readings, start_s, end_s)
        self._end_s = max(self._end_s, end_s)
        return True

    def begin_at(self, from_s: int) -> None:
        """Tell nothing of the seconds before: they are known from elsewhere."""
        self.told_s = max(self.told_s, from_s)
        self._window.forget_before(self.told_s)

    def rows(self, is_over: bool = False) -> pd.DataFrame:
        """Return the seconds that are settled and were not told yet.

        Parameters
        ----------
        is_over : bool
            Nothing more comes: all that is left is settled.

        Returns
        -------
        DataFrame
            `ROWS`: as `curve.curve`, with `share_low` and `share_high` of the pointwise band, NaN
            where fewer than `LEAST_VIEWERS` were judged.
        """
        settled = math.ceil(self._end_s) if is_over else math.floor(self._end_s - SETTLED_S)
        if settled <= self.told_s:
            return pd.DataFrame(columns=[*ROWS]).astype(_TYPES)
        tables = self._window.tables()
        first, last = self.told_s - self._window.origin_s, settled - self._window.origin_s
        found = curve(tables, 1.0).iloc[first:last].reset_index(drop=True)
        grid = tables.grid(1.0)
        for step in range(first, min(last, grid.share.shape[1])):
            known = grid.scored[:, step]
            self._shares.append((grid.ids[known], grid.share[known, step]))
        if settled - self._worth_at_s >= RENEWED_S:
            self._worth, self._worth_at_s = worth(*self._values(), tables.seats), settled
        self._keep_bins(tables.bins, first, last)
        found = found.assign(t_s=found["t_s"] + self._window.origin_s)
        self.told_s = settled
        self._window.forget_before(settled - KEPT_S)
        return with_band(found, self._worth)[[*ROWS]]

    def peaks(self) -> pd.DataFrame:
        """Return the peaks so far, as `peaks.peaks`, in order of time."""
        if self._bins:
            found = peaks_of_bins(pd.concat(self._bins, ignore_index=True)).sort_values("t_s")
        else:
            found = pd.DataFrame(columns=[*PEAKS])
        known = [each["t_s"] for each in self._kept_peaks]
        new = [
            each
            for each in found.to_dict("records")
            # Smiles may be widest where nobody's is one yet.
            if each["t_s"] >= self._peaks_until_s
            and each["share_smiling"] > 0
            and all(abs(each["t_s"] - other) >= APART_S for other in known)
        ]
        told = pd.DataFrame([*self._kept_peaks, *new], columns=[*PEAKS])
        until_s = self.told_s - SURROUNDINGS_S
        self._kept_peaks += [each for each in new if each["t_s"] < until_s]
        self._peaks_until_s = max(self._peaks_until_s, until_s)
        return told

    def _keep_bins(self, bins: pd.DataFrame, first: int, last: int) -> None:
        """Keep the bins of the seconds [first, last) of the window, and forget old ones."""
        a_second = round(1 / BIN_S)
        own = bins[(bins["bin"] >= first * a_second) & (bins["bin"] < last * a_second)]
        self._bins.append(own.assign(bin=own["bin"] + self._window.origin_s * a_second))
        while len(self._bins) > 1 and self._oldest_bin_s() < self.told_s - PEAKS_S:
            self._bins.popleft()

    def _oldest_bin_s(self) -> float:
        table = self._bins[0]
        return float(table["bin"].iloc[-1]) * BIN_S if len(table) else -math.inf

    def _values(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the (V, T) shares of the last seconds, NaN where not judged, and the IDs."""
        ids = np.unique(np.concatenate([each for each, _ in self._shares] or [np.zeros(0, int)]))
        values = np.full((len(ids), len(self._shares)), np.nan, dtype=np.float32)
        for step, (who, shares) in enumerate(self._shares):
            values[np.searchsorted(ids, who), step] = shares
        return values, ids
