"""Viewers by time as a heat map that the page's script draws, in five states.

Every cell is one byte on the page, since two hours of 100 viewers are 70,000 of them and more
columns than the screen has pixels cannot be seen.
"""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd

from laughtrack.analytics.formatting import percent
from laughtrack.analytics.messages import joined, message
from laughtrack.analytics.timelines.grid import (
    ABSENT,
    CAMERA_OFF,
    NOT_SCORED,
    NOT_SMILING,
    SMILING,
    Grid,
    states,
)
from laughtrack.analytics.timelines.seating import NOWHERE, seat_order

# A cell's byte: 100 times the mean smile, 101 more for who was smiling, or why there is none.
MORE = 101
CODES = {NOT_SCORED: 253, ABSENT: 254, CAMERA_OFF: 255}
# Pale to dark, so that it stays in order in black and white.
SCALE = ("#eef4f9", "#b8d6ea", "#6aaed6", "#2070b4", "#08306b")
TALLEST_PX, WHOLE_PX = 14, 820


def heat_map(table: Grid, seats: pd.DataFrame, people: pd.DataFrame) -> dict[str, object]:
    """Return what the page draws of a grid.

    Parameters
    ----------
    table : Grid
        With at least one viewer and step, not more steps than the heat map has columns.
    seats : DataFrame
        From `seating.seating`, of the same viewers.
    people : DataFrame
        From `viewers.viewers`, of the same viewers.

    Returns
    -------
    dict
        `viewers`, their IDs; `cells`, base64 of a byte for each viewer and step; `columns`;
        `step`, seconds; `row_px`; `seat` and `reaction`, the viewers' places in these two orders;
        `places`, where each sits, in words; `scale`, colours from smile 0 to 1.
    """
    reaction = people["smiling_share"].fillna(-1).to_numpy()
    return {
        "viewers": table.ids.tolist(),
        "cells": base64.b64encode(encode_cells(table).tobytes()).decode("ascii"),
        "columns": len(table.watched),
        "step": table.step_s,
        "row_px": int(np.clip(WHOLE_PX // len(table.ids), 2, TALLEST_PX)),
        "seat": seat_order(seats).tolist(),
        "reaction": np.argsort(-reaction, kind="stable").tolist(),
        "places": [*map(_place, seats["row"], seats["place"])],
        "scale": SCALE,
    }


def _place(row: int, place: int) -> str:
    if row == NOWHERE:
        return message("seat not known")
    return message("row {row}, seat {seat}", row=row + 1, seat=place + 1)


def encode_cells(table: Grid) -> np.ndarray:
    """Return a grid's cells as the page reads them: (V, T) uint8."""
    state = states(table)
    judged = np.isin(state, (SMILING, NOT_SMILING))
    code = np.round(100 * np.nan_to_num(table.smile).clip(0, 1)).astype(np.uint8)
    code[state == SMILING] += MORE
    for kind, number in CODES.items():
        code[state == kind] = number
    # A face with a share but no score, which no recorder writes.
    code[judged & np.isnan(table.smile)] = CODES[NOT_SCORED]
    return code


def describe(table: Grid) -> str:
    """Describe the heat map to screen readers: each state's part of all viewers' time."""
    state = states(table)
    parts = np.bincount(state.ravel(), minlength=5) / max(state.size, 1)
    names = (
        message("smiling"),
        message("not smiling"),
        message("present but not judged"),
        message("absent"),
        message("camera off"),
    )
    shares = [
        message("{state} {share}", state=name, share=percent(float(part)))
        for name, part in zip(names, parts, strict=True)
    ]
    return message(
        "Viewers by time, {many:,} rows. Of all viewers' time: {shares}.",
        many=len(table.ids),
        shares=joined(shares),
    )
