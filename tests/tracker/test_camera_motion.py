"""The camera: knocks and slow turns of it, and cuts in the film."""

import json

import numpy as np
import pytest

from laughtrack.tracker.detections import Detections
from laughtrack.tracker.tracker import Tracker

SEATS = np.array([[100.0 + 110 * (k % 4) + 7 * k, 100.0 + 95 * (k // 4)] for k in range(8)])


def faces(seats, seed, size=50.0):
    """Boxes about seats (N, 2), jittering by 3 % of a face, swaying by 8 %."""
    rng = np.random.default_rng(seed)
    sway = np.sin(seed / 20 + np.arange(2 * len(seats))).reshape(-1, 2)
    centres = seats + rng.normal(0, 0.03 * size, seats.shape) + 0.08 * size * sway
    return np.hstack([centres - size / 2, centres + size / 2])


def watch(tracker, start_s, end_s, seats, cut=False):
    """Follow people in seats, a function of time or an array, at ten looks a second."""
    for k in range(round(start_s * 10), round(end_s * 10)):
        here = seats(k / 10) if callable(seats) else seats
        boxes = faces(here, k)
        scores, after_cut = np.full(len(boxes), 0.7), cut and k == start_s * 10
        tracks = tracker.update(k / 10, Detections(boxes, scores, after_cut=after_cut))
    return {track.viewer_id: track.box for track in tracks if track.seen}


def moved(seats, dx, dy):
    """The seats so many pixels on."""
    return seats + np.array([dx, dy])


def near(box, seat):
    """Whether a box is about a seat."""
    return np.abs((box[:2] + box[2:]) / 2 - seat).max() < 15


@pytest.mark.slow
@pytest.mark.parametrize("by", [(70, 0), (-35, 25), (160, -40), (10, 130)])
def test_a_knock_changes_nobodys_id(by):
    """All faces jump by up to three widths at once: the IDs jump along."""
    tracker = Tracker()
    before = watch(tracker, 0, 5, SEATS)
    after = watch(tracker, 5, 6, SEATS + by)
    assert before.keys() == after.keys() == set(range(1, 9))
    for viewer_id, box in before.items():
        assert after[viewer_id][:2] - box[:2] == pytest.approx(np.array(by), abs=15)


@pytest.mark.slow
def test_a_knock_moves_the_seats_of_those_asleep():
    """Who was away while the camera was knocked comes back to the seat as it is now."""
    tracker = Tracker()
    before = watch(tracker, 0, 10, SEATS)
    watch(tracker, 10, 20, SEATS[1:])
    watch(tracker, 20, 30, moved(SEATS[1:], 80, 30))
    after = watch(tracker, 30, 31, moved(SEATS, 80, 30))
    assert before.keys() == after.keys()
    away = next(viewer_id for viewer_id, box in before.items() if near(box, SEATS[0]))
    assert near(after[away], moved(SEATS[0], 80, 30))


@pytest.mark.slow
def test_a_slow_turn_moves_the_seats_of_those_asleep():
    """The camera turns by two faces in 40 s; who was away all the time is known again."""
    tracker = Tracker()
    before = watch(tracker, 0, 10, SEATS)
    watch(tracker, 10, 50, lambda t_s: moved(SEATS[1:], 2.5 * (t_s - 10), 0))
    after = watch(tracker, 50, 51, moved(SEATS, 100, 0))
    assert before.keys() == after.keys()


@pytest.mark.slow
def test_one_who_moves_does_not_move_the_seats():
    """Somebody leaning far aside is no turn of the camera: others asleep are found in place."""
    tracker = Tracker()
    before = watch(tracker, 0, 10, SEATS)
    leaning = SEATS.copy()
    leaning[3] += [30, 10]
    watch(tracker, 10, 20, leaning[1:])
    assert watch(tracker, 20, 21, SEATS).keys() == before.keys()


@pytest.mark.slow
def test_nobody_is_carried_across_a_cut():
    """Other people at other places after a cut are new; the first are known when all are back."""
    tracker = Tracker()
    first = watch(tracker, 0, 5, SEATS)
    second = watch(tracker, 5, 10, moved(SEATS[:5] * [1, 0.8], 37, 60), cut=True)
    assert len(second) == 5 and not set(first) & set(second)
    back = watch(tracker, 10, 15, SEATS, cut=True)
    assert back.keys() == first.keys()


@pytest.mark.slow
def test_who_drops_out_after_a_cut_comes_back():
    """A scene after a cut is one like any other: a seat is kept there, too."""
    tracker = Tracker()
    watch(tracker, 0, 5, SEATS)
    second = watch(tracker, 5, 15, moved(SEATS[:5], 37, 40), cut=True)
    watch(tracker, 15, 25, moved(SEATS[1:5], 37, 40))
    assert watch(tracker, 25, 26, moved(SEATS[:5], 37, 40)).keys() == second.keys()


@pytest.mark.slow
def test_who_was_away_when_the_scene_came_back_is_known_later():
    """Seven of eight are there after the cut back; the eighth comes ten seconds later."""
    tracker = Tracker()
    first = watch(tracker, 0, 10, SEATS)
    watch(tracker, 10, 15, moved(SEATS[:5], 37, 40), cut=True)
    watch(tracker, 15, 25, SEATS[1:], cut=True)
    assert watch(tracker, 25, 26, SEATS).keys() == first.keys()


@pytest.mark.slow
def test_one_face_at_a_seat_of_before_the_cut_is_new():
    """One face in another scene that happens to be where somebody sat is somebody else."""
    tracker = Tracker()
    watch(tracker, 0, 5, SEATS)
    watch(tracker, 5, 10, moved(SEATS[:1], 300, 240), cut=True)
    assert list(watch(tracker, 10, 15, SEATS[:1], cut=True)) == [10]


@pytest.mark.slow
def test_a_flash_taken_for_a_cut_changes_nothing():
    """Faces where they were a moment before keep their IDs, one alone too."""
    for seats in (SEATS, SEATS[:1]):
        tracker = Tracker()
        before = watch(tracker, 0, 5, seats)
        assert watch(tracker, 5, 6, seats, cut=True).keys() == before.keys()


@pytest.mark.slow
def test_scenes_survive_a_restart():
    """After state and restore, across a cut, the same goes on."""
    one, two = Tracker(), Tracker()
    watch(one, 0, 5, SEATS)
    watch(one, 5, 8, moved(SEATS[:3], 0, 50), cut=True)
    two.restore(json.loads(json.dumps(one.state())))
    assert [box.tolist() for box in watch(one, 8, 12, SEATS, cut=True).values()] == [
        box.tolist() for box in watch(two, 8, 12, SEATS, cut=True).values()
    ]
    assert one.state() == two.state()
