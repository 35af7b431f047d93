"""A seeded invented audience: seats, jitter and misses like Haar's, people hidden for a while."""

import numpy as np
import pytest

from laughtrack.tracker.detections import Detections
from laughtrack.tracker.mot.idf1 import score
from laughtrack.tracker.tracker import Tracker
from tests.bench.audiences import SCENES


def invent(seed, seconds=120.0, every=1):
    """24 seats in three rows; returns looks (t_s, detections) and true identities by look.

    Heads sway by a seventh of a face, one look in ten misses, boxes jitter by 3 %, steps are 0.05
    to 0.15 s, every viewer is hidden for 2 to 30 s about every 40 s; false hits flicker, some of
    them always at the same two places.
    """
    rng = np.random.default_rng(seed)
    seats = np.array(
        [[120.0 + 130 * k + 40 * row, 150.0 + 140 * row] for row in range(3) for k in range(8)]
    )
    sizes = rng.uniform(40, 60, 24)
    sway = np.zeros((24, 2))
    back_s, leave_s = np.zeros(24), rng.exponential(40, 24)
    looks, truth, t_s = [], {}, 0.0
    while t_s < seconds:
        step_s = rng.uniform(0.05, 0.15) * every
        t_s += step_s
        fade = np.exp(-step_s / 2)
        noise = rng.normal(0, 1, (24, 2)) * np.sqrt(1 - fade**2)
        sway = fade * sway + 0.15 * noise * sizes[:, None]
        leaving = (t_s > leave_s) & (t_s > back_s)
        back_s[leaving] = t_s + rng.uniform(2, 30, leaving.sum())
        leave_s[leaving] = back_s[leaving] + rng.exponential(40, leaving.sum())
        here = np.flatnonzero(t_s > back_s)
        boxes = square(seats[here] + sway[here], sizes[here])
        truth[len(looks)] = here + 1, boxes
        hit = rng.random(len(here)) > 0.1
        jitter = rng.normal(0, 0.03, boxes.shape) * sizes[here, None]
        false = rng.random(3) < (0.2, 0.2, 0.3)
        places = np.array([[40, 40], [1200, 40], rng.uniform(0, 700, 2)])[false]
        found = np.concatenate([(boxes + jitter)[hit], square(places, np.full(len(places), 45.0))])
        scores = np.r_[rng.uniform(0.5, 0.8, hit.sum()), rng.uniform(0.2, 0.5, false.sum())]
        looks.append((t_s, Detections(found, scores)))
    return looks, truth


def square(centres, sizes):
    """Boxes x1 y1 x2 y2 about centres (N, 2) of sizes (N,)."""
    half = sizes[:, None] / 2
    return np.concatenate([centres - half, centres + half], axis=1)


def follow(looks):
    """Identities by look, of viewers seen."""
    tracker, result = Tracker(), {}
    for k, look in enumerate(looks):
        seen = [track for track in tracker.update(*look) if track.seen]
        ids = np.array([track.viewer_id for track in seen], dtype=np.int64)
        result[k] = ids, np.array([track.box for track in seen]).reshape(-1, 4)
    return result


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seated_audience_keeps_its_ids(seed, every):
    """24 viewers hidden again and again keep their IDs, at ten and at five looks a second.

    A perfect tracker would reach 0.947 (what the detector misses counts).
    """
    looks, truth = invent(seed, every=every)
    result = follow(looks)
    kept = score(truth, result)
    given = {int(viewer_id) for ids, _ in result.values() for viewer_id in ids}
    assert kept.idf1 >= 0.93
    assert kept.switches <= 2
    assert len(given) <= 26


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_sparse_looks_and_passers_by_move_few_ids(seed):
    """At 1 to 4 uneven looks a second passers-by take few IDs along; it was 43 and 18 switches."""
    looks, truth = SCENES["walkers at 1 to 4 looks a second"](seed, seconds=150.0)
    result = follow([(t_s, Detections(boxes, scores)) for t_s, boxes, scores in looks])
    kept = score(truth, result)
    assert kept.idf1 >= 0.88
    assert kept.switches <= 16
