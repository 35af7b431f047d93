"""Two audiences compared, as one HTML file that opens anywhere."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from string import Template

from plotly.offline import get_plotlyjs

from laughtrack.analytics.formatting import clock
from laughtrack.analytics.report.comparison_summary import points, summary, sure
from laughtrack.analytics.report.figures.axes import to_html
from laughtrack.analytics.report.figures.comparison import HEIGHT, MOST_SHADES, compare_figure
from laughtrack.analytics.report.html import paragraph, terms
from laughtrack.analytics.report.sections.comparison import (
    method,
    missed,
    scenes,
    scores,
    stretches,
)

HERE = Path(__file__).parent


def compare_page(result):
    """Make the page of a comparison.

    Parameters
    ----------
    result : Comparison

    Returns
    -------
    str
        One HTML page that asks the network for nothing. The same comparison gives the same bytes.
    """
    facts = result.facts
    titles = facts["titles"] if len({*facts["titles"]}) > 1 else facts["names"]
    return Template(_text("templates/comparison.html")).substitute(
        title=escape(" and ".join(dict.fromkeys(titles))),
        css=_text("assets/page.css"),
        plotly=get_plotlyjs(),
        watched=_watched(facts),
        notices="\n".join(paragraph(note, "notice") for note in facts["notes"]),
        summary=paragraph(" ".join(summary(result)), "lead"),
        curves=_curves(result),
        stretches=stretches(result.clusters, facts["offsets_s"]),
        scores=scores(result.scores),
        scenes=scenes(result.scenes, facts["offsets_s"][0]),
        missed=missed(result.findable),
        method=method(facts),
        height=HEIGHT,
    )


def _text(name):
    return (HERE / name).read_text(encoding="utf-8")


def _watched(facts):
    pairs = []
    for k, letter in enumerate("AB"):
        name, title = facts["names"][k], facts["titles"][k]
        said = name if name == title else f"{title} ({name})"
        pairs.append((letter, f"{said}, {facts['viewers'][k]} viewers judged"))
    return terms([*pairs, ("In both", clock(facts["seconds"])), ("Aligned by", facts["how"])])


def _curves(result):
    """Show the picture with its key, and say what it is."""
    curve, (offset_s, b_offset_s) = result.curve, result.facts["offsets_s"]
    if curve["difference"].isna().all():
        return paragraph("There is no curve: at no moment were enough viewers judged in both.")
    found = sure(result.clusters)
    drawing = to_html(compare_figure(curve, found, offset_s, b_offset_s), "both")
    key = [
        ("line", "A: share of viewers smiling"),
        ("line dashed", "B"),
        ("line dark", "A less B (lower curve)"),
        ("box band", "its 95 % band, each moment by itself"),
    ]
    if len(found):
        key.append(("box shade", "differed by more than chance would give"))
    items = "".join(f'<li><i class="{kind}"></i>{text}</li>' for kind, text in key)
    film = "the film of A" if offset_s else "A"
    more = (
        f" Of {len(found)} such stretches the first {MOST_SHADES} are shaded."
        if len(found) > MOST_SHADES
        else ""
    )
    return (
        paragraph(
            "Each point is the mean over the viewers who could be judged in that moment, at the "
            f"time of {film}; a gap is a stretch that is not in both, or that too few were judged "
            "in. The band holds one moment at a time; all of the time together is tested below."
            f"{more}"
        )
        + f'<figure><ul class="key" aria-hidden="true">{items}</ul><div class="plot">'
        f'<div class="chart" role="img" aria-label="{escape(_label(curve, found, offset_s))}">'
        f"{drawing}</div></div></figure>"
    )


def _label(curve, found, offset_s):
    """Sum the picture up for whoever does not see it."""
    mean = float(curve["difference"].mean())
    where = ", ".join(
        f"{clock(a + offset_s)} to {clock(b + offset_s)}"
        for a, b in found[["a_start_s", "a_end_s"]].head(5).to_numpy()
    )
    said = "not said" if math.isnan(mean) else f"{points(mean)} percentage points"
    return (
        f"The shares of both audiences over time; A less B is {said} on average. Stretches that "
        f"differed by more than chance would give: {where or 'none'}. The tables have the figures."
    )
