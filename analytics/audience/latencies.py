"""Smiles as events: how often and how long each viewer smiled, how soon after a marked moment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.timelines.smiles import timed
from laughtrack.analytics.timelines.viewers import viewers

VIEWERS = ("viewer_id", "judged_s", "smiles", "smiles_per_min", "mean_length_s", "longest_s")
LATENCIES = ("t_s", "text", "viewer_id", "state", "latency_s")
MARKS = (
    "t_s",
    "text",
    "judged",
    "already_smiling",
    "free",
    "smiled",
    "median_latency_s",
    "first_latency_s",
)
STATES = ("smiled", "no smile", "already smiling", "not judged")
# What a moment sets off begins within a few seconds.
WITHIN_S = 5.0
# Of the time after a mark, the part in which a viewer must be judged for "no smile" to mean it.
LEAST_JUDGED = 0.5


def per_viewer(session):
    """Sum up each viewer's smiles.

    Parameters
    ----------
    session : Session

    Returns
    -------
    DataFrame
        A row a viewer, sorted by `viewer_id`: `judged_s`, seconds; `smiles`, how many there were;
        `smiles_per_min` of judged time, NaN for a viewer who was never judged; `mean_length_s` and
        `longest_s`, seconds, NaN for no smile.
    """
    known = timed(session.readings)
    people, found = viewers(session, known), known.events
    ids = people["viewer_id"].to_numpy()
    length = (found["end_s"] - found["start_s"]).groupby(found["viewer_id"])
    count = length.size().reindex(ids, fill_value=0).to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "viewer_id": ids,
            "judged_s": people["judged_s"],
            "smiles": count,
            "smiles_per_min": people["smiles_per_min"],
            "mean_length_s": length.mean().reindex(ids).to_numpy(dtype=float),
            "longest_s": length.max().reindex(ids).to_numpy(dtype=float),
        },
        columns=VIEWERS,
    )


def latencies(session, within_s=WITHIN_S):
    """Say how soon after each marked moment each viewer began to smile.

    Parameters
    ----------
    session : Session
    within_s : float
        Later smiles are not of the mark. Above 0.

    Returns
    -------
    DataFrame
        A row for each mark and viewer of the session: the mark's `t_s` and `text`; `viewer_id`;
        `state`, one of `STATES`; `latency_s` from the mark to the beginning of the viewer's first
        smile after it, NaN unless "smiled". "already smiling": a smile was under way at the mark,
        so that none could begin; "not judged": for less than half of the time after it, so that
        there may have been a smile.

    Raises
    ------
    ValueError
        If `within_s` is not above 0.
    """
    if not within_s > 0:
        raise ValueError(f"within_s is {within_s!r}: expected seconds above 0")
    marks = session.info.get("marks", ())
    # Without marks there is nothing to look for, and a long session's smiles take seconds.
    readings = session.readings if marks else session.readings[:0]
    known = timed(readings)
    ids = np.unique(readings["viewer_id"].to_numpy(dtype=np.int64))
    held = np.where(readings["smile"].isna(), 0.0, known.held_s)
    rows = []
    for mark in marks:
        t_s = mark["t_s"]
        first, last = np.searchsorted(readings["t_s"], [t_s, t_s + within_s])
        near = readings["viewer_id"].to_numpy()[first:last]
        judged_s = np.zeros(len(ids))
        np.add.at(judged_s, np.searchsorted(ids, near), held[first:last])
        rows.append(_after(known.events, ids, judged_s, t_s, within_s).assign(text=mark["text"]))
    if not rows:
        rows = [_after(known.events, ids[:0], np.zeros(0), 0.0, within_s).assign(text="")]
    return pd.concat(rows, ignore_index=True)[[*LATENCIES]].astype({"text": "str", "state": "str"})


def _after(found, ids, judged_s, t_s, within_s):
    """Return the rows of one mark."""
    start, end = found["start_s"], found["end_s"]
    already = np.isin(ids, found["viewer_id"][(start < t_s) & (end > t_s)])
    began = found[(start >= t_s) & (start < t_s + within_s)].groupby("viewer_id")["start_s"].min()
    latency = began.reindex(ids).to_numpy(dtype=float) - t_s
    smiled = ~np.isnan(latency) & ~already
    state = np.where(judged_s >= LEAST_JUDGED * within_s - 1e-6, STATES[1], STATES[3])
    state = np.select([already, smiled], [STATES[2], STATES[0]], state)
    latency = np.where(smiled, latency.round(3), np.nan)
    return pd.DataFrame({"t_s": t_s, "viewer_id": ids, "state": state, "latency_s": latency})


def after_marks(found):
    """Sum up the latencies of each mark.

    Parameters
    ----------
    found : DataFrame
        From `latencies`.

    Returns
    -------
    DataFrame
        A row a mark: `t_s`, `text`; `judged`, viewers whose state is known; of those
        `already_smiling` and `free`, who could begin to smile, and of these how many `smiled`;
        `median_latency_s` and `first_latency_s` over those who smiled, NaN for none.
    """
    found = found.assign(**{name: found["state"] == name for name in STATES})
    marks = found.groupby(["t_s", "text"], as_index=False, sort=True)
    table = marks[[*STATES]].sum()
    table["median_latency_s"] = marks["latency_s"].median()["latency_s"]
    table["first_latency_s"] = marks["latency_s"].min()["latency_s"]
    table["free"] = table["smiled"] + table["no smile"]
    table["judged"] = table["free"] + table["already smiling"]
    return table.rename(columns={"already smiling": "already_smiling"})[[*MARKS]]
