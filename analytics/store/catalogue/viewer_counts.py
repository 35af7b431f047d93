"""How many of each session's viewers do not count, without reading all of it.

The headers say in which batches a viewer was seen. Who was in many was seen for long, and of the
others only those batches are read; and those of whom something was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from deltalake import DeltaTable

from laughtrack.analytics.brief_viewers import brief_viewers, look_s
from laughtrack.analytics.defaults import LEAST_SEEN_S
from laughtrack.analytics.store.corrections import counts, taken_back
from laughtrack.analytics.store.delta_table import KEY
from laughtrack.analytics.store.queries import of_session, scan

# A reading may stand for less than a usual look: who was in twice as many batches as needed counts.
_SURELY = 2.0
# A longer condition takes longer than reading what it leaves out.
_MOST_NAMED = 1000


class Brief(NamedTuple):
    """Of one session: viewers who do not count, and readings of these and that were taken back."""

    viewers: int = 0
    readings: int = 0


def brief_in(
    table: DeltaTable, sessions: Iterable[tuple[tuple[str, str], pd.DataFrame]]
) -> dict[tuple[str, str], Brief]:
    """Count those who were seen too briefly, or of whom nothing is left.

    Parameters
    ----------
    table : DeltaTable
    sessions : iterable of ((session, device), DataFrame)
        Each with its header rows.

    Returns
    -------
    dict
        By (session, device), those sessions that have any.
    """
    looks, corrected, wanted = {}, {}, []
    for (session, device), batches in sessions:
        looks[session, device] = look_s(batches)
        corrected[session, device] = spans = taken_back(batches)
        doubtful = _doubtful(batches, looks[session, device])
        doubtful = np.union1d(doubtful, [each.viewer_id for each in spans]).astype(np.int64)
        if len(doubtful):
            wanted.append(f"({of_session(session, device)}{_named(batches, doubtful)})")
    if not wanted:
        return {}
    where = f"viewer_id IS NOT NULL AND ({' OR '.join(wanted)})"
    rows = scan(table, [*KEY, "viewer_id", "t_s"], where).to_pandas()
    found = {}
    for key, own in rows.sort_values("t_s", kind="stable").groupby(["session", "device"]):
        rest = own[counts(own["viewer_id"].to_numpy(), own["t_s"].to_numpy(), corrected[key])]
        ids = brief_viewers(rest["viewer_id"], rest["t_s"], looks[key])
        kept = rest[~rest["viewer_id"].isin(ids)]
        if len(kept) < len(own):
            fewer = own["viewer_id"].nunique() - kept["viewer_id"].nunique()
            found[key] = Brief(fewer, len(own) - len(kept))
    return found


def _doubtful(batches: pd.DataFrame, usual_s: float) -> np.ndarray:
    """Return the IDs of those who were in too few batches to be sure of."""
    seen = [np.asarray(each, dtype=np.int64) for each in batches["viewers"]]
    ids, count = np.unique(np.concatenate([np.zeros(0, np.int64), *seen]), return_counts=True)
    return np.asarray(ids[count * usual_s < _SURELY * LEAST_SEEN_S])


def _named(batches: pd.DataFrame, doubtful: np.ndarray) -> str:
    """Return the condition that a row is of these viewers."""
    inside = [np.isin(each, doubtful).any() for each in batches["viewers"]]
    seqs = batches["seq"][inside]
    named = f" AND viewer_id IN ({', '.join(map(str, doubtful))})"
    if len(seqs) < min(_MOST_NAMED, len(batches)):
        named += f" AND seq IN ({', '.join(map(str, seqs))})"
    return named
