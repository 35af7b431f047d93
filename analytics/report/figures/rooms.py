"""The figures of a film in several rooms: its curve over rooms, and each room's share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from laughtrack.analytics.formatting import percent
from laughtrack.analytics.messages import message
from laughtrack.analytics.report.figures.axes import (
    BLUE,
    DARK,
    GREY,
    MOST_TICKS,
    NO_NAME,
    ORANGE,
    SHARES,
    SHARES_RANGE,
    compact,
    layout,
    ms,
)
from laughtrack.analytics.report.figures.curve_bands import add_bands

HEIGHT = 380
# More rooms' curves would hide the film's, and make a large page.
MOST_LINES, MOST_POINTS = 12, 60_000
ROW_PX, AROUND_PX = 26, 70
MOST_LETTERS, MOST_STEPS = 16, 5
# Numbers closer than this, as a part of the time, would hide one another.
APART = 0.03


def draws_rooms(by_room: np.ndarray) -> bool:
    """Return whether the rooms' own curves are drawn."""
    return len(by_room) <= MOST_LINES and by_room.size <= MOST_POINTS


def film_figure(
    curve: pd.DataFrame, by_room: np.ndarray, names: list[str], peaks: pd.DataFrame
) -> go.Figure:
    """Draw the film's share over rooms with its bands, the rooms' own behind it.

    Parameters
    ----------
    curve : DataFrame
        `t_s`, `share` and its bands, as `rooms.FilmInRooms` has them.
    by_room : ndarray, shape (K, T)
    names : list of str
        The rooms'.
    peaks : DataFrame
        Those to number, in order: `t_s` and `share`.
    """
    step = float(np.median(np.diff(curve["t_s"]))) if len(curve) > 1 else 1.0
    x = ms(curve["t_s"] + step / 2)
    figure = go.Figure()
    add_bands(figure, curve, step)
    if draws_rooms(by_room):
        for name, share in zip(names, by_room, strict=True):
            figure.add_scatter(
                x=x,
                y=compact(pd.Series(share)),
                mode="lines",
                line={"color": GREY, "width": 0.8},
                opacity=0.7,
                hovertemplate=message(
                    "{room}: {share}{end}", room=_plain(name), share="%{y:.0%}", end=NO_NAME
                ),
            )
    figure.add_scatter(
        x=x,
        y=compact(curve["share"]),
        mode="lines",
        line={"color": BLUE, "width": 2 if len(curve) <= 900 else 1},
        hovertemplate=message("{share} of viewers{end}", share="%{y:.0%}", end=NO_NAME),
    )
    first_s, last_s = float(curve["t_s"].iloc[0]), float(curve["t_s"].iloc[-1]) + step
    _add_numbers(figure, peaks, last_s - first_s)
    made = layout(HEIGHT, last_s)
    first, last = ms([first_s, last_s]).tolist()
    made["xaxis"] |= {"range": [first, last], "minallowed": first, "maxallowed": last}
    made["xaxis"] |= {"tickvals": None, "nticks": MOST_TICKS}
    figure.update_layout(**made)
    figure.update_layout(hovermode="closest", yaxis={"range": [*SHARES_RANGE], **SHARES})
    return figure


def _add_numbers(figure: go.Figure, peaks: pd.DataFrame, length_s: float) -> None:
    """Number the peaks, leaving out a number that would hide another."""
    placed: list[tuple[int, float, float]] = []
    for rank, (t_s, share) in enumerate(peaks[["t_s", "share"]].to_numpy(), start=1):
        if all(abs(t_s - other) > APART * length_s for _, other, _ in placed):
            placed.append((rank, t_s, share))
    figure.add_scatter(
        x=ms([t_s for _, t_s, _ in placed]),
        y=[min(share + 0.05, 1.06) for _, _, share in placed],
        mode="text",
        text=[f"<b>{rank}</b>" for rank, _, _ in placed],
        cliponaxis=False,
        hoverinfo="skip",
    )


def forest_figure(rooms: pd.DataFrame, mean: tuple[float, float, float]) -> go.Figure:
    """Draw each room's share with its interval, and the mean over rooms with its own.

    Parameters
    ----------
    rooms : DataFrame
        A row a room: `room`, `value`, `low`, `high`, shares in [0, 1].
    mean : three floats
        The mean over rooms and the ends of its interval.
    """
    shown = rooms[rooms["value"].notna()].iloc[::-1]
    rows = np.arange(len(shown)) + 1.0
    figure = go.Figure()
    low, high = np.nan_to_num(mean[1]), np.nan_to_num(mean[2])
    figure.add_vrect(x0=low, x1=high, fillcolor="rgba(0, 114, 178, 0.14)", line_width=0)
    for at, value, ends, color, symbol in (
        (rows, shown["value"], (shown["low"], shown["high"]), DARK, "square"),
        ([0.0], [mean[0]], ([mean[1]], [mean[2]]), ORANGE, "diamond"),
    ):
        middle = np.asarray(value, dtype=float)
        below, above = (np.asarray(each, dtype=float) for each in ends)
        figure.add_scatter(
            x=middle,
            y=at,
            mode="markers",
            marker={"color": color, "size": 9, "symbol": symbol},
            error_x={
                "array": np.nan_to_num(above - middle),
                "arrayminus": np.nan_to_num(middle - below),
                "color": color,
                "thickness": 1.5,
                "width": 3,
            },
            hovertemplate="%{x:.0%}<extra></extra>",
        )
    most = float(np.nanmax([*shown["high"], mean[2], 0.05]))
    step = next(each for each in (0.02, 0.05, 0.1, 0.2) if most <= MOST_STEPS * each)
    ticks = [step * k for k in range(round(1 / step) + 1)]
    made = layout(AROUND_PX + ROW_PX * (len(shown) + 1), 1.0)
    made.pop("yaxis2")
    made["xaxis"] = {
        "range": [0, min(1.0, 1.05 * most)],
        "tickvals": ticks,
        "ticktext": [percent(tick) for tick in ticks],
        "tickangle": 0,
        "fixedrange": True,
        "gridcolor": "#e5e7eb",
        "zeroline": False,
    }
    made["yaxis"] = {
        "range": [-0.7, len(shown) + 0.7],
        "tickvals": [0.0, *rows],
        "ticktext": [message("all rooms"), *map(_short, shown["room"])],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }
    figure.update_layout(**made, hovermode="closest")
    return figure


def _short(name: str) -> str:
    """Return a room's name as plotly shows it: short, and never as markup."""
    return _plain(name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…")


def _plain(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
