"""The top of a session's page: which session it is, and what a reader must know of it first."""

from __future__ import annotations

from datetime import datetime

from laughtrack.analytics.audience.session_analysis import SessionAnalysis
from laughtrack.analytics.brief_viewers import remark
from laughtrack.analytics.formatting import clock, count, duration
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines import fragments


def header(session: Session, length_s: float, made_utc: str | None) -> list[tuple[str, str]]:
    """Return (name, text) of what was watched."""
    info = session.info
    pairs = [("Session", session.name)]
    if len(session.spans):
        # The newest batch knows best: a device's clock may have been set right meanwhile.
        newest = session.spans["seq"].idxmax()
        pairs.append(("Began", _day(session.spans["started_utc"][newest])))
    pairs += [("Length", clock(length_s)), ("Device", session.device)]
    pairs += [(name.capitalize(), info[name]) for name in ("source", "context") if info.get(name)]
    if info.get("media_offset_s"):
        pairs.append(("Film time code", f"begins at {clock(info['media_offset_s'])}"))
    left_out = remark(len(session.brief), len(session.static)), fragments.remark(session)
    if said := "; ".join(filter(None, left_out)):
        pairs.append(("Viewers", said))
    if made_utc is not None:
        pairs.append(("Page made", _day(made_utc)))
    return pairs


def _day(utc: str) -> str:
    try:
        when = datetime.fromisoformat(utc.replace("Z", "+00:00"))
    except ValueError:
        return utc
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def notices(session: Session, found: SessionAnalysis, min_viewers: int) -> list[str]:
    """Return what a reader must know first: a broken recording, nobody seen, figures withheld."""
    texts, main = [], found.main
    if session.info.get("complete") is not True:
        texts.append("This session is not complete: it was still running, or was interrupted.")
    if session.info.get("cut_short_s"):
        texts.append(
            f"The recording broke off {duration(session.info['cut_short_s'])} before the "
            "end it promised; this page shows what there was."
        )
    lost = session.info.get("lost_pictures")
    if lost:
        texts.append(
            f"{count(lost, 'picture')} of the recording could not be decoded and "
            f"{'is' if lost == 1 else 'are'} left out."
        )
    if main["viewers"] == 0:
        texts.append("No viewer was seen in this session, so there is no audience to describe.")
    elif main["judged"] == 0:
        texts.append(
            "Viewers were seen, but no face could be judged: too small, turned or blurred."
        )
    if main["viewers"] and main["viewers"] < min_viewers:
        texts.append(
            f"The audience's figures are withheld: fewer than {min_viewers} viewers were seen, the "
            "least this page is set to speak of."
        )
    elif found.few.any():
        texts.append(
            f"Where fewer than {min_viewers} viewers could be judged, the audience's figures are "
            "withheld: the curve has a gap there."
        )
    return texts
