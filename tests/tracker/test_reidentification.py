"""Waking: who comes back to a seat, and who does not."""

import numpy as np
import pytest

from laughtrack.tracker.detections import NO_DETECTIONS, Detections
from laughtrack.tracker.tracker import Tracker

SEATS = np.array([[200.0, 200], [310, 200], [420, 200]])


def look(centres, sizes=50.0, scores=0.7):
    """Detections of faces about centres (N, 2)."""
    half = np.broadcast_to(sizes, len(centres))[:, None] / 2
    boxes = np.hstack([centres - half, centres + half])
    return Detections(boxes, np.broadcast_to(scores, len(centres)))


def sway(t_s):
    """Where three people in their seats have their heads."""
    return SEATS + 4 * np.sin(t_s * np.array([[1.0, 0.7], [0.8, 1.1], [0.9, 0.6]]))


def follow(tracker, start_s, end_s, scene):
    """Follow a scene, a function of time to what `look` gives; the last tracks seen, by x."""
    for k in range(round(start_s * 10), round(end_s * 10)):
        tracks = tracker.update(k / 10, scene(k / 10))
    seen = sorted((track for track in tracks if track.seen), key=lambda track: track.box[0])
    return [track.viewer_id for track in seen]


def passing(t_s):
    """From 10 s on somebody passes in front of all three, hiding each for half a second."""
    walker = np.array([[100 + 140 * (t_s - 10), 185.0]])
    there = np.abs(sway(t_s)[:, 0] - walker[0, 0]) > 40
    return look(np.concatenate([sway(t_s)[there], walker]))


@pytest.mark.slow
def test_a_passer_by_takes_nobodys_id():
    """Somebody walks along the row, every tenth look missed; all keep their IDs."""
    tracker = Tracker()
    before = follow(tracker, 0, 10, lambda t_s: look(sway(t_s)))
    for k in range(100, 130):
        tracker.update(k / 10, look(sway(9)[:0]) if k % 10 == 4 else passing(k / 10))
    assert follow(tracker, 13, 16, lambda t_s: look(sway(t_s))) == before


@pytest.mark.slow
def test_an_id_carried_off_goes_back_to_its_seat():
    """A face leaps out of a seat and another is in the seat at once: that one has the ID."""
    tracker = Tracker()
    before = follow(tracker, 0, 10, lambda t_s: look(sway(t_s)))
    away = lambda t_s: np.array([[200.0, 200 - 90 * (t_s - 10)]])  # noqa: E731
    follow(tracker, 10, 11.2, lambda t_s: look(np.concatenate([sway(t_s)[1:], away(t_s)])))
    after = follow(tracker, 11.2, 12.5, lambda t_s: look(np.concatenate([sway(t_s), away(t_s)])))
    assert before == [1, 2, 3] and [i for i in after if i <= 3] == [1, 2, 3] and len(after) == 4


@pytest.mark.slow
@pytest.mark.parametrize("size, same", [(50, True), (53, True), (60, False), (41, False)])
def test_a_newcomer_of_another_size_is_somebody_else(size, same):
    """After half a minute, a face in the seat is the old one only if it is as large."""
    tracker = Tracker()
    follow(tracker, 0, 10, lambda t_s: look(sway(t_s)))
    follow(tracker, 10, 40, lambda t_s: look(sway(t_s)[1:]))
    after = follow(tracker, 40, 42, lambda t_s: look(sway(t_s), [size, 50, 50]))
    assert after == [1 if same else 4, 2, 3]


@pytest.mark.slow
def test_a_neighbour_who_leans_over_stays_who_he_is():
    """The next seat is empty; its neighbour leans into it for five seconds and back."""
    tracker = Tracker()

    def leaning(t_s):
        heads = sway(t_s)
        heads[1, 0] -= 70 * np.clip(min(t_s - 15, 22 - t_s), 0, 1)
        return look(heads[1:])

    follow(tracker, 0, 10, lambda t_s: look(sway(t_s)))
    assert follow(tracker, 10, 18, leaning) == [2, 3]
    assert follow(tracker, 18, 25, leaning) == [2, 3]
    assert follow(tracker, 25, 27, lambda t_s: look(sway(t_s))) == [1, 2, 3]


@pytest.mark.slow
def test_two_who_change_seats_in_sight_take_their_ids_along():
    """Two neighbours get up and pass each other within two seconds."""
    tracker = Tracker()

    def changing(t_s):
        part, heads = np.clip((t_s - 10) / 2, 0, 1), sway(t_s)
        heads[0] += [110 * part, -18 * np.sin(np.pi * part)]
        heads[1] += [-110 * part, 18 * np.sin(np.pi * part)]
        return look(heads)

    follow(tracker, 0, 10, lambda t_s: look(sway(t_s)))
    assert follow(tracker, 10, 15, changing) == [2, 1, 3]


def test_who_was_there_for_moments_is_not_waited_for():
    """A face seen for half a second gets no seat."""
    tracker = Tracker()
    follow(tracker, 0, 0.5, lambda t_s: look(sway(t_s)[:1]))
    follow(tracker, 0.5, 8, lambda t_s: look(sway(t_s)[:0]))
    assert follow(tracker, 8, 9, lambda t_s: look(sway(t_s)[:1])) == [2]


@pytest.mark.slow
def test_faces_whose_turn_it_was_not_are_not_missed():
    """Looked for in one of three looks and found in each of those: a viewer, for good."""
    tracker = Tracker()
    for k in range(300):
        found = look(sway(k / 10)) if k % 3 == 0 else NO_DETECTIONS
        searched = np.full(len(tracker.expected(k / 10)), k % 3 == 0)
        tracks = tracker.update(k / 10, found._replace(searched=searched))
    assert [track.viewer_id for track in tracks] == [1, 2, 3]
    assert tracker.state()["awake"]["looks"] == [100] * 3


@pytest.mark.parametrize("searched", [[True], np.ones(3), np.ones((3, 1), bool), None])
def test_wrong_searched_is_refused(searched):
    """What does not fit the faces expected is refused, and nothing changes; None is all."""
    tracker = Tracker()
    follow(tracker, 0, 1, lambda t_s: look(sway(t_s)))
    before = tracker.state()
    found = look(sway(1.0))._replace(searched=searched)
    if searched is None:
        assert len(tracker.update(1.0, found)) == 3
        return
    with pytest.raises(ValueError, match="searched: expected bool"):
        tracker.update(1.0, found)
    assert tracker.state() == before
