"""The uncertainty of the audience's curve: its bands, and the bounds for missing viewers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from laughtrack.analytics.messages import message
from laughtrack.analytics.report.figures.axes import (
    BAND,
    DARK,
    GREY,
    NO_NAME,
    WIDE_BAND,
    compact,
    ms,
)


def has_values(curve: pd.DataFrame, name: str) -> bool:
    """Return whether a curve's table has a column with any value in it."""
    return name in curve and bool(curve[name].notna().any())


def add_bands(figure: go.Figure, curve: pd.DataFrame, step: float) -> None:
    """Fill the bands of a curve's table, the wider one first; `step` is seconds a row.

    Where a band is NaN, or is no column of the table, nothing is drawn.
    """
    for low, high, color in (
        ("share_all_low", "share_all_high", WIDE_BAND),
        ("share_low", "share_high", BAND),
    ):
        if has_values(curve, low):
            add_band(figure, curve, (low, high), step, fillcolor=color)


def add_band(
    figure: go.Figure, table: pd.DataFrame, ends: tuple[str, str], step: float, **style: object
) -> None:
    """Fill between two columns of a table with `t_s`, run by run where neither is NaN."""
    x, y = _outlines(table, *ends, step)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        fill="toself",
        line={"color": GREY, "width": 0.5},
        hoverinfo="skip",
        **style,
    )


def _outlines(
    curve: pd.DataFrame, low: str, high: str, step: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline of each gapless run of a band: along its top, back along its bottom."""
    at, below, above = (curve[name].to_numpy(dtype=float) for name in ("t_s", low, high))
    there = np.flatnonzero(~np.isnan(below) & ~np.isnan(above))
    if not len(there):
        return np.empty(0), np.empty(0)
    xs: list[np.ndarray] = []
    ys: list[np.ndarray] = []
    gap = np.array([np.nan])
    for run in np.split(there, np.flatnonzero(np.diff(there) > 1) + 1):
        # A step wide, so that one by itself is seen too.
        t_s = np.concatenate([at[run[:1]], at[run] + step / 2, at[run[-1:]] + step])
        top, bottom = (np.concatenate([e[run[:1]], e[run], e[run[-1:]]]) for e in (above, below))
        xs += [ms(t_s), ms(t_s[::-1]), gap]
        ys += [top, bottom[::-1], gap]
    return np.concatenate(xs), np.concatenate(ys).astype(np.float32).round(3)


def add_bounds(figure: go.Figure, curve: pd.DataFrame, shared: Mapping[str, object]) -> None:
    """Draw the worst and best case as thin dotted lines, hidden until they are asked for.

    `shared` is what the traces along the table's rows have in common.
    """
    told = {"share": "%{y:.0%}", "end": NO_NAME}
    for name, hover in (
        ("worst", message("no missing viewer smiled: {share}{end}", **told)),
        ("best", message("all missing did: {share}{end}", **told)),
    ):
        if has_values(curve, name):
            figure.add_scatter(
                **shared,
                y=compact(curve[name]),
                mode="lines",
                line={"color": DARK, "width": 1, "dash": "1px,2px"},
                hovertemplate=hover,
                visible=False,
                meta="bounds",
            )


def add_seen(figure: go.Figure, curve: pd.DataFrame, shared: Mapping[str, object]) -> None:
    """Draw the share before it was put right for the scorer's errors, hidden until asked for."""
    if has_values(curve, "seen_share"):
        figure.add_scatter(
            **shared,
            y=compact(curve["seen_share"]),
            mode="lines",
            line={"color": DARK, "width": 1.5, "dash": "1px,3px"},
            hovertemplate=message("as scored: {share}{end}", share="%{y:.0%}", end=NO_NAME),
            visible=False,
            meta="seen",
        )
