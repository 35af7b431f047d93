"""Our tracker beside others, on the same detections in one run: `python -m tests.bench.tracking`.

Runs in the environment that `make bench-env` makes. Prints Markdown on standard output, first what
`tracking.md` says of it; talk goes to standard error. The page is `tests/bench/README.md`.
"""

import argparse
import json
import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tests.bench import tracking_load as load
from tests.bench import tracking_scenes as scenes
from tests.bench import tracking_sequences as films
from tests.bench.peers import TRACKERS
from tests.bench.tables import say

PARTS = "sequences", "every-kth", "scenes", "steps", "growth", "endurance"
PACKAGES = "trackers", "norfair", "similari-trackers-rs", "trackeval", "numpy", "scipy"
KINDS = {"faces": "Face sequences", "mot15": "MOTChallenge 2015"}
FRAMES = {"every 2nd frame": (2, 2), "every 5th frame": (5, 5), "1 to 6 frames": (1, 6)}
MINUTES = 20


def main():
    """Run the parts that were asked for and print their tables."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (all)")
    options.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("LAUGHTRACK_DATA", "../shared/data"),
        help="folder with mot/faces and mot/mot15 (LAUGHTRACK_DATA or ../shared/data)",
    )
    options.add_argument("--sequences", type=Path, help="another folder of *.txt or */det.txt")
    options.add_argument("--trackers", nargs="+", choices=TRACKERS, default=[*TRACKERS])
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="(1 2 3)")
    options.add_argument("--seconds", type=float, help="of a scene (each scene's own)")
    options.add_argument("--jobs", type=int, default=1, help="scenes at a time (1)")
    options.add_argument("--json", type=Path, help="write the numbers here, too")
    chosen = options.parse_args()
    for part in chosen.parts:
        if part not in PARTS:
            options.error(f"argument PART: invalid choice: {part!r} (choose from {PARTS})")
    print(Path(__file__).with_suffix(".md").read_text())
    print(heading(), flush=True)
    numbers = {}
    for part in chosen.parts or PARTS:
        PARTS_OF[part](chosen, numbers)
        if chosen.json:
            chosen.json.write_text(json.dumps(numbers, indent=1))


def heading():
    """Say when, where and with what it was run."""
    peers = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{date.today():%d %B %Y}; {cores}; {peers}.\n"


def sequences(chosen, numbers):
    """All frames of films."""
    for title, found in folders(chosen):
        rows = films.measure(found, chosen.trackers)
        print(films.report(rows, f"{title}, {len(found)} together"), flush=True)
        print(films.report_films(rows, f"{title}, one by one"), flush=True)
        numbers[title] = [
            {"tracker": name, "setting": setting, "film": film, "fps": speed, **scores._asdict()}
            for (name, setting), of in rows.items()
            for film, (scores, speed) in of.items()
        ]


def every_kth(chosen, numbers):
    """Some frames of films."""
    for title, found in folders(chosen):
        for steps, (least, most) in FRAMES.items():
            some = [films.thinned(film, least, most) for film in found]
            rows = films.measure(some, chosen.trackers)
            print(films.report(rows, f"{title}, {steps}"), flush=True)


def folders(chosen):
    """Yield a title and the sequences of each folder; say which is not there."""
    places = {KINDS[kind]: chosen.data / "mot" / kind for kind in KINDS}
    if chosen.sequences:
        places = {chosen.sequences.name: chosen.sequences}
    for title, place in places.items():
        found = films.sequences(place)
        if found:
            yield title, found
        else:
            print(f"No sequences in {place} (looked for *.txt and */det.txt): left out.\n")


def audiences(chosen, numbers):
    """Pretend seated audiences."""
    rows = scenes.measure(chosen.trackers, chosen.seeds, chosen.seconds, chosen.jobs)
    print(scenes.report(rows, f"Pretend audiences, {len(chosen.seeds)} of each"), flush=True)
    numbers["scenes"] = flat(rows)


def steps(chosen, numbers):
    """Other steps between looks."""
    rows = scenes.measure_steps(chosen.trackers, chosen.seeds, chosen.seconds or 120, chosen.jobs)
    print(scenes.report(rows, "Pretend audiences of 30 frames a second, some of them"), flush=True)
    numbers["steps"] = flat(rows)


def flat(rows):
    """Write scenes' rows for JSON."""
    return [
        {"scene": scene, "tracker": name, "setting": row.setting, **row.scores._asdict()}
        for scene, of in rows.items()
        for name, row in of.items()
    ]


def growth(chosen, numbers):
    """Count what a look costs at more and more faces."""
    names = [name for name in TRACKERS if name in (*chosen.trackers, load.REFERENCE)]
    rows = {count: load.in_a_process("growth", count, *names) for count in load.LOOKS}
    print(load.report_growth(rows), flush=True)
    numbers["growth"] = rows


def endurance(chosen, numbers):
    """Compare what a look costs after twenty minutes."""
    rows = {}
    for name in load.ENDURING:
        say(f"{MINUTES} minutes: {name}")
        rows[name] = load.in_a_process("endurance", name, MINUTES)
    print(load.report_endurance(rows, MINUTES), flush=True)
    numbers["endurance"] = rows


PARTS_OF = dict(
    zip(PARTS, (sequences, every_kth, audiences, steps, growth, endurance), strict=True)
)

if __name__ == "__main__":
    main()
