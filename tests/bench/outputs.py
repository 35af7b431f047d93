"""What the commands write, kept and compared: did a change of the code change a result?

``python -m tests.bench.outputs write TREE OUT [--film FILE ...]`` runs the commands of a checkout
over two simulated audiences and the films named, into ``OUT``. ``python -m tests.bench.outputs
compare BEFORE AFTER`` names each file that differs. Moments of writing are taken out; HTML that
differs is compared by what it says, without white space.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

SIMULATED = {
    "night": ["--viewers", "24", "--seconds", "120", "--seed", "5", "--size", "960x540"],
    "matinee": ["--viewers", "12", "--seconds", "120", "--seed", "6", "--size", "960x540"],
}
TABLES = ("curve", "peaks", "viewers", "timelines", "synchrony")
# Those that count frames need their rate.
FRAMES = ("pyfeat", "mot", "otio", "edl", "fcpxml", "premiere", "resolve")
SECONDS = ("openface", "affectiva", "vtt")
WRITTEN = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+00:00| UTC)?"
    r"|\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC"
)


def write(tree: Path, out: Path, films: list[Path]) -> None:
    """Run the commands of the checkout `tree`; everything they write is left in `out`."""
    out.mkdir(parents=True)
    laughtrack = _command(tree, out)
    for name, words in SIMULATED.items():
        laughtrack("simulate", f"{name}.mp4", *words)
        films = [*films, out / f"{name}.mp4"]
    for film in films:
        laughtrack("replay", film, "--session", film.stem, "--title", film.stem)
    (out / "scenes.csv").write_text("start,end,name\n0,20,One\n20,60,Two\n60,110,Three\n")
    _write_dial(out / "dials.csv")
    for film in films:
        name = film.stem
        for table in TABLES:
            laughtrack(table, name, "--format", "csv", "-o", f"{name}-{table}.csv")
        for kind in (*FRAMES, *SECONDS):
            rate = ["--fps", "25"] if kind in FRAMES else []
            # By --as alone, as in every version.
            laughtrack("export", name, "--as", kind, "-o", f"{name}-{kind}", *rate)
        laughtrack("report", name, "-o", f"{name}.html")
        laughtrack("scenes", name, "scenes.csv", "--format", "csv", "-o", f"{name}-scenes.csv")
    more = ("--scenes", "scenes.csv", "--dial", "dials.csv", "--groups", "row", "--norms")
    laughtrack("report", "night", *more, "-o", "night-more.html")
    laughtrack("groups", "night", "--by", "row", "--format", "csv", "-o", "night-groups.csv")
    laughtrack("dial", "night", "dials.csv", "--format", "csv", "-o", "night-dial.csv")
    laughtrack("norms", "night", "--format", "csv", "-o", "night-norms.csv")
    laughtrack("compare", "night", "matinee", "-o", "compare.html")
    laughtrack("compare", "night", "matinee", "--format", "csv", to="compare.csv")
    laughtrack("sessions", "--format", "csv", to="sessions.csv")


def compare(before: Path, after: Path) -> int:
    """Print a line for each file that differs; return how many do."""
    differ = 0
    names = {path.name for folder in (before, after) for path in folder.iterdir() if path.is_file()}
    for name in sorted(names):
        if not ((before / name).exists() and (after / name).exists()):
            print(f"{name}: only in one")
            differ += 1
            continue
        old, new = ((folder / name).read_bytes() for folder in (before, after))
        if old != new and _said(name, old) != _said(name, new):
            print(f"{name}: differs")
            differ += 1
        elif old != new:
            print(f"{name}: the same but for times of writing or white space")
    print(f"{len(names)} files, {differ} differ")
    return differ


def _command(tree, out):
    environ = {**os.environ, "PYTHONPATH": str(tree), "LAUGHTRACK_STORE": str(out / "store")}
    program = ["laughtrack.py"] if (tree / "laughtrack.py").exists() else ["-m", "laughtrack"]
    program[-1:] = [str(tree / program[-1])] if program[-1].endswith(".py") else program[-1:]

    def run(*words, to=None):
        words = [sys.executable, *program, *map(str, words)]
        done = subprocess.run(words, cwd=out, env=environ, capture_output=True, text=True)
        with (out.parent / f"{out.name}.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        if to:
            (out / to).write_text(done.stdout)
        if done.returncode:
            print(f"{' '.join(words[2:])}: exit {done.returncode}: {done.stderr}", file=sys.stderr)

    return run


def _write_dial(path):
    """Two people's dials, a value a second."""
    rng = np.random.default_rng(3)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["t_s", "anna", "ben"])
        for t_s in range(110):
            writer.writerow([t_s, *np.round(50 + 30 * np.sin(t_s / 9) + rng.normal(0, 5, 2), 2)])


class _Words(HTMLParser):
    """The words, tags' names and attributes of a page, without white space between them."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, sorted((name, value or "") for name, value in attrs)))

    def handle_data(self, data):
        if data.split():
            self.found.append(" ".join(data.split()))


def _said(name, data):
    try:
        text = WRITTEN.sub("", data.decode())
    except UnicodeDecodeError:
        return data
    if not name.endswith(".html"):
        return text
    parser = _Words()
    parser.feed(text)
    return parser.found


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("write").add_argument
    add("tree", type=lambda text: Path(text).absolute())
    add("out", type=lambda text: Path(text).absolute())
    add("--film", type=lambda text: Path(text).absolute(), action="append", default=[])
    add = verbs.add_parser("compare").add_argument
    add("before", type=Path)
    add("after", type=Path)
    options = parser.parse_args()
    if options.verb == "write":
        write(options.tree, options.out, options.film)
        return 0
    return 1 if compare(options.before, options.after) else 0


if __name__ == "__main__":
    sys.exit(main())
