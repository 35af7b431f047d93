"""Scores are steadied in seconds, per viewer, without looking ahead."""

import json
import math

import pytest

from laughtrack.edge.smile.smoothing import Smoother


def run(steps, smoother=None):
    """Steady (t_s, raw) pairs of one viewer."""
    smoother = smoother or Smoother()
    return [smoother.update(1, t_s, raw) for t_s, raw in steps]


def test_first_score_is_taken_as_it_is():
    """There is nothing to steady it with."""
    assert run([(3.0, 0.7)]) == [0.7]


def test_step_is_followed_by_its_time_constant():
    """After one time constant, 63 % of the way."""
    assert run([(0.0, 0.0), (0.25, 1.0)])[-1] == pytest.approx(1 - math.exp(-1))


def test_twice_the_rate_steadies_as_much():
    """A constant score seen once or in ten uneven steps ends at the same place."""
    once = run([(0.0, 0.0), (0.5, 1.0)])[-1]
    often = run([(0.0, 0.0), *((t / 1000, 1.0) for t in (7, 90, 110, 230, 240, 300, 480, 500))])[-1]
    assert often == pytest.approx(once)


def test_gap_starts_afresh():
    """A face that comes back is not held to what it did before."""
    assert run([(0.0, 0.0), (1.5, 1.0)])[-1] == 1.0


def test_unjudged_face_has_no_score():
    """Nothing in, nothing out; the past stays for the next score."""
    with_hole = run([(0.0, 0.0), (0.1, None), (0.2, 1.0)])
    assert with_hole[1] is None
    assert with_hole[2] == run([(0.0, 0.0), (0.2, 1.0)])[-1]


def test_viewers_do_not_mix():
    """Each viewer's past is its own."""
    smoother = Smoother()
    smoother.update(1, 0.0, 1.0)
    assert smoother.update(2, 0.1, 0.0) == 0.0


def test_restored_goes_on_to_the_last_bit():
    """Through JSON and back the next score is the same."""
    steps = [(n / 7, (n % 3) / 3) for n in range(20)]
    smoother, again = Smoother(), Smoother()
    run(steps[:10], smoother)
    again.restore(json.loads(json.dumps(smoother.state())))
    assert run(steps[10:], again) == run(steps, Smoother())[10:]


def test_months_of_viewers_take_no_memory():
    """Whoever would start afresh is forgotten; whoever would not is not."""
    smoother = Smoother(gap_s=1.0)
    for n in range(1000):
        smoother.update(n, 0.1 * n, 0.5)
    assert {viewer for viewer, _, _ in smoother.state()} >= set(range(991, 1000))
    assert len(smoother.state()) < 15
