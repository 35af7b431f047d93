"""Our statistics beside BrainIAK's on the same numbers: a table of both and how far they differ.

Runs in an environment of its own (`make statistics-env`):
``.venv-statistics/bin/python -m tests.bench.statistics_peers``, from the project's folder.
"""

import numpy as np
from brainiak.isc import isc, timeshift_isc

from laughtrack.analytics.stats.correlation import centre, leave_one_out, mean_correlation
from tests.analytics.timeshift import timeshift_null

SHIFTS = 2000


def audience(viewers, steps, common, seed):
    """Return (V, T) timelines that share a part of their movement, each with its own level."""
    rng = np.random.default_rng(seed)
    shared = np.convolve(rng.standard_normal(steps + 9), np.ones(10) / 10, "valid")
    own = rng.standard_normal((viewers, steps))
    return common * shared + 0.3 * own + rng.uniform(0, 1, (viewers, 1))


def synchrony(viewers, steps, common, seed):
    """Return the rows of one audience: name, ours, BrainIAK's, the largest difference."""
    values = audience(viewers, steps, common, seed)
    ours = leave_one_out(centre(values), steps)[-1]
    theirs = isc(values.T[:, None, :], pairwise=False)[:, 0]
    name = f"{viewers} viewers, {steps} steps"
    yield f"{name}: each one's correlation", ours[0], theirs[0], np.abs(ours - theirs).max()
    summary = isc(values.T[:, None, :], pairwise=False, summary_statistic="mean")
    yield (
        f"{name}: mean",
        mean_correlation(ours),
        summary[0],
        abs(mean_correlation(ours) - summary[0]),
    )
    chance = timeshift_null(values, SHIFTS, seed)
    _, _, their_chance = timeshift_isc(
        values.T[:, None, :], summary_statistic="mean", n_shifts=SHIFTS, random_state=seed
    )
    for part in (2.5, 50, 97.5):
        both = np.percentile(chance, part), np.percentile(their_chance, part)
        yield f"{name}: null, {part} %", *both, abs(both[0] - both[1])


def main():
    """Print the table."""
    print(f"{'':58}{'ours':>10}{'BrainIAK':>10}{'difference':>12}")
    for case in ((12, 300, 0.5, 1), (30, 600, 0.2, 2), (5, 120, 0.0, 3)):
        for name, ours, theirs, apart in synchrony(*case):
            print(f"{name:58}{ours:10.4f}{theirs:10.4f}{apart:12.1e}")


if __name__ == "__main__":
    main()
