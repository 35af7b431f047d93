"""A viewer is born from seconds of evidence, and nobody's place is taken on less."""

import json

import numpy as np
import pytest

from laughtrack.tracker.detections import Detections
from laughtrack.tracker.tracker import Tracker

SEAT = (200.0, 200.0)


def square(x, y, size=50.0):
    """A box about a middle."""
    return [x - size / 2, y - size / 2, x + size / 2, y + size / 2]


def look(tracker, t_s, faces):
    """One look at faces of (box, score, retried); the IDs seen, with the middle of each box."""
    boxes = np.array([box for box, *_ in faces]).reshape(-1, 4)
    retried = np.array([bool(rest) and rest[0] for _, _, *rest in faces], dtype=bool)
    found = Detections(boxes, np.array([score for _, score, *_ in faces]), retried=retried)
    tracks = tracker.update(t_s, found)
    return {track.viewer_id: track.box[:2] + 25 for track in tracks if track.seen}


def first_seen_s(score, rate):
    """When a face that is found in every look becomes a viewer."""
    tracker = Tracker()
    for k in range(10 * rate):
        if look(tracker, k / rate, [(square(*SEAT), score)]):
            return k / rate
    return np.inf


@pytest.mark.parametrize("rate", [5, 10, 30, 60])
def test_evidence_is_seconds_at_any_rate(rate):
    """A clear face is a viewer after 0.2 s, a doubtful one later."""
    assert 0.14 <= first_seen_s(0.7, rate) <= 0.25
    assert 0.35 <= first_seen_s(0.45, rate) <= 0.5


def test_sparse_looks_need_two():
    """At two looks a second the second sight is enough, and the first is not."""
    assert first_seen_s(0.75, 2) == 0.5


@pytest.mark.parametrize("rate", [10, 30])
def test_what_lasts_a_sixth_of_a_second_is_nobody(rate):
    """A hand that passes for a face as long as two looks in ten last."""
    tracker, ids = Tracker(), set()
    for k in range(5 * rate):
        hand = [(square(400, 100), 0.65)] if 2 <= k / rate < 2.17 else []
        ids |= set(look(tracker, k / rate, [(square(*SEAT), 0.7), *hand]))
    assert ids == {1}


def test_retries_teach_no_confidence():
    """Seconds of turned faces leave doubtful boxes elsewhere what they were: doubtful."""
    tracker = Tracker()
    for k in range(200):
        look(tracker, k / 10, [(square(*SEAT), 0.7 if k < 50 else 0.3, k >= 50)])
    assert tracker.state()["usual"] > 0.65


def test_retries_begin_nobody():
    """What only a retry found is somebody who is known, or nobody."""
    tracker = Tracker()
    assert not any(look(tracker, k / 10, [(square(*SEAT), 0.7, True)]) for k in range(30))


def flicker(t_s, away):
    """A viewer who looks away now and then, and a logo beside the shoulder that flickers."""
    face = [] if away(t_s) else [(square(SEAT[0] + 3 * np.sin(t_s), SEAT[1]), 0.65)]
    shows = round(t_s * 10) % 7 == 0 or 14.2 <= t_s < 17
    return face + ([(square(SEAT[0] + 45, SEAT[1] - 10, 46), 0.6)] if shows else [])


@pytest.mark.slow
@pytest.mark.parametrize("stop_s", [None, 13.0])
def test_a_logo_takes_nobodys_face(stop_s):
    """Not while the viewer looks away, nor the ID, before a restart or after it."""
    tracker = Tracker()
    for k in range(250):
        faces = flicker(k / 10, lambda t_s: 10 <= t_s < 10.8 or 14 <= t_s < 18)
        seen = look(tracker, k / 10, faces)
        assert 1 not in seen or abs(seen[1][0] - SEAT[0]) < 10
        if k / 10 == stop_s:
            state, tracker = json.loads(json.dumps(tracker.state())), Tracker()
            tracker.restore(state)
    assert 1 in seen


def test_one_sure_box_claims_no_seat():
    """A single hit where somebody sat is not that viewer, however sure."""
    tracker = Tracker()
    for k in range(100):
        assert look(tracker, k / 10, [(square(*SEAT), 0.7)] if k < 50 else []) or k < 5 or k >= 50
    assert not look(tracker, 10.0, [(square(*SEAT), 0.95)])
    seen = [look(tracker, 10 + k / 10, [(square(*SEAT), 0.95)]) for k in range(1, 5)]
    assert 1 in seen[-1]


def test_a_state_of_before_goes_on():
    """Without the new columns and the doubtful places."""
    tracker, faces = Tracker(), [(square(*SEAT), 0.7)]
    for k in range(20):
        look(tracker, k / 10, faces)
    state = tracker.state()
    del state["doubtful"]
    for rows in (state["awake"], state["asleep"]):
        for name in ("retried", "evidence_s", "since_s"):
            del rows[name]
    tracker = Tracker()
    tracker.restore(state)
    assert set(look(tracker, 2.0, faces)) == {1}
