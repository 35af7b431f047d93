"""The list applied to a session's readings: the one place where what a person mended is honoured.

Conventions
-----------
- Entries are applied one after the other, each to what those before it left.
- A merged viewer has one reading at a time: where two were read at once, that of the viewer named
  first is kept.
- A split's parts are [.., moment) and [moment, ..); both are in the group that the viewer was in.
- What an opt-out's region holds is told by the middle of the box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Amended
from laughtrack.analytics.store.amendments.entries import Amendment, in_effect


def amend(readings: pd.DataFrame, entries: Sequence[Amendment]) -> tuple[pd.DataFrame, Amended]:
    """Apply a list of amendments.

    Parameters
    ----------
    readings : DataFrame
        A session's, as stored; sorted by t_s, viewer_id.
    entries : sequence of Amendment
        The whole list, in order.

    Returns
    -------
    readings : DataFrame
        Sorted the same way; the very same where no entry is in effect.
    amended : Amended
    """
    version = entries[-1].number if entries else 0
    effective = in_effect(entries)
    if not effective:
        return readings, Amended(version)
    work = _Work(readings)
    for each in effective:
        work.apply(each)
    ids, kept = work.ids(), work.kept
    gone = np.setdiff1d(ids, ids[kept])
    rest = readings.assign(viewer_id=ids)[kept]
    rest = rest.sort_values(["t_s", "viewer_id"], kind="stable", ignore_index=True)
    amended = Amended(
        version=version,
        mended=len(effective),
        excluded=tuple(gone.tolist()),
        parted=frozenset(work.parted),
        groups=tuple(sorted(work.groups.items())),
    )
    return rest, amended


class _Work:
    """A session's readings by viewer, and which of them count, as entry after entry changes them.

    Each ID has stretches of rows, in order of time: an entry costs what its own viewers' do.
    """

    def __init__(self, readings: pd.DataFrame) -> None:
        self._readings = readings
        self._t_s = readings["t_s"].to_numpy(dtype=float)
        self._recorded = readings["viewer_id"].to_numpy(dtype=np.int64)
        # 16 bits sort in linear time.
        small = self._recorded.max(initial=0) < 2**16
        keys = self._recorded.astype(np.uint16) if small else self._recorded
        order = np.argsort(keys, kind="stable")
        viewers, first = np.unique(self._recorded[order], return_index=True)
        stretches = np.split(order, first[1:]) if len(viewers) else []
        self._rows = {
            viewer: [rows] for viewer, rows in zip(viewers.tolist(), stretches, strict=True)
        }
        self.kept = np.ones(len(self._t_s), dtype=bool)
        self.parted: set[tuple[int, int]] = set()
        self.groups: dict[int, str] = {}

    def ids(self) -> np.ndarray:
        """Return whose each reading is by now, (N,) int64."""
        found = self._recorded.copy()
        for viewer, stretches in self._rows.items():
            for rows in stretches:
                found[rows] = viewer
        return found

    def apply(self, entry: Amendment) -> None:
        """Apply one entry that is in effect."""
        if entry.kind in ("merge", "split"):
            self._join(entry.viewers)
        if entry.kind == "split" and entry.made is not None and entry.from_s is not None:
            self._part(entry.viewers[0], entry.from_s, entry.made)
        elif entry.kind == "exclude":
            for rows in (rows for each in entry.viewers for rows in self._rows.get(each, [])):
                self.kept[rows[within(self._t_s[rows], entry)]] = False
        elif entry.kind == "group":
            for each in entry.viewers:
                self.groups.pop(each, None)
                if entry.name:
                    self.groups[each] = entry.name
        elif entry.kind == "opt-out":
            sides = {name: self._readings[name].to_numpy() for name in ("x1", "y1", "x2", "y2")}
            self.kept &= ~(in_region(sides, entry) & within(self._t_s, entry))

    def _join(self, viewers: tuple[int, ...]) -> None:
        """Give several viewers the first one's ID."""
        first, stretches, turns = viewers[0], [], []
        for turn, viewer in enumerate(viewers):
            for rows in self._rows.pop(viewer, []):
                counted = rows[self.kept[rows]]
                stretches.append(rows)
                turns.append((counted, np.full(len(counted), turn)))
        if len(stretches) > 1:
            rows, of_turn = (np.concatenate(each) for each in zip(*turns, strict=True))
            rows = rows[np.lexsort((of_turn, self._t_s[rows]))]
            self.kept[rows[1:][np.diff(self._t_s[rows]) == 0]] = False
        if stretches:
            self._rows[first] = stretches
        names = [self.groups.pop(each) for each in viewers if each in self.groups]
        if names:
            self.groups[first] = names[0]
        renamed = {each: first for each in viewers}
        pairs = ((renamed.get(a, a), renamed.get(b, b)) for a, b in self.parted)
        self.parted = {(min(a, b), max(a, b)) for a, b in pairs if a != b}

    def _part(self, viewer: int, from_s: float, made: int) -> None:
        """Give a viewer's readings from a moment on another ID."""
        cut = [
            (rows, int(np.searchsorted(self._t_s[rows], from_s)))
            for rows in self._rows.pop(viewer, [])
        ]
        for each, part in (
            (viewer, [rows[:k] for rows, k in cut if k]),
            (made, [rows[k:] for rows, k in cut if k < len(rows)]),
        ):
            if part:
                self._rows.setdefault(each, []).extend(part)
        if viewer in self.groups:
            self.groups[made] = self.groups[viewer]
        # Who was another person than the viewer is one than either part.
        others = {a + b - viewer for a, b in self.parted if viewer in (a, b)}
        self.parted |= {(min(each, made), max(each, made)) for each in (viewer, *others)}


def within(t_s: np.ndarray, entry: Amendment) -> np.ndarray:
    """Return which times (N,) lie in an entry's span."""
    start = 0.0 if entry.from_s is None else entry.from_s
    end = np.inf if entry.to_s is None else entry.to_s
    return (t_s >= start) & (t_s < end)


def in_region(sides: Mapping[str, Any], entry: Amendment) -> np.ndarray:
    """Return which boxes lie in an opt-out's region: x1, y1, x2, y2 of N boxes to (N,) bool."""
    if entry.box is None:
        return np.zeros(len(sides["x1"]), dtype=bool)
    x1, y1, x2, y2 = (np.asarray(sides[name], dtype=float) for name in ("x1", "y1", "x2", "y2"))
    left, top, right, bottom = entry.box
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return np.asarray((x >= left) & (x < right) & (y >= top) & (y < bottom))
