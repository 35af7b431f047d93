"""Where the viewers sat, as maps: who smiled for how much of the time, and who smiled together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.formatting import UNKNOWN, number, percent
from laughtrack.analytics.messages import message
from laughtrack.analytics.report.elements import Table
from laughtrack.analytics.report.figures.heat_map import SCALE
from laughtrack.analytics.timelines.seating import NOWHERE

WIDTH = 520.0  # of a map in its own units, about its pixels on the page
LEAST_R, MOST_R = 11.0, 30.0
SYNCHRONY_TOP = 0.6  # in few audiences a viewer correlates more; in these the scale ends at 1

SIDES = {"left": message("left"), "middle": message("middle"), "right": message("right")}


class Seat(NamedTuple):
    """A circle on a map: its middle and radius in the map's units, colours and texts.

    `broken` is the outline of a viewer who never smiled.
    """

    title: str
    x: float
    y: float
    r: float
    fill: str
    broken: bool
    ink: str
    text: str


class SeatMap(NamedTuple):
    """A map of the room; `label` describes it to screen readers."""

    name: str
    label: str
    width: float
    height: float
    seats: list[Seat]


class SeatMaps(NamedTuple):
    """The maps of the room, none where all faces were at one place; their colours; all as a table.

    `scale` are the colours from the least to the most.
    """

    maps: list[SeatMap]
    scale: tuple[str, ...]
    table: Table


def seat_map(
    seats: pd.DataFrame, people: pd.DataFrame, synchrony: pd.DataFrame | None = None
) -> SeatMaps | None:
    """Show the maps of the room, and what is on them as a table.

    Parameters
    ----------
    seats : DataFrame
        From `seating.seating`.
    people : DataFrame
        From `viewers.viewers`, of the same viewers.
    synchrony : DataFrame, optional
        viewer_id and isc, the viewer's correlation with the others, NaN where there is none.

    Returns
    -------
    SeatMaps, or None
        None for nobody, and where no face has a box, as in some imported files.
    """
    seats = seats[seats["row"] != NOWHERE]
    if seats.empty:
        return None
    known = seats.merge(people[["viewer_id", "smiling_share", "smiles_per_min"]], on="viewer_id")
    known["isc"] = np.nan
    if synchrony is not None:
        known = known.drop(columns="isc").merge(synchrony, on="viewer_id", how="left")
    return SeatMaps(_maps(known), SCALE, _table(known))


def _maps(known: pd.DataFrame) -> list[SeatMap]:
    wide = known["width"].median()
    if max(np.ptp(known["x"]), np.ptp(known["y"])) < wide:
        return []
    maps = [_map(message("Part of the time smiling"), known, "smiling_share", 1.0, _percent)]
    if known["isc"].notna().any():
        name = message("Synchrony with the others (1 at most)")
        top = SYNCHRONY_TOP if known["isc"].max() <= SYNCHRONY_TOP else 1.0
        maps.append(_map(name, known, "isc", top, _isc))
    return maps


def _map(
    name: str, known: pd.DataFrame, column: str, top: float, write: Callable[[float], str]
) -> SeatMap:
    """Return a circle a seat, filled by a column from 0 to `top`, which `write` writes."""
    x, y, r, height = _places(known)
    seats = []
    for at_x, at_y, viewer in zip(x, y, known.itertuples(), strict=True):
        value = getattr(viewer, column)
        text = write(value)
        title = message(
            "Viewer {viewer}, row {row}, seat {seat}: {value}",
            viewer=viewer.viewer_id,
            row=viewer.row + 1,
            seat=viewer.place + 1,
            value=text,
        )
        never = viewer.smiles_per_min == 0
        seats.append(Seat(title, at_x, at_y, r, _fill(value, top), never, _ink(value, top), text))
    values = known[column].dropna()
    label = message("{many} seats, none known; the table below has all.", many=len(known))
    if len(values):
        label = message(
            "{many} seats, from {least} to {most}; the table below has all.",
            many=len(known),
            least=write(values.min()),
            most=write(values.max()),
        )
    return SeatMap(name, label, WIDTH, height, seats)


def _nearest(x: np.ndarray, y: np.ndarray) -> float:
    """Return the least distance above 0, infinite where there is none."""
    apart = np.hypot(x, y)
    return float(apart.min(where=apart > 0, initial=np.inf))


def _places(known: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return the seats' middles, their radius and the map's height, all in its own units."""
    x, y, wide = (known[name].to_numpy(dtype=float) for name in ("x", "y", "width"))
    left, right = (x - wide / 2).min(), (x + wide / 2).max()
    by = (WIDTH - 2 * MOST_R) / (right - left)
    # As large as the figures in them allow, without hiding a neighbour.
    apart = min(_nearest(x[k] - x[:k], y[k] - y[:k]) for k in range(1, len(x))) * by
    r = float(np.clip(0.45 * apart, LEAST_R, MOST_R))
    top, bottom = (y - wide / 2).min(), (y + wide / 2).max()
    return MOST_R + (x - left) * by, MOST_R + (y - top) * by, r, 2 * MOST_R + (bottom - top) * by


def _fill(value: float, top: float) -> str:
    if math.isnan(value):
        return "url(#stripes)"
    at = min(max(value / top, 0.0), 1.0) * (len(SCALE) - 1)
    low = min(int(at), len(SCALE) - 2)
    ends = [[int(SCALE[k][n : n + 2], 16) for n in (1, 3, 5)] for k in (low, low + 1)]
    mixed = (round(a + (b - a) * (at - low)) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _ink(value: float, top: float) -> str:
    return "#fff" if not math.isnan(value) and value / top > 0.6 else "#111827"


def _percent(value: float) -> str:
    return number(value * 100, 0)


def _isc(value: float) -> str:
    # Not "-0.0".
    return number(round(value, 1) + 0.0, 1)


def _table(known: pd.DataFrame) -> Table:
    head = [message("Viewer"), message("Row"), message("Seat"), message("Side")]
    head += [message("Smiling"), message("Smiled at all"), message("Synchrony")]
    rows = [
        (
            each.viewer_id,
            each.row + 1,
            each.place + 1,
            SIDES.get(each.side, each.side),
            percent(each.smiling_share),
            _yes(each.smiles_per_min),
            number(each.isc),
        )
        for each in known.sort_values(["row", "place"]).itertuples()
    ]
    return Table(message("The seats, from the back and from the left of the picture"), head, rows)


def _yes(many: float) -> str:
    if math.isnan(many):
        return UNKNOWN
    return message("yes") if many else message("no")
