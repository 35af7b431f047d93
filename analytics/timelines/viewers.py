"""Each viewer's time: what was read of them, and how long they were there.

Conventions
-----------
- Seen is the time of all of a viewer's readings, judged the time of those with a score, unjudgeable
  the time of those whose face could not be scored. What is left is time in which a slow scorer had
  its turn with others, which says nothing of where the viewer looked. How long a reading stands
  for, and what a smile is, says `analytics.timelines.smiles`. A gap is absence.
- A viewer's mean weighs each score by its time. Missing is NaN, not 0.
- Spans of time are half-open: [start_s, end_s).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.smiles import (
    DetectedSmiles,
    by_viewer,
    detect_smiles,
    stretches,
    waiting,
)

READINGS = ("viewer_id", "t_s", "smile", "raw", "quality", "x1", "y1", "x2", "y2")


def timelines(session: Session, viewer: int | None = None) -> pd.DataFrame:
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
        pixels of the full frame; smiling, whether it lies in one of the viewer's smiles.

    Raises
    ------
    ValueError
        If there is no such viewer; it names those there are.
    """
    table = session.readings[[*READINGS]].assign(smiling=detect_smiles(session.readings).smiling)
    if viewer is not None:
        known = np.unique(table["viewer_id"])
        table = table[table["viewer_id"] == viewer]
        if table.empty:
            there = "viewers there: " + ", ".join(map(str, known)) if len(known) else "nobody seen"
            raise ValueError(f"no viewer {viewer} in {session.name!r}: {there}")
    return table.take(by_viewer(table)).reset_index(drop=True)


def viewers(readings: pd.DataFrame, detected: DetectedSmiles) -> pd.DataFrame:
    """Sum up each viewer.

    Parameters
    ----------
    readings : DataFrame
        A session's, sorted by t_s.
    detected : DetectedSmiles
        Of the same readings.

    Returns
    -------
    DataFrame
        Sorted by viewer_id: first_s, last_s, times of the first and last reading; seen_s, judged_s,
        unjudgeable_s, seconds; mean_smile in [0, 1], over the judged time; smiling_share, part of
        the judged time inside a smile; smiles_per_min, of judged time; longest_smile_s, 0 for no
        smile. The last four are NaN for a viewer who was never judged.
    """
    # Grouping by small codes is several times quicker than by the ids themselves.
    code, ids = pd.factorize(readings["viewer_id"].to_numpy(dtype=np.int64), sort=True)
    t_s, smile = (readings[name].to_numpy(dtype=float) for name in ("t_s", "smile"))
    held, inside, events = detected
    waits = waiting(readings)
    sums = np.zeros((5, len(ids)))
    first, last = np.full(len(ids), np.inf), np.full(len(ids), -np.inf)
    for rows in stretches(len(t_s)):
        known = ~np.isnan(smile[rows])
        judged = np.where(known, held[rows], 0.0)
        unjudgeable = np.where(known | waits[rows], 0.0, held[rows])
        degree = np.nan_to_num(smile[rows]) * judged
        weights = held[rows], judged, unjudgeable, degree, judged * inside[rows]
        for total, each in zip(sums, weights, strict=True):
            total += np.bincount(code[rows], weights=each, minlength=len(ids))
        np.minimum.at(first, code[rows], t_s[rows])
        np.maximum.at(last, code[rows], t_s[rows])
    seen_s, judged_s, unjudgeable_s, degree_s, smiling_s = sums
    owner = np.searchsorted(ids, events["viewer_id"].to_numpy())
    longest = np.zeros(len(ids))
    np.maximum.at(longest, owner, (events["end_s"] - events["start_s"]).to_numpy())
    # NaN where nothing was judged, and with it all that is per judged time.
    per = np.where(judged_s > 0, judged_s, np.nan)
    return pd.DataFrame(
        {
            "viewer_id": ids,
            "first_s": first,
            "last_s": last,
            "seen_s": seen_s.round(3),
            "judged_s": judged_s.round(3),
            "unjudgeable_s": unjudgeable_s.round(3),
            "mean_smile": degree_s / per,
            "smiling_share": smiling_s / per,
            "smiles_per_min": np.bincount(owner, minlength=len(ids)) / (per / 60),
            "longest_smile_s": np.where(judged_s > 0, longest.round(3), np.nan),
        }
    )
