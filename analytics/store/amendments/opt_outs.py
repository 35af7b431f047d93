"""Readings of opt-out seats are never stored: what a batch loses of them before it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from laughtrack.analytics.store.amendments.applied import in_region, within
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.edge.readings import Batch


def opt_outs(entries: Sequence[Amendment]) -> list[Amendment]:
    """Return those of some entries that are opt-outs."""
    return [each for each in entries if each.kind == "opt-out"]


def opted_out(columns: Mapping[str, Any], seats: Sequence[Amendment]) -> np.ndarray:
    """Return which of N readings, by column, lie in one of some opt-outs: (N,) bool."""
    t_s = np.asarray(columns["t_s"], dtype=float)
    found = np.zeros(len(t_s), dtype=bool)
    for each in seats:
        found |= in_region(columns, each) & within(t_s, each)
    return found


def without_opt_outs(batch: Batch, seats: Sequence[Amendment]) -> Batch:
    """Return a batch without the readings that lie in some opt-outs; all else of it stays."""
    readings = columns_without(batch.readings, seats)
    return batch if readings is batch.readings else batch._replace(readings=readings)


def columns_without(columns: dict[str, list[Any]], seats: Sequence[Amendment]) -> dict[str, Any]:
    """Return readings by column without those that lie in some opt-outs; itself where none do."""
    gone = opted_out(columns, seats)
    if not gone.any():
        return columns
    kept = np.flatnonzero(~gone).tolist()
    return {name: [values[k] for k in kept] for name, values in columns.items()}
