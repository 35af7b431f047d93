"""A session's page: its tables and figures as one HTML file that opens anywhere."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from laughtrack.analytics.audience import groups
from laughtrack.analytics.audience.session_analysis import SessionAnalysis, analyze_session
from laughtrack.analytics.report.corrected_first import corrected_first
from laughtrack.analytics.report.elements import Listing, Paragraph
from laughtrack.analytics.report.figures.heat_map import heat_map
from laughtrack.analytics.report.figures.seat_map import SeatMaps, seat_map
from laughtrack.analytics.report.film import Film, stills
from laughtrack.analytics.report.look import PLAIN, Look
from laughtrack.analytics.report.player import data, player
from laughtrack.analytics.report.rendering import asset, render
from laughtrack.analytics.report.sections import statistics
from laughtrack.analytics.report.sections.coverage import Headline, coverage, headline, missing
from laughtrack.analytics.report.sections.curve import audience
from laughtrack.analytics.report.sections.dial import Dials, dial
from laughtrack.analytics.report.sections.header import header, notices
from laughtrack.analytics.report.sections.method import method
from laughtrack.analytics.report.sections.moments import marked, moments, quiet
from laughtrack.analytics.report.sections.scores import Scores, scenes, scores
from laughtrack.analytics.report.sections.statistics import Groups, Passage
from laughtrack.analytics.report.sections.viewers import Viewers, viewers
from laughtrack.analytics.report.session_summary import Average, sentences
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.session_tables import SessionTables


class Extras(NamedTuple):
    """What may come to a page beside the session.

    `film`: what was shown, from `film.film_of`. `scenes`: its scenes, from
    `scene_lists.read_scenes`. `dial`: what people turned a dial to, from
    `dial_recordings.read_dial`. `groups`: who is in which group, from `viewer_groups`; groups of
    fewer than `LEAST_COMPARED` viewers, or `min_viewers`, are left out. `norms`: where it stands
    among others, from `norms.norms`.
    """

    film: Film | None = None
    scenes: pd.DataFrame | None = None
    dial: pd.DataFrame | None = None
    groups: pd.DataFrame | None = None
    norms: pd.DataFrame | None = None


NOTHING = Extras()


class Parts(NamedTuple):
    """What the page shows of the audience; all of it is left out where too few viewers were seen.

    `heat` is what the page's script draws, the others are what their sections return.
    """

    headline: Headline | None = None
    moments: Listing | None = None
    quiet: Listing | None = None
    after_marks: Passage | None = None
    scores: Scores | None = None
    synchrony: Passage | None = None
    groups: Groups | None = None
    norms: Passage | None = None
    dial: Dials | None = None
    viewers: Viewers | None = None
    seats: SeatMaps | None = None
    missing: Paragraph | None = None
    heat: dict[str, object] | None = None


def report(
    session: Session | SessionTables,
    min_viewers: int = 1,
    made_utc: str | None = None,
    extras: Extras = NOTHING,
    look: Look = PLAIN,
) -> str:
    """Make a session's page.

    Parameters
    ----------
    session : Session or SessionTables
        Also one without viewers, spans or info.
    min_viewers : int
        From 1. Figures of fewer are withheld, as in `SessionTables`, and above 1 all that is of
        single viewers.
    made_utc : str, optional
        When the page is made, to be printed on it. Without it a session gives the same bytes.
    extras : Extras, optional
    look : Look, optional

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
    tables = session if isinstance(session, SessionTables) else SessionTables(session)
    tables = tables.at_least(min_viewers)
    min_viewers, session = tables.min_viewers, tables.session
    found = corrected_first(analyze_session(tables, 1, extras.scenes, extras.dial))
    # Without an offset the film's time code is the session's time, and one column is enough.
    offset_s = session.info.get("media_offset_s") or None
    both = found.moments, found.marked
    parts = Parts()
    if not found.withheld:
        parts = _parts(tables, found, extras, look)
    has_film = extras.film is not None and not look.summary
    page = render(
        "summary.html" if look.summary else "session.html",
        look.language,
        title=look.title or session.info.get("title") or session.name,
        logo=look.logo,
        css=asset("page.css"),
        plotly=Markup(get_plotlyjs()),
        has_film=has_film,
        pictures=asset("pictures.js"),
        script=Markup(asset("page.js").replace("$heat\n", asset("heat_map.js"))),
        header=header(session, found.length_s, made_utc),
        notices=notices(session, found, min_viewers),
        withheld=found.withheld,
        min_viewers=min_viewers,
        player=player(found.length_s, extras.film, offset_s),
        audience=audience(found.curve, both, found.cover, offset_s, min_viewers, found.length_s),
        marked=marked(found.marked, offset_s),
        scenes=scenes(found.scenes, offset_s or 0.0),
        coverage=coverage(found.cover, found.length_s, offset_s),
        method=method(session, min_viewers, found),
        data=data(found.curve, found.moments, found.length_s, offset_s, parts.heat),
        **parts._asdict(),
    )
    return str(page)


def _parts(
    tables: SessionTables,
    found: SessionAnalysis,
    extras: Extras,
    look: Look,
) -> Parts:
    offset_s = tables.session.info.get("media_offset_s") or None
    images = extras.film and stills(extras.film, found.moments["t_s"] + (offset_s or 0.0))
    alike, few = found.synchrony and found.synchrony.viewers, tables.withholds
    return Parts(
        headline=headline(found.main, _sentences(found, offset_s)),
        moments=moments(found.moments, offset_s, images, look.summary),
        quiet=quiet(found.quiet, offset_s),
        after_marks=statistics.after_marks(found.after),
        scores=scores(found.scores, found.correction.reason),
        synchrony=statistics.synchrony(found.synchrony),
        groups=statistics.groups(
            None if extras.groups is None else groups.groups_of(tables, extras.groups)
        ),
        norms=statistics.norms(extras.norms),
        dial=dial(found.dial, found.length_s),
        viewers=None if few else viewers(found.wide, found.people, found.length_s),
        seats=None if few else seat_map(found.seats, found.people, alike),
        missing=missing(found.missing),
        heat=_heat(found, look),
    )


def _heat(found: SessionAnalysis, look: Look) -> dict[str, object] | None:
    """Return what the script draws of single viewers: nothing of it in a summary."""
    if found.wide is None or look.summary:
        return None
    return heat_map(found.wide, found.seats, found.people)


def _sentences(found: SessionAnalysis, offset_s: float | None) -> list[str]:
    whole = found.synchrony and found.synchrony.whole.iloc[0]
    average = found.scores.set_index("score").loc["Average share"]
    names = ("value", "low", "high", "seen_value")
    told = Average(*(float(average.get(name, math.nan)) for name in names))
    return sentences(found.main, found.curve, found.moments, whole, told, offset_s)
