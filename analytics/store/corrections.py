"""Corrections: readings that a device took back later are left out, here and nowhere else.

A face on a poster is a viewer until it is known for what it is; a later batch says so
(`edge.readings.Correction`). The readings stay stored as they were sent, and the corrections stand
in their batch's header row, so that whatever keeps and removes rows does so with both. Whoever
reads readings of the store leaves out what `taken_back` says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.edge.readings import Batch

COLUMN = "corrections"


class Span(NamedTuple):
    """A viewer's readings of [from_s, to_s), which do not count."""

    viewer_id: int
    from_s: float
    to_s: float


def as_text(batch: Batch) -> str | None:
    """Return a batch's corrections as its header row has them, None for none."""
    found = [
        {**each, "from_s": float(each["from_s"]), "to_s": float(each["to_s"])}
        for each in batch.corrections
    ]
    return json.dumps(found, sort_keys=True) if found else None


def taken_back(batches: pd.DataFrame) -> list[Span]:
    """Return what does not count of one session.

    Parameters
    ----------
    batches : DataFrame
        Its header rows, in order of `seq`, with `COLUMN`.

    Returns
    -------
    list of Span
        By viewer and time; a viewer's do not overlap.
    """
    by_viewer: dict[int, list[dict[str, Any]]] = {}
    for text in batches[COLUMN].dropna():
        for each in json.loads(text):
            by_viewer.setdefault(each["viewer_id"], []).append(each)
    return [span for viewer in sorted(by_viewer) for span in _spans(viewer, by_viewer[viewer])]


def _spans(viewer: int, found: Sequence[dict[str, Any]]) -> list[Span]:
    """Apply one viewer's corrections, each over those before it."""
    edges = sorted({each[name] for each in found for name in ("from_s", "to_s")})
    spans: list[Span] = []
    for start_s, end_s in pairwise(edges):
        over = [each for each in found if each["from_s"] <= start_s and end_s <= each["to_s"]]
        if not over or over[-1]["reason"] != "static":
            continue
        if spans and spans[-1].to_s == start_s:
            spans[-1] = spans[-1]._replace(to_s=end_s)
        else:
            spans.append(Span(viewer, start_s, end_s))
    return spans


def counts(viewer_ids: np.ndarray, t_s: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
    """Say which readings count: (N,) IDs and times of one session to (N,) bool."""
    kept = np.ones(len(viewer_ids), dtype=bool)
    for span in spans:
        inside = (t_s >= span.from_s) & (t_s < span.to_s)
        kept &= ~(inside & (viewer_ids == span.viewer_id))
    return kept
