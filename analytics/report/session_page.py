"""The audience's page: a session's tables and pictures as one HTML file that opens anywhere."""

from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

from pandas import DataFrame
from plotly.offline import get_plotlyjs

from laughtrack.analytics.audience import groups
from laughtrack.analytics.audience.session_analysis import measure
from laughtrack.analytics.defaults import LEAST_COMPARED
from laughtrack.analytics.formatting import clock, duration
from laughtrack.analytics.report import player
from laughtrack.analytics.report.figures.heat_map import heat_map
from laughtrack.analytics.report.figures.seat_map import seat_map
from laughtrack.analytics.report.film import Film, stills
from laughtrack.analytics.report.html import paragraph, terms
from laughtrack.analytics.report.sections import (
    coverage,
    curve,
    method,
    moments,
    statistics,
    tables,
    viewers,
)
from laughtrack.analytics.report.sections import dial as sections_dial
from laughtrack.analytics.report.session_summary import sentences

HERE = Path(__file__).parent


class Extras(NamedTuple):
    """What may come to a page beside the session.

    `film`: what was shown, from `film.film_of`. `scenes`: its scenes, from
    `scene_files.read_scenes`. `dial`: what people turned a dial to, from `dial_files.read_dial`.
    `groups`: who is in which group, from `grouping`; groups of fewer than `LEAST_COMPARED`
    viewers, or `min_viewers`, are left out. `norms`: where it stands among others, from
    `norms.norms`.
    """

    film: Film | None = None
    scenes: DataFrame | None = None
    dial: DataFrame | None = None
    groups: DataFrame | None = None
    norms: DataFrame | None = None


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
        If `min_viewers` is below 1, the dials and the session have no time in common, or fewer
        than two groups are large enough.
    """
    if min_viewers < 1:
        raise ValueError(f"min_viewers is {min_viewers!r}: expected 1 or more")
    found = measure(session, min_viewers, extras.scenes, extras.dial)
    # Without an offset the film's time code is the session's time, and one column is enough.
    offset_s = session.info.get("media_offset_s") or None
    show = _shown(found, extras, offset_s, min_viewers)
    return Template(_text("templates/session.html")).substitute(
        title=escape(str(session.info.get("title") or session.name)),
        css=_text("assets/page.css"),
        plotly=get_plotlyjs(),
        media=player.media_rule(extras.film),
        kind="film" if extras.film else "plain",
        script=_text("assets/page.js").replace("$heat\n", _text("assets/heat_map.js")),
        watched=_watched(session, found, made_utc),
        notices=_notices(session, found, min_viewers),
        player=player.player(found.length_s, extras.film, offset_s),
        coverage=coverage.coverage(found.cover, found.length_s, offset_s)
        + ("" if found.withheld else coverage.missing(found.missing)),
        method=method.method(session.info, min_viewers, found),
        **show,
    )


def _shown(found, extras, offset_s, min_viewers):
    """Return the parts that show what the audience did, or that say that it is withheld."""
    both = found.moments, found.marked
    shown = {
        "audience": curve.audience(found.curve, both, found.cover, offset_s, min_viewers),
        "marked": moments.marked(found.marked, offset_s) + _after(found, min_viewers),
        "dial": "" if found.withheld else sections_dial.dial(found.dial, found.length_s),
        "scenes": tables.scenes(found.scenes, offset_s or 0.0, min_viewers),
    }
    if found.withheld:
        none = dict.fromkeys(("headline", "scores", "quiet"), "")
        data = player.data(found.curve, found.moments, found.length_s, offset_s)
        return {**shown, **none, "moments": _WITHHELD, "viewers": _WITHHELD, "data": data}
    pictures = extras.film and stills(extras.film, found.moments["t_s"] + (offset_s or 0.0))
    heat = found.wide and heat_map(found.wide, found.seats, found.people)
    together = found.synchrony and found.synchrony.viewers
    seats = seat_map(found.seats, found.people, together)
    return {
        **shown,
        "headline": coverage.headline(found.main, _sentences(found, offset_s)),
        "moments": moments.moments(found.moments, offset_s, pictures),
        "quiet": moments.quiet(found.quiet, offset_s),
        "viewers": viewers.viewers(found.wide, found.people, found.length_s) + seats,
        "scores": tables.scores(found.scores)
        + statistics.together(found.synchrony)
        + statistics.groups(_compared(found.people, extras.groups, min_viewers))
        + statistics.norms(extras.norms),
        "data": player.data(found.curve, found.moments, found.length_s, offset_s, heat),
    }


def _compared(people, belongs, min_viewers):
    """Return the groups compared, None where none were given."""
    least = max(LEAST_COMPARED, min_viewers)
    return belongs if belongs is None else groups.compare(groups.scores(people), belongs, least)


def _after(found, min_viewers):
    """Return what followed the marks that enough viewers were judged after."""
    if found.withheld:
        return ""
    return statistics.after_marks(found.after[found.after["judged"] >= min_viewers])


def _sentences(found, offset_s):
    together = found.synchrony and found.synchrony.whole.iloc[0]
    average = found.scores.set_index("score").loc["Average share", ["low", "high"]]
    return sentences(found.main, found.curve, found.moments, together, tuple(average), offset_s)


def _text(name):
    return (HERE / name).read_text(encoding="utf-8")


_WITHHELD = paragraph("Withheld: too few viewers were seen.")


def _watched(session, found, made_utc):
    info = session.info
    pairs = [("Session", session.name)]
    if len(session.spans):
        # The newest batch knows best: a device's clock may have been set right meanwhile.
        newest = session.spans["seq"].idxmax()
        pairs.append(("Began", _day(session.spans["started_utc"][newest])))
    pairs += [("Length", clock(found.length_s)), ("Device", session.device)]
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


def _notices(session, found, min_viewers):
    said, main = [], found.main
    if session.info.get("complete") is not True:
        said.append("This session is not complete: it was still running, or was interrupted.")
    if session.info.get("cut_short_s"):
        said.append(
            f"The recording broke off {duration(session.info['cut_short_s'])} before the "
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
    elif found.few.any():
        said.append(
            f"Where fewer than {min_viewers} viewers could be judged, the audience's figures are "
            "withheld: the curve has a gap there."
        )
    return "\n".join(paragraph(text, "notice") for text in said)
