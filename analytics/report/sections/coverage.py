"""The parts of the report, each a piece of HTML from the tables it shows."""

from __future__ import annotations

import math

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import clock, count, duration, number, p_value, percent
from laughtrack.analytics.report.figures import axes
from laughtrack.analytics.report.html import paragraph, table, terms

MOST_GAPS = 40


def headline(main, said):
    """Show the session in sentences, and its headline figures.

    `main` is from `audience.summary`, `said` from `summary.sentences`.
    """
    lead = paragraph(" ".join(said), "lead")
    if not main["viewers"]:
        return lead
    pairs = (
        ("viewers seen", f"{main['viewers']:,}"),
        ("of them smiled at least once", percent(main["reach"])),
        ("of the time smiling, mean over viewers", percent(main["share_smiling"])),
        ("mean smile, from 0 to 1, mean over viewers", number(main["mean_smile"])),
        ("the moment that stood out most", clock(main["top_s"])),
        ("of the time in view could be judged", percent(main["judged_share"])),
    )
    return lead + terms(pairs)


def missing(found):
    """Say whether viewers went missing just when the audience smiled; from `missing`."""
    if math.isnan(found.p):
        return ""
    if found.p > ALPHA:
        return paragraph(
            "How many viewers could not be judged did not go with how many smiled "
            f"(correlation {number(found.r)}, {p_value(found.p, 'p ')})."
        )
    when, how = ("more", "low") if found.r > 0 else ("fewer", "high")
    return paragraph(
        f"When the audience smiled, {when} viewers than usual could not be judged (correlation "
        f"{number(found.r)}, {p_value(found.p, 'p ')}): the curve's tops may be too {how}, and the "
        "bounds say between what they lie.",
        "notice",
    )


def coverage(cover, length_s, offset_s=None):
    """Show when the camera looked, and when it looked and nobody was there."""
    if cover.empty:
        return paragraph("The camera recorded nothing.")
    cover = cover.assign(length_s=cover["end_s"] - cover["start_s"])
    total = cover.groupby("state")["length_s"].sum()
    seen, empty, off = (float(total.get(state, 0.0)) for state in axes.STATES)
    on = f"for {duration(seen + empty)} and off for {duration(off)}" if off else "throughout"
    there = "At least one viewer was in view "
    there += (
        f"for {duration(seen)} of that, nobody for {duration(empty)}."
        if empty
        else "all that time."
    )
    there = there if seen else "No viewer was in view."
    text = f"Of {clock(length_s)}, the camera was on {on}. {there}"
    key = "".join(
        f'<li><svg class="box" aria-hidden="true"><rect width="100%" height="100%" fill="{fill}"/>'
        f"</svg>{axes.STATES[state]}</li>"
        for state, fill in axes.FILLS.items()
    )
    drawing = (
        f'<figure><ul class="key">{key}</ul><div class="plot bare"><div class="clip">'
        f'{axes.strip(cover, length_s)}</div><div class="over" aria-hidden="true">'
        f'<i class="cursor"></i></div></div>{axes.axis(length_s)}</figure>'
    )
    return paragraph(text) + drawing + _gaps(cover[cover["state"] != "watched"], offset_s)


def _gaps(gaps, offset_s):
    if gaps.empty:
        return paragraph("There was no gap.")
    listed = gaps.nlargest(MOST_GAPS, "length_s").sort_values("start_s")
    head = ["From", "To", "Length", "What"]
    if offset_s is not None:
        head.insert(1, "Film time code")
    rows = []
    for gap in listed.itertuples():
        film = [] if offset_s is None else [clock(gap.start_s + offset_s, tenths=True)]
        what = "nobody there" if gap.state == "nobody" else gap.state
        times = clock(gap.end_s, tenths=True), duration(gap.length_s)
        rows.append([clock(gap.start_s, tenths=True), *film, *times, what])
    more = len(gaps) - len(listed)
    rest = paragraph(f"{count(more, 'shorter gap')} not listed.", "small") if more else ""
    return table("Gaps", head, rows) + rest
