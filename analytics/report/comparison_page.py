"""A comparison's page: two audiences compared, as one HTML file that opens anywhere."""

from __future__ import annotations

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from laughtrack.analytics.comparison.compare import Comparison
from laughtrack.analytics.messages import message
from laughtrack.analytics.report.comparison_summary import summary
from laughtrack.analytics.report.figures.comparison import HEIGHT
from laughtrack.analytics.report.look import PLAIN, Look
from laughtrack.analytics.report.rendering import asset, render
from laughtrack.analytics.report.sections import comparison as sections


def compare_page(result: Comparison, look: Look = PLAIN) -> str:
    """Make the page of a comparison.

    Parameters
    ----------
    result : Comparison
    look : Look, optional

    Returns
    -------
    str
        One HTML page that asks the network for nothing. The same comparison gives the same bytes.
    """
    facts = result.facts
    titles = facts.titles if len({*facts.titles}) > 1 else facts.names
    page = render(
        "comparison.html",
        look.language,
        title=look.title or look.language.say(_title([*dict.fromkeys(titles)])),
        logo=look.logo,
        css=asset("page.css"),
        pictures=asset("pictures.js"),
        plotly=Markup(get_plotlyjs()),
        header=sections.header(facts),
        notices=facts.notes,
        summary=summary(result),
        curves=sections.curves(result),
        stretches=sections.stretches(result.clusters, facts.offsets_s),
        scores=sections.scores(result.scores),
        scenes=sections.scenes(result.scenes, facts.offsets_s[0]),
        missed=sections.missed(result.detectable),
        method=sections.method(facts),
        height=HEIGHT,
    )
    return str(page)


def _title(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return message("{first} and {second}", first=names[0], second=names[1])
