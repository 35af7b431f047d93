"""Each viewer's time: what was read of them, how long they were there, when anybody was.

Conventions
-----------
- Seen is the time of all of a viewer's readings, judged the time of those with a score; how long a
  reading stands for, and what a smile is, says `analytics.timelines.smiles`. A gap is absence.
- A viewer's mean weighs each score by its time. Missing is NaN, not 0.
- Spans of time are half-open: [start_s, end_s).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.timelines.smiles import by_viewer, held_s, smiles, smiling, timed

__all__ = ["coverage", "held_s", "smiles", "smiling", "timelines", "viewers"]

READINGS = ("viewer_id", "t_s", "smile", "raw", "quality", "x1", "y1", "x2", "y2")
STATES = ("watched", "nobody", "camera off")


def timelines(session, viewer=None):
    """Return what was read of each viewer.

    Parameters
    ----------
    session : Session
    viewer : int, optional
        Only this viewer's.

    Returns
    -------
    DataFrame
        A row for each reading, sorted by viewer_id, t_s: viewer_id int64; t_s, seconds since the
        session began; smile, raw, quality in [0, 1], NaN where not judged; x1 y1 x2 y2 int32,
        pixels of the full frame; smiling, whether it lies in one of the viewer's `smiles`.

    Raises
    ------
    ValueError
        If there is no such viewer; it names those there are.
    """
    table = session.readings[[*READINGS]].assign(smiling=smiling(session.readings))
    if viewer is not None:
        known = np.unique(table["viewer_id"])
        table = table[table["viewer_id"] == viewer]
        if table.empty:
            there = "viewers there: " + ", ".join(map(str, known)) if len(known) else "nobody seen"
            raise ValueError(f"no viewer {viewer} in {session.name!r}: {there}")
    return table.take(by_viewer(table)).reset_index(drop=True)


def viewers(session, known=None):
    """Sum up each viewer.

    Parameters
    ----------
    session : Session
    known : smiles.Timed, optional
        From `smiles.timed` of its readings, where it is there already.

    Returns
    -------
    DataFrame
        Sorted by viewer_id: first_s, last_s, times of the first and last reading; seen_s, judged_s,
        seconds; mean_smile in [0, 1], over the judged time; smiling_share, part of the judged time
        inside a smile; smiles_per_min, of judged time; longest_smile_s, 0 for no smile. The last
        four are NaN for a viewer who was never judged.
    """
    readings = session.readings
    # Grouping by small codes is several times quicker than by the ids themselves.
    code, ids = pd.factorize(readings["viewer_id"].to_numpy(dtype=np.int64), sort=True)
    t_s, smile = (readings[name].to_numpy(dtype=float) for name in ("t_s", "smile"))
    held, inside, events = known or timed(readings)
    judged = np.where(np.isnan(smile), 0.0, held)

    def total(weights):
        return np.bincount(code, weights=weights, minlength=len(ids)).astype(float)

    first, last = np.full(len(ids), np.inf), np.full(len(ids), -np.inf)
    np.minimum.at(first, code, t_s)
    np.maximum.at(last, code, t_s)
    owner = np.searchsorted(ids, events["viewer_id"].to_numpy())
    longest = np.zeros(len(ids))
    np.maximum.at(longest, owner, (events["end_s"] - events["start_s"]).to_numpy())
    judged_s = total(judged)
    # NaN where nothing was judged, and with it all that is per judged time.
    per = np.where(judged_s > 0, judged_s, np.nan)
    return pd.DataFrame(
        {
            "viewer_id": ids,
            "first_s": first,
            "last_s": last,
            "seen_s": total(held).round(3),
            "judged_s": judged_s.round(3),
            "mean_smile": total(np.nan_to_num(smile) * judged) / per,
            "smiling_share": total(judged * inside) / per,
            "smiles_per_min": np.bincount(owner, minlength=len(ids)) / (per / 60),
            "longest_smile_s": np.where(judged_s > 0, longest.round(3), np.nan),
        }
    )


def coverage(session, known=None):
    """Say when somebody was watched, nobody was there, or the camera was off.

    Parameters
    ----------
    session : Session
    known : smiles.Timed, optional
        From `smiles.timed` of its readings, where it is there already.

    Returns
    -------
    DataFrame
        start_s, end_s, state, from 0 to the end of the last span without hole or overlap; two
        neighbours differ in state. "watched": a viewer was seen, that is within what a reading
        stands for; "camera off": no span is there, or one without frames; "nobody" between.
    """
    spans, readings = session.spans, session.readings
    live = spans[spans["frames"] > 0]
    end_s = spans["end_s"].max() if len(spans) else 0.0
    start = readings["t_s"].to_numpy(dtype=float)
    held = held_s(readings) if known is None else known.held_s
    seen = _union(start, np.round(start + held, 3))
    on = _union(live["start_s"].to_numpy(dtype=float), live["end_s"].to_numpy(dtype=float))
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


def _union(start, end):
    """Merge spans of time sorted by start: starts and ends of what they cover together."""
    reach = np.maximum.accumulate(end) if len(end) else end
    first = np.append(True, start[1:] > reach[:-1])[: len(start)]
    return start[first], reach[np.append(first[1:], True)[: len(start)]]


def _inside(t_s, start, end):
    """Return which times lie in one of these disjoint spans, sorted by start."""
    at = np.searchsorted(start, t_s, side="right") - 1
    return (at >= 0) & (t_s < np.append(end, 0.0)[at])
