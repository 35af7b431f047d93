"""Pictures on the wall are told from people who sit still."""

import numpy as np
import pytest

from laughtrack.tracker.detections import Detections
from laughtrack.tracker.static_faces import PRINTED
from laughtrack.tracker.tracker import Tracker


def look(rng, centres, jitter, missed):
    """Boxes of 50 px about centres (N, 2), jittering by a share of the face, some missed."""
    off = rng.normal(0, jitter * 50, centres.shape)
    boxes = np.hstack([centres + off - 25, centres + off + 25])
    return boxes[rng.random(len(boxes)) >= missed]


def follow(centres, seconds, rate=10, missed=0.0, jitter=0.02):
    """Follow faces about centres, a function of time; IDs reported at the end of each second."""
    rng, tracker, ids = np.random.default_rng(5), Tracker(), {}
    for k in range(round(seconds * rate)):
        boxes = look(rng, centres(k / rate), jitter, missed)
        tracks = tracker.update(k / rate, Detections(boxes, np.full(len(boxes), 0.7)))
        ids[k // rate] = {track.viewer_id for track in tracks}
    return ids


POSTER = np.array([[100.0, 80], [180, 80], [260, 80], [340, 80]])


def swaying(t_s):
    """Two people who sit still: they sway by 3 % of a face within ten seconds."""
    sway = 1.5 * np.sin(np.array([t_s * 0.6, t_s * 0.45 + 1]))
    return np.array([[100.0, 200], [300, 200]]) + np.stack([sway, sway[::-1]], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [5, 10, 30])
def test_a_poster_of_four_faces_is_nobody_after_30_s(rate):
    """Four faces that only jitter by 2 % are no viewers from 30 s on."""
    ids = follow(lambda t_s: POSTER, 60, rate)
    assert all(ids[second] == set() for second in range(30, 60))


@pytest.mark.slow
@pytest.mark.parametrize("rate", [5, 10, 30])
def test_people_who_sit_still_stay_viewers(rate):
    """A little sway is enough to be alive."""
    ids = follow(swaying, 120, rate)
    assert all(ids[second] == {1, 2} for second in range(2, 120))


@pytest.mark.slow
def test_who_is_missed_now_and_then_is_no_poster():
    """Faces that do not sway at all, but look away in one look of ten, stay viewers."""
    ids = follow(lambda t_s: POSTER, 120, missed=0.1)
    assert all(ids[second] == {1, 2, 3, 4} for second in range(2, 120))


@pytest.mark.slow
def test_a_sleeper_who_wakes_gets_the_id_back():
    """Stiller than anybody alive for 40 s, then moving: the same ID as at first."""
    ids = follow(lambda t_s: POSTER[:1] + 10 * np.sin(t_s) * (t_s > 40), 60)
    assert ids[5] == {1} and ids[35] == set() and ids[55] == {1}


@pytest.mark.slow
def test_a_poster_hidden_for_a_while_is_still_one():
    """Somebody stands before the poster for 20 s; nobody new is in it afterwards."""

    def centres(t_s):
        return POSTER if not 40 <= t_s < 60 else POSTER[:0]

    ids = follow(centres, 70)
    assert all(ids[second] == set() for second in range(30, 70))


@pytest.mark.parametrize("changes, taken_back", [(0, True), (1, True), (5, False)])
def test_who_has_lived_keeps_what_was_counted(changes, taken_back):
    """A picture that never changed was nobody from the first; one that froze was somebody."""
    tracker, corrections = Tracker(), []
    for k in range(60):
        boxes = np.array([[100.0, 80, 150, 130]])
        tracker.update(k / 10, Detections(boxes, np.array([0.9])))
        corrections += tracker.corrections
        if k == 20:
            tracker.judge({1: changes})
        if k == 40:
            tracker.judge({1: PRINTED})
    (correction,) = corrections
    assert correction.reason == "static" and correction.to_s == 4.1
    assert correction.from_s == (0.1 if taken_back else 4.0)
    assert not tracker.update(6.0, Detections(boxes, np.array([0.9])))
