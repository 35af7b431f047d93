"""Nasty variants of every text format that is read: ``python -m tests.bench.nasty_text``.

Byte order marks x encodings x line ends x separators x blank and short lines x odd numbers: each
is read right, or refused with an error that names the file and the line. `--inputs N` in all,
`--seed S`, `--only WORD`; a table says how many of each format were, and files at fault are kept.
"""

import argparse
import importlib
import pkgutil
import sys
import time
from pathlib import Path

from tests.bench.nasty_text.frame import COLUMNS, FAULTS, campaign
from tests.bench.tables import say, table


def formats():
    """Return all formats of this folder's modules, by name."""
    found = {}
    for module in sorted(each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)])):
        if module not in ("__main__", "frame"):
            found |= importlib.import_module(f"tests.bench.nasty_text.{module}").FORMATS
    return found


def main():
    """Run all formats, print the table, and return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=20000, help="of all formats together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only formats whose name has this in it")
    given = parser.parse_args()
    chosen = {name: make for name, make in formats().items() if given.only in name}
    rows, found, total = [], [], dict.fromkeys(COLUMNS, 0)
    for name, make in chosen.items():
        began_s = time.monotonic()
        counts, faults = campaign(make, -(-given.inputs // len(chosen)), given.seed)
        found += [f"{name}, {each}" for each in faults]
        total = {each: total[each] + counts[each] for each in COLUMNS}
        rows.append(
            [name, *(f"{counts[each]:,}" for each in COLUMNS), f"{time.monotonic() - began_s:.0f}"]
        )
        say(" | ".join(rows[-1]))
    rows.append(["all", *(f"{total[each]:,}" for each in COLUMNS), ""])
    print(table(["format", *COLUMNS, "s"], rows))
    print("\n".join(found))
    return int(any(total[each] for each in FAULTS))


if __name__ == "__main__":
    sys.exit(main())
