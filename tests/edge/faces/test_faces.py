"""Faces are found where they are expected and where something changed, within a budget."""

import csv
import json

import cv2
import numpy as np
import pytest

from laughtrack.edge.faces import haar
from laughtrack.edge.faces.finder import BUDGET_MS, FRAME_S, SCAN_S, Finder
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot import files
from tests.tools import DATA

NOBODY = np.zeros((0, 4))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Return a full HD picture of 24 pretend viewers and the boxes of those facing the camera."""
    return pretend(tmp_path_factory.mktemp("room"), 24, (1920, 1080))


@pytest.fixture(scope="module")
def stadium(tmp_path_factory):
    """Return a picture of 170 pretend viewers, 35 px of face each, and their boxes."""
    return pretend(tmp_path_factory.mktemp("stadium"), 170, (1280, 720))


def pretend(folder, viewers, size):
    """Make a pretend room; one picture of it, and the boxes of those facing the camera."""
    path = folder / "room.mp4"
    simulate(path, viewers, 0.2, size, seed=6)
    _, image = cv2.VideoCapture(str(path)).read()
    return image, files.read_identities(path.with_suffix(".gt.txt"))[1][1]


def missed(truth, boxes):
    """Count the true boxes that no found one overlaps by half."""
    return int((overlap(truth, boxes).max(axis=1, initial=0) < 0.5).sum())


def without(image, box):
    """Return the picture with grey where a face was, hair and all."""
    x1, y1, x2, y2 = (int(v) for v in box)
    wide = (x2 - x1) // 2
    emptied = image.copy()
    emptied[max(0, y1 - wide) : y2 + wide, max(0, x1 - wide) : x2 + wide] = 90
    return emptied


@pytest.mark.slow
def test_whole_scan_finds_everyone(room):
    """The first frame is scanned whole, and so is a single picture."""
    image, truth = room
    first = Finder().find(image, NOBODY, 0.0).boxes
    once, scores = Finder().scan(image)
    assert missed(truth, first) == missed(truth, once) == 0
    assert ((scores > 0.3) & (scores < 1)).all()


@pytest.mark.slow
def test_expected_faces_are_found_without_a_scan(room, monkeypatch):
    """A look finds a face a little away from where it was expected, once."""
    image, truth = room
    finder = Finder()
    finder.find(image, NOBODY, 0.0)
    monkeypatch.setattr(haar.HaarCascade, "scan", lambda *_: haar.NO_FACES)
    aside = truth + 0.06 * (truth[:, 2:3] - truth[:, :1]) * [[1, -1, 1, -1]]
    found = finder.find(image, aside, 0.1)
    assert missed(truth, found.boxes) == 0 and len(found.boxes) == len(truth)
    assert found.searched.all()


@pytest.mark.slow
@pytest.mark.parametrize("rate, scan_s", [(2, SCAN_S), (10, SCAN_S), (30, SCAN_S), (10, 0.5)])
def test_newcomers_are_found_in_time(room, rate, scan_s):
    """Somebody new is found within `scan_s`, however often we look, all others being known."""
    image, truth = room
    found = 0
    for new in range(0, len(truth), 12):
        finder, known = Finder(scan_s=scan_s), np.delete(truth, new, axis=0)
        for n in range(3 * rate):
            finder.find(without(image, truth[new]), known, n / rate)
        times = 3 + np.arange(int(scan_s * rate) + 1) / rate
        found += any(missed(truth, finder.find(image, known, t_s).boxes) == 0 for t_s in times)
    assert found == len(range(0, len(truth), 12))


@pytest.mark.slow
def test_cut_is_scanned_at_once(room):
    """After a cut in the film the next frame is scanned whole."""
    image, truth = room
    finder = Finder()
    finder.find(cv2.flip(image, 0), NOBODY, 0.0)
    boxes = finder.find(image, NOBODY, 0.1).boxes
    assert missed(truth, boxes) == 0


@pytest.mark.slow
def test_flashes_are_not_scanned_each(room):
    """Light that passes for a cut in every frame costs one scan a second, else the budget."""
    image, _ = room
    finder = Finder()
    spent_ms = []
    for n in range(20):
        found = finder.find(cv2.flip(image, 0) if n % 2 else image, NOBODY, n / 20)
        spent_ms.append(found.spent_ms)
    assert sum(each > 1.5 * BUDGET_MS for each in spent_ms) == 2


@pytest.mark.slow
@pytest.mark.parametrize("budget_ms, rate", [(28, 30), (28, 10), (60, 30)])
def test_budget_is_kept(stadium, budget_ms, rate):
    """Whatever is expected and however much changes, no call costs more than allowed."""
    image, truth = stadium
    finder = Finder(budget_ms=budget_ms)
    noise = np.random.RandomState(3)
    finder.find(image, truth, 0.0)
    for n in range(1, 12):
        moved = np.roll(image, 30 * n, axis=1) if n % 3 else image
        boxes = truth + noise.uniform(-200, 200, (len(truth), 1))
        finder._cut_s = n / rate  # no cuts
        found = finder.find(moved, np.concatenate([truth, boxes]), n / rate)
        assert found.spent_ms <= budget_ms * max(1, 1 / rate / FRAME_S) + 1e-9


@pytest.mark.slow
def test_faces_of_a_packed_room_take_turns(stadium):
    """Where the budget is too small for all, everyone is looked at in every second frame."""
    image, truth = stadium
    finder = Finder(budget_ms=28)
    searched = np.array([finder.find(image, truth, n / 30).searched for n in range(9)])
    pairs = searched[1:-1] | searched[2:]
    assert pairs.all() and not searched[1:].all()


@pytest.mark.slow
@pytest.mark.parametrize("cut", [False, True])
def test_restored_goes_on_as_after_forgetting(room, cut):
    """Through JSON and back: the same faces in the same order, the same work, a cut told."""
    image, truth = room
    frames = [np.roll(image, 9 * n, axis=0) for n in range(9)]
    if cut:
        frames[4:] = [255 - frame for frame in frames[4:]]
    finder, again = Finder(), Finder()
    for n in range(4):
        finder.find(frames[n], truth, n / 10)
    again.restore(json.loads(json.dumps(finder.state())))
    again.recall(frames[3])
    finder.forget()
    assert again.state() == finder.state()
    for n in range(4, 9):
        ours, theirs = (each.find(frames[n], truth, n / 10) for each in (finder, again))
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
        assert ours.after_cut == (cut and n == 4)
        assert finder.state() == again.state()


@pytest.mark.slow
def test_restored_without_the_frame_before_tells_no_cut(room):
    """Whether there was one nobody knows; the picture is looked over anew either way."""
    image, truth = room
    finder, again = Finder(), Finder()
    finder.find(image, truth, 0.0)
    again.restore(finder.state())
    parts = [again.find(255 - image, NOBODY, n / 10) for n in range(1, 15)]
    assert not any(found.after_cut for found in parts)
    assert sum(found.spent_ms for found in parts) > again._schedule.whole_ms - 1e-6


@pytest.mark.slow
def test_fresh_state_restores():
    """A finder that has seen nothing yet gives a state, too."""
    again = Finder()
    again.restore(json.loads(json.dumps(Finder().state())))
    assert len(again.find(np.full((90, 120), 77, np.uint8), NOBODY, 0.0).boxes) == 0


@pytest.mark.slow
def test_number_of_threads_changes_nothing(room):
    """One thread or four: the same boxes, the same order, the same scores."""
    image, truth = room
    found = []
    for threads in (1, 4):
        before = cv2.getNumThreads()
        cv2.setNumThreads(threads)
        finder = Finder()
        finder.find(image, truth, 0.0)
        found.append(finder.find(np.roll(image, 25, axis=0), truth, 0.1))
        cv2.setNumThreads(before)
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(90, 120, 3), (90, 120), (1, 1), (2, 700), (700, 2)])
def test_empty_room_has_no_faces(shape):
    """No faces is shape (0, 4), however small the picture."""
    finder = Finder()
    for n in range(3):
        found = finder.find(np.full(shape, 77 + 40 * n, np.uint8), NOBODY, n / 10)
        assert found.boxes.shape == (0, 4)
        assert found.scores.shape == found.searched.shape == (0,)


@pytest.mark.slow
@pytest.mark.parametrize(
    "box", [[-50, -50, -10, -10], [500, 500, 540, 540], [100, 60, 140, 100], [5, 5, 5.5, 5.5]]
)
def test_expectation_at_the_edge_is_no_error(box):
    """A predicted box may lie outside the picture, or hardly be one."""
    image = np.full((90, 120, 3), 77, np.uint8)
    assert len(Finder().find(image, np.array([box], float), 0.0).boxes) == 0


@pytest.mark.slow
def test_other_size_of_picture_begins_anew(room):
    """A source that changes its size is scanned whole again."""
    image, truth = room
    finder = Finder()
    finder.find(image, NOBODY, 0.0)
    found = finder.find(cv2.resize(image, None, fx=0.5, fy=0.5), NOBODY, 0.1)
    assert missed(truth / 2, found.boxes) <= 1


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"cascade": "nose"}, "no cascade 'nose'"),
        ({"scan_s": 0}, "scan_s"),
        ({"budget_ms": 5}, "5"),
    ],
)
def test_what_makes_no_finder_is_named(wrong, says):
    """A name that OpenCV has no cascade for, numbers out of range."""
    with pytest.raises(ValueError, match=says):
        Finder(**wrong)


@pytest.mark.slow
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
