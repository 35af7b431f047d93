"""Do groups of one audience seem to differ that do not? A table, cell by cell.

    python -m tests.bench.rooms.groups [--shows 20] [--seed 1] [--cells "30 several"]

Two groups of the viewers of one room: its halves, left and right, and viewers drawn by lot, a third
of them in one group. Per cent of sessions, `PER_SHOW` of each show, in which a score's p, not
corrected, is 0.05 or less. Nothing tells the groups apart but who sits beside whom.
"""

import argparse
import time

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.groups import groups_of
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.case import cells
from tests.bench.rooms.laughs import audiences
from tests.bench.rooms.recording import record
from tests.bench.tables import say, table

PER_SHOW = 5


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shows", type=int, default=20, help="in each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default="30 several", help="whose names hold these words")
    options = parser.parse_args(argv)
    lines = []
    for name, room in cells(options.cells).items():
        begun, found = time.time(), {}
        for show in range(options.seed * 1000, options.seed * 1000 + options.shows):
            for key, hits in alarms(room._replace(show=show)).items():
                found.setdefault(key, []).extend(hits)
        row = {key: f"{100 * np.mean(hits):.1f}" for key, hits in found.items()}
        lines.append([name, *row.values()])
        say(f"{name} ({time.time() - begun:.0f} s): {row}")
    if lines:
        print(table(["room", *row], lines))


def alarms(room):
    """Return, for each way to group and each score, whether it differed in each session."""
    drawn, found = audiences(room, PER_SHOW, room.show), {}
    for copy in range(PER_SHOW):
        tables = SessionTables(record(drawn, copy).session)
        x = tables.seats["x"].to_numpy()
        lot = np.random.default_rng([room.show, copy]).permutation(len(x))
        for by, first in (("halves", x < np.median(x)), ("lot", lot % 3 == 0)):
            group = np.where(first, "one", "other")
            ids = tables.seats["viewer_id"].to_numpy()
            pairs = groups_of(tables, pd.DataFrame({"viewer_id": ids, "group": group})).pairs
            for each in pairs.itertuples():
                found.setdefault(f"{by}, {each.score}", []).append(each.p <= ALPHA)
    return found


if __name__ == "__main__":
    main()
