"""Many sessions at once, measured: ``python -m tests.bench.fleet PART FOLDER ...``.

The stores are made in FOLDER and kept: a store that is there is not made again.

- ``stores``: stores of 10, 100, 1,000 and 5,000 sessions that were never filmed.
- ``lists``: what `laughtrack sessions` and `norms` cost in each, and opening one session.
- ``workers``: two workers against one, what a worker needs, and what follows for very many.
- ``kills``: driver, scheduler, workers and their nannies killed at random moments.
- ``places``: one worker, two, a cluster, and a store on a pretend S3: the same bytes.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from laughtrack.cli.terminal import counting
from tests.bench.fleet import kills, lists, places, workers
from tests.bench.fleet.stores import SHOW, Show, made

SESSIONS = (10, 100, 1000, 5000)


def parser():
    """Return the parser of the words."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = words.add_subparsers(dest="part", required=True)
    each = {
        name: parts.add_parser(name) for name in ("stores", "lists", "workers", "kills", "places")
    }
    for name, part in each.items():
        part.add_argument("folder", type=Path)
        if name in ("stores", "lists"):
            part.add_argument("--sessions", type=int, nargs="+", default=SESSIONS)
    stores = each["stores"]
    stores.add_argument("--seed", type=int, default=1)
    stores.add_argument("--seconds", type=float, nargs=2, default=SHOW.seconds, help="of a film")
    stores.add_argument("--looks", type=float, nargs=2, default=SHOW.looks_per_s, help="a second")
    stores.add_argument("--viewers", type=int, nargs="+", default=SHOW.sizes, help="in a room")
    each["workers"].add_argument("--sessions", type=int, default=16, help="a worker")
    each["workers"].add_argument("--evenings", type=int, default=1, help="of 2 h x 100 viewers")
    each["workers"].add_argument("--runs", type=int, default=1, help="the median counts")
    each["kills"].add_argument("--sessions", type=int, default=400)
    each["kills"].add_argument("--kills", type=int, default=10)
    each["kills"].add_argument("--seed", type=int, default=1)
    each["places"].add_argument("--sessions", type=int, default=8)
    return words


def main(words=None):
    """Do the part that was asked for; exit with 1 where a promise is not kept."""
    asked = parser().parse_args(words)
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.part == "lists":
        return 0 if lists.measure(asked.folder, asked.sessions) else 1
    if asked.part == "workers":
        held = workers.measure(asked.folder, asked.sessions, asked.evenings, asked.runs)
        return 0 if held else 1
    if asked.part == "stores":
        show = Show(tuple(asked.seconds), tuple(asked.looks), tuple(asked.viewers))
        for sessions in asked.sessions:
            with counting(f"a store of {sessions:,}", sessions) as step:
                print(made(asked.folder, sessions, asked.seed, show, step))
        return 0
    if asked.part == "kills":
        checks = kills.campaign(asked.folder, asked.sessions, asked.kills, asked.seed)
    else:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            checks = places.compare(folder, asked.sessions)
    for name, held in checks.items():
        print(f"{'ok    ' if held else 'BROKEN'} {name}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
