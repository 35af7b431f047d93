"""What a tracker costs: with more faces, and after twenty minutes of the same ones.

`growth` lets all trackers take turns on the same looks, ten at a time, so that a busy machine slows
all alike. `endurance` gives each tracker a process of its own, where only it can make memory grow.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from itertools import pairwise

import numpy as np

from laughtrack.tracker.mot.idf1 import score
from tests.bench.audiences import SCENES, square
from tests.bench.peer_settings import HAAR, PUBLISHED
from tests.bench.peers import OURS, TRACKERS
from tests.bench.tables import say, table

RATE = 10
# Faces: looks for a tracker that is quick, and for one that needs seconds a look, which are too few
# to say anything of identity.
LOOKS = {24: (300, 300), 100: (200, 200), 500: (100, 20), 2000: (60, 6)}
SLOW = "norfair", "similari SORT"
LEAST_LOOKS = 50
TURN = 10
WARM_UP = 4  # looks without an ID yet, which cost less
# Births are counted elsewhere: in so short a crowd they would be all that tells trackers apart.
MIN_QUALITY = RATE
REFERENCE = "ByteTrack"
ENDURING = OURS, "OC-SORT"
# One thread: what a tracker costs, not how many cores it takes.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)


def in_a_process(what, *words):
    """Run `what` in a fresh process of one thread; its answer."""
    command = [sys.executable, "-m", "tests.bench.tracking_load", what, *map(str, words)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def crowd(count, looks, seed=1):
    """Seat so many faces in rows, 1.9 faces apart; looks of a sure detector, and the truth."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(2 * count)))
    row, column = np.divmod(np.arange(count), columns)
    seats = np.stack([60 + 95.0 * column + 40 * (row % 2), 60 + 100.0 * row], axis=1)
    sizes, sway = rng.uniform(44, 56, count), np.zeros((count, 2))
    made, truth = [], {}
    for k in range(looks):
        sway = 0.95 * sway + rng.normal(0, 0.14 * np.sqrt(1 - 0.95**2), (count, 2))
        boxes = square(seats + sway * sizes[:, None], sizes)
        truth[k] = np.arange(1, count + 1), boxes
        found = rng.permutation(np.flatnonzero(rng.random(count) >= 0.1))
        jitter = rng.normal(0, 0.03, (len(found), 4)) * sizes[found, None]
        made.append(((k + 1) / RATE, boxes[found] + jitter, rng.uniform(0.7, 0.95, len(found))))
    return made, truth


def growth(count, names):
    """Let trackers take turns on a crowd; tracker to ms a look (median), IDF1 and looks."""
    most, few = LOOKS[count]
    looks, truth = crowd(count, most)
    parts = {name: TRACKERS[name](RATE, PUBLISHED) for name in names}
    took_s = {name: [] for name in parts}
    results = {name: {} for name in parts}
    for start, end in pairwise([*range(0, most, TURN), most]):
        for name, (prepare, update, read) in parts.items():
            say(f"{count} faces, look {start}: {name}")
            for k in range(start, min(end, few if name in SLOW else most)):
                given = prepare(k, looks[k])
                began = time.perf_counter()
                answer = update(given)
                took_s[name].append(time.perf_counter() - began)
                results[name][k] = read(k, looks[k], answer)
    return {
        name: {
            "ms": 1000 * statistics.median(took_s[name][WARM_UP - 1 :]),
            "idf1": _identity(truth, result),
            "looks": len(result),
        }
        for name, result in results.items()
    }


def _identity(truth, result):
    """IDF1 from the second second on."""
    known = {k: found for k, found in result.items() if k >= MIN_QUALITY}
    return score({k: truth[k] for k in known}, known).idf1


def endurance(name, minutes):
    """Watch 24 seated faces; ms a look in the first and the last minute, and MB grown between."""
    looks, _ = SCENES["seated"](1, seconds=60.0 * minutes)
    prepare, update, read = TRACKERS[name](RATE, HAAR)
    minute, took_s, before_mb = 60 * RATE, [], None
    for k, look in enumerate(looks):
        given = prepare(k, look)
        began = time.perf_counter()
        answer = update(given)
        took_s.append(time.perf_counter() - began)
        read(k, look, answer)
        if k == minute:
            before_mb = resident_mb()
    first, last = took_s[:minute], took_s[-minute:]
    return {
        "first": 1000 * statistics.median(first),
        "last": 1000 * statistics.median(last),
        "grown": resident_mb() - before_mb,
    }


def resident_mb():
    """Return what this process holds in memory now, MB."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def report_growth(rows):
    """Return a Markdown table of `growth` for each number of faces."""
    heads = [
        "ms a look (times as fast as ByteTrack; IDF1 after 1 s)",
        *(f"{count} faces" for count in rows),
    ]
    lines = []
    for name in next(iter(rows.values())):
        cells = [name]
        for of in rows.values():
            one, ratio = of[name], of[REFERENCE]["ms"] / of[name]["ms"]
            judged = one["looks"] >= LEAST_LOOKS
            identity = f"{100 * one['idf1']:.1f}" if judged else f"{one['looks']} looks only"
            cells.append(f"{one['ms']:.2f} ({ratio:.2g}; {identity})")
        lines.append(cells)
    return "### Cost with the number of faces\n\n" + table(heads, lines)


def report_endurance(rows, minutes):
    """Return a Markdown table of `endurance` for each tracker."""
    heads = "tracker", "ms a look, first minute", "last minute", "ratio", "memory grown, MB"
    lines = []
    for name, one in rows.items():
        costs = f"{one['first']:.2f}", f"{one['last']:.2f}", f"{one['last'] / one['first']:.2f}"
        lines.append([name, *costs, f"{one['grown']:.1f}"])
    return f"### {minutes:g} minutes of 24 seated faces\n\n" + table(heads, lines)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "growth":
        print(json.dumps(growth(int(sys.argv[2]), sys.argv[3:])))
    else:
        print(json.dumps(endurance(sys.argv[2], float(sys.argv[3]))))
