"""What the report's pictures share, and two of them: viewers by time, and when the camera looked.

Drawn for the eye: the curve has a point a second up to four hours, since a coarser one would cut
off the tops of short laughs; the picture of viewers has at most 1,200 columns, so that a long film
stays a small page.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio

from analytics.words import clock

STEPS_S = (0.4, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
MOST_POINTS = 4 * 3600
MOST_COLUMNS = 1200
MOST_CELLS = 400_000

# Of 1 January 2000. From 1970 on, plotly.js would take the first ten seconds for years.
MIDNIGHT_MS = 946_684_800_000

BLUE, ORANGE, GREY, PALE = "#0b5fa5", "#d97706", "#94a3b8", "#cbd0d8"
MARGIN = {"l": 44, "r": 22, "t": 8, "b": 34}
STATES = {"watched": BLUE, "nobody": "#f2c14e", "camera off": "#4b5563"}


def step_of_curve(length_s):
    """Return the seconds between the points of the curve of a session of that length."""
    return _step(length_s, MOST_POINTS, STEPS_S[1:])


def step_of_viewers(length_s, viewers):
    """Return the seconds a column of the picture of that many viewers over that time."""
    return _step(length_s, np.clip(MOST_CELLS // max(viewers, 1), 60, MOST_COLUMNS), STEPS_S)


def _step(seconds, most, steps):
    fits = [step for step in steps if seconds / step <= most]
    return fits[0] if fits else float(np.ceil(seconds / most))


def viewers_figure(table, step_s, length_s):
    """Draw each viewer's mean smile over time, blank where the viewer could not be judged.

    Parameters
    ----------
    table : DataFrame
        From `cells.cells`, with at least one row, in bins of `step_s` seconds.
    step_s, length_s : float

    Returns
    -------
    plotly Figure
        One row a viewer, the first at the top; columns of equal width in time.
    """
    ids = np.unique(table["viewer_id"])
    smile = np.full((len(ids), int(table["bin"].max()) + 1), np.nan, dtype=np.float32)
    smile[np.searchsorted(ids, table["viewer_id"]), table["bin"]] = table["smile"].round(3)
    figure = go.Figure()
    figure.add_heatmap(
        z=smile,
        x0=float(ms(step_s / 2)),
        dx=step_s * 1000,
        ygap=1 if len(ids) <= 40 else 0,
        y=[str(viewer) for viewer in ids],
        zmin=0,
        zmax=1,
        colorscale="Cividis",
        showscale=False,
        hoverongaps=False,
        hovertemplate="viewer %{y}<br>%{x}<br>smile %{z:.2f}<extra></extra>",
    )
    height = int(np.clip(14 * len(ids) + 50, 130, 820))
    figure.update_layout(**layout(height, length_s))
    figure.update_layout(yaxis={"type": "category", "autorange": "reversed", "showgrid": False})
    return figure


def layout(height, length_s):
    """Return the layout that pictures over a session's time share, `height` in pixels."""
    axis = {"fixedrange": True, "zeroline": False, "gridcolor": "#e5e7eb", "ticks": ""}
    ends = ms([0.0, max(length_s, 1.0)]).tolist()
    clock_format = "%-H:%M:%S" if length_s >= 3600 else "%-M:%S"
    return {
        "template": "none",
        "height": height,
        "margin": MARGIN,
        "dragmode": False,
        "showlegend": False,
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#1f2937"},
        "xaxis": {
            "type": "date",
            "range": ends,
            "tickformat": clock_format,
            "hoverformat": clock_format,
            "nticks": 6,
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
            "minallowed": ends[0],
            "maxallowed": ends[1],
            "ticks": "outside",
            "ticklen": 6,
            "tickcolor": "rgba(0, 0, 0, 0)",
        },
        "yaxis": axis,
        "yaxis2": axis,
    }


def ms(t_s):
    """Return seconds as times of a date axis, on which zooming keeps the times readable."""
    return MIDNIGHT_MS + np.round(np.asarray(t_s, dtype=float) * 1000)


def short(column):
    """Return a column as few bytes: single precision, three decimals."""
    return column.to_numpy(dtype=np.float32).round(3)


def to_html(figure, name):
    """Return a figure as HTML that needs plotly.js on the page; `name` is the id of its element."""
    config = {"displaylogo": False, "displayModeBar": False, "responsive": True}
    return pio.to_html(
        figure,
        config=config,
        include_plotlyjs=False,
        full_html=False,
        div_id=name,
        default_height=f"{figure.layout.height}px",
    )


def strip(cover, length_s):
    """Draw when the camera looked as one coloured bar, in SVG."""
    if not length_s > 0:
        return ""
    bars = "".join(
        f'<rect x="{first / length_s * 100:.3f}%" width="{(last - first) / length_s * 100:.3f}%" '
        f'height="100%" fill="{STATES[state]}"><title>{state}, {clock(first)} to {clock(last)}'
        "</title></rect>"
        for first, last, state in cover[["start_s", "end_s", "state"]].itertuples(index=False)
    )
    return f'<svg id="coverage-strip" class="strip" role="img" aria-label="Coverage">{bars}</svg>'
