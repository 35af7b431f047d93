"""The parts of the report, each a piece of HTML from the tables it shows."""

from __future__ import annotations

from analytics import figures
from analytics.peaks import LEAST_RISE
from analytics.smiles import LEAST_SMILE_S, OFF, ON
from analytics.words import clock, count, flat, lasting, number, paragraph, percent, table, terms

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
        f'<li><svg class="box" aria-hidden="true"><rect width="100%" height="100%" fill="{fill}"/>'
        f"</svg>{figures.STATES[state]}</li>"
        for state, fill in figures.FILLS.items()
    )
    drawing = (
        f'<figure><ul class="key">{key}</ul><div class="plot bare"><div class="clip">'
        f'{figures.strip(cover, length_s)}</div><div class="over" aria-hidden="true">'
        f'<i class="cursor"></i></div></div>{figures.axis(length_s)}</figure>'
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
