"""The parts of the page that are tables: the session's scores, and the film's scenes."""

from __future__ import annotations

import math

from laughtrack.analytics.audience.scenes import FIGURES
from laughtrack.analytics.audience.suppression import withheld
from laughtrack.analytics.formatting import UNKNOWN, clock, number, percent
from laughtrack.analytics.report.html import jump, paragraph, table, whole
from laughtrack.analytics.report.sections.moments import between


def scores(found):
    """Show the scores with their intervals; nothing where there are none.

    `found` has a row a score: score, value, low, high (95 %), unit, meaning. Shares are in [0, 1].
    """
    if found is None or found.empty:
        return ""
    rows = [
        (each.score, _figure(each.value, each.unit), _interval(each), each.meaning)
        for each in found.itertuples()
    ]
    head = ["Score", "Value", "95 % interval", "What it says"]
    made = table("The session's scores", head, rows, "said")
    return f'<section id="scores">\n<h2>Scores</h2>\n{_INTERVAL}{made}\n</section>\n'


_INTERVAL = paragraph(
    "An interval says in what range the score of a very large audience of such viewers would lie; "
    "two sessions whose intervals overlap widely may not differ. A dash: there is no ground for "
    "one.",
    "small",
)


def _interval(each):
    if math.isnan(each.low) or math.isnan(each.high):
        return UNKNOWN
    low, high = _figure(each.low, each.unit), _figure(each.high, each.unit)
    return whole(f"{low} to {high}")


def _figure(value, unit):
    if unit == "share":
        return percent(value)
    return number(value) + (f" {unit}" if unit and not math.isnan(value) else "")


def scenes(cut, film_s=0.0, min_viewers=1):
    """Show the scenes.

    Parameters
    ----------
    cut : (DataFrame, list of str) or None
        From `scenes.by_scene`, its times of the film, and what was cut or left out of the list;
        None where no scenes were given.
    film_s : float
        The film's time code at the session's 0.
    min_viewers : int
        Scenes in which fewer could be judged have no figures.
    """
    if cut is None:
        return ""
    found, remarks = cut
    said = "".join(paragraph(text, "notice") for text in remarks)
    if found.empty:
        return _scenes(said + paragraph("No scene of the list lies in this session."))
    found = withheld(found, FIGURES, min_viewers)
    rows = [
        (
            each.name,
            jump(max(each.start_s - film_s, 0.0), clock(each.start_s, tenths=True)),
            clock(each.end_s, tenths=True),
            whole(percent(each.share_smiling) + between(each.low, each.high)),
            percent(each.reach),
            each.judged,
            number(each.mean_smile),
            number(each.smiles_per_min, 1),
        )
        for each in found[["name", *(c for c in found if c != "name")]].itertuples(index=False)
    ]
    head = ["Scene", "From", "To", "Smiling", "Smiled at all", "Viewers judged", "Mean smile"]
    made = table("Scene by scene, in film time", [*head, "Smiles a minute"], rows, "named")
    note = paragraph("In brackets: the 95 % interval, in percent.", "small")
    return _scenes(said + note + made)


def _scenes(inside):
    return f'<section id="scenes">\n<h2>Scenes</h2>\n{inside}\n</section>\n'
