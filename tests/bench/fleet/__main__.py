"""Many sessions at once, measured: ``python -m tests.bench.fleet PART ...``.

``stores FOLDER`` makes stores of 10, 100, 1,000 and 5,000 sessions that were never filmed; they are
kept, and a store that is there is not made again.
"""

import argparse
import sys
from pathlib import Path

from laughtrack.cli.terminal import counting
from tests.bench.fleet.stores import SHOW, Show, made

SESSIONS = (10, 100, 1000, 5000)


def main(words=None):
    """Do the part that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    stores = parts.add_parser("stores", help="make stores that were never filmed")
    stores.add_argument("folder", type=Path)
    stores.add_argument("--sessions", type=int, nargs="+", default=SESSIONS)
    stores.add_argument("--seed", type=int, default=1)
    stores.add_argument("--seconds", type=float, nargs=2, default=SHOW.seconds, help="of a film")
    stores.add_argument("--looks", type=float, nargs=2, default=SHOW.looks_per_s, help="a second")
    stores.add_argument("--viewers", type=int, nargs="+", default=SHOW.sizes, help="in a room")
    asked = parser.parse_args(words)
    show = Show(tuple(asked.seconds), tuple(asked.looks), tuple(asked.viewers))
    for sessions in asked.sessions:
        with counting(f"a store of {sessions:,}", sessions) as step:
            print(made(asked.folder, sessions, asked.seed, show, step))


if __name__ == "__main__":
    sys.exit(main())
