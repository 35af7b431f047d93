"""How a replay of a synthetic audience compares with its truth: what `laughtrack demo` prints.

The truth is what `edge.simulate.simulate` writes beside its film. Identity scores are the caller's
to make (`tracker.mot.idf1.score`); everything else here goes through the tables that the report
shows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.curve import curve
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.session_tables import SessionTables

# IDs, and their boxes.
Identities = tuple[np.ndarray, np.ndarray]
LEAST_IDF1 = 0.90
LEAST_CORRELATION = 0.95
MOST_EXTRA_S = 2.0
MOST_PEAK_S = 0.5
PEAKS = 3


class Check(NamedTuple):
    """One line of the audit: what was asked, what was found, and whether it will do."""

    name: str
    found: str
    asked: str
    passed: bool


def true_session(truth: pd.DataFrame) -> Session:
    """Turn a synthetic audience's truth into a session, every degree of smile being a score.

    Parameters
    ----------
    truth : DataFrame
        The simulator's `.truth.csv`: viewer_id, t_s, smile, state and box, a row a viewer a frame.

    Returns
    -------
    Session
        Of the viewers in the room, whether or not the camera could see their faces.
    """
    there = truth[truth["state"] != "absent"].sort_values(["t_s", "viewer_id"], ignore_index=True)
    readings = there[["viewer_id", "t_s", "x1", "y1", "x2", "y2"]].assign(
        quality=1.0, raw=there["smile"], smile=there["smile"]
    )
    times = np.unique(truth["t_s"])
    spans = pd.DataFrame(
        {"seq": [0], "started_utc": [""], "start_s": [0.0], "end_s": [times[-1]], "frames": [1]}
    )
    return Session(readings, spans, {}, "truth", "truth")


def identities(
    session: Session, truth: pd.DataFrame, seen: dict[int, Identities]
) -> tuple[dict[int, Identities], dict[int, Identities]]:
    """Return truth and readings in the frames looked at, as `tracker.mot.idf1.score` takes them.

    Parameters
    ----------
    session : Session
        The replay; its info says at what rate it looked.
    truth : DataFrame
        As in `true_session`; gives the time of each frame.
    seen : dict of int to (ndarray, ndarray)
        From the simulator's `.gt.txt`: frame from 1 to IDs and boxes of the faces to be seen.

    Returns
    -------
    truth, result : dict of int to (ndarray, ndarray)
        By frame number.
    """
    times = np.unique(truth["t_s"].to_numpy())
    steps = np.floor((times + 0.0005) * session.info["settings"]["rate_hz"])
    looked = np.flatnonzero(np.diff(steps, prepend=-1) > 0)
    nobody = np.zeros(0, dtype=np.int64), np.zeros((0, 4))
    readings = session.readings
    frame = looked[np.abs(readings["t_s"].to_numpy()[:, None] - times[looked]).argmin(axis=1)]
    found = {
        int(number) + 1: (
            rows["viewer_id"].to_numpy(),
            rows[["x1", "y1", "x2", "y2"]].to_numpy(float),
        )
        for number, rows in readings.groupby(frame)
    }
    numbers = [int(number) + 1 for number in looked]
    return (
        {number: seen.get(number, nobody) for number in numbers},
        {number: found.get(number, nobody) for number in numbers},
    )


def audit(session: Session, truth: pd.DataFrame, identity: Any) -> list[Check]:
    """Check a replay against the truth.

    Parameters
    ----------
    session : Session
    truth : DataFrame
        As in `true_session`.
    identity : tracker.mot.idf1.IdentityScores
        From `identities`, scored.

    Returns
    -------
    list of Check
    """
    wanted = int(truth["viewer_id"].nunique())
    found = len(identity.matches)
    tables, true_tables = SessionTables(session), SessionTables(true_session(truth))
    people = tables.viewers
    extra = people[~people["viewer_id"].isin(list(identity.matches.values()))]
    extra_s = float(extra["seen_s"].max()) if len(extra) else 0.0
    measured, true = curve(tables), curve(true_tables)
    both = measured.merge(true, on="t_s", suffixes=("", "_true")).dropna()
    same = float(both["mean_smile"].corr(both["mean_smile_true"]))
    return [
        Check("viewers found", f"{found} of {wanted}", f"{wanted}", found == wanted),
        Check(
            "longest extra viewer",
            f"{extra_s:.1f} s",
            f"<= {MOST_EXTRA_S} s",
            extra_s <= MOST_EXTRA_S,
        ),
        Check("IDF1", f"{identity.idf1:.3f}", f">= {LEAST_IDF1}", identity.idf1 >= LEAST_IDF1),
        Check(
            "curve's correlation",
            f"{same:.3f}",
            f">= {LEAST_CORRELATION}",
            same >= LEAST_CORRELATION,
        ),
        _peak_check(tables, true_tables),
    ]


def _peak_check(tables: SessionTables, true_tables: SessionTables) -> Check:
    """Compare the moments of the largest peaks, in order of time."""
    ours, true = (np.sort(peaks(each)["t_s"].to_numpy()[:PEAKS]) for each in (tables, true_tables))
    name, asked = f"{len(true)} largest peaks", f"<= {MOST_PEAK_S} s off"
    if len(ours) != len(true):
        return Check(name, f"{len(ours)} found", asked, False)
    off_s = float(np.abs(ours - true).max()) if len(true) else 0.0
    return Check(name, f"{off_s:.2f} s off", asked, off_s <= MOST_PEAK_S)
