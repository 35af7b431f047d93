"""A session's page: its tables and figures as one HTML file that opens anywhere."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from laughtrack.analytics.audience import groups
from laughtrack.analytics.audience.session_analysis import SessionAnalysis, analyze_session
from laughtrack.analytics.defaults import LEAST_COMPARED
from laughtrack.analytics.report.elements import Listing, Paragraph, Table
from laughtrack.analytics.report.figures.heat_map import heat_map
from laughtrack.analytics.report.figures.seat_map import SeatMaps, seat_map
from laughtrack.analytics.report.film import Film, stills
from laughtrack.analytics.report.player import data, player
from laughtrack.analytics.report.rendering import asset, render
from laughtrack.analytics.report.sections import statistics
from laughtrack.analytics.report.sections.coverage import Headline, coverage, headline, missing
from laughtrack.analytics.report.sections.curve import audience
from laughtrack.analytics.report.sections.dial import Dials, dial
from laughtrack.analytics.report.sections.header import header, notices
from laughtrack.analytics.report.sections.method import method
from laughtrack.analytics.report.sections.moments import marked, moments, quiet
from laughtrack.analytics.report.sections.scores import scenes, scores
from laughtrack.analytics.report.sections.statistics import Groups, Passage
from laughtrack.analytics.report.sections.viewers import Viewers, viewers
from laughtrack.analytics.report.session_summary import sentences
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
    scores: Table | None = None
    synchrony: Passage | None = None
    groups: Groups | None = None
    norms: Passage | None = None
    dial: Dials | None = None
    viewers: Viewers | None = None
    seats: SeatMaps | None = None
    missing: Paragraph | None = None
    heat: dict[str, object] | None = None


def report(
    session: Session,
    min_viewers: int = 1,
    made_utc: str | None = None,
    extras: Extras = NOTHING,
) -> str:
    """Make a session's page.

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
    found = analyze_session(SessionTables(session), min_viewers, extras.scenes, extras.dial)
    # Without an offset the film's time code is the session's time, and one column is enough.
    offset_s = session.info.get("media_offset_s") or None
    both = found.moments, found.marked
    parts = Parts() if found.withheld else _parts(found, extras, offset_s, min_viewers)
    page = render(
        "session.html",
        title=session.info.get("title") or session.name,
        css=asset("page.css"),
        plotly=Markup(get_plotlyjs()),
        has_film=extras.film is not None,
        script=Markup(asset("page.js").replace("$heat\n", asset("heat_map.js"))),
        header=header(session, found.length_s, made_utc),
        notices=notices(session, found, min_viewers),
        withheld=found.withheld,
        player=player(found.length_s, extras.film, offset_s),
        audience=audience(found.curve, both, found.cover, offset_s, min_viewers),
        marked=marked(found.marked, offset_s),
        scenes=scenes(found.scenes, offset_s or 0.0, min_viewers),
        coverage=coverage(found.cover, found.length_s, offset_s),
        method=method(session.info, min_viewers, found),
        data=data(found.curve, found.moments, found.length_s, offset_s, parts.heat),
        **parts._asdict(),
    )
    return str(page)


def _parts(
    found: SessionAnalysis, extras: Extras, offset_s: float | None, min_viewers: int
) -> Parts:
    images = extras.film and stills(extras.film, found.moments["t_s"] + (offset_s or 0.0))
    alike = found.synchrony and found.synchrony.viewers
    return Parts(
        headline=headline(found.main, _sentences(found, offset_s)),
        moments=moments(found.moments, offset_s, images),
        quiet=quiet(found.quiet, offset_s),
        # Withheld mark by mark where too few viewers were judged.
        after_marks=statistics.after_marks(found.after[found.after["judged"] >= min_viewers]),
        scores=scores(found.scores),
        synchrony=statistics.synchrony(found.synchrony),
        groups=statistics.groups(_compared(found.people, extras.groups, min_viewers)),
        norms=statistics.norms(extras.norms),
        dial=dial(found.dial, found.length_s),
        viewers=viewers(found.wide, found.people, found.length_s),
        seats=seat_map(found.seats, found.people, alike),
        missing=missing(found.missing),
        heat=found.wide and heat_map(found.wide, found.seats, found.people),
    )


def _compared(
    people: pd.DataFrame, membership: pd.DataFrame | None, min_viewers: int
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]] | None:
    """Return the groups compared, None where none were given."""
    if membership is None:
        return None
    least = max(LEAST_COMPARED, min_viewers)
    return groups.compare(groups.scores(people), membership, least)


def _sentences(found: SessionAnalysis, offset_s: float | None) -> list[str]:
    whole = found.synchrony and found.synchrony.whole.iloc[0]
    average = found.scores.set_index("score").loc["Average share", ["low", "high"]]
    return sentences(found.main, found.curve, found.moments, whole, tuple(average), offset_s)
