"""A session as if it had been recorded for a part of its time only."""

from __future__ import annotations

from laughtrack.analytics.timelines.session_tables import SessionTables

NEAR_S = 0.5


def clipped(tables: SessionTables, first_s: float, last_s: float) -> SessionTables:
    """Return the tables of a part of a session; those of all of it where that is nearly the same.

    Where figures of few are withheld the part is one of the stand-ins' session: its groups of
    viewers stay those of the whole session, so that nothing can be had by subtracting two parts.

    Parameters
    ----------
    tables : SessionTables
    first_s, last_s : float
        Seconds of the session; the part is half-open and begins at 0 anew.
    """
    if first_s <= NEAR_S and last_s >= tables.length_s - NEAR_S:
        return tables
    session = tables.session
    readings = session.readings
    readings = readings[(readings["t_s"] >= first_s) & (readings["t_s"] < last_s)]
    readings = readings.assign(t_s=(readings["t_s"] - first_s).round(3)).reset_index(drop=True)
    spans = session.spans
    spans = spans[(spans["end_s"] > first_s) & (spans["start_s"] < last_s)]
    ends = {name: spans[name].clip(first_s, last_s) - first_s for name in ("start_s", "end_s")}
    info = {**session.info, "media_offset_s": tables.offset_s + first_s, "marks": []}
    part = session._replace(
        readings=readings, spans=spans.assign(**ends).reset_index(drop=True), info=info, joined=()
    )
    return SessionTables(part)
