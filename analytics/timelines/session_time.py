"""How long a session lasted, and where in the film it began."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from laughtrack.analytics.session import Session


def length_s(session: Session) -> float:
    """Return the session's length in seconds: the end of its last span or reading, 0 for none."""
    ends = session.spans["end_s"].max(), session.readings["t_s"].max()
    return float(np.nanmax([0.0, *ends]))


def offset_s(session: Session) -> float:
    """Return the film's time at the session's start, seconds; 0 where it is not known."""
    return float(session.info.get("media_offset_s") or 0.0)


def moment(utc: str) -> datetime:
    """Return the moment of a UTC time as batches and events write it: ISO 8601, with a Z.

    Raises
    ------
    ValueError
        It is none.
    """
    # Python 3.10 knows no Z.
    return datetime.fromisoformat(utc.replace("Z", "+00:00"))
