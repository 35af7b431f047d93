"""Hostile inputs to all that reads: ``python -m tests.bench.hostile [--inputs N] [--seed S]``.

Each kind of input has a process of its own. An input is right when it is accepted and read as a
plain reader beside it does, or refused with an error that the program shows in one line. A table
says how many were, and what was not so; a failing input is kept in a folder that is named.
"""

import argparse
import collections
import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.hostile.device import NAMES
from tests.bench.hostile.guard import Stall, Watch, bound_memory, peak_mb
from tests.bench.tables import table

# Inputs of each kind, in a campaign of all; others have 1,000.
SHARES = {"batches": 3000, "settings": 2500, "journals": 1500, "outboxes": 1500, "bundles": 2000}
SHARES |= {"commands": 700}
TABLES = ("scenes csv", "scenes vtt", "scenes srt", "scenes edl", "scenes otio", "dial", "groups")
TABLES += ("labels", "openface", "pyfeat", "affectiva", "mot boxes", "mot truth", "mot faces")
COLUMNS = ("inputs", "accepted", "refused", "crashes", "stalls", "wrong rows", "outside writes")


def inputs(name):
    """Return how many inputs of a kind there are in a campaign."""
    return SHARES.get(name, 900)


def campaign(name, count, seed, folder):
    """Judge `count` inputs of a kind.

    Parameters
    ----------
    name : str
    count, seed : int
    folder : Path
        Empty; all that may be written to.

    Returns
    -------
    dict
        Of `COLUMNS`, the counts; "found", examples of what was wrong, a text each.
    """
    from tests.bench.generated import Tally, drive
    from tests.bench.hostile import device, tables

    place = Path(folder) / "place"
    place.mkdir()
    made = device.kinds(place, name) if name in NAMES else tables.kinds(place)[name]
    strategy, judge = made
    tally, watch = Tally(COLUMNS, Path(folder)), Watch(place)

    def one(data):
        outside = len(watch.outside)
        try:
            with watch.input():
                wrong = judge(data)
            tally.counts["accepted"] += 1
            if wrong:
                tally.fault("wrong rows", data, wrong)
        except (ValueError, OSError):
            tally.counts["refused"] += 1
        except Stall:
            tally.fault("stalls", data, "it took too long")
        except Exception as error:
            tally.fault("crashes", data, repr(error)[:300])
        if len(watch.outside) > outside:
            tally.fault("outside writes", data, watch.outside[-1])

    bound_memory()
    drive(strategy, one, tally, count, seed)
    return {**tally.counts, "found": [f"{name}, {each}" for each in tally.found]}


def _run(name, count, seed, keep, here):
    """Run a campaign in a process of its own; a process that dies is a crash."""
    folder = Path(keep) / name.replace(" ", "-")
    folder.mkdir(parents=True)
    if here:
        return {**campaign(name, count, seed, folder), "peak_mb": peak_mb(), "s": 0}
    words = ["--kind", name, "--inputs", str(count), "--seed", str(seed), "--folder", str(folder)]
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.hostile", *words], capture_output=True, text=True
    )
    if done.returncode:
        died = {each: 0 for each in COLUMNS} | {"crashes": 1, "peak_mb": 0}
        died["found"] = [f"{name}: the process ended with {done.returncode}: {done.stderr[-2000:]}"]
        return {**died, "s": time.monotonic() - began_s}
    return {**json.loads(done.stdout.splitlines()[-1]), "s": time.monotonic() - began_s}


def main():
    """Run all kinds, print the table, and return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, help="of each kind; else as the table says")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", help="only this one, in this process")
    parser.add_argument("--only", help="only kinds whose name has this in it")
    parser.add_argument("--folder", help="where failing inputs are kept")
    parser.add_argument("--here", action="store_true", help="all in this process, for few inputs")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if given.kind:
        found = campaign(given.kind, given.inputs, given.seed, given.folder)
        print(json.dumps({**found, "peak_mb": peak_mb()}))
        return 0
    keep = given.folder or tempfile.mkdtemp(prefix="hostile-")
    rows, total, found = [], collections.Counter(), []
    for name in (*NAMES, *TABLES):
        if given.only and given.only not in name:
            continue
        result = _run(name, given.inputs or inputs(name), given.seed, keep, given.here)
        total.update({each: result[each] for each in COLUMNS})
        found += result["found"]
        figures = [f"{result[each]:,}" for each in COLUMNS]
        rows.append([name, *figures, f"{result['peak_mb']:.0f}", f"{result['s']:.0f}"])
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    rows.append(["all", *(f"{total[each]:,}" for each in COLUMNS), "", ""])
    print(table(["kind", *COLUMNS, "peak MB", "s"], rows))
    print("\n".join(found))
    return int(any(total[each] for each in COLUMNS[3:]))


if __name__ == "__main__":
    sys.exit(main())
