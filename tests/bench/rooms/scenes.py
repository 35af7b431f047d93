"""Do the intervals of scenes hold the truth in rooms where smiles spread? A table, cell by cell.

    python -m tests.bench.rooms.scenes [--shows 10] [--seed 1] [--cells "30 quiet"]

Each show is divided into scenes of 10, 20, 30 and 40 s, over and over; *session*: the smiles a
minute of all of it, which the scores' rate is. What is true of a scene is the mean of what it
showed in all other audiences of the same room at the same show, as a camera of 5 looks a second
tells them. Each number is the per cent of scenes whose interval held the truth, of those that had
one; behind a stroke, the per cent that were withheld.
"""

import argparse
import time

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.scenes import scenes_of
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.__main__ import summary
from tests.bench.rooms.case import SECONDS, cells
from tests.bench.rooms.laughs import audiences
from tests.bench.rooms.recording import Camera, record
from tests.bench.tables import say, table

LENGTHS_S = (10.0, 20.0, 30.0, 40.0)
CAMERA = Camera(looks_per_s=(5.0, 5.0))
COPIES = 30
FIGURES = {
    "share_smiling": ("share_low", "share_high"),
    "reach": ("reach_low", "reach_high"),
    "smiles_per_min": ("smiles_per_min_low", "smiles_per_min_high"),
}


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shows", type=int, default=10, help="in each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default="", help="only those whose names hold these words")
    options = parser.parse_args(argv)
    lines = []
    for name, room in cells(options.cells).items():
        begun, found = time.time(), {}
        for show in range(options.shows):
            for figure, values in held(room._replace(show=options.seed * 1000 + show)).items():
                found.setdefault(figure, []).extend(values)
        lines.append([name, *map(summary, found.values())])
        say(f"{name} ({time.time() - begun:.0f} s): {lines[-1][1:]}")
    if lines:
        print(table(["room", *FIGURES, "session"], lines))


def listed():
    """Return a show's scenes, the last of them all of it."""
    ends = np.cumsum(np.tile(LENGTHS_S, int(SECONDS / sum(LENGTHS_S))))
    starts = np.append(np.append(0.0, ends[:-1]), 0.0)
    ends = np.append(ends, SECONDS)
    return pd.DataFrame({"start_s": starts, "end_s": ends, "name": "scene"})


def held(room, copies=COPIES):
    """Return, for each figure, a number a scene: 1 held the truth, 0 did not, None withheld."""
    drawn = audiences(room, copies, room.show)
    shown = [
        scenes_of(SessionTables(record(drawn, copy, CAMERA).session), listed())
        for copy in range(copies)
    ]
    out = {}
    for figure, ends in FIGURES.items():
        value, low, high = (np.array([each[name] for each in shown]) for name in (figure, *ends))
        known = ~np.isnan(value)
        others = np.nansum(value, axis=0) - np.nan_to_num(value)
        true = others / np.maximum(known.sum(axis=0) - known, 1)
        inside = (low - 1e-9 <= true) & (true <= high + 1e-9)
        hits = np.where(np.isnan(low), np.nan, inside)
        out[figure] = _listed(hits[:, :-1])
    # The last figure is the rate.
    return out | {"session": _listed(hits[:, -1])}


def _listed(hits):
    return [None if np.isnan(hit) else float(hit) for hit in hits.ravel()]


if __name__ == "__main__":
    main()
