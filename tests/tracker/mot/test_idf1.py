"""Scores: small cases by hand, and TrackEval's numbers."""

import numpy as np
import pytest

from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot.idf1 import score


def faces(*pairs):
    """Identities in one frame from (id, x): boxes of 10 by 10 at x."""
    ids = np.array([pair[0] for pair in pairs], dtype=np.int64)
    return ids, np.array([[x, 0, x + 10, 10] for _, x in pairs], dtype=float).reshape(-1, 4)


TRUTH = {k: faces((1, 0), (2, 50)) for k in range(4)}


@pytest.mark.parametrize(
    "result, idf1, switches, matches",
    [
        (TRUTH, 1.0, 0, {1: 1, 2: 2}),  # perfect
        ({}, 0.0, 0, {}),  # nothing found
        ({k: faces((7, 0), (9, 51)) for k in range(4)}, 1.0, 0, {1: 7, 2: 9}),  # other names
        ({k: faces((7, 0)) for k in range(4)}, 2 / 3, 0, {1: 7}),  # one missed
        ({k: faces((7, 0), (8, 90)) for k in range(4)}, 0.5, 0, {1: 7}),  # one elsewhere
        # One switch: ID 5 becomes 6 half-way.
        ({k: faces((5 + k // 2, 0), (9, 50)) for k in range(4)}, 0.75, 1, {1: 5, 2: 9}),
        # A gap is no switch.
        ({0: TRUTH[0], 3: TRUTH[3]}, 2 / 3, 0, {1: 1, 2: 2}),
        # Two switches: IDs change places.
        ({k: faces((1, 50 * (k > 1)), (2, 50 * (k < 2))) for k in range(4)}, 0.5, 2, None),
    ],
)
def test_score(result, idf1, switches, matches):
    """IDF1, switches and the best one-to-one IDs of small cases."""
    kept = score(TRUTH, result)
    assert kept.idf1 == pytest.approx(idf1)
    assert kept.switches == switches
    assert matches is None or kept.matches == matches


def test_score_of_nothing():
    """No truth and no result score 0."""
    assert score({}, {}) == (0, 0, 0, 0, {})


def invented(seed):
    """Truth and a bad tracker's result: wandering, misses, swaps and false boxes."""
    rng = np.random.default_rng(seed)
    truth, result, names = {}, {}, np.arange(6)
    x = np.arange(6) * 8.0
    for k in range(60):
        x = x + rng.normal(0, 1, 6)
        here = rng.random(6) > 0.2
        if k % 10 == 9:
            names = rng.permutation(6)
        found = np.flatnonzero(rng.random(6) > 0.2)
        off = rng.normal(0, 2, len(found))
        truth[k] = faces(*[(i, x[i]) for i in np.flatnonzero(here)])
        result[k] = faces(*[(names[i], x[i] + d) for i, d in zip(found, off)], (6 + k, 500))  # noqa: B905
    return truth, result


GOLDEN = {1: (0.266263, 51), 2: (0.297340, 42), 3: (0.340557, 62)}


@pytest.mark.parametrize("seed", sorted(GOLDEN))
def test_score_keeps_its_numbers(seed):
    """IDF1 and switches of invented sequences are those TrackEval 1.3.0 gave."""
    kept = score(*invented(seed))
    assert (round(kept.idf1, 6), kept.switches) == GOLDEN[seed]


@pytest.mark.parametrize("seed", range(5))
def test_score_equals_trackeval(seed):
    """IDF1, IDP, IDR and switches are TrackEval's."""
    trackeval = pytest.importorskip("trackeval")
    truth, result = invented(seed)
    kept, data = score(truth, result), as_trackeval(truth, result)
    identity = trackeval.metrics.Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    clear = trackeval.metrics.CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    theirs = identity["IDF1"], identity["IDP"], identity["IDR"], clear["IDSW"]
    assert kept[:4] == pytest.approx(theirs, abs=1e-12)


def as_trackeval(truth, result):
    """The two as TrackEval's metrics take them: IDs from 0, frame by frame."""
    data = {}
    for name, identities in (("gt", truth), ("tracker", result)):
        known = np.unique(np.concatenate([ids for ids, _ in identities.values()]))
        data[name + "_ids"] = [np.searchsorted(known, identities[k][0]) for k in sorted(identities)]
        data["num_" + name + "_ids"] = len(known)
        data["num_" + name + "_dets"] = sum(len(ids) for ids in data[name + "_ids"])
    data["num_timesteps"] = len(truth)
    data["similarity_scores"] = [overlap(truth[k][1], result[k][1]) for k in sorted(truth)]
    return data
