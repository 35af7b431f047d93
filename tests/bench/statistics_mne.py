"""The cluster-based permutation test beside MNE-Python's, on the same numbers and permutations.

Runs in an environment of its own (`make statistics-env`):
``.venv-statistics/bin/python -m tests.bench.statistics_mne``, from the project's folder.

MNE reckons two groups with a signed t in both directions (`tail=0`) as: the observed clusters of
both signs, against the largest mass *above zero* of each dealing; clusters below zero never enter
what chance can do, and its p comes out at about half. The two-tailed p here is twice that of its
one-tailed run of the cluster's own sign, on the same permutations; what `tail=0` says is printed
beside it.
"""

import numpy as np
from mne.stats import permutation_cluster_test
from mne.stats.parametric import ttest_ind_no_p
from scipy.stats import t as student

from laughtrack.analytics.stats.nulls.cluster_permutation import cluster_test, permutations

PERMUTATIONS = 500
CASES = (("14 and 11 viewers", 3, (14, 11), 200), ("40 and 25 viewers", 4, (40, 25), 900))


def groups(seed, many, steps):
    """Return two groups' values, smooth in time; the first is higher from step 50 to 70."""
    rng = np.random.default_rng(seed)
    made = []
    for count in many:
        values = rng.normal(size=(count, steps))
        for t in range(1, steps):
            values[:, t] = 0.8 * values[:, t - 1] + 0.6 * values[:, t]
        made.append(values)
    made[0][:, 50:70] += 1.0
    return made


def by_mne(a, b, tail, sign=1):
    """Run MNE's test: statistic, clusters, p, and the largest mass of each dealing."""
    return permutation_cluster_test(
        [sign * a, sign * b],
        threshold=student.isf(0.025, len(a) + len(b) - 2),
        tail=tail,
        n_permutations=PERMUTATIONS,
        stat_fun=ttest_ind_no_p,
        out_type="indices",
        rng=np.random.default_rng(5),
        verbose=False,
    )


def compare(a, b):
    """Print each cluster as both have it; return the largest difference of t, mass and p."""
    t, clusters, p_signed, _ = by_mne(a, b, 0)
    largest = np.column_stack([by_mne(a, b, 1, sign)[3] for sign in (1, -1)])
    assignments = permutations(
        np.arange(len(a)), np.arange(len(b)), PERMUTATIONS, np.random.default_rng(5)
    )
    test = cluster_test(np.vstack([a, b]), assignments)
    masses = test.found["mass"]
    largest[0] = max(masses.max(), 0), max(-masses.min(), 0)
    found = sorted(
        (int(c[0][0]), int(c[0][-1]) + 1, t[c].sum(), p)
        for c, p in zip(clusters, p_signed, strict=True)
    )
    worst = [np.abs(test.t - t).max(), np.abs(test.null - largest).max()]
    print(f"{'from':>6}{'to':>5}{'mass':>12}{'MNE':>12}{'p':>8}{'MNE':>8}{'tail=0':>8}")
    for ours, (start, end, mass, signed) in zip(test.found.itertuples(), found, strict=True):
        p = min(2 * (largest[:, 0 if mass > 0 else 1] >= abs(mass) - 1e-9).mean(), 1)
        assert (ours.start, ours.end) == (start, end)
        row = f"{start:6d}{end:5d}{ours.mass:12.6f}{mass:12.6f}{ours.p:8.3f}{p:8.3f}{signed:8.3f}"
        print(row)
        worst += [abs(ours.mass - mass), abs(ours.p - p)]
    return max(worst)


def main():
    """Compare all cases."""
    for name, *case in CASES:
        print(name)
        print(f"largest difference of t, mass, null and p: {compare(*groups(*case)):.1e}\n")


if __name__ == "__main__":
    main()
