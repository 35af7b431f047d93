"""When somebody was watched, nobody was there, or the camera was off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.smiles import GAP_S, DetectedSmiles

STATES = ("watched", "nobody", "camera off")


def coverage(session: Session, detected: DetectedSmiles) -> pd.DataFrame:
    """Say when somebody was watched, nobody was there, or the camera was off.

    Parameters
    ----------
    session : Session
    detected : DetectedSmiles
        Of its readings.

    Returns
    -------
    DataFrame
        start_s, end_s, state, from 0 to the end of the last span without hole or overlap; two
        neighbours differ in state. "watched": a viewer was seen, that is within what a reading
        stands for; "camera off": no span is there, or one without frames; "nobody" between. What
        lies between two of a state and is not longer than `GAP_S` is of that state, and what is
        shorter at either end of the session: a dropped frame is no gap, nor is the time until the
        first face is followed.
    """
    spans, readings = session.spans, session.readings
    live = spans[spans["frames"] > 0]
    end_s = spans["end_s"].max() if len(spans) else 0.0
    start = readings["t_s"].to_numpy(dtype=float)
    seen = _union(start, np.round(start + detected.held_s, 3), end_s)
    on = _union(live["start_s"].to_numpy(dtype=float), live["end_s"].to_numpy(dtype=float), end_s)
    edges = np.unique(np.concatenate([[0.0, end_s], *seen, *on]))
    edges = edges[edges <= end_s]
    middle = (edges[:-1] + edges[1:]) / 2
    code = np.where(_inside(middle, *on), np.where(_inside(middle, *seen), 0, 1), 2)
    turns = np.flatnonzero(np.diff(code, prepend=-1))
    return pd.DataFrame(
        {
            "start_s": edges[:-1][turns],
            "end_s": np.append(edges[:-1][turns[1:]], edges[-1:])[: len(turns)],
            "state": np.array(STATES)[code[turns]],
        }
    ).astype({"state": "str"})


def _union(start: np.ndarray, end: np.ndarray, end_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Merge spans of time sorted by start, no further apart than `GAP_S`: starts and ends.

    What begins or ends within less than that of the session's 0 or `end_s` lasts up to there.
    """
    if not len(start):
        return start, end
    reach = np.maximum.accumulate(end)
    first = np.append(True, start[1:] > reach[:-1] + GAP_S + 1e-6)
    start, end = start[first], reach[np.append(first[1:], True)]
    start[:1] = np.where(start[:1] < GAP_S - 1e-6, 0.0, start[:1])
    end[-1:] = np.where(end_s - end[-1:] < GAP_S - 1e-6, end_s, end[-1:])
    return start, end


def _inside(t_s: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return which times lie in one of these disjoint spans, sorted by start."""
    at = np.searchsorted(start, t_s, side="right") - 1
    return (at >= 0) & (t_s < np.append(end, 0.0)[at])


def watched(spans: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """Return for each stretch between two edges whether any span with frames overlaps it.

    `spans` are a session's; `edges`, (N,) in seconds, ascending, give N - 1 stretches.
    """
    on = spans[spans["frames"] > 0]
    times = np.append(on["start_s"].to_numpy(), on["end_s"].to_numpy())
    steps = np.append(np.ones(len(on)), -np.ones(len(on)))
    order = np.argsort(times, kind="stable")
    times, depth = times[order], np.cumsum(steps[order])
    long = np.diff(times, append=times[-1:]) * (depth > 0)
    on_s = np.append(0.0, np.cumsum(long))
    before = np.interp(edges, times, on_s[:-1]) if len(times) else np.zeros(len(edges))
    return np.diff(before) > 1e-6
