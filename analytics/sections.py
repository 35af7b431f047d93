"""The parts of the report, each a piece of HTML from the tables it shows."""

from __future__ import annotations

import math

from analytics import curve_figure, figures
from analytics.marked import AFTER_S, MOST_MARKS, label
from analytics.peaks import LEAST_RISE
from analytics.smiles import LEAST_SMILE_S, OFF, ON
from analytics.words import clock, count, flat, lasting, number, paragraph, percent, table, terms

MOST_MOMENTS = 20
MOST_GAPS = 40
# Named at the top of the page, or said in words.
SAID = {"title", "context", "source", "media_offset_s", "complete", "cut_short_s", "marks"}

MEANING = (
    (
        "Viewer",
        "A face followed through the session under one number. The number means nothing outside "
        "this session, and it is not known who it was. Someone who was lost from view for long may "
        "have come back under another number.",
    ),
    (
        "Smile",
        "How strongly a face shows a smile, from 0 to 1, steadied over a fraction of a second. It "
        "says what a face did, not what a person felt.",
    ),
    (
        "Smiling",
        f"A smile begins when the score reaches {ON}, ends when it falls below {OFF} and lasts at "
        f"least {LEAST_SMILE_S} s.",
    ),
    (
        "Judged",
        "A face that is too small, too turned or too blurred is counted as visible and has no "
        "score. Missing is left blank; it is never counted as not smiling.",
    ),
    (
        "Means",
        "Every mean is over viewers: first each viewer's own mean over the time that viewer could "
        "be judged, then the mean of those. A viewer in view for longer does not count for more. "
        "The curve's mean smile is of the scores before steadying, so that it does not lag.",
    ),
    (
        "Peak moment",
        "Where the audience's mean score, smoothed over about a second, stands at least "
        f"{LEAST_RISE} above the half minute on either side. It lasts while the score is more than "
        "half that high. Moments are in the order of how far they stand out.",
    ),
)


def headline(main, offset_s=None):
    """Show the headline figures, a sentence first; `main` is from `audience.headline`."""
    if not main["viewers"]:
        return ""
    top = ""
    if not math.isnan(main["top_s"]):
        film = "" if offset_s is None else f" (film {clock(main['top_s'] + offset_s)})"
        top = (
            f" The moment that stood out most was at {clock(main['top_s'])}{film}, when "
            f"{percent(main['top_share'])} of those who could be judged were smiling."
        )
    lead = (
        f"{count(main['viewers'], 'viewer')} seen in {clock(main['seconds'])}. While they could be "
        f"judged, they smiled {percent(main['share_smiling'])} of the time on average; "
        f"{percent(main['reach'])} of them smiled at least once.{top}"
    )
    pairs = (
        ("viewers seen", f"{main['viewers']:,}"),
        ("of them smiled at least once", percent(main["reach"])),
        ("of the time smiling, mean over viewers", percent(main["share_smiling"])),
        ("mean smile, from 0 to 1, mean over viewers", number(main["mean_smile"])),
        ("the moment that stood out most", clock(main["top_s"])),
        ("of the time in view could be judged", percent(main["judged_share"])),
    )
    return paragraph(lead, "lead") + terms(pairs)


def audience(shown, found, cover, offset_s=None, min_viewers=1):
    """Show the curve with the number of viewers behind it; `found` is peak and marked moments."""
    if not shown["visible"].any():
        return paragraph("There is no curve: no viewer was seen.")
    step = float(shown["t_s"].iloc[1] - shown["t_s"].iloc[0]) if len(shown) > 1 else 1.0
    each = "that second" if step == 1 else f"those {step:g} seconds"
    film = "" if offset_s is None else f" Add {clock(offset_s)} for the film's time code."
    nobody = "nobody" if min_viewers == 1 else f"fewer than {min_viewers}"
    letters = " Letters mark the marked moments, where there is room." if len(found[1]) else ""
    text = (
        f"Each point is the mean over the viewers who could be judged in {each}; a gap means "
        f"that {nobody} could. Numbers mark the first {curve_figure.MARKED} peak moments, where "
        f"there is room.{letters} Times are minutes and seconds since the session began.{film}"
    )
    drawing = figures.to_html(curve_figure.audience_figure(shown, found, cover, offset_s), "curve")
    off = f'<li><i class="box" style="background:{figures.PALE}"></i>camera off</li>'
    off = off if (cover["state"] == "camera off").any() else ""
    return (
        f"{paragraph(text)}<figure>"
        '<ul class="key" aria-hidden="true">'
        f'<li><i style="border-color:{figures.BLUE}"></i>share of viewers smiling</li>'
        f'<li><i style="border-color:{figures.ORANGE}"></i>'
        "mean smile (1 = 100&nbsp;%)</li>"
        f"{off}</ul>"
        f'<div class="chart">{drawing}</div>'
        '<figcaption><ul class="key">'
        f'<li><i style="border-color:{figures.GREY}"></i>viewers visible (lower curve)</li>'
        '<li><i style="border-color:#334155"></i>of them, could be judged</li></ul></figcaption>'
        "</figure>"
    )


def moments(found, offset_s=None):
    """Show the table of peak moments."""
    if found.empty:
        return paragraph(
            "No moment stood out: the audience's mean score never rose at least "
            f"{LEAST_RISE} above what was around it."
        )
    # What matters most comes first: a phone shows the rest on scrolling.
    head = ["No.", "Time", "Smiling", "Viewers judged", "Mean smile", "From", "To", "Rise"]
    if offset_s is not None:
        head.insert(2, "Film time code")
    rows = []
    for rank, peak in enumerate(found.head(MOST_MOMENTS).itertuples(), start=1):
        row = [rank, clock(peak.t_s, tenths=True)]
        if offset_s is not None:
            row.append(clock(peak.t_s + offset_s, tenths=True))
        row += [percent(peak.share_smiling), peak.viewers, number(peak.mean_smile)]
        row += [clock(peak.start_s, tenths=True), clock(peak.end_s, tenths=True)]
        rows.append([*row, number(peak.rise)])
    more = len(found) - MOST_MOMENTS
    rest = paragraph(f"{count(more, 'smaller moment')} not listed.", "small") if more > 0 else ""
    return table("The moments that stood out, the largest first", head, rows) + rest


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
        rows.append([label(place), clock(mark.t_s, tenths=True), *film, mark.text, *after])
    more = len(found) - MOST_MARKS
    rest = paragraph(f"{count(more, 'later mark')} not listed.", "small") if more > 0 else ""
    made = table("Marked while the session ran, in order of time", head, rows)
    return f'<section id="marked">\n<h2>Marked moments</h2>\n{made}{rest}\n</section>\n'


def viewers(drawing, people):
    """Show the picture of viewers by time, a figure or None, and the per-viewer table."""
    if people.empty:
        return paragraph("No viewer was seen.")
    drawing = figures.to_html(drawing, "viewers-by-time")
    head = ["Viewer", "Smiling", "Mean smile", "Smiles a minute", "Longest smile"]
    head += ["Seen", "Judged", "First seen", "Last seen"]
    rows = [
        [
            person.viewer_id,
            percent(person.smiling_share),
            number(person.mean_smile),
            number(person.smiles_per_min, 1),
            lasting(person.longest_smile_s),
            *map(clock, (person.seen_s, person.judged_s, person.first_s, person.last_s)),
        ]
        for person in people.itertuples()
    ]
    return (
        paragraph("One row a viewer, from the session's beginning to its end.")
        + '<figure><ul class="key"><li>smile 0 <i class="scale"></i> 1</li>'
        '<li><i class="blank"></i>blank: not in view, or could not be judged</li></ul>'
        f'<div class="chart">{drawing}</div></figure>'
        + table("Each viewer, over the time that viewer could be judged", head, rows)
    )


def coverage(cover, length_s, offset_s=None):
    """Show when the camera looked, and when it looked and nobody was there."""
    if cover.empty:
        return paragraph("The camera recorded nothing.")
    cover = cover.assign(length_s=cover["end_s"] - cover["start_s"])
    total = cover.groupby("state")["length_s"].sum()
    seen, empty, off = (float(total.get(state, 0.0)) for state in figures.STATES)
    on = f"for {lasting(seen + empty)} and off for {lasting(off)}" if off else "throughout"
    there = "At least one viewer was in view "
    there += (
        f"for {lasting(seen)} of that, nobody for {lasting(empty)}." if empty else "all that time."
    )
    there = there if seen else "No viewer was in view."
    text = f"Of {clock(length_s)}, the camera was on {on}. {there}"
    key = "".join(
        f'<li><i class="box" style="background:{color}"></i>{words}</li>'
        for color, words in zip(
            figures.STATES.values(), ("someone in view", "nobody there", "camera off"), strict=True
        )
    )
    drawing = (
        f'<figure><ul class="key">{key}</ul>{figures.strip(cover, length_s)}'
        f'<div class="axis"><span>0:00</span><span>{clock(length_s)}</span></div></figure>'
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
        times = clock(gap.end_s, tenths=True), lasting(gap.length_s)
        rows.append([clock(gap.start_s, tenths=True), *film, *times, what])
    more = len(gaps) - len(listed)
    rest = paragraph(f"{count(more, 'shorter gap')} not listed.", "small") if more else ""
    return table("Gaps", head, rows) + rest


def method(info, min_viewers):
    """Say in plain words what was measured and how, with the settings, versions and model."""
    least = f"Audience figures from fewer than {count(min_viewers, 'viewer')} are withheld."
    least = paragraph(least) if min_viewers > 1 else ""
    facts = {name: value for name, value in info.items() if name not in SAID}
    named = {name: value for name, value in facts.items() if isinstance(value, dict)}
    loose = {name: value for name, value in facts.items() if not isinstance(value, dict)}
    if loose:
        named["settings"] = {**loose, **named.get("settings", {})}
    captions = {"settings": "Settings", "versions": "Versions", "model": "Model card"}
    tables = [
        table(captions.get(name, name), ("Name", "Value"), flat(named[name]))
        for name in sorted(named, key=lambda name: [*captions, name].index(name))
        if named[name]
    ]
    facts = "".join(tables).replace("<table>", '<table class="facts">')
    if not facts:
        facts = paragraph("No settings, versions or model card came with this session.")
    return f'<div class="meaning">{terms(MEANING)}</div>{least}{facts}'
