"""What of a session's scores depends on its length, and on how many watch: `python -m
tests.bench.fleet.norms`.

The same lively and quiet films, cut after 2 or 10 minutes, before small and large audiences of
`tests.bench.rooms`: what differs between the rows of a kind is length and size alone.
"""

import sys

import pandas as pd

from laughtrack.analytics.fleet.summary import summary
from laughtrack.analytics.norms.standing import SCORES
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.laughs import audiences
from tests.bench.rooms.recording import Camera, record
from tests.bench.rooms.room import Room

LENGTHS_S = (120, 600)
SIZES = (8, 40)
FILMS = 24


def measured(seconds, size, films=FILMS):
    """Return the scores of so many films' sessions, every second film lively."""
    rows = []
    for film in range(films):
        played = Room(size, seconds, 0.25, film % 2 == 0, True, film)
        session = record(audiences(played, 1, 1), 0, Camera((2.0, 2.5)), 1).session
        row = summary(SessionTables(session))
        rows.append({"show": "quiet" if film % 2 else "lively", **row})
    return pd.DataFrame(rows)[["show", *SCORES]].assign(seconds=seconds, size=size)


def main():
    """Print means over films, and how far single sessions lie from them."""
    parts = []
    for seconds in LENGTHS_S:
        for size in SIZES:
            parts.append(measured(seconds, size))
            print(f"{seconds} s, {size} viewers", file=sys.stderr, flush=True)
    by = pd.concat(parts).groupby(["show", "seconds", "size"])
    print("Mean over films\n", by.mean().round(3).to_string())
    print("Standard deviation over films\n", by.std().round(3).to_string())


if __name__ == "__main__":
    main()
