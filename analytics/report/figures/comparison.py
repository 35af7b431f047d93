"""The figure of two audiences' curves over the same time, and of their difference below."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from laughtrack.analytics.formatting import clock
from laughtrack.analytics.messages import Message, message
from laughtrack.analytics.report.figures.axes import (
    BAND,
    BLUE,
    DARK,
    MOST_TICKS,
    NO_NAME,
    ORANGE,
    SHARES,
    SHARES_RANGE,
    WIDE_BAND,
    compact,
    layout,
    ms,
    shade,
)
from laughtrack.analytics.report.figures.curve_bands import add_band, has_values

HEIGHT = 520
# Numbers closer than this, as a part of the time, would hide one another.
APART = 0.03
MOST_SHADES = 200


def compare_figure(
    curve: pd.DataFrame, found: pd.DataFrame, offset_s: float = 0.0, b_offset_s: float = 0.0
) -> go.Figure:
    """Draw both shares, and the difference A - B with its bands.

    Parameters
    ----------
    curve : DataFrame
        From `compare.compare`; in order of A's time.
    found : DataFrame
        The clusters to shade and number, in order of number.
    offset_s, b_offset_s : float
        Added to A's and B's times, to show the films'.

    Returns
    -------
    plotly Figure
        Where a stretch of A is not in B, the curves have a gap.
    """
    rows = _with_gaps(curve)
    step = float(np.median(np.diff(curve["a_s"]))) if len(curve) > 1 else 1.0
    shares = {"mode": "lines", "x": ms(rows["a_s"] + offset_s + step / 2)}
    figure = go.Figure()
    at_a = rows.assign(t_s=rows["a_s"] + offset_s)
    for ends, color in ((("all_low", "all_high"), WIDE_BAND), (("low", "high"), BAND)):
        if has_values(rows, ends[0]):
            add_band(figure, at_a, ends, step, fillcolor=color, yaxis="y2")
    for name, label, color, dash in (
        ("share_a", "A", BLUE, "solid"),
        ("share_b", "B", ORANGE, "6px,3px"),
    ):
        figure.add_scatter(
            **shares,
            y=compact(rows[name]),
            line={"color": color, "width": 2 if len(curve) <= 900 else 1, "dash": dash},
            hovertemplate=f"{label} %{{y:.0%}}<extra></extra>",
        )
    figure.add_scatter(
        **shares,
        y=compact(rows["difference"]),
        yaxis="y2",
        line={"color": DARK, "width": 1.5},
        customdata=[clock(t_s) for t_s in rows["b_s"] + b_offset_s],
        hovertemplate=message(
            "A - B {difference}<br>B at {time}{end}",
            difference="%{y:+.0%}",
            time="%{customdata}",
            end=NO_NAME,
        ),
    )
    last_s = float(curve["a_s"].iloc[-1]) + step + offset_s if len(curve) else 1.0
    first_s = float(curve["a_s"].iloc[0]) + offset_s if len(curve) else 0.0
    _add_numbers(figure, found, offset_s, last_s - first_s)
    _set_layout(figure, rows, (first_s, last_s), _shades(found, offset_s))
    return figure


def _with_gaps(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with an empty one before each that does not follow on the one before it."""
    breaks = np.flatnonzero(curve["opens"].to_numpy())[1:]
    place = np.sort(np.append(np.arange(len(curve)), breaks - 0.5))
    whole = (place % 1) == 0
    rows = curve.astype({"judged_a": float, "judged_b": float}).iloc[np.ceil(place).astype(int)]
    rows = rows.reset_index(drop=True)
    rows.loc[~whole, [name for name in rows if name not in ("a_s", "b_s", "opens")]] = np.nan
    return rows


def _add_numbers(figure: go.Figure, found: pd.DataFrame, offset_s: float, length_s: float) -> None:
    """Number the shaded stretches, leaving out a number that would hide another."""
    placed: list[tuple[int, float]] = []
    for rank, each in enumerate(found.itertuples(), start=1):
        middle = (each.a_start_s + each.a_end_s) / 2 + offset_s
        if all(abs(middle - other) > APART * length_s for _, other in placed):
            placed.append((rank, middle))
    figure.add_scatter(
        x=ms([t_s for _, t_s in placed]),
        y=[1.06] * len(placed),
        mode="text",
        text=[f"<b>{rank}</b>" for rank, _ in placed],
        cliponaxis=False,
        hoverinfo="skip",
    )


def _shades(found: pd.DataFrame, offset_s: float) -> list[dict[str, object]]:
    spans = found[["a_start_s", "a_end_s"]].head(MOST_SHADES).to_numpy() + offset_s
    return [shade(*ends, opacity=0.75, line={"width": 1, "color": DARK}) for ends in spans]


def _set_layout(
    figure: go.Figure,
    rows: pd.DataFrame,
    span_s: tuple[float, float],
    shades: list[dict[str, object]],
) -> None:
    ends = rows[["low", "high", "all_low", "all_high"]].to_numpy(dtype=float)
    most = float(np.nanmax(np.abs(ends), initial=0.0))
    most = 0.2 if not most > 0 else min(1.0, 1.08 * most)
    ticks = [k / 4 for k in range(-4, 5)] if most > 0.3 else [k / 10 for k in range(-10, 11)]
    made = layout(HEIGHT, span_s[1])
    first, last = ms(span_s).tolist()
    made["xaxis"] |= {"range": [first, last], "minallowed": first, "maxallowed": last}
    # The one picture of its page: plotly finds new ticks where it is zoomed.
    made["xaxis"] |= {"tickvals": None, "nticks": MOST_TICKS}
    figure.update_layout(**made, shapes=shades)
    figure.update_layout(
        hovermode="x unified",
        yaxis={
            "domain": [0.46, 1],
            "range": [*SHARES_RANGE],
            **SHARES,
        },
        yaxis2={
            "domain": [0, 0.38],
            "range": [-most, most],
            "tickvals": ticks,
            "ticktext": [
                Message("{tick:+.0f}", {"tick": tick * 100}) if tick else "0" for tick in ticks
            ],
            "zeroline": True,
            "zerolinecolor": DARK,
        },
        xaxis={"anchor": "y2"},
    )
