"""Missed faces are tried again: turned, from the side, evened out; and not too often."""

import json

import cv2
import numpy as np
import pytest

from laughtrack.edge.faces import local_search
from laughtrack.edge.faces.finder import CASCADE, _merge
from laughtrack.edge.faces.haar import COARSE, NO_FACES, Faces, HaarCascade, RetriedFaces
from laughtrack.edge.faces.local_search import (
    ABSENT_RETRY_S,
    ABSENT_S,
    ATTEMPTS,
    MAX_DOUBTFUL_SCORE,
    RETRY_S,
    LocalSearch,
)
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot import files

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

PLENTY_MS = 1e6


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Return a grey picture of 12 pretend viewers, and the boxes of those facing the camera."""
    path = tmp_path_factory.mktemp("room") / "room.mp4"
    simulate(path, 12, 0.2, (1280, 720), seed=4)
    _, image = cv2.VideoCapture(str(path)).read()
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), files.read_identities(
        path.with_suffix(".gt.txt")
    )[1][1]


@pytest.fixture
def blind():
    """Return a detector that never finds anything, and what it was asked for: list of Variant."""

    class Blind:
        def __init__(self):
            self.asked = []

        def search(self, grey, box, variants):
            self.asked.append(variants[0])
            return NO_FACES

    return Blind()


def tilt(grey, box, turn_deg):
    """Tilt a picture around one face's middle; the face's box stays."""
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    turn = cv2.getRotationMatrix2D(middle, turn_deg, 1.0)
    return cv2.warpAffine(grey, turn, grey.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def found_of(room, turn_deg, retries, shift=0.0):
    """Look at each face of a tilted room; the boxes found, their scores, and the true boxes."""
    grey, truth = room
    boxes, scores = [], []
    for box in truth:
        aside = box[None] + shift * (box[2] - box[0])
        seen, _, _ = LocalSearch(HaarCascade(CASCADE), retries).run(
            tilt(grey, box, turn_deg), aside, 0.0, PLENTY_MS
        )
        boxes.append(seen[0][0])
        scores.append(seen[0][1])
    return boxes, np.concatenate(scores), truth


@pytest.mark.parametrize("turn_deg", [-38, -32, 32, 38])
def test_tilted_faces_are_found(room, turn_deg):
    """Heads tilted so far are missed upright; tried again nearly all are found, in doubt."""
    upright, _, _ = found_of(room, turn_deg, retries=False)
    boxes, scores, truth = found_of(room, turn_deg, retries=True)
    assert sum(map(len, upright)) <= len(truth) // 3 and sum(map(len, boxes)) >= len(truth) - 1
    assert (np.sort(scores)[: len(truth) - sum(map(len, upright)) - 1] <= MAX_DOUBTFUL_SCORE).all()


def test_turned_find_has_an_upright_box_around_its_middle(room):
    """The box is where the face is in the picture, not where it was in the turned patch."""
    boxes, _, truth = found_of(room, 28, retries=True, shift=0.12)
    for found, box in zip(boxes, truth, strict=True):
        assert len(found) == 0 or overlap(found, box[None])[0, 0] > 0.6


def test_upright_faces_are_sure(room):
    """A face that the first try finds keeps the confidence it has."""
    _, scores, truth = found_of(room, 0, retries=True)
    assert len(scores) == len(truth) and (scores > MAX_DOUBTFUL_SCORE).all()


def test_empty_places_stay_empty(room):
    """Between the viewers, over twenty seconds of tries, hardly anything is found."""
    grey, truth = room
    random, looker, count = np.random.RandomState(2), LocalSearch(HaarCascade(CASCADE)), 0
    wide = (truth[:, 2] - truth[:, 0]).mean()
    corners = random.uniform(0, 1, (400, 2)) * (np.array(grey.shape[::-1]) - wide)
    places = np.hstack([corners, corners + wide])
    places = places[(overlap(places, truth) == 0).all(axis=1)][:40]
    for n in range(40):
        seen, _, _ = looker.run(grey, places, n / 2, PLENTY_MS)
        count += sum(len(boxes) for boxes, _ in seen)
    assert len(places) == 40 and count <= 16


def test_first_miss_gets_all_tries_later_ones_some(room, blind):
    """All tries when a face was there before; then one in turn now and then, seldom in the end."""
    grey, truth = room
    looker = LocalSearch(blind)
    looker._side = blind
    looker.run(grey, truth[:1], 0.0, PLENTY_MS)
    assert len(blind.asked) == len(ATTEMPTS) and blind.asked[0] == COARSE
    blind.asked.clear()
    for n in range(1, 31):
        looker.run(grey, truth[:1], n / 30, PLENTY_MS)
    coarse = blind.asked.count(COARSE)
    assert coarse == 30 and len(set(blind.asked)) >= len(ATTEMPTS) - 1
    assert len(blind.asked) - coarse <= 1 / RETRY_S + 1
    blind.asked.clear()
    for n in range(31, 331):
        looker.run(grey, truth[:1], n / 30, PLENTY_MS)
    assert len(blind.asked) <= 2 * (10 / ABSENT_RETRY_S + 1) + 4
    assert ABSENT_S < 30 / 30 + 0.1


def test_what_found_a_face_last_is_tried_first(room, monkeypatch):
    """A head that stays tilted costs two tries a look, not nine."""
    grey, truth = room
    looker, asked = LocalSearch(HaarCascade(CASCADE)), []
    picture = tilt(grey, truth[0], 30)
    looker.run(picture, truth[:1], 0.0, PLENTY_MS)
    search = HaarCascade.search
    monkeypatch.setattr(HaarCascade, "search", lambda *a: asked.append(a[3][0]) or search(*a))
    seen, looked, _ = looker.run(picture, truth[:1], 0.1, PLENTY_MS)
    assert len(asked) == 2 and len(seen[0][0]) == 1 and looked[0]


def test_seats_without_a_face_are_not_missed_at_each_look(room, blind):
    """Where nobody looked, or only at a glance, `looked` says that nothing can be told."""
    grey, truth = room
    looker = LocalSearch(blind)
    looker._side = blind
    _, first, _ = looker.run(grey, truth[:1], 0.0, PLENTY_MS)
    _, glance, _ = looker.run(grey, truth[:1], 0.03, PLENTY_MS)
    _, later, _ = looker.run(grey, truth[:1], 0.1, PLENTY_MS)
    assert first[0] and not glance[0] and later[0]


def test_work_allowed_is_not_exceeded(room, blind):
    """However little is allowed: the first tries of as many as that pays for."""
    grey, truth = room
    for most_ms in (0.0, 0.2, 1.0, 3.0, 9.0):
        blind.asked.clear()
        looker = LocalSearch(blind)
        looker._side = blind
        _, _, spent_ms = looker.run(grey, truth, 0.0, most_ms)
        prices = {each.variant: each.price_ms for each in ATTEMPTS}
        assert spent_ms == pytest.approx(sum(prices[how] for how in blind.asked))
        assert spent_ms <= most_ms


def test_state_goes_through_json(room, blind):
    """Places, misses and turns are the same after a restore."""
    grey, truth = room
    looker, again = LocalSearch(blind), LocalSearch(blind)
    looker._side = again._side = blind
    for n in range(5):
        looker.run(grey, truth, n / 10, 4.0)
    again.restore(json.loads(json.dumps(looker.state())))
    assert again.state() == looker.state() and len(again._places) == len(truth)
    ours, theirs = (each.run(grey, truth, 0.5, 4.0) for each in (looker, again))
    assert np.array_equal(ours[1], theirs[1]) and ours[2] == theirs[2]


def test_nobody_expected(room):
    """Nothing to look at costs nothing."""
    seen, looked, spent_ms = LocalSearch(HaarCascade(CASCADE)).run(
        room[0], np.zeros((0, 4)), 0.0, PLENTY_MS
    )
    assert seen == [] and looked.shape == (0,) and spent_ms == 0
    assert local_search.SIDE_CASCADE


def test_what_only_a_retry_found_is_told():
    """The tracker learns no confidence from it."""
    first = Faces(np.array([[0.0, 0, 50, 50]]), np.array([0.7]))
    again = RetriedFaces(np.array([[100.0, 0, 150, 50]]), np.array([0.3]))
    assert _merge([first, again])[1].tolist() == [False, True]
