"""The section about dials: what people turned them to beside how the audience smiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from laughtrack.analytics.audience.dial import Dial
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import number, p_value
from laughtrack.analytics.messages import message, plural
from laughtrack.analytics.report.figures.axes import (
    BLUE,
    GREEN,
    NO_NAME,
    SHARES,
    SHARES_RANGE,
    Drawing,
    compact,
    layout,
    ms,
)


class Dials(NamedTuple):
    """The figure of dials and smiles, and its explanation."""

    text: str
    drawing: Drawing


def dial(found: Dial | None, length_s: float) -> Dials | None:
    """Return dials beside the smiles; None where there are none."""
    if found is None:
        return None
    drawing = Drawing("dials", _figure(found.curve, length_s))
    return Dials(_text(found.result.iloc[0]), drawing)


def _text(row: pd.Series) -> str:
    told = {
        "dials": plural("{n:,} dial", "{n:,} dials", int(row["people"])),
        "viewers": plural("{n:,} viewer", "{n:,} viewers", int(row["viewers"])),
    }
    if math.isnan(row["r"]):
        return message(
            "{dials} and {viewers}: too little in common, or too little moved, to say whether "
            "they go together.",
            **told,
        )
    told |= {"when": _lag(float(row["lag_s"])), "r": _correlation(row)}
    told["p"] = p_value(row["p"], "p ")
    if row["p"] <= ALPHA:
        return message(
            "{dials} and {viewers}: they agree most {when}, with a correlation of {r}; series "
            "that have nothing to do with each other would hardly agree so well at any lag ({p}).",
            **told,
        )
    if row["least_p"] > ALPHA:
        return message(
            "{dials} and {viewers}: they agree most {when}, with a correlation of {r}; in so short "
            "a session, and at so many lags, it cannot be told from chance.",
            **told,
        )
    return message(
        "{dials} and {viewers}: they agree most {when}, with a correlation of {r}; series that "
        "have nothing to do with each other could well agree as much at some lag ({p}).",
        **told,
    )


def _lag(lag_s: float) -> str:
    if not lag_s:
        return message("with no lag")
    if lag_s > 0:
        return message("when the dials follow by {lag:g} s", lag=lag_s)
    return message("when the dials go before by {lag:g} s", lag=-lag_s)


def _correlation(row: pd.Series) -> str:
    if math.isnan(row["low"]):
        return number(row["r"])
    told = {name: row[name] for name in ("r", "low", "high")}
    return message("{r:.2f}, 95 % interval {low:.2f} to {high:.2f}", **told)


def _figure(curve: pd.DataFrame, length_s: float) -> go.Figure:
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else 1.0
    shared = {"x0": float(ms(step / 2)), "dx": step * 1000, "mode": "lines"}
    figure = go.Figure()
    figure.add_scatter(
        **shared,
        y=compact(curve["share_smiling"]),
        line={"color": BLUE, "width": 1.5},
        hovertemplate=message("smiling {share}{end}", share="%{y:.0%}", end=NO_NAME),
    )
    figure.add_scatter(
        **shared,
        y=compact(curve["dial"]),
        yaxis="y2",
        line={"color": GREEN, "width": 2, "dash": "8px,3px,2px,3px"},
        hovertemplate=message("dials {value}{end}", value="%{y:.3g}", end=NO_NAME),
    )
    figure.update_layout(**layout(260, length_s))
    figure.update_layout(
        hovermode="x unified",
        yaxis={"range": [*SHARES_RANGE], **SHARES},
        yaxis2={"overlaying": "y", "side": "right", "showgrid": False, "nticks": 5},
    )
    return figure
