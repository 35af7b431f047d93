"""The cluster-based permutation test beside its definition in slow loops, and MNE-Python."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from laughtrack.analytics.stats.nulls.cluster_permutation import cluster_test, permutations


def groups(seed=3, many=(14, 11), steps=200, rise=1.0):
    """Return two groups' (V, T) values, smooth in time, the first higher from step 50 to 70."""
    rng = np.random.default_rng(seed)
    made = []
    for count in many:
        values = rng.normal(size=(count, steps))
        for t in range(1, steps):
            values[:, t] = 0.8 * values[:, t - 1] + 0.6 * values[:, t]
        made.append(values)
    made[0][:, 50:70] += rise
    return made


def test_of(a, b, count=200, seed=5, **options):
    """Run the test on two groups of independent viewers."""
    assignments = permutations(
        np.arange(len(a)), np.arange(len(b)), count, np.random.default_rng(seed)
    )
    return cluster_test(np.vstack([a, b]), assignments, **options), assignments


test_of.__test__ = False


def slow_clusters(a, b, opens):
    """Return (start, end, mass) of each cluster by the definition: one step after the other."""
    found, side, total, start = [], 0, 0.0, 0
    steps = a.shape[1]
    for t in range(steps + 1):
        now, value = 0, 0.0
        if t < steps:
            x, y = (each[:, t][~np.isnan(each[:, t])] for each in (a, b))
            value, p = ttest_ind(x, y)
            now = int(np.sign(value)) if p < 0.05 else 0
        if side and (now != side or t == steps or opens[t]):
            found.append((start, t, total))
            side = 0
        if now and not side:
            side, total, start = now, 0.0, t
        total += value
    return found


def by_definition(a, b, assignments, opens):
    """Return the clusters and p of each, dealing after dealing."""
    together = np.vstack([a, b])
    observed = slow_clusters(a, b, opens)
    largest = {1: [], -1: []}
    for mine in assignments:
        masses = [c[2] for c in slow_clusters(together[mine], together[~mine], opens)]
        for sign, found in largest.items():
            found.append(max((sign * mass for mass in masses), default=0.0))

    def p(mass):
        return min(2 * np.mean(np.array(largest[np.sign(mass)]) >= abs(mass) - 1e-9), 1)

    return [(start, end, mass, p(mass)) for start, end, mass in observed]


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_is_the_definition(missing):
    """The clusters, their masses and their p are those of the test written out in loops."""
    a, b = groups(many=(8, 6), steps=60)
    rng = np.random.default_rng(9)
    for values in (a, b):
        values[rng.random(values.shape) < missing] = np.nan
    opens = np.zeros(60, dtype=bool)
    opens[[55, 58]] = True
    test, assignments = test_of(a, b, count=40, opens=opens)
    expected = np.array(by_definition(a, b, assignments, opens))
    np.testing.assert_allclose(test.found.to_numpy(dtype=float), expected, rtol=1e-9)
    assert len(expected) >= 3


# What MNE-Python 1.13.2 finds in `groups()`, by tests/bench/statistics_mne.py: from, to, sum of t,
# and p of 500 permutations from seed 5, twice that of its one-tailed run of the same sign.
MNE = (
    (23, 26, 7.581625403748648, 0.704),
    (27, 29, 5.127024328090325, 1.0),
    (50, 62, 49.925677016393664, 0.004),
    (67, 68, 2.151303559857218, 1.0),
    (103, 104, 2.159683832924816, 1.0),
    (147, 148, 2.6018776593504387, 1.0),
    (184, 185, -2.1302054824773164, 1.0),
)


def test_is_mne():
    """Clusters, masses and p are MNE-Python's on the same numbers and permutations."""
    test, _ = test_of(*groups(), count=500)
    np.testing.assert_allclose(test.found.to_numpy(dtype=float), MNE, rtol=1e-9)


def test_finds_the_difference():
    """The one stretch in which the groups differ has a small p, all others have not."""
    test, _ = test_of(*groups(rise=1.5))
    sure = test.found[test.found["p"] <= 0.05]
    assert len(sure) == 1
    assert 48 <= sure["start"].iloc[0] < sure["end"].iloc[0] <= 72


def test_no_cluster_runs_across():
    """A step that opens anew ends the cluster before it."""
    a, b = groups(rise=3.0)
    opens = np.zeros(200, dtype=bool)
    opens[60] = True
    found = test_of(a, b, opens=opens)[0].found
    assert {60} <= set(found["start"]) and {60} <= set(found["end"])
    assert 60 not in set(test_of(a, b)[0].found["end"])


def test_dealings_keep_blocks_together():
    """Neighbours of one block are always in one group, and as many blocks in each as there were."""
    blocks_a, blocks_b = np.array([0, 0, 1, 1, 2]), np.array([5, 5, 9, 9])
    assignments = permutations(blocks_a, blocks_b, 9, np.random.default_rng(1))
    assert assignments[0].tolist() == [True] * 5 + [False] * 4
    for pair in ((0, 1), (2, 3), (5, 6), (7, 8)):
        assert (assignments[:, pair[0]] == assignments[:, pair[1]]).all()
    assert (assignments[:, [0, 2, 4, 5, 7]].sum(axis=1) == 3).all()


def test_all_dealings():
    """Where there are no more ways to deal than asked for, each comes once, the observed first."""
    assignments = permutations(
        np.array([0, 0, 1, 2]), np.array([0, 1]), 10, np.random.default_rng(1)
    )
    assert len(assignments) == len(np.unique(assignments, axis=0)) == 10
    assert assignments[0].tolist() == [True] * 4 + [False] * 2


@pytest.mark.parametrize("a", [np.zeros((6, 9)), np.full((6, 9), 0.3)])
def test_all_alike(a):
    """Where nobody differs from anybody there is no t, and no cluster."""
    test, _ = test_of(a, a.copy())
    assert test.t.tolist() == [0.0] * 9
    assert test.found.empty


def test_groups_without_spread():
    """Where all of one group smile and none of the other, t is large and finite."""
    test, _ = test_of(np.ones((6, 9)), np.zeros((6, 9)), count=400)
    assert np.isfinite(test.t).all() and (test.t > 20).all()
    assert len(test.found) == 1 and test.found["p"].iloc[0] < 0.02


@pytest.mark.parametrize("many", [(1, 5), (5, 0), (0, 0)])
def test_too_few(many):
    """With one viewer or none in a group there is no t, and nothing divides by zero."""
    rng = np.random.default_rng(1)
    test, _ = test_of(*(rng.normal(size=(count, 7)) for count in many))
    assert test.t.tolist() == [0.0] * 7 and test.found.empty


def test_no_steps():
    """Of no time, no clusters."""
    test, _ = test_of(np.zeros((5, 0)), np.zeros((5, 0)))
    assert len(test.t) == 0 and test.found.empty


def test_chunks_change_nothing(monkeypatch):
    """However few permutations are reckoned at once, the result is the same."""
    whole, _ = test_of(*groups())
    monkeypatch.setattr(
        "laughtrack.analytics.stats.nulls.cluster_permutation.CHUNK_BYTES", 200 * 8 * 7
    )
    # Matrix products of other sizes may round otherwise in the last digit.
    np.testing.assert_allclose(test_of(*groups())[0].null, whole.null, rtol=1e-12)


def test_threshold_is_checked():
    """A threshold that is no t above 0 is refused."""
    with pytest.raises(ValueError, match="threshold is -1"):
        test_of(*groups(), threshold=-1)
