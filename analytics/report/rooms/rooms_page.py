"""The page of a film in several rooms, as one HTML file that opens anywhere."""

from __future__ import annotations

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from laughtrack.analytics.messages import message
from laughtrack.analytics.report.look import PLAIN, Look
from laughtrack.analytics.report.rendering import asset, render
from laughtrack.analytics.report.rooms import film_sections, score_sections
from laughtrack.analytics.report.rooms.rooms_method import method
from laughtrack.analytics.report.rooms.rooms_summary import summary
from laughtrack.analytics.rooms.rooms import FilmInRooms


def rooms_page(result: FilmInRooms, look: Look = PLAIN) -> str:
    """Make the page of a film in several rooms.

    Parameters
    ----------
    result : FilmInRooms
    look : Look, optional

    Returns
    -------
    str
        One HTML page that asks the network for nothing. The same result gives the same bytes.
    """
    page = render(
        "rooms.html",
        look.language,
        title=look.title or result.facts.title or look.language.say(message("One film")),
        logo=look.logo,
        css=asset("page.css"),
        pictures=asset("pictures.js"),
        plotly=Markup(get_plotlyjs()),
        header=film_sections.header(result),
        notices=film_sections.notices(result.facts),
        summary=summary(result),
        film=film_sections.film(result),
        peaks=film_sections.peaks(result),
        scores=score_sections.scores(result),
        not_corrected=score_sections.not_corrected(result),
        forest=score_sections.forest(result),
        rooms=score_sections.rooms(result),
        different=score_sections.different(result),
        method=method(result),
    )
    return str(page)
