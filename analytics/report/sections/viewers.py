"""The part of the page about single viewers: all of them by time, and a row for each."""

from __future__ import annotations

from html import escape

from laughtrack.analytics.formatting import clock, duration, number, percent
from laughtrack.analytics.report.figures import axes, heat_map
from laughtrack.analytics.report.html import paragraph, table

SORTS = (("seat", "by seat"), ("reaction", "by reaction"))


def viewers(grid, people, length_s):
    """Show the picture of viewers by time, of a `Grid` or None, and the per-viewer table."""
    if people.empty:
        return paragraph("No viewer was seen.")
    head = ["Viewer", "Smiling", "Mean smile", "Smiles a minute", "Longest smile"]
    head += ["Seen", "Judged", "First seen", "Last seen"]
    rows = [
        [
            person.viewer_id,
            percent(person.smiling_share),
            number(person.mean_smile),
            number(person.smiles_per_min, 1),
            duration(person.longest_smile_s),
            *map(clock, (person.seen_s, person.judged_s, person.first_s, person.last_s)),
        ]
        for person in people.itertuples()
    ]
    made = table("Each viewer, over the time that viewer could be judged", head, rows)
    if len(rows) > 12:
        made = f"<details><summary>The {len(rows)} viewers as a table</summary>{made}</details>"
    return _picture(grid, length_s) + made


def _picture(grid, length_s):
    if grid is None or not len(grid.watched):
        return ""
    sorts = "".join(
        f'<button type="button" data-sort="{name}" aria-pressed="{str(not k).lower()}">{text}'
        "</button>"
        for k, (name, text) in enumerate(SORTS)
    )
    scale = f"background:linear-gradient(90deg, {', '.join(heat_map.SCALE)})"
    return (
        paragraph(
            "One row a viewer, from the session's beginning to its end. Sorted by seat, neighbours "
            "are rows beside each other, from the back of the room to the front; sorted by "
            "reaction, who smiled for the largest part of the time comes first."
        )
        + f'<figure><div class="buttons" role="group" aria-label="Sort the viewers">{sorts}</div>'
        f'<ul class="key"><li>smile 0 <i class="scale" style="{scale}"></i> 1</li>'
        '<li><i class="box unjudged"></i>present, could not be judged</li>'
        '<li><i class="box absent"></i>absent</li><li><i class="box off"></i>camera off</li></ul>'
        '<div class="plot bare"><div class="names" aria-hidden="true"></div>'
        f'<canvas id="viewers-by-time" role="img" aria-label="{escape(heat_map.in_words(grid))}">'
        '</canvas><div class="over" aria-hidden="true"><i class="cursor"></i></div></div>'
        f'{axes.axis(length_s)}<p class="tip" id="tip" aria-hidden="true" hidden></p></figure>'
    )
