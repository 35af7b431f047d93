"""Are peaks what they are said to be, in rooms where smiles spread? A table, cell by cell.

    python -m tests.bench.rooms.peaks [--sessions 300] [--seed 1] [--cells "30 quiet"] [--jokes]

*False*: per cent of sessions without any joke that have a peak of p <= 0.05. With `--jokes` also
*found*: per cent of sessions with one joke, at which 40 % of all viewers smile by themselves (some
never do), whose peak has p <= 0.05; and of whole shows *any*: sessions of which some joke has, and
per cent that hold the truth: *time* of the apex, *share* at it, of the largest peak at a joke.
"""

import argparse
import time

import numpy as np

from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
from laughtrack.analytics.defaults import ALPHA
from tests.bench.rooms.case import SECONDS, cases, cells
from tests.bench.rooms.laughs import JUDGED, STEP_S
from tests.bench.rooms.room import jokes
from tests.bench.tables import say, table

AFTER_S = 4.0  # a peak belongs to a joke that lies no longer before it
# Of usual viewers; with those who never smile and those who seldom do, 40 % of all.
STRENGTH = 0.5


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=300, help="in each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default="", help="only those whose names hold these words")
    parser.add_argument("--jokes", action="store_true")
    options = parser.parse_args(argv)
    lines = []
    for name, room in cells(options.cells).items():
        begun, row = time.time(), {}
        row["false"] = of_cases(room._replace(only=()), false, options)
        if options.jokes:
            one = room._replace(only=((SECONDS / 2, STRENGTH),))
            row["found"] = of_cases(one, found, options)
            row |= dict(zip(("any", "time", "share"), of_cases(room, held, options).T, strict=True))
        told = {key: f"{100 * np.nanmean(each):.1f}" for key, each in row.items()}
        lines.append([name, *told.values()])
        say(f"{name} ({time.time() - begun:.0f} s): {told}")
    print(table(["room", *told], lines))


def of_cases(room, measure, options):
    """Return a measure of each of a cell's sessions."""
    return np.array([measure(case) for case in cases(room, options.sessions, options.seed)])


def false(case):
    """Return whether some peak passes for more than chance."""
    return float((peaks_with_certainty(case.tables)["p_value"] <= ALPHA).any())


def found(case):
    """Return whether the peak at a joke does."""
    return float((_at_jokes(case)["p_value"] <= ALPHA).any())


def held(case):
    """Return whether a joke was found, and whether the largest peak's time and share held.

    NaN where no joke has a peak with an interval.
    """
    at_jokes = _at_jokes(case)
    any_found = float((at_jokes["p_value"] <= ALPHA).any())
    known = at_jokes[at_jokes["share_low"].notna()]
    if known.empty:
        return any_found, np.nan, np.nan
    peak, curve = known.iloc[0], _true_curve(case.drawn)
    first, last = (int(peak[name] / STEP_S) for name in ("start_s", "end_s"))
    around = slice(max(first - 5, 0), last + 6)
    apex_s = (around.start + curve[around].argmax() + 0.5) * STEP_S
    share = curve[min(int(peak["t_s"] / STEP_S), len(curve) - 1)]
    near = STEP_S / 2 + 1e-6
    return (
        any_found,
        float(peak["t_low_s"] - near <= apex_s <= peak["t_high_s"] + near),
        float(peak["share_low"] <= share <= peak["share_high"]),
    )


def _at_jokes(case):
    """Return the peaks that follow a joke, the largest first."""
    peaks = peaks_with_certainty(case.tables)
    times = np.array([at_s for at_s, _ in jokes(case.room)])
    since = peaks["t_s"].to_numpy()[:, None] - times
    return peaks[((since >= 0) & (since <= AFTER_S)).any(axis=1)]


def _true_curve(drawn):
    """Return the share of all audiences' judged viewers who smile, over a second about each step.

    A viewer whose score is steadied is told to smile a little later; looks are apart as well.
    """
    judged = drawn.state == JUDGED
    share = (drawn.smiling & judged).sum(axis=(1, 2)) / np.maximum(judged.sum(axis=(1, 2)), 1)
    return np.convolve(share, np.ones(5) / 5, mode="same")


if __name__ == "__main__":
    main()
