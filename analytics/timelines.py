"""Each viewer's time: what was read of them, when they smiled, how long they were there.

Conventions
-----------
- A reading stands for the time until the viewer's next one. If that is more than `GAP_S` away, or
  there is none, it stands for one usual step: the session's median time between two successive
  readings of a viewer. So a gap is absence, and no figure depends on how often the camera looked.
- Seen is the time of all readings, judged the time of those with a score. Missing is NaN, not 0.
- A smile begins with a reading of at least `ON` and lasts until one below `OFF`. Readings that
  cannot be judged neither begin nor end it; more than `GAP_S` without a judged one does end it.
- Spans of time are half-open: [start_s, end_s).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

GAP_S = 1.0
# Two thresholds, so that a score trembling around one of them is one smile, not ten.
ON, OFF = 0.6, 0.4
LEAST_SMILE_S = 0.5

READINGS = ("viewer_id", "t_s", "smile", "raw", "quality", "x1", "y1", "x2", "y2")
SMILES = ("viewer_id", "start_s", "end_s", "peak_smile")
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
    return table.take(_by_viewer(table)).reset_index(drop=True)


def held_s(readings):
    """Return how many seconds each reading stands for; see the conventions above.

    Parameters
    ----------
    readings : DataFrame
        With viewer_id and t_s, sorted by t_s.

    Returns
    -------
    ndarray, shape (N,), float64
        In the rows' order; at least 0.001.
    """
    order = _by_viewer(readings)
    viewer, t_s = _columns(readings, order, "viewer_id", "t_s")
    step = np.diff(t_s)
    near = (viewer[1:] == viewer[:-1]) & (step <= GAP_S)
    usual = float(np.median(step[near])) if near.any() else GAP_S
    held = np.full(len(t_s), usual)
    held[order[:-1][near]] = step[near]
    return np.maximum(held, 1e-3)


def smiles(readings):
    """Find the smiles: see the conventions above.

    Parameters
    ----------
    readings : DataFrame
        With viewer_id, t_s and smile, sorted by t_s.

    Returns
    -------
    DataFrame
        Sorted by start_s, viewer_id: viewer_id int64; start_s, the first reading's time; end_s, the
        time of the reading that ended it, else the last judged one's time and what it stands for;
        peak_smile, the highest `smile` in it, [0, 1]. None shorter than `LEAST_SMILE_S`.
    """
    events = _smiles(readings)[0]
    return events.sort_values(["start_s", "viewer_id"], ignore_index=True)


def smiling(readings):
    """Return for each reading whether it was judged and lies in a smile: (N,) bool, rows' order."""
    return _smiles(readings)[1]


def _smiles(readings):
    """Return the events in order of viewer and time, and which rows are judged and inside one."""
    judged = ~np.isnan(readings["smile"].to_numpy(dtype=float))
    order = _by_viewer(readings)
    order = order[judged[order]]
    viewer, t_s, smile = _columns(readings, order, "viewer_id", "t_s", "smile")
    # Runs of one viewer without a gap; the state of one says nothing about the next.
    joined = (viewer[1:] == viewer[:-1]) & (np.diff(t_s) <= GAP_S)
    opens = np.append(True, ~joined)[: len(t_s)]
    # Between the thresholds a reading keeps the state of the last one that decided.
    decides = opens | (smile >= ON) | (smile < OFF)
    on = (smile >= ON)[np.maximum.accumulate(np.where(decides, np.arange(len(t_s)), 0))]
    starts = np.flatnonzero(on & (opens | ~np.append(False, on)[: len(on)]))
    # Of an event, one past the last reading: the first that is off, or of another run.
    breaks = np.append(np.flatnonzero(~on | opens), len(t_s))
    ends = breaks[np.searchsorted(breaks, starts, side="right")]
    last = t_s + held_s(readings)[order]
    within = np.append(~opens, False)[ends]
    end_s = np.where(within, np.append(t_s, 0.0)[ends], last[ends - 1])
    # Times are whole milliseconds, but their differences are not exact.
    keep = end_s - t_s[starts] >= LEAST_SMILE_S - 1e-6
    starts, ends, end_s = starts[keep], ends[keep], end_s[keep]
    inside = np.zeros(len(t_s) + 1, dtype=np.int8)
    inside[starts] += 1
    inside[ends] -= 1
    rows = np.zeros(len(judged), dtype=bool)
    rows[order] = np.cumsum(inside[:-1]) > 0
    peak = _highest(smile, starts, ends)
    events = (viewer[starts], t_s[starts], np.round(end_s, 3), peak)
    return pd.DataFrame(dict(zip(SMILES, events, strict=True))), rows


def _highest(values, starts, ends):
    """Return the highest value of each stretch [start, end) of indices."""
    if not len(starts):
        return np.zeros(0)
    edges = np.column_stack([starts, ends]).ravel()
    return np.maximum.reduceat(np.append(values, -np.inf), edges)[::2]


def viewers(session):
    """Sum up each viewer.

    Parameters
    ----------
    session : Session

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
    held, (events, inside) = held_s(readings), _smiles(readings)
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


def coverage(session):
    """Say when somebody was watched, nobody was there, or the camera was off.

    Parameters
    ----------
    session : Session

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
    seen = _union(start, np.round(start + held_s(readings), 3))
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


def _by_viewer(readings):
    """Return the row numbers in order of viewer_id, t_s, for rows sorted by t_s."""
    viewer = readings["viewer_id"].to_numpy(dtype=np.int64)
    # 16 bits sort in linear time: 0.1 s instead of 0.7 s for 7 million rows.
    small = viewer.max(initial=0) < 2**16
    return np.argsort(viewer.astype(np.uint16) if small else viewer, kind="stable")


def _columns(readings, order, *names):
    return [readings[name].to_numpy()[order] for name in names]
