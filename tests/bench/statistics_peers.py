"""Our statistics beside BrainIAK's on the same numbers: a table of both and how far they differ.

Runs in an environment of its own (`make statistics-env`):
``.venv-statistics/bin/python -m tests.bench.statistics_peers``, from the project's folder.
"""

import numpy as np
from brainiak.isc import isc, permutation_isc, phaseshift_isc, timeshift_isc
from brainiak.utils.utils import phase_randomize

from laughtrack.analytics.stats.contrasts import permutation_p
from laughtrack.analytics.stats.correlation import centre, leave_one_out, mean_correlation
from laughtrack.analytics.stats.nulls.cluster_permutation import permutations
from laughtrack.analytics.stats.nulls.phase_randomization import randomized
from laughtrack.analytics.stats.pairwise_isc import isc_differences, isc_within, pairwise_isc
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


def groups(first, second, steps, seed):
    """Return the rows of two groups compared by their pairs, as `synchrony` does."""
    values = audience(first + second, steps, 0.5, seed)
    values[first:] += 0.4 * np.random.default_rng([seed, 1]).standard_normal((second, steps))
    z, many = pairwise_isc(values), first + second
    ways = permutations(
        np.arange(first), np.arange(second), 10 * SHIFTS, np.random.default_rng(seed)
    )
    ours = isc_differences(z, ways)
    pairs = isc(values.T[:, None, :], pairwise=True)
    label = [0] * first + [1] * second
    theirs, their_p, their_null = permutation_isc(
        pairs,
        group_assignment=label,
        pairwise=True,
        summary_statistic="mean",
        n_permutations=SHIFTS,
        random_state=seed,
    )
    name = f"groups of {first} and {second}, {steps} steps"
    yield f"{name}: each pair", *_first(np.tanh(z[np.triu_indices(many, 1)]), pairs[:, 0])
    own = isc_within(z, np.ones((1, many)))[0]
    yield f"{name}: mean", own, _mean(pairs), abs(own - _mean(pairs))
    yield f"{name}: difference", *_first(ours[:1], np.ravel(theirs))
    for part in (2.5, 97.5):
        both = np.percentile(ours[1:], part), np.percentile(their_null, part)
        yield f"{name}: null, {part} %", *both, abs(both[0] - both[1])
    # Theirs counts both signs at once, ours each by itself and doubled.
    one = (np.abs(ours) >= abs(ours[0]) - 1e-12).mean()
    yield f"{name}: p, signs together", one, np.ravel(their_p)[0], abs(one - np.ravel(their_p)[0])
    yield f"{name}: p, doubled", permutation_p(ours[:, None])[0], np.ravel(their_p)[0], np.nan


def _mean(pairs):
    return float(np.tanh(np.arctanh(pairs[:, 0]).mean()))


def _first(ours, theirs):
    return ours[0], theirs[0], np.abs(ours - theirs).max()


def phases(viewers, steps, common, seed):
    """Return the rows of timelines with other phases: their spectrum, and what chance then gives.

    Theirs of each who is left out beside the others as they are; so, for this table, are ours.
    """
    values = audience(viewers, steps, common, seed)
    timelines, rng = centre(values), np.random.default_rng(seed)
    name = f"{viewers} viewers, {steps} steps, phases"
    theirs = phase_randomize(values.T[:, None, :], random_state=seed)[:, 0].T
    spectra = [
        np.abs(np.fft.rfft(each))[:, 1:] for each in (randomized(timelines, rng).moved, theirs)
    ]
    yield f"{name}: amplitudes", *(each[0, 0] for each in spectra), np.ptp(spectra, axis=0).max()
    chance = [_left_out(timelines, randomized(timelines, rng)) for _ in range(SHIFTS)]
    _, _, their_chance = phaseshift_isc(
        values.T[:, None, :], summary_statistic="mean", n_shifts=SHIFTS, random_state=seed
    )
    for part in (2.5, 50, 97.5):
        both = np.percentile(chance, part), np.percentile(their_chance, part)
        yield f"{name}: null, {part} %", *both, abs(both[0] - both[1])


def _left_out(timelines, other):
    """Return the mean over viewers of each with other phases beside the rest as they are."""
    others = timelines.moved.sum(axis=0) - timelines.moved
    found = [np.corrcoef(*pair)[0, 1] for pair in zip(other.moved, others, strict=True)]
    return mean_correlation(np.array(found))


def main():
    """Print the table."""
    print(f"{'':58}{'ours':>10}{'BrainIAK':>10}{'difference':>12}")
    for case in ((8, 8, 300, 4), (6, 14, 200, 5)):
        for name, ours, theirs, apart in groups(*case):
            print(f"{name:58}{ours:10.4f}{theirs:10.4f}{apart:12.1e}")
    for name, ours, theirs, apart in phases(8, 200, 0.3, 6):
        print(f"{name:58}{ours:10.4f}{theirs:10.4f}{apart:12.1e}")
    for case in ((12, 300, 0.5, 1), (30, 600, 0.2, 2), (5, 120, 0.0, 3)):
        for name, ours, theirs, apart in synchrony(*case):
            print(f"{name:58}{ours:10.4f}{theirs:10.4f}{apart:12.1e}")


if __name__ == "__main__":
    main()
