"""The pictures of the report: the audience's curve, viewers by time, and when the camera looked.

Drawn for the eye: a curve has at most 900 points and the picture of viewers at most 1,200 columns,
so that a two-hour film stays a small page. Nothing here computes a figure that is printed.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio

from analytics.cells import cells
from analytics.words import clock

STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
MOST_POINTS = 900
MOST_COLUMNS = 1200
MOST_CELLS = 400_000
MOST_SHADES = 200
MARKED = 5

# Of 1 January 2000. From 1970 on, plotly.js would take the first ten seconds for years.
MIDNIGHT_MS = 946_684_800_000

BLUE, ORANGE, GREY, PALE = "#0b5fa5", "#b45309", "#94a3b8", "#cbd0d8"
MARGIN = {"l": 44, "r": 12, "t": 8, "b": 34}
STATES = {"watched": BLUE, "nobody": "#f2c14e", "camera off": "#4b5563"}


def step_for(seconds, most, least_s=1.0):
    """Return the shortest of `STEPS_S` from `least_s` that cuts `seconds` into at most `most`."""
    fits = [step for step in STEPS_S if step >= least_s and seconds / step <= most]
    return fits[0] if fits else float(np.ceil(seconds / most))


def audience_figure(curve, moments, cover, offset_s=None):
    """Draw share smiling and mean smile over the number of viewers behind them.

    Parameters
    ----------
    curve, moments, cover : DataFrame
        From `audience.curve`, `peaks.peaks` (the first five are marked) and `timelines.coverage`.
    offset_s : float, optional
        The film's time code at the session's 0, shown when pointing at the curve.

    Returns
    -------
    plotly Figure
    """
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else 1.0
    x = _ms(curve["t_s"] + step / 2)
    mode = "lines+markers" if len(curve) <= 120 else "lines"
    figure = go.Figure()
    figure.add_scatter(
        x=x,
        y=_short(curve["share_smiling"]),
        mode=mode,
        fill="tozeroy",
        fillcolor="rgba(11, 95, 165, 0.14)",
        line={"color": BLUE, "width": 2},
        marker={"size": 4},
        hovertemplate="smiling %{y:.0%}<extra></extra>",
    )
    figure.add_scatter(
        x=x,
        y=_short(curve["mean_smile"]),
        mode=mode,
        line={"color": ORANGE, "width": 2, "dash": "4px,2px"},
        marker={"size": 4},
        hovertemplate="mean smile %{y:.2f}<extra></extra>",
    )
    film = [] if offset_s is None else [clock(t + offset_s) for t in curve["t_s"]]
    for name, color, width in (("visible", GREY, 1.5), ("judged", "#334155", 2)):
        more = "<br>film %{customdata}" if film and name == "judged" else ""
        figure.add_scatter(
            x=x,
            y=curve[name],
            yaxis="y2",
            mode="lines",
            line={"color": color, "width": width, "shape": "hvh"},
            fill="tozeroy" if name == "visible" else None,
            fillcolor="rgba(148, 163, 184, 0.2)",
            customdata=film or None,
            hovertemplate=f"{name} %{{y}}{more}<extra></extra>",
        )
    length_s = float(curve["t_s"].iloc[-1]) + step if len(curve) else 1.0
    _mark(figure, moments, length_s)
    figure.update_layout(**_layout(420, length_s), shapes=_shades(cover))
    figure.update_layout(
        hovermode="x unified",
        yaxis={"domain": [0.36, 1], "range": [0, 1.12], "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        yaxis2={"domain": [0, 0.26], "rangemode": "tozero", "nticks": 4, "tickformat": "d"},
        xaxis={"anchor": "y2"},
    )
    figure.update_layout(yaxis={"tickformat": ".0%"})
    return figure


def _mark(figure, moments, length_s):
    """Number the largest moments on the curve, leaving out a number that would hide another."""
    placed = []
    for rank, t_s in enumerate(moments["t_s"].head(MARKED), start=1):
        if all(abs(t_s - other) > 0.05 * length_s for _, other in placed):
            placed.append((rank, t_s))
    for _, t_s in placed:
        figure.add_scatter(
            x=_ms([t_s, t_s]),
            y=[0, 1.02],
            mode="lines",
            line={"color": "#64748b", "width": 1, "dash": "2px,3px"},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=_ms([t_s for _, t_s in placed]),
        y=[1.07] * len(placed),
        mode="text",
        text=[f"<b>{rank}</b>" for rank, _ in placed],
        hoverinfo="skip",
    )


def _shades(cover):
    """Return grey bands where the camera was off; of very many, the longest."""
    off = cover[cover["state"] == "camera off"]
    off = off.loc[(off["end_s"] - off["start_s"]).sort_values(ascending=False).index[:MOST_SHADES]]
    return [
        {
            "type": "rect",
            "layer": "below",
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "x0": float(_ms(first)),
            "x1": float(_ms(last)),
            "fillcolor": PALE,
            "line": {"width": 0},
        }
        for first, last in zip(off["start_s"], off["end_s"], strict=True)
    ]


def viewers_figure(readings, length_s):
    """Draw each viewer's mean smile over time, blank where the viewer could not be judged.

    Parameters
    ----------
    readings : DataFrame
        A session's, with at least one row.
    length_s : float

    Returns
    -------
    plotly Figure
        One row a viewer, the first at the top; columns of equal width in time.
    """
    ids = np.unique(readings["viewer_id"])
    most = int(np.clip(MOST_CELLS // len(ids), 60, MOST_COLUMNS))
    step = step_for(length_s, most, least_s=0.5)
    table = cells(readings, step)
    smile = np.full((len(ids), int(table["bin"].max()) + 1), np.nan, dtype=np.float32)
    smile[np.searchsorted(ids, table["viewer_id"]), table["bin"]] = table["smile"].round(3)
    figure = go.Figure()
    figure.add_heatmap(
        z=smile,
        x0=float(_ms(step / 2)),
        dx=step * 1000,
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
    figure.update_layout(**_layout(height, length_s))
    figure.update_layout(yaxis={"type": "category", "autorange": "reversed", "showgrid": False})
    return figure


def _layout(height, length_s):
    axis = {"fixedrange": True, "zeroline": False, "gridcolor": "#e5e7eb", "ticks": ""}
    ends = _ms([0.0, max(length_s, 1.0)]).tolist()
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
            "nticks": 9,
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


def _ms(t_s):
    """Return seconds as times of a date axis, on which zooming keeps the times readable."""
    return MIDNIGHT_MS + np.round(np.asarray(t_s, dtype=float) * 1000)


def _short(column):
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
