"""Do the bands and intervals of a film shown in many halls hold the truth? A table, cell by cell.

    python -m tests.bench.many_rooms [--films 12] [--simulator laughs] [--cells differ] [--first N]

Each film is recorded in 48 halls, of which sets of 4, 10 and 40 are put together. Numbers are per
cent of steps (*point*), of sets (*whole*, the band of all steps; a score's interval; *next*, the
interval of what a hall that is in no set shows) that held the truth, and *naive* the same with all
viewers as one audience of strangers, or rooms' figures weighed by their viewers alone. *some room*:
sets in which some hall is said to differ from the others though none is of another kind; *q*: sets
in which Cochran's test says that halls differ.
"""

import argparse
import time

import numpy as np

from tests.bench.many_rooms.films import JUDGED_FROM, RECORDED, cells, films
from tests.bench.many_rooms.studies import hall_of, held
from tests.bench.tables import say, table

ROOMS = {4: 12, 10: 8, 40: 2}
SHOWN = (
    *("point", "naive point", "whole", "naive whole", "Average share", "naive Average share"),
    *("next Average share", "Reach", "Hook", "Expressiveness", "Look-away", "Maximum share"),
    *("some room", "q", "i2", "tau2", "width", "whole width"),
)
PLAIN = ("width", "whole width", "tau2", "i2")


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=12, help="in each cell")
    parser.add_argument("--first", type=int, default=JUDGED_FROM, help="the first film's seed")
    parser.add_argument("--simulator", choices=["laughs", "moods"], default="laughs")
    parser.add_argument("--cells", default="", help="only those whose names hold these words")
    options = parser.parse_args(argv)
    lines = []
    for name, cell in cells().items():
        if not set(options.cells.split()) <= set(name.replace(",", "").split()):
            continue
        begun, found = time.time(), {rooms: {} for rooms in ROOMS}
        for number, film in enumerate(films(options.simulator, cell, options.films, options.first)):
            halls = [hall_of(each, len(film.share)) for each in film.halls]
            rng = np.random.default_rng([options.first, number])
            for rooms, sets in ROOMS.items():
                for chosen in _sets(rng, rooms, sets):
                    following = halls[chosen[rooms]]
                    some = [halls[k] for k in chosen[:rooms]]
                    for key, value in held(film, some, following).items():
                        found[rooms].setdefault(key, []).append(value)
        for rooms, values in found.items():
            lines.append([name, rooms, *(_told(key, values.get(key)) for key in SHOWN)])
            row = dict(zip(SHOWN, lines[-1][2:], strict=True))
            say(f"{name}, {rooms} rooms ({time.time() - begun:.0f} s): {row}")
    print(table(["halls", "rooms", *SHOWN], lines))


def _sets(rng, rooms, sets):
    """Yield so many sets of halls, each followed by one more: disjoint as far as they go."""
    order = rng.permutation(RECORDED)
    for _ in range(sets):
        if len(order) <= rooms:
            order = rng.permutation(RECORDED)
        yield order[: rooms + 1]
        order = order[rooms:]


def _told(key, values):
    if values is None:
        return "-"
    known = np.array([each for each in values if np.isfinite(each)], dtype=float)
    if key in PLAIN:
        return f"{known.mean():.3f}"
    return f"{100 * known.mean():.1f}" if len(known) else "-"


if __name__ == "__main__":
    main()
