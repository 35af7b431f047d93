"""Latencies: how soon after a marked moment each viewer began to smile."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.timelines.session_tables import SessionTables

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
NOBODY = np.zeros(0, dtype=np.int64)


def latencies(tables: SessionTables, within_s: float = WITHIN_S) -> pd.DataFrame:
    """Say how soon after each marked moment each viewer began to smile.

    Parameters
    ----------
    tables : SessionTables
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
    # How soon a viewer smiled is of single viewers: where these are withheld, there are no rows.
    marks = () if tables.withholds else tables.info.get("marks", ())
    readings = tables.readings
    # Without marks there is nothing to look for.
    ids = np.unique(readings["viewer_id"].to_numpy(dtype=np.int64)) if marks else NOBODY
    held = np.where(readings["smile"].isna(), 0.0, tables.detected.held_s)
    rows = []
    for mark in marks:
        t_s = mark["t_s"]
        first, last = np.searchsorted(readings["t_s"], [t_s, t_s + within_s])
        near = readings["viewer_id"].to_numpy()[first:last]
        judged_s = np.zeros(len(ids))
        np.add.at(judged_s, np.searchsorted(ids, near), held[first:last])
        rows.append(_after(tables.smiles, ids, judged_s, t_s, within_s).assign(text=mark["text"]))
    if not rows:
        rows = [_after(tables.smiles, NOBODY, np.zeros(0), 0.0, within_s).assign(text="")]
    return pd.concat(rows, ignore_index=True)[[*LATENCIES]].astype({"text": "str", "state": "str"})


def _after(
    found: pd.DataFrame, ids: np.ndarray, judged_s: np.ndarray, t_s: float, within_s: float
) -> pd.DataFrame:
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


def after_marks(found: pd.DataFrame) -> pd.DataFrame:
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
        `first_latency_s` of those who smiled, NaN for none; `median_latency_s` of all who were
        free, by when half of them had begun, NaN where half did not (Kaplan and Meier 1958, Journal
        of the American Statistical Association 53:457: who did not smile counts as later).
    """
    found = found.assign(**{name: found["state"] == name for name in STATES})
    marks = found.groupby(["t_s", "text"], as_index=False, sort=True)
    table = marks[[*STATES]].sum()
    # All who did not smile are censored at one time, the last: behind all others.
    later = found["latency_s"].mask(found["no smile"], np.inf)
    medians = later.groupby([found["t_s"], found["text"]], sort=True).quantile(0.5, "lower")
    table["median_latency_s"] = medians.where(np.isfinite(medians)).to_numpy(dtype=float)
    table["first_latency_s"] = marks["latency_s"].min()["latency_s"]
    table["free"] = table["smiled"] + table["no smile"]
    table["judged"] = table["free"] + table["already smiling"]
    return table.rename(columns={"already smiling": "already_smiling"})[[*MARKS]]
