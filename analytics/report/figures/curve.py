"""The figure of the audience's curve, with the number of viewers behind it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from laughtrack.analytics.audience.marks import MOST_MARKS, label
from laughtrack.analytics.formatting import clock
from laughtrack.analytics.messages import message
from laughtrack.analytics.report.figures.axes import (
    BLUE,
    DARK,
    GREY,
    NO_NAME,
    ORANGE,
    SHARES,
    SHARES_RANGE,
    compact,
    layout,
    ms,
    shade,
)
from laughtrack.analytics.report.figures.curve_bands import add_bands, add_bounds, add_seen

MARKED = 5
# Letters closer than this, as a part of the session's length, would hide one another.
APART = 0.02
INK = "#7c3aed"
MOST_SHADES = 200


def audience_figure(
    curve: pd.DataFrame,
    found: tuple[pd.DataFrame, pd.DataFrame],
    cover: pd.DataFrame,
    offset_s: float | None = None,
    length_s: float | None = None,
) -> go.Figure:
    """Draw share smiling and mean smile over the number of viewers behind them.

    Parameters
    ----------
    curve : DataFrame
        A row a step of time: t_s, visible, judged, watched, share, degree; and where there is
        ground for them share_low, share_high (95 %, each moment), share_all_low, share_all_high
        (95 %, the whole curve), worst, best (had every missing viewer not smiled, or smiled), and
        seen_share, where share was put right for the scorer's errors.
    found : two DataFrames
        From `peaks.peaks`, of which the first five have a line, and `marked.marks`.
    cover : DataFrame
        From `coverage.coverage`.
    offset_s : float, optional
        The film's time code at the session's 0, shown when pointing at the curve.
    length_s : float, optional
        The session's, where that is known: the curve's last step may end after it.

    Returns
    -------
    plotly Figure
    """
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else 1.0
    shared = {"x0": float(ms(step / 2)), "dx": step * 1000}
    figure = go.Figure()
    add_bands(figure, curve, step)
    add_bounds(figure, curve, shared)
    add_seen(figure, curve, shared)
    _add_scores(figure, curve, shared)
    _add_counts(figure, curve, shared, offset_s)
    if length_s is None:
        length_s = float(curve["t_s"].iloc[-1]) + step if len(curve) else 1.0
    moments, marked = found
    _add_peak_lines(figure, moments)
    _add_mark_letters(figure, marked, length_s)
    most = max(float(curve["visible"].max()), 1.0) if len(curve) else 1.0
    ticks = {"dtick": 1} if most <= 4 else {"nticks": 4}
    low, high = SHARES_RANGE
    figure.update_layout(**layout(420, length_s), shapes=_shades(cover))
    figure.update_layout(
        hovermode="x unified",
        yaxis={"domain": [0.36, 1], "range": [low, high + 0.1 * bool(len(marked))], **SHARES},
        yaxis2={"domain": [0, 0.26], "range": [0, 1.1 * most], "tickformat": "d", **ticks},
        xaxis={"anchor": "y2"},
    )
    return figure


def _add_scores(figure: go.Figure, curve: pd.DataFrame, shared: Mapping[str, object]) -> None:
    """Draw the two curves; a value without neighbours, to which no line leads, has a dot."""
    wide = 2 if len(curve) <= 900 else 1
    for name, color, dash, hover in (
        (
            "degree",
            ORANGE,
            "6px,3px",
            message("mean smile {value}{end}", value="%{y:.2f}", end=NO_NAME),
        ),
        ("share", BLUE, "solid", message("smiling {share}{end}", share="%{y:.0%}", end=NO_NAME)),
    ):
        figure.add_scatter(
            **shared,
            y=compact(curve[name]),
            mode="lines",
            line={"color": color, "width": wide, "dash": dash},
            hovertemplate=hover,
        )
        figure.add_scatter(
            **shared,
            y=compact(curve[name].where(_isolated(curve[name]))),
            mode="markers",
            marker={"color": color, "size": 4},
            hoverinfo="skip",
        )


def _add_counts(
    figure: go.Figure,
    curve: pd.DataFrame,
    shared: Mapping[str, object],
    offset_s: float | None,
) -> None:
    """Draw how many viewers were visible, and how many of them judged."""
    film = [] if offset_s is None else [clock(t + offset_s) for t in curve["t_s"]]
    many = {"many": "%{y}", "film": "%{customdata}", "end": NO_NAME}
    judged = message("judged {many}{end}", **many)
    if film:
        judged = message("judged {many}<br>film {film}{end}", **many)
    for name, color, width, hover in (
        ("visible", GREY, 1.5, message("visible {many}{end}", **many)),
        ("judged", DARK, 2, judged),
    ):
        figure.add_scatter(
            **shared,
            y=compact(curve[name].where(curve["watched"])),
            yaxis="y2",
            mode="lines",
            line={"color": color, "width": width, "shape": "hvh"},
            customdata=film or None,
            hovertemplate=hover,
        )


def _isolated(column: pd.Series) -> pd.Series:
    """Return which values have no neighbour: no line leads to them."""
    known = column.notna()
    return known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)


def _add_mark_letters(figure: go.Figure, marked: pd.DataFrame, length_s: float) -> None:
    """Draw a thin line at each marked moment, with its letter where that hides no other."""
    if marked.empty:
        return
    inside = marked[marked["t_s"] <= length_s].head(MOST_MARKS)
    lettered, last_s = [], float("-inf")
    for number, t_s in enumerate(inside["t_s"]):
        if t_s - last_s >= APART * length_s:
            lettered.append((label(number), t_s))
            last_s = t_s
    # One line through all, broken between two marks.
    figure.add_scatter(
        x=[x for t_s in inside["t_s"] for x in (*ms([t_s, t_s]), None)],
        y=[0, 1.12, None] * len(inside),
        mode="lines",
        line={"color": INK, "width": 1},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=ms([t_s for _, t_s in lettered]),
        y=[1.17] * len(lettered),
        mode="text",
        text=[f"<b>{name}</b>" for name, _ in lettered],
        textfont={"color": INK},
        cliponaxis=False,
        hoverinfo="skip",
    )


def _add_peak_lines(figure: go.Figure, moments: pd.DataFrame) -> None:
    """Draw a line at each of the largest moments; the page's script sets its number on top."""
    for t_s in moments["t_s"].head(MARKED):
        figure.add_scatter(
            x=ms([t_s, t_s]),
            y=[0, 1.02],
            mode="lines",
            line={"color": "#64748b", "width": 1, "dash": "2px,3px"},
            hoverinfo="skip",
        )


def _shades(cover: pd.DataFrame) -> list[dict[str, object]]:
    """Return grey bands where the camera was off; of very many, the longest."""
    off = cover[cover["state"] == "camera off"]
    off = off.loc[(off["end_s"] - off["start_s"]).sort_values(ascending=False).index[:MOST_SHADES]]
    return [shade(*ends) for ends in off[["start_s", "end_s"]].to_numpy()]
