"""The top of a session's page: which session it is, and what a reader must know of it first."""

from __future__ import annotations

from laughtrack.analytics.audience.session_analysis import SessionAnalysis
from laughtrack.analytics.brief_viewers import remark
from laughtrack.analytics.formatting import clock, duration
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.review.wording import remark as corrections
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines import fragments
from laughtrack.analytics.timelines.session_time import moment

MONTHS = (
    message("January"),
    message("February"),
    message("March"),
    message("April"),
    message("May"),
    message("June"),
    message("July"),
    message("August"),
    message("September"),
    message("October"),
    message("November"),
    message("December"),
)


def header(session: Session, length_s: float, made_utc: str | None) -> list[tuple[str, str]]:
    """Return (name, text) of what was watched."""
    info = session.info
    pairs = [(message("Session"), session.name)]
    if len(session.spans):
        # The newest batch knows best: a device's clock may have been set right meanwhile.
        newest = session.spans["seq"].idxmax()
        pairs.append((message("Began"), _day(session.spans["started_utc"][newest])))
    pairs += [(message("Length"), clock(length_s)), (message("Device"), session.device)]
    names = {"source": message("Source"), "context": message("Context")}
    pairs += [(said, info[name]) for name, said in names.items() if info.get(name)]
    if info.get("media_offset_s"):
        begins = message("begins at {time}", time=clock(info["media_offset_s"]))
        pairs.append((message("Film time code"), begins))
    left_out = (
        corrections(session.amended),
        remark(len(session.brief), len(session.static)),
        fragments.remark(session),
    )
    if said := [text for text in left_out if text]:
        pairs.append((message("Viewers"), joined(said, "; ")))
    if made_utc is not None:
        pairs.append((message("Page made"), _day(made_utc)))
    return pairs


def _day(utc: str) -> str:
    try:
        when = moment(utc)
    except ValueError:
        return utc
    return message(
        "{day} {month} {year}, {time} UTC",
        day=when.day,
        month=MONTHS[when.month - 1],
        year=when.year,
        time=when.strftime("%H:%M"),
    )


def notices(session: Session, found: SessionAnalysis, min_viewers: int) -> list[str]:
    """Return what a reader must know first: a broken recording, nobody seen, figures withheld."""
    texts: list[str] = []
    if session.info.get("complete") is not True:
        texts.append(
            message("This session is not complete: it was still running, or was interrupted.")
        )
    if session.info.get("cut_short_s"):
        texts.append(
            message(
                "The recording broke off {time} before the end it promised; this page shows what "
                "there was.",
                time=duration(session.info["cut_short_s"]),
            )
        )
    if lost := session.info.get("lost_pictures"):
        texts.append(
            plural(
                "{n:,} picture of the recording could not be decoded and is left out.",
                "{n:,} pictures of the recording could not be decoded and are left out.",
                lost,
            )
        )
    return [*texts, *_of_audience(found, min_viewers)]


def _of_audience(found: SessionAnalysis, min_viewers: int) -> list[str]:
    """Return what a reader must know of the audience first."""
    main = found.main
    texts: list[str] = []
    if main["viewers"] == 0:
        texts.append(
            message("No viewer was seen in this session, so there is no audience to describe.")
        )
    elif main["judged"] == 0:
        texts.append(
            message("Viewers were seen, but no face could be judged: too small, turned or blurred.")
        )
    if main["viewers"] and main["viewers"] < min_viewers:
        texts.append(
            message(
                "The audience's figures are withheld: fewer than {least} viewers were seen, the "
                "least this page is set to speak of.",
                least=min_viewers,
            )
        )
    elif found.few.any():
        texts.append(
            message(
                "Where fewer than {least} viewers could be judged, the audience's figures are "
                "withheld: the curve has a gap there.",
                least=min_viewers,
            )
        )
    return texts
