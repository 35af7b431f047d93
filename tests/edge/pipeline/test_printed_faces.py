"""Pictures of faces are told from faces within 3 s, by how little they change."""

import json

import cv2
import numpy as np
import pytest

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader, BatchLimits
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.printed_faces import PrintedFaces
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline, batches
from laughtrack.edge.readings import from_json, to_json
from laughtrack.edge.simulate.faces import draw_people, with_smile
from laughtrack.edge.sources.frames import Frame
from laughtrack.tracker.detections import Detections
from laughtrack.tracker.static_faces import MOVED_TIMES, PRINTED
from laughtrack.tracker.tracker import Tracker
from laughtrack.tracker.tracks import FollowedFace

RATE = 5
FACE = draw_people([60], seed=3)[0]


@pytest.fixture(scope="module")
def wall():
    """Return a room's wall, grey, with something on it to see how the camera moves."""
    rng = np.random.default_rng(2)
    image = np.full((240, 560), 110, np.uint8)
    for x, y, w, h, grey in rng.integers((0, 0, 10, 10, 40), (560, 240, 60, 60, 220), (60, 5)):
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), int(grey), -1)
    return image


def put(image, x, y):
    """Put the face onto a picture with its middle at x, y, fractions of a pixel too."""
    picture, alpha = cv2.cvtColor(with_smile(FACE, 0.3), cv2.COLOR_BGR2GRAY), FACE.alpha
    height, width = picture.shape
    move = np.array([[1, 0, x - width / 2], [0, 1, y - height / 2]], dtype=np.float64)
    size = image.shape[::-1]
    laid = cv2.warpAffine(picture.astype(np.float32), move, size)
    seen = cv2.warpAffine(alpha.astype(np.float32), move, size)
    return (seen * laid + (1 - seen) * image).astype(np.uint8)


def film(picture_at, seconds, noise=2.0):
    """Yield time and picture, with a camera's grain."""
    rng = np.random.default_rng(7)
    for k in range(round(seconds * RATE)):
        image = picture_at(k / RATE)
        grain = rng.integers(0, round(6 * noise) + 1, image.shape, np.uint8) if noise else 0
        yield k / RATE, cv2.add(image, grain)


def watched(frames, place_at, jitter=1.0):
    """The verdict after each frame on one face that is found where `place_at` says."""
    printed, rng, verdict, verdicts = PrintedFaces(), np.random.default_rng(9), 0, {}
    for t_s, image in frames:
        x, y = np.array(place_at(t_s)) + rng.normal(0, jitter, 2)
        face = FollowedFace(1, np.array([x - 30, y - 30, x + 30, y + 30]), verdict < 0, verdict)
        verdict = printed.observe(image, [face], [face.box], t_s).get(1, verdict)
        verdicts[t_s] = verdict
    return verdicts


def test_a_printed_face_is_told_within_3_s(wall):
    """The camera stands still, and boxes jitter as a finder's do."""
    poster = put(wall, 200, 120)
    assert watched(film(lambda t_s: poster, 3), lambda t_s: (200, 120))[2.8] == PRINTED


@pytest.mark.parametrize("speed", [5.0, 40.0])
def test_a_printed_face_is_told_under_a_moving_camera(wall, speed):
    """Slowly or quickly, all of the room moves alike."""
    poster = put(wall, 300, 120)

    def seen(t_s):
        move = np.array([[1, 0, -speed * t_s], [0, 1, -3 * np.sin(t_s)]])
        return cv2.warpAffine(poster, move, (400, 225))

    place = lambda t_s: (300 - speed * t_s, 120 - 3 * np.sin(t_s))  # noqa: E731
    assert watched(film(seen, 3), place)[2.8] == PRINTED


def drawn_over(image):
    """Lay a drawn face over a film, where the film has no say."""
    image = image.copy()
    cv2.circle(image, (200, 120), 29, 225, -1)
    for x in (189, 211):
        cv2.circle(image, (x, 112), 5, 30, -1)
    cv2.ellipse(image, (200, 128), (14, 9), 0, 0, 180, 30, 3)
    return image


def test_a_drawn_face_over_a_film_is_told_within_3_s(wall):
    """It stays where it is while a head and the room move under it and around it."""

    def seen(t_s):
        move = np.array([[1, 0, -60 * t_s], [0, 1, 10 * np.sin(3 * t_s)]])
        room = cv2.warpAffine(wall, move, (400, 225), borderMode=cv2.BORDER_WRAP)
        return drawn_over(put(room, 200 + 15 * np.sin(5 * t_s), 140))

    assert watched(film(seen, 3), lambda t_s: (200, 120))[2.8] == PRINTED


@pytest.mark.slow
def verdict_when_found_at(found_s, frames, x):
    """What is known at the first look at a face that is found no earlier."""
    printed = PrintedFaces()
    for t_s, image in frames:
        if t_s < found_s:
            printed.observe(image, [], [], t_s)
            continue
        box = np.array([x - 30.0, 90, x + 30, 150])
        return printed.observe(image, [FollowedFace(1, box, False, 0)], [box], t_s).get(1, 0)


def test_what_was_there_before_it_was_found_is_told_at_once(wall):
    """A poster that is found late; not who came or moved in between, nor one found early."""

    def still(t_s):
        return put(wall, 280, 120)

    def came(t_s):
        return put(wall, 280 if t_s > 1.0 else 150, 120)

    def living(t_s):
        return put(wall, 280 + 3 * np.sin(2.1 * t_s), 120)

    assert verdict_when_found_at(4.0, film(still, 5), 280) == PRINTED
    assert verdict_when_found_at(2.0, film(still, 5), 280) == 0
    assert verdict_when_found_at(3.4, film(came, 5), 280) == 0
    assert verdict_when_found_at(4.0, film(living, 5), 280) == 0


def test_who_sways_before_a_moving_room_is_never_printed(wall):
    """The room moves as before a window of a train; the face alone says that it lives."""

    def seen(t_s):
        move = np.array([[1, 0, -60 * t_s], [0, 1, 0.0]])
        return put(cv2.warpAffine(wall, move, (400, 225), borderMode=cv2.BORDER_WRAP), *sway(t_s))

    assert PRINTED not in watched(film(seen, 12), sway).values()


def test_nobody_is_judged_by_a_picture_that_hangs(wall):
    """Where nothing at all changes, nobody is told from a portrait."""
    poster = put(wall, 200, 120)
    frames = film(lambda t_s: poster, 6, noise=0)
    assert set(watched(frames, lambda t_s: (200, 120)).values()) == {0}


def sway(t_s):
    """Where somebody is who sits still: within 4 % of a face in some seconds."""
    return 200 + 1.3 * np.sin(1.5 * t_s), 120 + 0.8 * np.sin(0.9 * t_s + 1)


@pytest.mark.slow
def test_who_sways_a_little_is_never_printed(wall):
    """Against the wall behind, though the face is always the same."""
    verdicts = watched(film(lambda t_s: put(wall, *sway(t_s)), 12), sway)
    assert PRINTED not in verdicts.values()


@pytest.mark.slow
def test_who_held_still_at_first_is_alive_again_soon(wall):
    """Somebody as still as a picture for 4 s, who then begins to move."""
    place = lambda t_s: (200 + 8 * max(0.0, t_s - 4), 120)  # noqa: E731
    verdicts = watched(film(lambda t_s: put(wall, *place(t_s)), 7), place)
    assert verdicts[3.4] == PRINTED and verdicts[6.8] >= MOVED_TIMES


def test_a_passer_by_makes_no_poster_alive(wall):
    """Somebody's sleeve before the poster, now and then."""
    poster = put(wall, 200, 120)

    def seen(t_s):
        image = poster.copy()
        if t_s > 3 and t_s % 3 < 0.7:
            image[100:, 200:] = 20
        return image

    assert watched(film(seen, 8), lambda t_s: (200, 120))[7.8] == PRINTED


def test_the_tracker_takes_back_and_gives_back():
    """What was reported of a printed face is corrected, and of one that moved after all again."""
    tracker, boxes, told, ids = Tracker(), np.array([[100.0, 100, 150, 150]]), [], {}
    for k in range(60):
        t_s = k / 10
        ids[t_s] = [track.viewer_id for track in tracker.update(t_s, Detections(boxes, [0.7]))]
        told += [tuple(each) for each in tracker.corrections]
        if k == 30:
            assert [face.viewer_id for face in tracker.unjudged()] == [1]
            tracker.judge({1: PRINTED})
        if k == 40:
            assert tracker.unjudged()[0].static
            tracker.judge({1: MOVED_TIMES})
    assert told == [(1, 0.2, 3.1, "static"), (1, 0.2, 4.1, "alive")]
    assert ids[3.0] == [1] and ids[3.1] == ids[4.0] == [] and ids[4.1] == [1]
    assert tracker.unjudged() == []


class StandInFinder:
    """Finds one face where it always is, and needs no memory."""

    def find(self, image, expected, t_s):
        """Return the poster's box, jittering by the time."""
        x, y = 200 + np.sin(37 * t_s), 120 + np.sin(53 * t_s)
        box = [[x - 30, y - 30, x + 30, y + 30]]
        return Detections(np.array(box), np.array([0.7]), np.ones(len(expected), bool))

    def forget(self):
        """Nothing is remembered."""

    def recall(self, image):
        """Nothing is remembered."""

    def restore(self, state):
        """Nothing is remembered."""

    def state(self):
        """Nothing is remembered."""
        return {}


def session():
    """A session of the stand-in finder, with batches of 2 s."""
    header = BatchHeader("cam", "show", "2026-01-31T20:15:00Z")
    batcher = Batcher(header, {}, BatchLimits(2.0))
    pipeline = FramePipeline(lambda crops: np.full(len(crops), 0.9), StandInFinder())
    return SessionPipeline(pipeline, batcher)


@pytest.mark.slow
def test_a_poster_counts_nowhere_after_a_stop_too(wall, tmp_path):
    """From frames to the store: no reading of it counts, and a resumed session sends the same."""
    poster = put(wall, 200, 120)
    frames = [Frame(k, t_s, image) for k, (t_s, image) in enumerate(film(lambda _: poster, 14))]
    closed = list(batches(session(), frames))
    extend(str(tmp_path), [from_json(to_json(each.batch)) for each in closed])
    assert sum(len(each.batch.readings["t_s"]) for each in closed) > 10
    assert load(str(tmp_path), "show").readings.empty and load(str(tmp_path), "show").static == (1,)
    number, state = next((k, each.state) for k, each in enumerate(closed) if each.state)
    resumed = session()
    resumed.restore(json.loads(json.dumps(state)))
    rest = list(batches(resumed, frames))
    first = rest[0].batch.seq
    assert first <= number + 1
    assert [each.batch for each in rest] == [each.batch for each in closed][first:]
