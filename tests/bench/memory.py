"""Whether memory stays flat over a long film: `python -m tests.bench.memory`.

Replays a simulated film of 3 minutes and one of 30, each in a process of its own, and compares the
peak resident sizes.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from laughtrack.edge.simulate.simulate import simulate

MOST_RATIO, MOST_MB = 1.1, 1000

REPLAY = """
import resource, sys
from laughtrack.cli.recordings import recording as recorder
film, folder = sys.argv[1:]
plan = recorder.Plan(film, "film", 10.0, 0.0, None, False, {})
recorder.Recording(plan, folder).run()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_mb(folder, minutes, viewers):
    """Replay a film of so many minutes; the peak resident size in MB."""
    film = Path(folder) / f"film{minutes:g}.mp4"
    simulate(film, viewers, 60 * minutes, (640, 360), seed=3, fps=12.5)
    command = [sys.executable, "-c", REPLAY, str(film), f"{folder}/store{minutes:g}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1024


def main():
    """Replay both lengths and print the two peaks."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--minutes", type=float, nargs=2, default=(3, 30), help="(3 30)")
    options.add_argument("--viewers", type=int, default=6, help="(6)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        short, long = (peak_mb(folder, m, chosen.viewers) for m in chosen.minutes)
    for minutes, size in zip(chosen.minutes, (short, long), strict=True):
        print(f"{minutes:5g} min  {size:7.1f} MB at its peak")
    print(f"ratio {long / short:.3f} (asked: <= {MOST_RATIO}, and <= {MOST_MB} MB)")
    return 0 if long <= min(MOST_RATIO * short, MOST_MB) else 1


if __name__ == "__main__":
    sys.exit(main())
