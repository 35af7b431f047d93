"""Where the viewers sat, as maps: who smiled for how much of the time, and who smiled together."""

from __future__ import annotations

import math
from html import escape

import numpy as np
from scipy.spatial.distance import pdist

from laughtrack.analytics.formatting import UNKNOWN, number, percent
from laughtrack.analytics.report.figures.heat_map import SCALE
from laughtrack.analytics.report.html import Html, paragraph, table
from laughtrack.analytics.timelines.seating import NOWHERE

WIDTH = 520.0  # of a map in its own units, about its pixels on the page
LEAST_R, MOST_R = 11.0, 30.0
SYNCHRONY_TOP = 0.6  # in few audiences a viewer correlates more; in these the scale ends at 1


def seat_map(seats, people, synchrony=None):
    """Show the maps of the room, and what is on them as a table.

    Parameters
    ----------
    seats : DataFrame
        From `seating.seating`.
    people : DataFrame
        From `timelines.viewers`, of the same viewers.
    synchrony : DataFrame, optional
        viewer_id and isc, the viewer's correlation with the others, NaN where there is none.

    Returns
    -------
    str
        HTML; "" for nobody, and where no face has a box, as in some imported files. Without a map
        where all faces were at one place in the picture.
    """
    seats = seats[seats["row"] != NOWHERE]
    if seats.empty:
        return ""
    known = seats.merge(people[["viewer_id", "smiling_share", "smiles_per_min"]], on="viewer_id")
    known["isc"] = np.nan
    if synchrony is not None:
        known = known.drop(columns="isc").merge(synchrony, on="viewer_id", how="left")
    return f"<h3>Where they sat</h3>\n{_maps(known)}{_table(known)}"


def _maps(known):
    wide = known["width"].median()
    if max(np.ptp(known["x"]), np.ptp(known["y"])) < wide:
        return paragraph("All faces were at one place in the picture, so there is no map.")
    maps = [("Part of the time smiling", _drawn(known, "smiling_share", 1.0, _percent))]
    if known["isc"].notna().any():
        name = "Synchrony with the others (1 at most)"
        top = SYNCHRONY_TOP if known["isc"].max() <= SYNCHRONY_TOP else 1.0
        maps.append((name, _drawn(known, "isc", top, _isc)))
    scale = f"background:linear-gradient(90deg, {', '.join(SCALE)})"
    return (
        paragraph(
            "As the camera sees the room, the back rows on top. The darker a seat, the more; a "
            "broken outline is a viewer who never smiled, stripes one who could not be judged."
        )
        + f'<ul class="key" aria-hidden="true"><li>less <i class="scale" style="{scale}"></i> more'
        '</li></ul><div class="maps">'
        + "".join(
            f"<figure><figcaption>{escape(name)}</figcaption>{drawn}</figure>"
            for name, drawn in maps
        )
        + "</div>"
    )


def _drawn(known, column, top, write):
    """Draw a circle a seat, filled by a column from 0 to `top`."""
    x, y, r, height = _places(known)
    circles = []
    for at_x, at_y, viewer in zip(x, y, known.itertuples(), strict=True):
        value = getattr(viewer, column)
        text = write(value)
        line = ' stroke-dasharray="4 3"' if viewer.smiles_per_min == 0 else ""
        title = f"Viewer {viewer.viewer_id}, row {viewer.row + 1}, seat {viewer.place + 1}: {text}"
        circles.append(
            f'<g><title>{title}</title><circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="{r:.1f}" '
            f'fill="{_fill(value, top)}" stroke="#334155" stroke-width="1.5"{line}/>'
            f'<text x="{at_x:.1f}" y="{at_y + r * 0.32:.1f}" font-size="{r * 0.85:.1f}" '
            f'fill="{_ink(value, top)}">{text}</text></g>'
        )
    values = known[column].dropna()
    spread = f"from {write(values.min())} to {write(values.max())}" if len(values) else "none known"
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="'
        f'{len(known)} seats, {spread}; the table below has all.">{"".join(circles)}</svg>'
    )


def _places(known):
    """Return the seats' middles, their radius and the map's height, all in its own units."""
    x, y, wide = (known[name].to_numpy(dtype=float) for name in ("x", "y", "width"))
    left, right = (x - wide / 2).min(), (x + wide / 2).max()
    by = (WIDTH - 2 * MOST_R) / (right - left)
    # As large as the figures in them allow, without hiding a neighbour.
    apart = pdist(np.column_stack([x, y])) * by
    r = float(np.clip(0.45 * np.min(apart[apart > 0]), LEAST_R, MOST_R))
    top, bottom = (y - wide / 2).min(), (y + wide / 2).max()
    return MOST_R + (x - left) * by, MOST_R + (y - top) * by, r, 2 * MOST_R + (bottom - top) * by


def _fill(value, top):
    if math.isnan(value):
        return "url(#stripes)"
    at = min(max(value / top, 0.0), 1.0) * (len(SCALE) - 1)
    low = min(int(at), len(SCALE) - 2)
    ends = [[int(SCALE[k][n : n + 2], 16) for n in (1, 3, 5)] for k in (low, low + 1)]
    mixed = (round(a + (b - a) * (at - low)) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _ink(value, top):
    return "#fff" if not math.isnan(value) and value / top > 0.6 else "#111827"


def _percent(value):
    return UNKNOWN if math.isnan(value) else f"{value * 100:.0f}"


def _isc(value):
    # Not "-0.0".
    return UNKNOWN if math.isnan(value) else f"{round(value, 1) + 0.0:.1f}"


def _table(known):
    head = ["Viewer", "Row", "Seat", "Side", "Smiling", "Smiled at all", "Synchrony"]
    rows = [
        (
            each.viewer_id,
            each.row + 1,
            each.place + 1,
            each.side,
            percent(each.smiling_share),
            UNKNOWN if math.isnan(each.smiles_per_min) else "yes" if each.smiles_per_min else "no",
            number(each.isc),
        )
        for each in known.sort_values(["row", "place"]).itertuples()
    ]
    made = table("The seats, from the back and from the left of the picture", head, rows)
    return Html(f"<details><summary>The seats as a table</summary>{made}</details>")
