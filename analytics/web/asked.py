"""The session that a request asks for, and of how few viewers it may be told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated

from fastapi import HTTPException, Path, Query, Request

from laughtrack.analytics import brief_viewers
from laughtrack.analytics.review.wording import remark as corrections
from laughtrack.analytics.store.sessions import device_of, load_audience
from laughtrack.analytics.timelines import fragments
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.session_time import moment

# A session that is not complete, and of which nothing was recorded for so long, has broken off.
STILL_S = 600.0
MOST_VIEWERS = 1000
# Of a frame rate: no power of ten, which may be a number of as many digits.
RATE = r"^(\d{1,7}(\.\d{1,6})?(/\d{1,7})?)?$"

SessionName = Annotated[str, Path(description="Its name.", max_length=100)]
DeviceName = Annotated[
    str | None,
    Query(description="Whose session, where several have one of that name.", max_length=100),
]
Least = Annotated[
    int | None,
    Query(
        ge=1,
        le=MOST_VIEWERS,
        description="Withhold figures of fewer viewers. Where the server withholds, its own number "
        "alone: two answers of different numbers would tell together what each withholds.",
    ),
]
Uncorrected = Annotated[bool, Query(description="As recorded, without what a person corrected.")]


def asked_tables(
    request: Request,
    session: SessionName,
    device: DeviceName = None,
    min_viewers: Least = None,
    uncorrected: Uncorrected = False,
) -> SessionTables:
    """Return the tables of the session that a request names.

    Raises
    ------
    UnknownSession, AmbiguousSession, StoreError
        As of `store.sessions.load`.
    ValueError
        Fewer viewers are asked for than the server tells of, or figures of few are withheld, and a
        session that a person corrected is asked for as recorded.
    HTTPException
        The session is still being recorded, and figures of few are withheld.
    """
    state = request.app.state
    least = least_of(state.settings.min_viewers, min_viewers)
    whose = device_of(state.settings.store, session, device)
    if uncorrected:
        raw = load_audience(state.settings.store, session, whose, uncorrected=True)
        return settled(SessionTables(raw, least))
    return settled(state.sessions.tables(whose, session).at_least(least))


def least_of(own: int, asked: int | None) -> int:
    """Return the least number of viewers to tell of.

    Who is spoken of together depends on the number: of two answers, the difference may be of one
    viewer. So where the server withholds, its number is the one of all answers.
    """
    if asked is not None and own not in (1, asked):
        raise ValueError(
            f"min_viewers={asked}: this server tells of no fewer than {own} viewers, and of groups "
            "made for that number alone: leave it out"
        )
    return own if asked is None else asked


def settled(tables: SessionTables, now: datetime | None = None) -> SessionTables:
    """Return the tables, unless they withhold figures of a session that is still growing.

    Who is spoken of together follows from who was judged when. While that grows, two answers are of
    different groups, and what lies between them may be a single viewer.
    """
    spans = tables.spans
    if not tables.withholds or tables.info.get("complete") is True or spans.empty:
        return tables
    began = moment(str(spans["started_utc"].iloc[-1]))
    quiet = (now or datetime.now(timezone.utc)) - began - timedelta(seconds=tables.length_s)
    if quiet < timedelta(seconds=STILL_S):
        raise HTTPException(
            403,
            f"{tables.name} is still being recorded, and figures of fewer than "
            f"{tables.min_viewers} viewers are withheld: they are told when it is complete, or "
            f"{STILL_S / 60:.0f} minutes after it broke off",
        )
    return tables


def refuse_singles(tables: SessionTables, what: str) -> None:
    """Refuse what is of single viewers where figures of few are withheld."""
    if tables.withholds:
        raise HTTPException(
            403,
            f"{what} is of single viewers and withheld: nothing is told of fewer than "
            f"{tables.min_viewers}",
        )


def notes_of(tables: SessionTables) -> list[str]:
    """Say what a person corrected of a session, who is left out, joined, and what is withheld."""
    session = tables.everyone.session
    left_out = brief_viewers.remark(len(session.brief), len(session.static))
    said = [corrections(session.amended), left_out, fragments.remark(session), tables.remark()]
    return [str(each) for each in said if each]
