"""FinderNet's weights are checked, its grids become faces, whatever the picture."""

import hashlib
import json
import shutil

import cv2
import numpy as np
import pytest

from laughtrack.edge import inference
from laughtrack.edge.faces import net, net_settings, net_weights
from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.faces.haar import Faces
from laughtrack.edge.faces.net_boxes import haar_like
from laughtrack.edge.faces.net_finder import BothFinder, NetFinder
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot import files
from tests.standins import findernet
from tests.standins.findernet import SIDE_PX, room

NOBODY = np.zeros((0, 4))
SQUARES = [(64, 48), (200, 104), (320, 200)]


@pytest.fixture(scope="module")
def lent():
    """Return the stand-in: bright squares are its faces."""
    return net_weights.load_finder_net(findernet.FOLDER)


def corners(squares):
    """Return the boxes of squares."""
    return np.array([[x, y, x + SIDE_PX, y + SIDE_PX] for x, y in squares], float)


def test_squares_are_found_with_their_points(lent):
    """Where they are, once each, sure, with the right eye left of the left one."""
    found = lent.find(room(SQUARES))
    order = np.argsort(found.boxes[:, 0])
    np.testing.assert_allclose(found.boxes[order], corners(SQUARES), atol=1e-4)
    assert found.points.shape == (3, 5, 2) and (found.scores > 0.9).all()
    assert (found.points[:, 0, 0] < found.points[:, 1, 0]).all()


def test_least_width_sets_the_scale(lent):
    """Squares twice as large are found where faces below twice the smallest aren't wanted."""
    twice = cv2.resize(room(SQUARES), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    found = lent.find(twice, least_px=20)
    order = np.argsort(found.boxes[:, 0])
    np.testing.assert_allclose(found.boxes[order], 2 * corners(SQUARES), atol=1e-3)


SHAPES = [(64, 64), (4320, 7680), (1, 1), (33, 2000)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("least_px", [None, 5, 200])
def test_the_net_sees_no_more_than_it_may(shape, least_px):
    """Of any picture, however small the faces that are wanted; its sides keep their ratio."""
    height, width = net.net_size(shape, least_px, 10)
    assert height * width <= 1.01 * net.MOST_PX and min(height, width) >= 1
    if min(shape) > 1 and least_px != 200:
        assert width / height == pytest.approx(shape[1] / shape[0], rel=0.02)


@pytest.mark.parametrize("shape", [*SHAPES[:3], (4320, 7680, 3)])
def test_any_size_and_black(lent, shape):
    """Nothing is found in the dark, in grey or in colour."""
    found = NetFinder(lent).find(np.zeros(shape, np.uint8), NOBODY, 0.0)
    assert found.boxes.shape == (0, 4) and found.scores.shape == (0,) and found.searched is None
    assert found.spent_ms <= net.PIXEL_MS * net.MOST_PX


def test_upside_down_and_across_the_edge(lent):
    """A square that the picture ends in is found; what is filled up beside it is not a place."""
    picture = room([(480 - 24, 240), (8, 16)], (480, 264))[::-1]
    # The stand-in's second look would not know a square whose surroundings nobody sees.
    found = net.FinderNet(lent._grids_of, lent._settings).find(picture)
    middle = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    assert len(found.boxes) == 2 and (middle < (480, 264)).all() and (middle >= 0).all()


@pytest.mark.slow
def test_a_thousand_faces(lent, monkeypatch):
    """Each is found, and once."""
    monkeypatch.setattr(net, "MOST_PX", 1600 * 1000)
    squares = [(x, y) for x in range(8, 1600, 40) for y in range(8, 1000, 40)]
    found = lent.find(room(squares, (1600, 1000)))
    assert len(found.boxes) == len(squares) == 1000
    np.testing.assert_allclose(sorted(found.boxes.tolist()), corners(squares), atol=1e-3)


def test_overflowing_grids_are_no_error():
    """A net gone mad: all is a face, of any size; it ends, and all is finite."""

    def mad(picture):
        rows, columns = picture.shape[2:]
        return [np.full((15, rows // s, columns // s), 1e9, np.float32) for s in net.STRIDES]

    settings = net_settings.NetSettings(0.5, 10, 1.0, 0.0, "")
    assert len(net.FinderNet(mad, settings).find(np.zeros((64, 64), np.uint8)).boxes) == 0


def test_scores_are_calibrated(lent):
    """By slope and intercept on the logit, after the threshold on the net's own confidence."""
    plain = net.FinderNet(lent._grids_of, lent._settings).find(room(SQUARES)).scores
    sober = net.FinderNet(lent._grids_of, lent._settings._replace(slope=0.5, intercept=-1))
    scores = sober.find(room(SQUARES)).scores
    np.testing.assert_allclose(
        np.log(scores / (1 - scores)), 0.5 * np.log(plain / (1 - plain)) - 1, rtol=1e-6
    )


@pytest.fixture
def weights(tmp_path):
    """Return a folder with a copy of the stand-in's two files."""
    return shutil.copytree(findernet.FOLDER, tmp_path / "weights")


def change(folder, **changes):
    """Change what is known of the weights; None takes a key away."""
    path = folder / "findernet.json"
    known = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({k: v for k, v in known.items() if v is not None}))


def spoil(path):
    """Change a byte in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def other(folder):
    """Put another net there, with its sum."""
    shutil.copy(inference.ARTIFACTS / "smilenet.onnx", folder / "findernet.onnx")
    change(folder, sha256=hashlib.sha256((folder / "findernet.onnx").read_bytes()).hexdigest())


WRONG = {
    "no weights": (lambda f: (f / "findernet.onnx").unlink(), "findernet.onnx"),
    "no settings": (lambda f: (f / "findernet.json").unlink(), "findernet.json"),
    "no JSON": (lambda f: (f / "findernet.json").write_text("{"), "findernet.json"),
    "a list": (lambda f: (f / "findernet.json").write_text("[1]"), "version"),
    "one bit": (lambda f: spoil(f / "findernet.onnx"), "is damaged"),
    "cut off": (lambda f: (f / "findernet.onnx").write_bytes(b"\x08"), "is damaged"),
    "another net": (other, "not a FinderNet"),
    "another version": (lambda f: change(f, version=2), "version 2, and this program reads 1"),
    "no sum": (lambda f: change(f, sha256=None), "sha256 is None"),
    "no threshold": (lambda f: change(f, threshold=None), "threshold is None"),
    "a threshold of 1": (lambda f: change(f, threshold=1), "above 0 and below 1"),
    "no smallest": (lambda f: change(f, smallest_px=None), "smallest_px is None"),
    "text": (lambda f: change(f, smallest_px="10"), "smallest_px is '10'"),
    "no calibration": (lambda f: change(f, calibration=None), "calibration slope is None"),
    "half of it": (lambda f: change(f, calibration={"slope": 1}), "calibration intercept is None"),
    "NaN": (
        lambda f: change(f, calibration={"slope": 1, "intercept": np.nan}),
        "is nan, expected a number",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_weights_are_refused(weights, what):
    """Missing, damaged, of another version or export: the file is named, and what to do."""
    spoilt, words = WRONG[what]
    spoilt(weights)
    with pytest.raises(ValueError, match=words) as error:
        net_weights.load_finder_net(weights)
    assert str(weights) in str(error.value) and "choose haar as the finder" in str(error.value)


def test_without_openvino_haar_is_named(weights, monkeypatch):
    """Haar is not used instead in silence."""
    monkeypatch.setitem(inference.sys.modules, "openvino", None)
    with pytest.raises(ValueError, match=r"needs OpenVINO.*choose haar"):
        net_weights.load_finder_net(weights)


def test_the_choice_is_made_in_one_place(tmp_path, monkeypatch):
    """Haar needs no weights; the others say what is wrong with them before they are used."""
    monkeypatch.setattr(inference, "ARTIFACTS", tmp_path)
    assert isinstance(finder_maker("haar")(), Finder)
    for kind in ("net", "both"):
        with pytest.raises(ValueError, match=r"findernet\.json"):
            finder_maker(kind)
    findernet.lend(monkeypatch, tmp_path / "lent")
    assert isinstance(finder_maker("net")(), NetFinder)
    assert isinstance(finder_maker("both")(), BothFinder)
    with pytest.raises(ValueError, match="'yunet': expected one of haar, net, both"):
        finder_maker("yunet")


def test_boxes_become_squares_like_the_cascades():
    """Of a face of usual proportions: square, as wide as the face is high or nearly, in place."""
    square = haar_like(np.array([[100.0, 100, 175, 200]]))[0]
    assert square[2] - square[0] == pytest.approx(square[3] - square[1])
    assert 80 < square[2] - square[0] < 110
    np.testing.assert_allclose((square[:2] + square[2:]) / 2, (137.5, 150), atol=6)
    assert haar_like(NOBODY).shape == (0, 4)


def test_a_cut_is_told_and_flashes_are_not(lent):
    """So the tracker expects nobody where the room was; also right after a stop."""
    finder = NetFinder(lent)
    dark, ramp = room(SQUARES), np.tile(np.linspace(0, 255, 480).astype(np.uint8), (270, 1))
    told = [
        finder.find(p, NOBODY, t / 10).after_cut for t, p in enumerate([dark, dark, ramp, dark])
    ]
    assert told == [False, False, True, False]
    again = NetFinder(lent)
    again.restore(json.loads(json.dumps(finder.state())))
    again.recall(dark)
    assert again.find(ramp, NOBODY, 5.0).after_cut
    assert again.find(ramp[:100], NOBODY, 9.0).after_cut


class Known:
    """A finder that finds the same faces each time."""

    def __init__(self, boxes, scores):
        self._found = Faces(np.array(boxes, float).reshape(-1, 4), np.array(scores, float))

    def scan(self, image):
        """Return them."""
        return self._found


@pytest.mark.parametrize("ours, theirs, expected", [(1, 1, 2), (0, 1, 1), (1, 0, 1), (0, 0, 0)])
def test_both_finds_what_either_does(ours, theirs, expected):
    """A face that both see is one: the net's box, as sure as the surer is."""
    boxes = [[10, 10, 50, 50], [100, 10, 140, 50]]
    mine = Known([boxes[0]] * ours, [0.6] * ours)
    haar = Known([[14, 14, 48, 48], boxes[1]] * theirs, [0.7, 0.5] * theirs)
    found = BothFinder(mine, haar).scan(np.zeros((90, 150), np.uint8))
    assert len(found.boxes) == (2 if theirs else ours) == max(expected, 2 * theirs)
    if ours:
        assert found.boxes[0].tolist() == boxes[0]
    if ours and theirs:
        assert found.scores.tolist() == [0.7, 0.5] and found.boxes[1].tolist() == boxes[1]


@pytest.mark.slow
def test_shipped_weights_find_pretend_people(tmp_path):
    """They are what their settings were written for, and find everybody in an easy room."""
    simulate(tmp_path / "room.mp4", 6, 0.2, (640, 360), seed=3)
    _, image = cv2.VideoCapture(str(tmp_path / "room.mp4")).read()
    truth = files.read_identities(tmp_path / "room.gt.txt")[1][1]
    found = finder_maker("net")().scan(image)
    assert (overlap(truth, found.boxes).max(axis=1, initial=0) > 0.4).mean() >= 0.8
    assert len(found.boxes) <= len(truth) + 1
