"""The parts of the page about single moments: peaks, quiet stretches, what somebody marked."""

from __future__ import annotations

import math
from html import escape

from laughtrack.analytics.audience.marks import AFTER_S, MOST_MARKS, label
from laughtrack.analytics.audience.peaks import LEAST_RISE
from laughtrack.analytics.formatting import UNKNOWN, chance_verdict, clock, count, number, percent
from laughtrack.analytics.report.html import Html, jump, paragraph, table, whole

MOST_MOMENTS = 20
MOST_QUIET = 10


def moments(found, offset_s=None, pictures=None):
    """Show the table of peak moments.

    Parameters
    ----------
    found : DataFrame
        From `peaks.peaks`; where it has them, with `p_value`, the interval of the apex `t_low_s`,
        `t_high_s`, and that of the share, `share_low`, `share_high`.
    offset_s : float, optional
        The film's time code at the session's 0.
    pictures : dict, optional
        Stills of the film as data URIs, by row.
    """
    if found.empty:
        return paragraph(
            "No moment stood out: the audience's mean score never rose at least "
            f"{LEAST_RISE} above what was around it."
        )
    # What matters most comes first: a phone shows the rest on scrolling.
    columns = [column for column in _columns(found, offset_s, pictures or {}) if column is not None]
    rows = [
        [write(rank, peak) for _, write in columns]
        for rank, peak in enumerate(found.head(MOST_MOMENTS).itertuples())
    ]
    more = len(found) - MOST_MOMENTS
    rest = paragraph(f"{count(more, 'smaller moment')} not listed.", "small") if more > 0 else ""
    head = [name for name, _ in columns]
    return table("The moments that stood out, the largest first", head, rows) + rest


def _columns(found, offset_s, pictures):
    """Return the table's columns as (name, function of rank and row); None for one left out."""
    tested, ranged = "p_value" in found, "t_low_s" in found
    return (
        ("No.", lambda rank, peak: rank + 1),
        ("Time", lambda rank, peak: jump(peak.t_s)),
        None
        if offset_s is None
        else ("Film time code", lambda rank, peak: clock(peak.t_s + offset_s, tenths=True)),
        ("Still", lambda rank, peak: _still(pictures.get(rank), peak.t_s + (offset_s or 0.0)))
        if pictures
        else None,
        ("Smiling", _smiling),
        ("Viewers judged", lambda rank, peak: peak.viewers),
        ("By chance?", lambda rank, peak: whole(chance_verdict(peak.p_value))) if tested else None,
        ("Its middle lies in", lambda rank, peak: _range(peak.t_low_s, peak.t_high_s))
        if ranged
        else None,
        ("Mean smile", lambda rank, peak: number(peak.mean_smile)),
        ("From", lambda rank, peak: clock(peak.start_s, tenths=True)),
        ("To", lambda rank, peak: clock(peak.end_s, tenths=True)),
        ("Rise", lambda rank, peak: number(peak.rise)),
    )


def _smiling(_, peak):
    low, high = getattr(peak, "share_low", math.nan), getattr(peak, "share_high", math.nan)
    return whole(percent(peak.share_smiling) + between(low, high))


def between(low, high):
    """Write a share's interval in brackets, "" where it has none."""
    known = not (math.isnan(low) or math.isnan(high))
    return f" ({low * 100:.0f}–{high * 100:.0f})" if known else ""


def _range(low_s, high_s):
    if math.isnan(low_s) or math.isnan(high_s):
        return UNKNOWN
    return whole(f"{clock(low_s, tenths=True)}–{clock(high_s, tenths=True)}")


def _still(uri, film_s):
    if uri is None:
        return UNKNOWN
    text = escape(f"The film at {clock(film_s, tenths=True)}")
    return Html(f'<img class="still" src="{uri}" alt="{text}">')


def quiet(found, offset_s=None):
    """Show the stretches in which the audience smiled least; nothing where there is no table.

    `found` has start_s, end_s and share, the longest first; None where nobody looked for any.
    """
    if found is None:
        return ""
    title = "<h3>Quiet stretches</h3>\n"
    if found.empty:
        return title + paragraph("No stretch was quieter than the rest for long.")
    head = ["From", "To", "Length", "Smiling"]
    if offset_s is not None:
        head.insert(1, "Film time code")
    rows = []
    for each in found.head(MOST_QUIET).itertuples():
        film = [] if offset_s is None else [clock(each.start_s + offset_s, tenths=True)]
        length = f"{each.end_s - each.start_s:.0f} s"
        rows.append([jump(each.start_s), *film, clock(each.end_s, tenths=True), length])
        rows[-1].append(percent(each.share))
    more = len(found) - MOST_QUIET
    rest = paragraph(f"{count(more, 'other stretch')} not listed.", "small") if more > 0 else ""
    return title + table("When the audience smiled least", head, rows) + rest


def marked(found, offset_s=None):
    """Show the table of marked moments; nothing where nobody marked any."""
    if found.empty:
        return ""
    head = ["Mark", "Time", "What", f"Smiling in the {AFTER_S:.0f} s after", "Viewers judged"]
    if offset_s is not None:
        head.insert(2, "Film time code")
    rows = []
    for place, mark in enumerate(found.head(MOST_MARKS).itertuples()):
        film = [] if offset_s is None else [clock(mark.t_s + offset_s, tenths=True)]
        after = percent(mark.share_smiling), mark.viewers
        rows.append([label(place), jump(mark.t_s), *film, mark.text, *after])
    more = len(found) - MOST_MARKS
    rest = paragraph(f"{count(more, 'later mark')} not listed.", "small") if more > 0 else ""
    made = table("Marked while the session ran, in order of time", head, rows)
    return f'<section id="marked">\n<h2>Marked moments</h2>\n{made}{rest}\n</section>\n'
