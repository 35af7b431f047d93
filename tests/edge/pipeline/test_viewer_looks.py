"""Viewers are known again across cuts by small pictures, which are kept in memory alone."""

import json

import cv2
import numpy as np
import pytest

from laughtrack.edge.faces.change_detection import ChangeDetector
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.viewer_looks import ViewerLooks
from laughtrack.edge.sources.frames import Frame
from laughtrack.tracker.detections import Detections

HEIGHT, WIDTH = 180, 320
ROOM, STUDIO, CELLAR = range(100, 103)
LEFT, RIGHT = (90, 90), (220, 90)


def texture(seed, size):
    """Return a made-up look: soft spots that are nobody else's."""
    spots = np.random.default_rng(seed).normal(size=(12, 12))
    picture = cv2.resize(spots, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(120 + 50 * picture, 0, 255)


def draw(room, people, light=1.0, side=40):
    """Draw people by seed, at x y, in a room; return the picture and their boxes."""
    picture = cv2.resize(texture(room, 24), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    boxes = []
    for seed, (x, y) in people.items():
        half = 3 * side // 2
        head = texture(seed, 2 * half)
        picture[y - half : y + half, x - half : x + half] = head
        boxes.append([x - side / 2, y - side / 2, x + side / 2, y + side / 2])
    picture = picture * light + np.random.default_rng(1).normal(0, 2, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), np.array(boxes).reshape(-1, 4)


class Known:
    """A finder that is told the faces, and tells cuts as all do."""

    def __init__(self):
        self.boxes, self._cuts = np.zeros((0, 4)), ChangeDetector((HEIGHT, WIDTH), 10)

    def find(self, image, _, __):
        """What it was told."""
        cut = self._cuts.observe(image)
        return Detections(self.boxes, np.full(len(self.boxes), 0.9), after_cut=cut)

    def forget(self):
        """Nothing to forget."""

    def recall(self, image):
        """Take in the frame before a stop."""
        self._cuts.observe(image)

    def state(self):
        """Nothing to keep."""
        return {}

    def restore(self, state):
        """Nothing was kept."""


class Film:
    """Plays shots to a pipeline."""

    def __init__(self):
        self.finder, self.k = Known(), 0
        self.pipeline = FramePipeline(lambda crops: np.zeros(len(crops)), self.finder)

    def play(self, seconds, *shot, **options):
        """Return the IDs at the end, in the order of people."""
        for _ in range(round(10 * seconds)):
            image, self.finder.boxes = draw(*shot, **options)
            readings = self.pipeline.process(Frame(self.k, self.k / 10, image)).readings
            self.k += 1
        at = {reading.box[:2]: reading.viewer_id for reading in readings}
        return [at[tuple(int(v) for v in np.rint(box[:2]))] for box in self.finder.boxes]


@pytest.mark.slow
def test_alternating_shots_give_their_viewers_back():
    """Two shots of two pairs in the same places, in turns."""
    film = Film()
    first, second = {1: LEFT, 2: RIGHT}, {3: LEFT, 4: RIGHT}
    assert film.play(2, ROOM, first) == [1, 2]
    assert film.play(2, STUDIO, second) == [3, 4]
    assert film.play(2, ROOM, first) == [1, 2]
    assert film.play(2, STUDIO, second, light=0.6) == [3, 4]
    # A third room, with one of them a little closer.
    assert film.play(2, CELLAR, {2: LEFT, 5: RIGHT}, side=52) == [2, 5]


@pytest.mark.slow
@pytest.mark.parametrize("room", [ROOM, STUDIO])
def test_who_changes_places_keeps_the_id(room):
    """At a cut, and where only the tiles change and no cut is told."""
    film = Film()
    assert film.play(2, ROOM, {1: LEFT, 2: RIGHT}) == [1, 2]
    assert film.play(2, room, {2: LEFT, 1: RIGHT}) == [2, 1]
    assert film.play(2, room, {2: LEFT, 3: RIGHT}) == [2, 3]


@pytest.mark.slow
def test_a_false_alarm_costs_nobody_the_id():
    """The light goes out and on again; comes from elsewhere; the camera is knocked."""
    film = Film()
    assert film.play(2, ROOM, {1: LEFT, 2: RIGHT}) == [1, 2]
    film.play(1, ROOM, {}, light=0.0)
    assert film.play(1, ROOM, {1: LEFT, 2: RIGHT}) == [1, 2]
    side = np.linspace(0.2, 1.6, WIDTH)
    for k in range(8):
        light = side if k % 2 else side[::-1]
        assert film.play(0.3, ROOM, {1: LEFT, 2: RIGHT}, light=light) == [1, 2]
    knocked = {1: (LEFT[0] + 30, LEFT[1] + 12), 2: (RIGHT[0] + 30, RIGHT[1] + 12)}
    assert film.play(1, CELLAR, knocked) == [1, 2]


def test_nothing_is_left_of_pictures():
    """What is saved is as without pictures; what is forgotten is compared no more."""
    film = Film()
    film.play(1, ROOM, {1: LEFT, 2: RIGHT})
    film.play(1, STUDIO, {3: LEFT})
    assert set(film.pipeline.state()) == {"finder", "tracker", "smoother", "mouths", "turns"}
    assert "looks" not in json.dumps(list(film.pipeline.state()["tracker"]))
    film.pipeline.forget()
    assert film.pipeline._looks.compare(*found(ROOM, {1: LEFT})) is None
    # Then the seats alone tell, as before: right at a cut one that is just where one was.
    assert film.play(1, ROOM, {1: LEFT}) == [3]


def test_after_a_stop_it_goes_on_as_without():
    """From the moment on at which pictures are forgotten, in JSON and back."""
    film, resumed = Film(), Film()
    film.play(1, ROOM, {1: LEFT, 2: RIGHT})
    film.play(1, STUDIO, {3: LEFT, 1: RIGHT})
    film.pipeline.forget()
    resumed.k = film.k
    resumed.pipeline.restore(json.loads(json.dumps(film.pipeline.state())))
    resumed.pipeline.recall(Frame(film.k - 1, 0.0, draw(STUDIO, {3: LEFT, 1: RIGHT})[0]))
    shots = (ROOM, {1: LEFT, 2: RIGHT}), (STUDIO, {3: RIGHT, 1: LEFT}), (ROOM, {2: LEFT, 1: RIGHT})
    told = [[one.play(0.5, *shot) for shot in shots] for one in (film, resumed)]
    assert told[0] == told[1] and film.pipeline.state() == resumed.pipeline.state()


def found(*shot):
    """A picture and what is found in it."""
    image, boxes = draw(*shot)
    return image, Detections(boxes, np.full(len(boxes), 0.9), after_cut=True)


def test_nobody_is_compared_where_there_was_no_cut():
    """And with colours or without, a face at the edge or none at all, something comes of it."""
    film = Film()
    film.play(1, ROOM, {1: LEFT})
    image, detections = found(ROOM, {1: LEFT})
    assert film.pipeline._looks.compare(image, detections._replace(after_cut=False)) is None
    seen = film.pipeline._looks.compare(cv2.merge([image] * 3), detections)
    assert seen.viewer_ids.tolist() == [1] and seen.likeness[0, 0] > 0.9
    edge = np.array([[-20.0, -20, 20, 20], [310, 170, 330, 190]])
    seen = film.pipeline._looks.compare(image, Detections(edge, np.ones(2)))
    assert seen.likeness.shape == (2, 1) and (np.abs(seen.likeness) <= 1.0001).all()
    nobody = Detections(edge[:0], np.zeros(0))
    assert film.pipeline._looks.compare(image, nobody).likeness.shape == (0, 1)
    assert ViewerLooks().compare(image, detections) is None
