"""The audience's page: a session's tables and pictures as one HTML file that opens anywhere."""

from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

from plotly.offline import get_plotlyjs

from analytics import figures, player, sections, sections_curve, sections_moments, sections_viewers
from analytics.audience import curve_of, length_s, summary
from analytics.cells import cells, coarser
from analytics.film import Film, stills
from analytics.grid import grid_of
from analytics.heat_map import heat_map
from analytics.marked import marks_of
from analytics.peaks import STEP_S, peaks_of
from analytics.seating import seating
from analytics.timelines import coverage, viewers
from analytics.words import clock, lasting, paragraph, terms

HERE = Path(__file__).parent
# Of a curve's table; all else in it says how much the audience smiled, and may be withheld.
COUNTS = ("t_s", "visible", "judged", "watched")


class Extras(NamedTuple):
    """What may come to a page beside the session: `film`, what was shown, from `film.film_of`."""

    film: Film | None = None


NOTHING = Extras()


def report(session, min_viewers=1, made_utc=None, extras=NOTHING):
    """Make the audience's page.

    Parameters
    ----------
    session : Session
        Also one without viewers, spans or info.
    min_viewers : int
        From 1. Audience figures are withheld wherever fewer viewers could be judged, and
        everything about single viewers when the session has fewer.
    made_utc : str, optional
        When the page is made, to be printed on it. Without it a session gives the same bytes.
    extras : Extras, optional

    Returns
    -------
    str
        One HTML page that asks the network for nothing; a film stays in its own file.

    Raises
    ------
    ValueError
        If `min_viewers` is below 1.
    """
    if min_viewers < 1:
        raise ValueError(f"min_viewers is {min_viewers!r}: expected 1 or more")
    people, cover, length = viewers(session), coverage(session), length_s(session)
    # The readings of a long film are gathered once; everything wider is joined from these.
    fine = cells(session.readings, STEP_S)
    moments, marked = peaks_of(fine, min_viewers=min_viewers), marks_of(session, fine, min_viewers)
    curve = _curve(session, fine, length)
    few = curve["judged"] < min_viewers
    curve.loc[few, [name for name in curve if name not in COUNTS]] = float("nan")
    withheld = 0 < len(people) < min_viewers
    main = summary(session, people, cover, moments)
    # Without an offset the film's time code is the session's time, and one column is enough.
    offset_s = session.info.get("media_offset_s") or None
    wide = None if withheld or people.empty else _wide(session, fine, length)
    heat = wide and heat_map(wide, seating(session), people)
    pictures = extras.film and stills(extras.film, moments["t_s"] + (offset_s or 0.0))
    return Template(_text("page.html")).substitute(
        title=escape(str(session.info.get("title") or session.name)),
        css=_text("page.css"),
        plotly=get_plotlyjs(),
        media=player.media_rule(extras.film),
        kind="film" if extras.film else "plain",
        data=player.data(curve, moments, length, offset_s, heat),
        script=_text("page.js").replace("$heat\n", _text("heat_map.js")),
        watched=_watched(session, main, made_utc),
        notices=_notices(session, main, min_viewers, few & (curve["judged"] > 0)),
        headline="" if withheld else sections.headline(main, offset_s),
        player=player.player(length, extras.film, offset_s),
        audience=sections_curve.audience(curve, (moments, marked), cover, offset_s, min_viewers),
        moments=_WITHHELD if withheld else sections_moments.moments(moments, offset_s, pictures),
        marked=sections_moments.marked(marked, offset_s),
        viewers=_WITHHELD if withheld else sections_viewers.viewers(wide, people, length),
        coverage=sections.coverage(cover, length, offset_s),
        method=sections.method(session.info, min_viewers),
    )


def _text(name):
    return (HERE / name).read_text(encoding="utf-8")


def _curve(session, fine, length):
    """Return the audience's curve, a row a second or, of very long sessions, a longer step."""
    step = figures.step_of_curve(length)
    curve = curve_of(session, coarser(fine, round(step / STEP_S)), step)
    return curve.rename(columns={"share_smiling": "share", "mean_smile": "degree"})


def _wide(session, fine, length):
    """Return the viewers by time in columns as wide as the page's picture needs."""
    step = figures.step_of_viewers(length, fine["viewer_id"].nunique())
    return grid_of(session, coarser(fine, round(step / STEP_S)), step)


_WITHHELD = paragraph("Withheld: too few viewers were seen.")


def _watched(session, main, made_utc):
    info = session.info
    pairs = [("Session", session.name)]
    if len(session.spans):
        # The newest batch knows best: a device's clock may have been set right meanwhile.
        newest = session.spans["seq"].idxmax()
        pairs.append(("Began", _day(session.spans["started_utc"][newest])))
    pairs += [("Length", clock(main["seconds"])), ("Device", session.device)]
    pairs += [(name.capitalize(), info[name]) for name in ("source", "context") if info.get(name)]
    if info.get("media_offset_s"):
        pairs.append(("Film time code", f"begins at {clock(info['media_offset_s'])}"))
    if made_utc is not None:
        pairs.append(("Page made", _day(made_utc)))
    return terms(pairs)


def _day(utc):
    try:
        when = datetime.fromisoformat(utc.replace("Z", "+00:00"))
    except ValueError:
        return utc
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def _notices(session, main, min_viewers, withheld):
    said = []
    if session.info.get("complete") is not True:
        said.append("This session is not complete: it was still running, or was interrupted.")
    if session.info.get("cut_short_s"):
        said.append(
            f"The recording broke off {lasting(session.info['cut_short_s'])} before the "
            "end it promised; this page shows what there was."
        )
    if main["viewers"] == 0:
        said.append("No viewer was seen in this session, so there is no audience to describe.")
    elif main["judged"] == 0:
        said.append("Viewers were seen, but no face could be judged: too small, turned or blurred.")
    if main["viewers"] and main["viewers"] < min_viewers:
        said.append(
            f"The audience's figures are withheld: fewer than {min_viewers} viewers were seen, the "
            "least this page is set to speak of."
        )
    elif withheld.any():
        said.append(
            f"Where fewer than {min_viewers} viewers could be judged, the audience's figures are "
            "withheld: the curve has a gap there."
        )
    return "\n".join(paragraph(text, "notice") for text in said)
