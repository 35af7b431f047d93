"""The section about dials: what people turned them to beside how the audience smiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup

from laughtrack.analytics.audience.dial import Dial
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import count, p_value
from laughtrack.analytics.report.figures.axes import (
    BLUE,
    GREEN,
    SHARES,
    SHARES_RANGE,
    compact,
    layout,
    ms,
    to_html,
)


class Dials(NamedTuple):
    """The figure of dials and smiles, and its explanation."""

    text: str
    drawing: Markup


def dial(found: Dial | None, length_s: float) -> Dials | None:
    """Return dials beside the smiles; None where there are none."""
    if found is None:
        return None
    drawing = to_html(_figure(found.curve, length_s), "dials")
    return Dials(_text(found.result.iloc[0]), drawing)


def _text(row: pd.Series) -> str:
    who = f"Of {count(int(row['people']), 'dial')} and {count(int(row['viewers']), 'viewer')}: "
    if math.isnan(row["r"]):
        return f"{who}too little in common, or too little moved, to say whether they go together."
    lag = float(row["lag_s"])
    when = "with no lag"
    if lag:
        when = f"when the dials {'follow' if lag > 0 else 'go before'} by {abs(lag):g} s"
    between = (
        "" if math.isnan(row["low"]) else f", 95 % interval {row['low']:.2f} to {row['high']:.2f}"
    )
    chance = p_value(row["p"], "p ")
    verdict = (
        "series that have nothing to do with each other would hardly agree so well at any lag"
        if row["p"] <= ALPHA
        else "series that have nothing to do with each other could well agree as much at some lag"
    )
    return (
        f"{who}they agree most {when}, with a correlation of {row['r']:.2f}{between}; {verdict} "
        f"({chance})."
    )


def _figure(curve: pd.DataFrame, length_s: float) -> go.Figure:
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else 1.0
    shared = {"x0": float(ms(step / 2)), "dx": step * 1000, "mode": "lines"}
    figure = go.Figure()
    figure.add_scatter(
        **shared,
        y=compact(curve["share_smiling"]),
        line={"color": BLUE, "width": 1.5},
        hovertemplate="smiling %{y:.0%}<extra></extra>",
    )
    figure.add_scatter(
        **shared,
        y=compact(curve["dial"]),
        yaxis="y2",
        line={"color": GREEN, "width": 2, "dash": "8px,3px,2px,3px"},
        hovertemplate="dials %{y:.3g}<extra></extra>",
    )
    figure.update_layout(**layout(260, length_s))
    figure.update_layout(
        hovermode="x unified",
        yaxis={"range": [*SHARES_RANGE], **SHARES},
        yaxis2={"overlaying": "y", "side": "right", "showgrid": False, "nticks": 5},
    )
    return figure
