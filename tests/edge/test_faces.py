"""Faces are found by a scan that goes round, and by a look where one is expected."""

import csv
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge import haar
from edge.faces import SCAN_S, Finder
from edge.simulate import simulate
from tracker import mot
from tracker.boxes import overlap

DATA = Path(os.environ.get("LAUGHTRACK_DATA", "../shared/data"))
NOBODY = np.zeros((0, 4))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Return a full HD picture of 24 pretend viewers and the boxes of those facing the camera."""
    path = tmp_path_factory.mktemp("room") / "room.mp4"
    simulate(path, 24, 0.2, (1920, 1080), seed=6)
    _, image = cv2.VideoCapture(str(path)).read()
    return image, mot.read_identities(path.with_suffix(".gt.txt"))[1][1]


def missed(truth, boxes):
    """Count the true boxes that no found one overlaps by half."""
    return int((overlap(truth, boxes).max(axis=1, initial=0) < 0.5).sum())


def test_whole_scan_finds_everyone(room):
    """The first frame is scanned whole, and so is a single picture."""
    image, truth = room
    first, _ = Finder().find(image, NOBODY, 0.0)
    once, scores = Finder().scan(image)
    assert missed(truth, first) == missed(truth, once) == 0
    assert ((scores > 0.3) & (scores < 1)).all()


def test_expected_faces_are_found_without_a_scan(room, monkeypatch):
    """A look finds a face a little away from where it was expected, once."""
    image, truth = room
    finder = Finder()
    finder.find(image, NOBODY, 0.0)
    monkeypatch.setattr(haar.Haar, "scan", lambda *_: haar.NO_FACES)
    aside = truth + 0.06 * (truth[:, 2:3] - truth[:, :1]) * [[1, -1, 1, -1]]
    boxes, _ = finder.find(image, aside, 0.1)
    assert missed(truth, boxes) == 0 and len(boxes) == len(truth)


@pytest.mark.parametrize("rate", [5, 10, 30])
def test_newcomers_are_found_in_time(room, rate):
    """Within `SCAN_S` every part of the picture has been scanned, however often we look."""
    image, truth = room
    finder = Finder()
    finder.find(np.full_like(image, 90), NOBODY, 0.0)
    found = [NOBODY]
    finder._cut = lambda grey: False
    for n in range(int(SCAN_S * rate) + 1):
        found.append(finder.find(image, NOBODY, (n + 1) / rate)[0])
    assert missed(truth, np.concatenate(found)) == 0


def test_cut_is_scanned_at_once(room):
    """After a cut in the film the next frame is scanned whole."""
    image, truth = room
    finder = Finder()
    finder.find(cv2.flip(image, 0), NOBODY, 0.0)
    boxes, _ = finder.find(image, NOBODY, 0.1)
    assert missed(truth, boxes) == 0


def test_flicker_is_no_cut(room):
    """Darker or lighter light changes nothing of where the scan stands."""
    image, _ = room
    finder = Finder()
    finder.find(image, NOBODY, 0.0)
    assert not finder._cut(cv2.cvtColor(cv2.convertScaleAbs(image, alpha=0.8), 6))


def test_restored_goes_on_with_the_same_parts(room):
    """Through JSON and back, the same faces in the same order."""
    image, _ = room
    finder, again = Finder(), Finder()
    for n in range(3):
        finder.find(image, NOBODY, n / 10)
    again.restore(json.loads(json.dumps(finder.state())))
    for n in range(3, 9):
        ours, theirs = (each.find(image, NOBODY, n / 10) for each in (finder, again))
        assert np.array_equal(ours[0], theirs[0]) and np.array_equal(ours[1], theirs[1])


def test_number_of_threads_changes_nothing(room):
    """One thread or four: the same boxes, the same order, the same scores."""
    image, truth = room
    found = []
    for threads in (1, 4):
        before = cv2.getNumThreads()
        cv2.setNumThreads(threads)
        found.append(Finder().find(image, truth, 0.0))
        cv2.setNumThreads(before)
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


def test_empty_room_has_no_faces():
    """No faces is shape (0, 4)."""
    boxes, scores = Finder().find(np.full((90, 120, 3), 77, np.uint8), NOBODY, 0.0)
    assert boxes.shape == (0, 4) and scores.shape == (0,)


@pytest.mark.parametrize(
    "box", [[-50, -50, -10, -10], [500, 500, 540, 540], [100, 60, 140, 100], [5, 5, 5.5, 5.5]]
)
def test_expectation_at_the_edge_is_no_error(box):
    """A predicted box may lie outside the picture, or hardly be one."""
    image = np.full((90, 120, 3), 77, np.uint8)
    assert len(Finder().find(image, np.array([box], float), 0.0)[0]) == 0


@pytest.mark.parametrize("shape", [(1080, 1920), (48, 64), (30, 500), (2, 2)])
def test_parts_cover_the_picture(shape):
    """Every place lies in a part of each octave; neighbours share a face's width."""
    for part_px in {part.scale for part in haar.plan(shape, 20)}:
        seen = np.zeros(shape, bool)
        for part in haar.plan(shape, 20):
            if part.scale == part_px:
                seen[part.y1 : part.y2, part.x1 : part.x2] = True
        assert seen.all()


def test_missing_cascade_is_named():
    """A name that OpenCV has no cascade for."""
    with pytest.raises(ValueError, match="no cascade 'nose'"):
        Finder(cascade="nose")


@pytest.mark.skipif(not (DATA / "group_photos").is_dir(), reason=f"no group photos at {DATA}")
def test_group_photos():
    """Photos with hand-made boxes: most faces found, hardly anything else."""
    truth, hits, count = {}, 0, 0
    for row in csv.DictReader((DATA / "group_photos/boxes.csv").read_text().splitlines()):
        box = [float(row[name]) for name in ("x1", "y1", "x2", "y2")]
        truth.setdefault(row["file"], []).append(box)
    for name, boxes in truth.items():
        found, _ = Finder().scan(cv2.imread(str(DATA / "group_photos" / name)))
        alike = overlap(np.array(boxes), found)
        hits += int((alike.max(axis=1, initial=0) > 0.4).sum())
        count += len(found)
    total = sum(map(len, truth.values()))
    assert hits / total >= 0.88 and hits / count >= 0.92
