"""Who was seen too briefly to count: faces found by mistake, people passing, broken tracks.

Conventions
-----------
- Seen is the time of all of a viewer's readings together, in however many visits: each stands for
  the time to the viewer's next one, or where that is more than `GAP_S` away, for one usual look of
  the camera.
- What decides of one viewer depends on nobody else, so that one more or less changes nothing of
  the others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import LEAST_SEEN_S
from laughtrack.analytics.messages import message
from laughtrack.analytics.session import Session

GAP_S = 1.0
# Times are whole milliseconds, but their sums are not exact.
_NEAR_S = 1e-6


def without_brief(session: Session) -> Session:
    """Leave out the viewers who were seen for less than `LEAST_SEEN_S`.

    Parameters
    ----------
    session : Session
        As stored.

    Returns
    -------
    Session
        The same with their readings left out and their IDs in `brief`.
    """
    readings = session.readings
    ids = brief_viewers(readings["viewer_id"], readings["t_s"], look_s(session.spans))
    if len(ids):
        kept = ~np.isin(readings["viewer_id"].to_numpy(), ids)
        readings = readings[kept].reset_index(drop=True)
    return session._replace(readings=readings, brief=tuple(ids.tolist()))


def brief_viewers(viewer_ids: pd.Series, t_s: pd.Series, usual_s: float) -> np.ndarray:
    """Return the IDs of those seen for less than `LEAST_SEEN_S`, ascending.

    Parameters
    ----------
    viewer_ids, t_s : Series
        Of a session's readings, sorted by time.
    usual_s : float
        From `look_s`.
    """
    code, ids = pd.factorize(viewer_ids.to_numpy(dtype=np.int64), sort=True)
    # 16 bits sort in linear time.
    small = code.astype(np.uint16) if len(ids) < 2**16 else code
    order = np.argsort(small, kind="stable")
    code, times = code[order], t_s.to_numpy(dtype=float)[order]
    step = np.append(np.diff(times), np.inf)[: len(times)]
    follows = np.append(code[1:] == code[:-1], False)[: len(code)]
    held = np.where(follows & (step <= GAP_S + _NEAR_S), step, usual_s)
    seen_s = np.bincount(code, weights=held, minlength=len(ids))
    return np.asarray(ids[seen_s < LEAST_SEEN_S - _NEAR_S], dtype=np.int64)


def look_s(spans: pd.DataFrame) -> float:
    """Return the seconds from one look of the camera to the next, 0 where it never looked.

    `spans` are of one session: start_s, end_s and frames of each batch.
    """
    live = spans[spans["frames"] > 0]
    if live.empty:
        return 0.0
    return float(np.median((live["end_s"] - live["start_s"]) / live["frames"]))


def remark(brief: int, static: int = 0) -> str:
    """Say how many were left out of a session, and why; "" for nobody.

    Parameters
    ----------
    brief, static : int
        How many are in `Session.brief` and `Session.static`.
    """
    if brief and static:
        return message(
            "{brief:,} seen for less than a second and {static:,} printed or on a screen left out",
            brief=brief,
            static=static,
        )
    if brief:
        return message("{brief:,} seen for less than a second left out", brief=brief)
    if static:
        return message("{static:,} printed or on a screen left out", static=static)
    return ""
