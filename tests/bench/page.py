"""From the store to the finished page: seconds, memory, and where they go.

    python -m tests.bench.page [--viewers 100] [--minutes 120]

A pretend audience is stored with ten readings a second, and `laughtrack report` makes its page in a
process of its own, scenes and groups included. Then a browser opens it. Half and a quarter of the
viewers, and of the time, say how all of it grows.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.compaction import finish
from laughtrack.edge.readings import COLUMNS, SCHEMA, Batch
from tests.analytics.browsing import BROWSER, ask, browsing
from tests.analytics.pretend import Room, session
from tests.bench.tables import say, table

RATE_HZ = 10.0
BATCH_S = 60.0
AT_ONCE = 10
SCENE_S = 120.0
JOKE_S = 20.0
MOST_S, MOST_MB, MOST_PAGE_MB, MOST_OPEN_S = 20.0, 2000, 15.0, 3.0

# Who is called for what, by file and function: none of them calls another.
STAGES = {
    "reading the store": ("sessions.py", "load"),
    "gathering readings in bins": ("bins.py", "bin_readings"),
    "joining bins": ("bins.py", "join_bins"),
    "what readings stand for, and smiles": ("smiles.py", "detect_smiles"),
    "who sits where": ("seating.py", "seating"),
    "finding peaks": ("peaks.py", "peaks"),
    "each viewer summed up": ("viewers.py", "viewers"),
    "audiences drawn anew": ("bootstrap.py", "draws"),
    "bands": ("bands.py", "bands"),
    "peaks against chance": ("peak_tests.py", "with_certainty"),
    "synchrony": ("synchrony.py", "synchrony"),
    "scores": ("scores.py", "scores"),
    "scenes": ("scenes.py", "by_scene"),
    "groups": ("groups.py", "compare"),
    "missing viewers": ("missingness.py", "missingness"),
    "picture of the curve": ("curve.py", "audience"),
}

# Prints its own peak, which the system does not tell apart from its parent's; profiled, a line for
# each function called: file, function, seconds with all that it calls.
MAKE = """
import sys
if sys.argv[1] == "profiled":
    import cProfile, pstats
    profile = cProfile.Profile()
    profile.enable()
from laughtrack.cli import app
code = app.main(sys.argv[2:])
with open("/proc/self/status") as status:
    print("PEAK", next(line for line in status if line.startswith("VmHWM")).split()[1], sep="\t")
if sys.argv[1] == "profiled":
    profile.disable()
    for (file, _, name), (_, _, _, seconds, _) in pstats.Stats(profile).stats.items():
        print("PROFILE", file, name, seconds, sep="\t")
sys.exit(code)
"""


def keep(folder, viewers, minutes):
    """Store a pretend audience and a list of scenes; the number of readings."""
    jokes = tuple((t_s, 0.2 + t_s * 7 % 60 / 100) for t_s in range(15, 60 * minutes, int(JOKE_S)))
    told = session(Room(viewers, 60.0 * minutes, jokes, contagion=0.3), rate_hz=RATE_HZ)
    rows, waiting = told.readings, []
    for seq in range(int(60 * minutes / BATCH_S)):
        begin = seq * BATCH_S
        first, last = rows["t_s"].searchsorted([begin, begin + BATCH_S])
        part = rows.iloc[first:last]
        readings = {name: part[name].tolist() for name in COLUMNS}
        head = (SCHEMA, "hall", "night", "2026-01-31T20:15:00Z", seq, begin, begin + BATCH_S)
        frames = round(BATCH_S * RATE_HZ)
        waiting.append(Batch(*head, frames, readings, {"complete": True, "title": "The Night Bus"}))
        if len(waiting) == AT_ONCE:
            extend(f"{folder}/store", waiting)
            waiting = []
    if waiting:
        extend(f"{folder}/store", waiting)
    finish(f"{folder}/store", "night")
    scenes = [f"{t_s},{t_s + SCENE_S},at {t_s:g} s\n" for t_s in _starts(minutes)]
    Path(folder, "scenes.csv").write_text("start,end,name\n" + "".join(scenes))
    return len(rows)


def _starts(minutes):
    return [SCENE_S * k for k in range(int(60 * minutes / SCENE_S))]


def made(folder, how="plain"):
    """Make the page; seconds, peak resident MB and what was printed."""
    words = ["report", "night", "--store", f"{folder}/store", "-o", f"{folder}/page.html"]
    words += ["--scenes", f"{folder}/scenes.csv", "--groups", "side"]
    begun = time.perf_counter()
    command = [sys.executable, "-c", MAKE, how, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    took = time.perf_counter() - begun
    (peak,) = (line.split("\t")[1] for line in done.stdout.splitlines() if "PEAK\t" in line)
    return took, int(peak) * 1024 / 1e6, done.stdout


def stages(took, printed):
    """Return seconds by stage of a profiled run that took so long."""
    lines = (line.split("\t") for line in printed.splitlines() if line.startswith("PROFILE\t"))
    spent = {(Path(file).name, name): float(seconds) for _, file, name, seconds in lines}
    found = {stage: spent[key] for stage, key in STAGES.items()}
    rest = took - sum(found.values())
    return {**found, "the rest: libraries read in, writing the page": rest}


def opened(folder):
    """Return the seconds until a browser has drawn the page, None without one."""
    if BROWSER is None:
        return None
    with browsing() as browser:
        begun = time.perf_counter()
        browser.get(Path(folder, "page.html").as_uri())
        while not ask(browser, "document.querySelectorAll('#curve .main-svg').length"):
            time.sleep(0.02)
        return time.perf_counter() - begun


def row(viewers, minutes, detail=False):
    """Measure one size; a line of the table, its numbers, and the seconds by stage."""
    with tempfile.TemporaryDirectory() as folder:
        say(f"{viewers} viewers, {minutes} minutes")
        many = keep(folder, viewers, minutes)
        took, peak_mb, _ = made(folder)
        size = Path(folder, "page.html").stat().st_size / 1e6
        opens = opened(folder)
        spent = stages(*made(folder, "profiled")[::2]) if detail else {}
    shown = "no browser" if opens is None else f"{opens:.1f}"
    cells = viewers, minutes, f"{many:,}", f"{took:.1f}", f"{peak_mb:,.0f}", f"{size:.1f}", shown
    return cells, (took, peak_mb, size, opens or 0.0), spent


def main(argv=None):
    """Print the tables; 1 if the largest size is beyond a bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--minutes", type=int, default=120)
    options = parser.parse_args(argv)
    viewers, minutes = options.viewers, options.minutes
    whole, found, spent = row(viewers, minutes, detail=True)
    sizes = [(viewers // k, minutes) for k in (2, 4)] + [(viewers, minutes // k) for k in (2, 4)]
    heads = ["viewers", "minutes", "readings", "s", "MB at its peak", "page MB", "opens in s"]
    print(table(heads, [whole, *(row(*size)[0] for size in sizes)]))
    parts = sorted(spent.items(), key=lambda part: -part[1])
    seconds = [(name, f"{each:.2f}") for name, each in parts]
    print(table([f"{viewers} viewers, {minutes} minutes (with a profiler)", "s"], seconds))
    bounds = (MOST_S, MOST_MB, MOST_PAGE_MB, MOST_OPEN_S)
    return int(any(a > b for a, b in zip(found, bounds, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
