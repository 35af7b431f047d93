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
    gone = opted_out(batch.readings, seats)
    if not gone.any():
        return batch
    kept = np.flatnonzero(~gone).tolist()
    readings = {name: [values[k] for k in kept] for name, values in batch.readings.items()}
    return batch._replace(readings=readings)
