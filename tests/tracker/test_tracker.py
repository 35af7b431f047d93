"""Tracker: lives, sleeps and IDs in invented scenes."""

import json

import numpy as np
import pytest

from laughtrack.tracker.detections import Detections
from laughtrack.tracker.tracker import Tracker

SEAT, OTHER = (200.0, 200.0), (420.0, 200.0)


def square(centre, size=50.0):
    """A square box about a centre."""
    half = size / 2
    return [centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half]


def follow(scene, times, tracker=None):
    """Run a scene, a function from t_s to a list of (box, score); tracks by time."""
    tracker = tracker or Tracker()
    result = {}
    for t_s in times:
        found = scene(t_s)
        boxes, scores = [box for box, _ in found], [score for _, score in found]
        result[float(t_s)] = tracker.update(t_s, Detections(boxes, scores))
    return result


def seen_ids(tracks, start_s=0.0, end_s=np.inf):
    """IDs of viewers seen in a span of time."""
    return sorted(
        {
            track.viewer_id
            for t_s, now in tracks.items()
            for track in now
            if track.seen and start_s <= t_s <= end_s
        }
    )


def sitting(t_s):
    """One face that sways a little."""
    return [(square((SEAT[0] + 4 * np.sin(t_s), SEAT[1])), 0.7)]


def hidden(start_s, end_s, scene=sitting):
    """The scene with nobody found for a while."""
    return lambda t_s: [] if start_s <= t_s < end_s else scene(t_s)


def crossing(t_s):
    """Two faces passing at different heights, 100 px/s each."""
    return [(square((100 + 100 * t_s, 200)), 0.7), (square((500 - 100 * t_s, 225)), 0.7)]


def stranger(t_s):
    """Someone sits from 0 to 5 s and somebody else, elsewhere, from 8 s."""
    if t_s < 5:
        return sitting(t_s)
    return [(square(OTHER), 0.7)] if t_s >= 8 else []


def walks_off(t_s):
    """Someone sits, stands up and walks out to the right, and is back in the seat 8 s later."""
    if t_s < 5 or t_s >= 14:
        return sitting(t_s)
    if t_s < 6:
        return [(square((SEAT[0] + 150 * (t_s - 5), SEAT[1] - 60 * (t_s - 5))), 0.7)]
    return []


def flicker(t_s):
    """A false hit every third look, another once a second."""
    look = round(t_s * 10)
    found = [(square((600, 80)), 0.4)] if look % 3 == 0 else []
    return found + ([(square((700, 300)), 0.6)] if look % 10 == 0 else [])


def handed(t_s):
    """A face hidden for 6.5 s by a hand, with false hits in it, then back a little lower."""
    if t_s < 5:
        return sitting(t_s)
    if t_s < 11.5:
        return [(square((210, 210), 14), 0.6)] if round(t_s * 10) % 7 < 2 else []
    return [(square((SEAT[0] + 8, SEAT[1] + 15), 54), 0.7)]


SCENES = [
    # scene, seconds, IDs seen, IDs seen in the last second
    pytest.param(lambda t_s: [], 3, [], [], id="nobody"),
    pytest.param(sitting, 5, [1], [1], id="one face"),
    pytest.param(crossing, 4, [1, 2], [1, 2], id="two crossing"),
    pytest.param(hidden(2, 2.8), 5, [1], [1], id="missed for 0.8 s"),
    pytest.param(hidden(5, 11.5), 15, [1], [1], id="hidden for 6.5 s"),
    pytest.param(handed, 15, [1], [1], id="hand over the face"),
    pytest.param(hidden(5, 64), 70, [1], [1], id="away for 59 s"),
    pytest.param(hidden(1, 30), 35, [1, 2], [2], id="away far longer than ever there"),
    pytest.param(stranger, 12, [1, 2], [2], id="a stranger elsewhere"),
    pytest.param(walks_off, 18, [1], [1], id="walks off and comes back"),
    pytest.param(lambda t_s: sitting(t_s) * 2, 5, [1], [1], id="the same box twice"),
    pytest.param(
        lambda t_s: [*sitting(t_s), (square(SEAT, 44), 0.5)], 5, [1], [1], id="two hits on a face"
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("rate", [5, 10, 30])
@pytest.mark.parametrize("scene, seconds, ids, last", SCENES)
def test_scenes(scene, seconds, ids, last, rate):
    """The right IDs are given, at five, ten and thirty looks a second."""
    tracks = follow(scene, np.arange(0, seconds, 1 / rate))
    assert seen_ids(tracks) == ids
    assert seen_ids(tracks, seconds - 1) == last


@pytest.mark.slow
def test_flickering_false_hits_are_nobody():
    """False hits every third look in one place and every tenth in another make no viewer."""
    assert seen_ids(follow(flicker, np.arange(0, 30, 0.1))) == []


def test_crossing_viewers_keep_their_sides():
    """After two faces cross, each ID goes on the way it went."""
    tracks = follow(crossing, np.arange(0, 4, 0.1))
    first = {track.viewer_id: track.box[0] for track in tracks[0.5]}
    last = {track.viewer_id: track.box[0] for track in list(tracks.values())[-1]}
    right = min(first, key=first.get)
    assert last[right] == max(last.values())


def test_coasting_viewer_takes_no_neighbours_face():
    """One who turns away towards a neighbour coasts over that seat; the neighbour keeps the ID."""

    def scene(t_s):
        turning = 300 * max(0.0, t_s - 3.8)
        turner = [(square((SEAT[0] + turning, SEAT[1])), 0.7)] if not 4 <= t_s < 6 else []
        # The neighbour's box moves a little the other way, nearer to where the coasting one is.
        neighbour = (SEAT[0] + 110 - 20 * (4.2 <= t_s < 5), SEAT[1])
        return [*turner, (square(neighbour), 0.7)] if t_s < 6 else [*sitting(t_s)]

    tracks = follow(scene, np.arange(0, 6, 0.1))
    first = [t.viewer_id for t in tracks[min(tracks, key=lambda t_s: abs(t_s - 3.5))]]
    assert first == [1, 2]
    neighbour = next(t.viewer_id for t in tracks[0.5] if t.box[0] > SEAT[0] + 50)
    assert seen_ids(tracks, 4.05, 5.95) == [neighbour]


@pytest.mark.slow
def test_half_the_rate_gives_the_same_lives():
    """Looking half as often finds the same viewers over the same time."""
    for scene in (walks_off, stranger, hidden(2, 9)):
        spans = []
        for rate in (20, 10):
            tracks = follow(scene, np.arange(0, 18, 1 / rate))
            lives = {}
            for t_s, now in tracks.items():
                for track in now:
                    lives.setdefault(track.viewer_id, []).append(t_s)
            spans.append({k: (min(times), max(times)) for k, times in lives.items()})
        assert spans[0].keys() == spans[1].keys()
        for viewer_id, span in spans[0].items():
            assert span == pytest.approx(spans[1][viewer_id], abs=0.25)


def test_coasting_is_not_seen():
    """A viewer missed is reported unseen near the seat for a second, then no more."""
    tracks = follow(hidden(2, 9), np.arange(0, 4, 0.1))
    assert [track.seen for track in tracks[2.5]] == [False]
    assert tracks[2.5][0].box == pytest.approx(np.array(square(SEAT)), abs=10)
    assert list(tracks.values())[-1] == []


@pytest.mark.slow
def test_expected_looks_everywhere_a_face_may_be():
    """A tentative face, a viewer and the seat of one asleep are expected, and nothing changes."""
    tracker = Tracker(memory_s=20)
    assert tracker.expected(0).shape == (0, 4)
    tracker.update(0.0, Detections([square(SEAT)], [0.7]))
    assert tracker.expected(0.1) == pytest.approx(np.array([square(SEAT)]))
    follow(hidden(5, 99), np.arange(0.1, 10, 0.1), tracker)
    before = tracker.state()
    assert tracker.expected(10) == pytest.approx(np.array([square(SEAT)]), abs=6)
    assert tracker.expected(40).shape == (0, 4)
    assert tracker.state() == before


def scatter(seed, looks=80):
    """Looks (t_s, detections) at uneven times: ten faces that wander, misses, false hits."""
    rng = np.random.default_rng(seed)
    centres, t_s, made = rng.uniform(0, 600, (10, 2)), 0.0, []
    for _ in range(looks):
        t_s += rng.uniform(0.03, 0.3)
        centres = centres + rng.normal(0, 4, centres.shape)
        faces = np.concatenate([centres[rng.random(10) > 0.2], rng.uniform(0, 600, (2, 2))])
        boxes = np.array([square(centre, 50 + rng.normal(0, 2)) for centre in faces])
        made.append((t_s, Detections(boxes, rng.uniform(0.2, 0.9, len(boxes)))))
    return made


def plain(tracks):
    """Tracks as numbers that can be compared."""
    return [(track.viewer_id, track.box.tolist(), track.seen, track.score) for track in tracks]


@pytest.mark.slow
def test_order_of_boxes_changes_nothing():
    """Shuffled boxes give the same viewers, to the last bit."""
    one, two, rng = Tracker(), Tracker(), np.random.default_rng(5)
    for t_s, (boxes, scores, *_) in scatter(5):
        order = rng.permutation(len(boxes))
        shuffled = two.update(t_s, Detections(boxes[order], scores[order]))
        assert plain(one.update(t_s, Detections(boxes, scores))) == plain(shuffled)
    assert one.state() == two.state()


def test_two_trackers_share_nothing():
    """A second tracker starts at ID 1 and does not see the first one's faces."""
    one = Tracker()
    follow(sitting, np.arange(0, 2, 0.1), one)
    two = Tracker()
    assert two.expected(2.0).shape == (0, 4)
    assert seen_ids(follow(lambda t_s: [(square(OTHER), 0.7)], np.arange(0, 2, 0.1), two)) == [1]
    assert len(one.expected(2.0)) == 1


@pytest.mark.slow
def test_state_carries_on_bit_for_bit():
    """A tracker restored from JSON at any moment goes on as if nothing had been."""
    looks = scatter(7)
    for stop in (0, 1, 20, 50):
        one, two = Tracker(), Tracker(coast_s=0.5, memory_s=5)
        for look in looks[:stop]:
            one.update(*look)
        two.restore(json.loads(json.dumps(one.state())))
        for look in looks[stop:]:
            assert two.expected(look[0]).tolist() == one.expected(look[0]).tolist()
            assert plain(two.update(*look)) == plain(one.update(*look))
        assert one.state() == two.state()


@pytest.mark.parametrize(
    "broken, message",
    [
        ({"version": 1}, "expected version 2, got 1"),
        ({}, "expected version 2, got None"),
        ([], "expected version 2, got None"),
        ({"version": 2}, "broken"),
        ({**Tracker().state(), "awake": {"viewer_id": [1]}}, "broken"),
    ],
)
def test_a_wrong_state_is_refused(broken, message):
    """A state of another version or in pieces is refused and changes nothing."""
    tracker = Tracker()
    follow(sitting, np.arange(0, 2, 0.1), tracker)
    before = tracker.state()
    with pytest.raises(ValueError, match=message):
        tracker.restore(broken)
    assert tracker.state() == before


@pytest.mark.parametrize(
    "look, message",
    [
        ((1.9, [], []), "later than 1.9"),  # time stands still
        ((1.0, [], []), "later than 1.9.*got 1.0"),  # time goes back
        ((np.nan, [], []), "got nan"),
        ((2.0, [[0, 0, 5, np.nan]], [0.5]), "boxes"),
        ((2.0, [[5, 5, 5, 9]], [0.5]), "boxes"),
        ((2.0, [[0, 0, 5, 5]], []), "scores"),
        ((2.0, [[0, 0, 5, 5]], [7.0]), "scores"),
    ],
)
def test_bad_input_changes_nothing(look, message):
    """A wrong look is refused and the tracker stays as it was."""
    tracker = Tracker()
    follow(sitting, np.round(np.arange(0, 2, 0.1), 3), tracker)
    before = tracker.state()
    with pytest.raises(ValueError, match=message):
        tracker.update(look[0], Detections(*look[1:]))
    assert tracker.state() == before


@pytest.mark.slow
def test_a_thousand_faces_at_once():
    """A thousand boxes after none become a thousand viewers."""
    tracker = Tracker()
    tracker.update(0.0, Detections([], []))
    boxes = np.array([square((60.0 * (k % 40), 60.0 * (k // 40))) for k in range(1000)])
    for look in range(1, 6):
        tracks = tracker.update(look / 10, Detections(boxes, np.full(1000, 0.7)))
    assert [track.viewer_id for track in tracks] == list(range(1, 1001))


def test_patience_must_make_sense():
    """Memory shorter than coasting is refused."""
    with pytest.raises(ValueError, match="coast_s <= memory_s, got 5 and 2"):
        Tracker(coast_s=5, memory_s=2)
