"""What it takes to start: `python -m tests.bench.startup` in seconds of processor time.

Each command is run five times as a process of its own, on a small film of its own making, beside
Python with nothing to do and with what nearly all commands need. The median is shown: user and
system time, which hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from laughtrack.edge.simulate.simulate import simulate
from tests.bench.tables import table
from tests.tools import ROOT

RUNS = 5
FRAMES_HZ, FRAMES = 10.0, 5
STORE = ["--store", "store"]
LAUGHTRACK = ["-m", "laughtrack"]
# Words by what is measured; {} is another name at each run.
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import numpy, cv2": ["-c", "import numpy, cv2"],
    "laughtrack --help": [*LAUGHTRACK, "--help"],
    "laughtrack sessions": [*LAUGHTRACK, "sessions", *STORE],
    "laughtrack replay, five frames": [*LAUGHTRACK, "replay", "film.mp4", "--session", "{}"],
    "laughtrack report": [*LAUGHTRACK, "report", "first", *STORE, "-o", "page.html"],
}


def processor_s(words: list[str], folder: Path) -> float:
    """Run Python with these words; return the seconds of processor time that it took.

    Raises
    ------
    RuntimeError
        It failed; with what it said.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit {done.returncode}: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(argv: list[str] | None = None) -> int:
    """Measure all; print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each command [{RUNS}]")
    options = parser.parse_args(argv)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate(folder / "film.mp4", 2, FRAMES / FRAMES_HZ, (1280, 720), fps=FRAMES_HZ)
        first = [*LAUGHTRACK, "replay", "film.mp4", "--session", "first", *STORE]
        processor_s(first, folder)
        for what, words in COMMANDS.items():
            words = [*words, *(STORE if "replay" in words else [])]
            took = [
                processor_s([word.replace("{}", f"run-{run}") for word in words], folder)
                for run in range(options.runs)
            ]
            rows.append([what, f"{statistics.median(took):.2f}", f"{min(took):.2f}"])
    print(table(["", "median, s", "least, s"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
