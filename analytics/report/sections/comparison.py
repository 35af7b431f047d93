"""The parts of a comparison's page, each a piece of HTML from the tables it shows."""

from __future__ import annotations

import math

from laughtrack.analytics.formatting import UNKNOWN, clock, lasting, number, p_value
from laughtrack.analytics.report.comparison_summary import SCORES, points, signed, sure
from laughtrack.analytics.report.html import paragraph, table, terms, whole

MOST_OTHERS = 5
NOT_FOUND = "not even if all of them smiled"


def stretches(clusters, offsets_s):
    """Show the stretches in which the audiences differed, and the next that chance could give."""
    found = sure(clusters)
    others = clusters.iloc[len(found) : len(found) + MOST_OTHERS]
    shown = _stretches("By more than chance would give", found, offsets_s, numbered=True)
    if found.empty:
        shown = paragraph("No stretch differed by more than chance could well have made it.")
    note = paragraph(
        "The test says that the audiences differed, there or thereabouts; where exactly a stretch "
        "begins and ends is not tested, and the difference in it, chosen for being large, is "
        "likely somewhat smaller in truth. p is corrected for all of the time together.",
        "small",
    )
    more = len(clusters) - len(found) - len(others)
    rest = _stretches("The next, which chance could well give", others, offsets_s)
    if more > 0:
        rest += paragraph(f"{more} more, that chance gives more easily still, not listed.", "small")
    return shown + note * bool(len(found)) + rest * bool(len(others))


def _stretches(caption, found, offsets_s, numbered=False):
    head = ["From", "To", "Lasts", "From, in B", "More smiled in", "A less B", "p"]
    rows = [
        (
            clock(each.a_start_s + offsets_s[0], tenths=True),
            clock(each.a_end_s + offsets_s[0], tenths=True),
            lasting(each.a_end_s - each.a_start_s),
            clock(each.b_start_s + offsets_s[1], tenths=True),
            each.higher,
            points(each.difference),
            whole(p_value(each.p)),
        )
        for each in found.itertuples()
    ]
    if numbered:
        head = ["", *head]
        rows = [(rank, *row) for rank, row in enumerate(rows, start=1)]
    return table(f"{caption}; A less B in percentage points", head, rows) if rows else ""


def scores(found):
    """Show each score of both audiences with the difference and its interval."""
    rows = []
    for each in found.itertuples():
        name, unit = SCORES[each.score]
        rows.append((name, *_contrast(each, unit)))
    note = paragraph(
        "Differences of shares are in percentage points. p is corrected for the number of scores. "
        "The last column is the smallest true difference that would have been found in 80 of 100 "
        "such comparisons, had it been the only one looked at; a dash: there is no ground to say "
        "so.",
        "small",
    )
    head = ["Score", "A", "B", "A less B", "95 % interval", "p", "Found from"]
    return table("Scores of the time in both", head, rows, "named") + note


def scenes(found, offset_s=0.0):
    """Show the share smiling in each scene, as `scores`; nothing where none were given."""
    if found.empty:
        return ""
    head = ["Scene", "From", "To", "A", "B", "A less B", "95 % interval", "p", "Found from"]
    rows = [
        (
            each.name,
            clock(each.start_s + offset_s, tenths=True),
            clock(each.end_s + offset_s, tenths=True),
            *_contrast(each, "share"),
        )
        for each in found[["name", *(c for c in found if c != "name")]].itertuples(index=False)
    ]
    caption = "Share of the time smiling, scene by scene; p for their number"
    made = table(caption, head, rows, "named")
    return f'<section id="scenes">\n<h2>Scenes</h2>\n{made}\n</section>\n'


def _contrast(each, unit):
    scale, digits = (100, 1) if unit == "share" else (1, 2)

    def write(value, to_text=signed):
        return to_text(scale * value, digits)

    known = not (math.isnan(each.low) or math.isnan(each.high))
    interval = f"{write(each.low)} to {write(each.high)}" if known else UNKNOWN
    mark = " %" if unit == "share" else ""
    sides = (write(each.a, number) + mark, write(each.b, number) + mark)
    least = write(each.least_difference, number)
    return *sides, write(each.difference), interval, whole(p_value(each.p_holm)), least


def missed(findable):
    """Say how large a difference had to be, for stretches of different length."""
    if findable.empty:
        return paragraph("No stretch is long enough to say what could have been found in it.")
    rows = [
        (
            f"{each.stretch_s:g} s",
            NOT_FOUND
            if math.isnan(each.least_difference)
            else f"{math.ceil(each.least_difference * 100 - 1e-6)} percentage points",
        )
        for each in findable.itertuples()
    ]
    said = paragraph(
        "With these viewers, a difference of fewer percentage points than these, lasting so long, "
        "would have been missed in more than 20 of 100 such comparisons. Where no difference was "
        "found, one up to this size may well be there."
    )
    head = ["A difference that lasts", "Found from"]
    return said + table("The smallest difference of the share smiling that is found", head, rows)


def method(facts):
    """Say in plain words how the audiences were compared."""
    settings, (first, second) = facts["settings"], facts["blocks"]
    worth = [f"{many:.0f}" for many in facts["strangers"]]
    pairs = (
        (
            "Aligned",
            {
                "film time": "Moments of the same film time were laid on each other.",
                "marks": "Moments marked alike in both were laid on each other, time running "
                "evenly between two marks.",
                "edit list": "The stretches that the edit list names were laid on each other; "
                "what is in one cut alone was left out.",
            }[facts["how"]],
        ),
        (
            "Stretches",
            f"Each {settings.step_s:g} s the shares smiling were compared by Student's t; "
            "neighbouring moments beyond p = 0.05 form a stretch. Then viewers were dealt anew to "
            "the two audiences, and a stretch counts only if so large a one comes about in fewer "
            "than 5 of 100 dealings, anywhere (Maris and Oostenveld 2007).",
        ),
        (
            "Neighbours",
            "Neighbours laugh together, so that they were dealt in blocks: "
            f"{first} of A, {second} of B. For the intervals, A's viewers count as "
            f"{worth[0]} strangers and B's as {worth[1]}, by how alike neighbours were.",
        ),
        (
            "Intervals",
            "95 %, from audiences drawn anew from the viewers at hand, with Student's t for so "
            "few. They speak of other viewers like these in the same rooms, not of other rooms.",
        ),
        (
            "Missing",
            "A viewer counts in the moments that could be judged, and never as not smiling where "
            f"not. Nothing is said of moments with fewer than {settings.min_viewers} judged.",
        ),
    )
    return f'<div class="meaning">{terms(pairs)}</div>'
