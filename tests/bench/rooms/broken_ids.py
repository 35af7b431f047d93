"""What new IDs for the same viewers do to a session, and what joining them by seat and time undoes.

    python -m tests.bench.rooms.broken_ids [--sessions 30] [--seed 1] [--cells "contagious one"]

"Wrong" are IDs joined to another viewer's. Reach is compared with that of the same sessions without
a new ID.
"""

import argparse
import sys

import numpy as np

from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.case import cases, cells
from tests.bench.rooms.recording import Camera, record
from tests.bench.tables import table

PER_MIN = (0.2, 0.5, 1.0)


def reach(tables):
    """Return the part of those judged who smiled."""
    people = tables.viewers.query("judged_s > 0")
    return (people["smiles_per_min"] > 0).mean()


def measured(case):
    """Return viewers, IDs, IDs once joined, wrong ones; reach unbroken, as recorded and joined."""
    told, viewer_of = case.recording
    unbroken = SessionTables(record(case.drawn, case.copy, Camera()).session)
    plain = SessionTables(told._replace(joined=()))
    wrong = sum(viewer_of[new - 1] != viewer_of[old - 1] for new, old in case.tables.session.joined)
    counts = (len(each.viewers) for each in (unbroken, plain, case.tables))
    return *counts, wrong, reach(unbroken), reach(plain), reach(case.tables)


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30, help="in each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default="contagious one", help="whose names hold these words")
    options = parser.parse_args(argv)
    lines = []
    for name, room in cells(options.cells).items():
        for rate in PER_MIN:
            chosen = cases(room, options.sessions, options.seed, Camera(new_ids_per_min=rate))
            mean = np.mean([measured(case) for case in chosen], axis=0)
            shares = (f"{100 * each:.1f}" for each in mean[4:])
            lines.append([name, rate, *(f"{each:.1f}" for each in mean[:4]), *shares])
    heads = ["room", "new IDs a minute", "viewers", "IDs", "joined to", "wrong"]
    print(table([*heads, "reach %", "as recorded %", "joined %"], lines))


if __name__ == "__main__":
    sys.exit(main())
