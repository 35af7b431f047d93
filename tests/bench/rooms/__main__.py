"""Do intervals and bands hold the truth in rooms where smiles spread? A table, cell by cell.

    python -m tests.bench.rooms [--sessions 300] [--seed 1] [--cells "30 quiet"] [--out FOLDER]

Each number is the per cent of sessions whose interval held the truth, of those that had one; behind
a stroke, the per cent that were withheld. With `--out` each cell is kept in a file of its own and
not worked out again. More measures: a function that takes a `Case`, named in `MEASURES`.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from tests.bench.rooms.bands import bands_and_scores
from tests.bench.rooms.case import cases, cells
from tests.bench.tables import say, table

# Each a function of a `Case` that returns {name: 1 held, 0 not, NaN withheld}.
MEASURES = {"bands": bands_and_scores}


def measure(room, options):
    """Return a cell's result: for each figure, a list with a number a session."""
    found = {}
    for case in cases(room, options.sessions, options.seed):
        for name in options.measures:
            for figure, held in MEASURES[name](case).items():
                found.setdefault(figure, []).append(None if np.isnan(held) else float(held))
    return found


def summary(values):
    """Return a figure's cell of the table: per cent held, and per cent withheld if any were."""
    held = [each for each in values if each is not None]
    text = f"{100 * np.mean(held):.1f}" if held else "-"
    missing = 100 * (1 - len(held) / len(values))
    return text + (f" / {missing:.0f}" if missing else "")


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=300, help="in each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default="", help="only those whose names hold these words")
    parser.add_argument("--measures", nargs="+", choices=[*MEASURES], default=[*MEASURES])
    parser.add_argument("--out", type=Path, help="folder that keeps each cell's result")
    options = parser.parse_args(argv)
    chosen = cells(options.cells)
    if not chosen:
        parser.error(f"--cells {options.cells!r}: no such cell; there are {', '.join(cells())}")
    lines, heads = [], []
    for name, room in chosen.items():
        begun = time.time()
        found = _kept(name, room, options)
        heads = ["room", *found]
        lines.append([name, *map(summary, found.values())])
        line = ", ".join(
            f"{each} {text}" for each, text in zip(heads[1:], lines[-1][1:], strict=True)
        )
        say(f"{name} ({time.time() - begun:.0f} s): {line}")
    print(table(heads, lines))


def _kept(name, room, options):
    """Return a cell's result, from its file where it has one."""
    if options.out is None:
        return measure(room, options)
    key = f"{name}-{options.sessions}-{options.seed}-{'-'.join(options.measures)}"
    path = options.out / f"{key.replace(', ', '_').replace(' ', '_')}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    found = measure(room, options)
    options.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


if __name__ == "__main__":
    sys.exit(main())
