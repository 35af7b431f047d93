"""What figures over a session's time share, and the strip of when the camera was on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from laughtrack.analytics.formatting import clock, percent
from laughtrack.analytics.messages import joined, message

# Of 1 January 2000. From 1970 on, plotly.js would take the first ten seconds for years.
MIDNIGHT_MS = 946_684_800_000

# Okabe and Ito's blue, vermilion and green, the last a little darker, which the colour-blind tell
# apart; the lines differ in kind too.
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#00795a"
GREY, PALE, DARK = "#94a3b8", "#cbd0d8", "#334155"
BAND, WIDE_BAND = "rgba(0, 114, 178, 0.22)", "rgba(0, 114, 178, 0.09)"
# As wide on the right as on the left: some pictures have a second scale there, and one moment
# stands at one place in all.
MARGIN = {"l": 44, "r": 44, "t": 8, "b": 34}
STATES = {
    "watched": message("someone in view"),
    "nobody": message("nobody there"),
    "camera off": message("camera off"),
}
# The patterns stand in the page itself, since the keys use them too.
# Of every axis of shares and of degrees, which are told on the same one.
SHARES = {
    "tickvals": [0, 0.25, 0.5, 0.75, 1],
    "ticktext": [percent(share) for share in (0, 0.25, 0.5, 0.75, 1)],
}
SHARES_RANGE = (-0.01, 1.12)
# Between two ticks of time; the page's script has the same.
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
MOST_TICKS = 6
FILLS = {"watched": BLUE, "nobody": "url(#dots)", "camera off": "url(#hatch)"}


# Ends a text that is shown when pointing at a curve: it has no name.
NO_NAME = "<extra></extra>"


class Drawing(NamedTuple):
    """A figure that plotly draws; `name` is its element's id."""

    name: str
    figure: go.Figure


class Tick(NamedTuple):
    """A tick of an axis that plotly does not draw: its place in percent, and what it says."""

    x: float
    text: str


class Bar(NamedTuple):
    """A part of a strip: where it begins and its width, both in percent, its fill and title."""

    x: float
    width: float
    fill: str
    title: str


class Strip(NamedTuple):
    """A session's time as one bar in parts; `label` describes it to screen readers."""

    bars: list[Bar]
    label: str


def layout(height: int, length_s: float) -> dict[str, Any]:
    """Return the layout shared by figures over a session's time, `height` in pixels."""
    axis = {"fixedrange": True, "zeroline": False, "gridcolor": "#e5e7eb", "ticks": ""}
    length_s = length_s if length_s > 0 else 1.0
    ends = ms([0.0, length_s]).tolist()
    clock_format = "%-H:%M:%S" if is_long(length_s) else "%-M:%S"
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
            "tickvals": ms(tick_times(0.0, length_s)).tolist(),
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


def ms(t_s: float | Sequence[float] | np.ndarray | pd.Series) -> np.ndarray:
    """Return seconds as milliseconds of a date axis, whose ticks stay readable when zoomed."""
    return MIDNIGHT_MS + np.round(np.asarray(t_s, dtype=float) * 1000)


def shade(first_s: float, last_s: float, **style: object) -> dict[str, object]:
    """Return a shape that shades a figure between two times; `style` overrides the defaults."""
    defaults = {"type": "rect", "layer": "below", "yref": "paper", "y0": 0, "y1": 1}
    return {
        **defaults,
        "x0": float(ms(first_s)),
        "x1": float(ms(last_s)),
        "fillcolor": PALE,
        "line": {"width": 0},
        **style,
    }


def compact(column: pd.Series) -> np.ndarray:
    """Return a column in few bytes: single precision, three decimals."""
    return column.to_numpy(dtype=np.float32).round(3)


def strip(cover: pd.DataFrame, length_s: float) -> Strip | None:
    """Return when the camera was on as one bar, with a fill for each state."""
    if not length_s > 0:
        return None
    bars = [
        Bar(
            first / length_s * 100,
            (last - first) / length_s * 100,
            FILLS[state],
            message(
                "{state}, {start} to {end}",
                state=STATES[state],
                start=clock(first),
                end=clock(last),
            ),
        )
        for first, last, state in cover[["start_s", "end_s", "state"]].itertuples(index=False)
    ]
    total = cover.assign(s=cover["end_s"] - cover["start_s"]).groupby("state")["s"].sum() / length_s
    parts = [
        message("{state} {share}", state=words, share=percent(float(total.get(state, 0.0))))
        for state, words in STATES.items()
    ]
    label = message("Of the time: {states}. The text and the table say when.", states=joined(parts))
    return Strip(bars, label)


def tick_times(first_s: float, last_s: float) -> list[float]:
    """Return where the ticks of a stretch of time are, in seconds: round times, not too many."""
    wide = last_s - first_s
    step = next((each for each in STEPS_S if wide / each <= MOST_TICKS), STEPS_S[-1])
    first, last = math.ceil(first_s / step - 1e-6), math.floor(last_s / step + 1e-6)
    return [float(each * step) for each in range(first, last + 1)]


def is_long(length_s: float) -> bool:
    """Return whether an axis of so many seconds tells hours, too, at each tick."""
    return length_s >= 3600


def axis_ticks(length_s: float) -> list[Tick]:
    """Return the ticks of a figure that plotly does not draw: as those that it does."""
    if not length_s > 0:
        return []
    hours = "0:" if is_long(length_s) else ""
    return [
        Tick(100 * t_s / length_s, _whole_clock(t_s, hours)) for t_s in tick_times(0.0, length_s)
    ]


def _whole_clock(t_s: float, hours: str) -> str:
    text = clock(t_s)
    return text if not hours or t_s >= 3600 else f"{hours}{text.zfill(5)}"
