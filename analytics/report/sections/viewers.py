"""The section on single viewers: a heat map of all of them by time, and a row for each."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.formatting import clock, duration, number, percent
from laughtrack.analytics.messages import message
from laughtrack.analytics.report.elements import Table
from laughtrack.analytics.report.figures.axes import Tick, axis_ticks
from laughtrack.analytics.report.figures.heat_map import SCALE, describe
from laughtrack.analytics.timelines.grid import Grid


class HeatMap(NamedTuple):
    """What stands around the heat map of viewers by time, which the page's script draws.

    `label` describes it to screen readers, `scale` are the colours from smile 0 to 1 and `times`
    its ticks.
    """

    label: str
    scale: tuple[str, ...]
    times: list[Tick]


class Viewers(NamedTuple):
    """The heat map of viewers by time, None where there is none, and a row for each viewer."""

    heat_map: HeatMap | None
    table: Table


def viewers(grid: Grid | None, people: pd.DataFrame, length_s: float) -> Viewers | None:
    """Return the heat map and the table of viewers; None where nobody was seen."""
    if people.empty:
        return None
    head = [message("Viewer"), message("Smiling"), message("Mean smile")]
    head += [message("Smiles a minute"), message("Longest smile"), message("Seen")]
    head += [message("Judged"), message("First seen"), message("Last seen")]
    rows = [
        [
            person.viewer_id,
            percent(person.smiling_share),
            number(person.mean_smile),
            number(person.smiles_per_min, 1),
            duration(person.longest_smile_s),
            *map(clock, (person.seen_s, person.judged_s, person.first_s, person.last_s)),
        ]
        for person in people.itertuples()
    ]
    made = Table(message("Each viewer, over the time that viewer could be judged"), head, rows)
    if grid is None or not len(grid.watched):
        return Viewers(None, made)
    return Viewers(HeatMap(describe(grid), SCALE, axis_ticks(length_s)), made)
