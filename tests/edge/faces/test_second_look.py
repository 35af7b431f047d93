"""The second look: places are cut out as they are, many or few, and its weights are checked."""

import hashlib
import json
import shutil

import cv2
import numpy as np
import pytest

from laughtrack.edge import inference
from laughtrack.edge.faces import net_weights, second_look
from laughtrack.edge.faces.second_look import SecondLook, SecondSettings
from tests.standins import findernet
from tests.standins.findernet import SIDE_PX, room

SETTINGS = SecondSettings(0.5, 2.0, -1.0, 0.5, "")


def pattern(shape):
    """Draw what is smooth and nowhere the same."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] / max(shape)
    return (60 + 100 * rows + 80 * columns).astype(np.uint8)


@pytest.mark.parametrize("side", [6.0, 24.0, 25.5, 31.0, 90.0, 400.0])
def test_squares_show_the_box_in_their_middle(side):
    """At any size: the place's middle is the square's, and the rim is as far as it should be."""
    grey = pattern((720, 720))
    box = np.array([360 - side / 2, 360 - side / 2, 360 + side / 2, 360 + side / 2])
    square = second_look.cut(grey, box[None])[0].astype(float)
    reach = second_look.AROUND * side / 2
    assert square.shape == (second_look.SIZE, second_look.SIZE)
    assert square.mean() == pytest.approx(grey[359:361, 359:361].mean(), abs=1.5)
    steps = square[:, -1].mean() - square[:, 0].mean(), square[-1].mean() - square[0].mean()
    across = 2 * reach * (1 - 1 / second_look.SIZE) / 720
    np.testing.assert_allclose(steps, (80 * across, 100 * across), atol=2)


@pytest.mark.parametrize("side", [10, 300])
def test_beyond_the_picture_its_rim_goes_on(side):
    """A face that the picture cuts off is looked at, whatever it is a part of."""
    grey = pattern((200, 320))
    for x, y in ((0, 0), (319, 199), (319, 0)):
        box = np.array([[x - side / 2, y - side / 2, x + side / 2, y + side / 2]])
        square = second_look.cut(grey, box)[0]
        corner = square[0 if y == 0 else -1, 0 if x == 0 else -1]
        assert abs(int(corner) - int(grey[y, x])) <= 2


def test_brightness_and_contrast_are_nothing():
    """A place in half the light and contrast is the same place; flat ones are finite."""
    squares = cv2.GaussianBlur(
        np.random.default_rng(1).integers(0, 255, (40, 40)).astype(np.uint8), (0, 0), 2
    )[None]
    same = second_look.normalised(squares // 2 + 30)
    np.testing.assert_allclose(second_look.normalised(squares), same, atol=0.1)
    assert (second_look.normalised(np.full((2, 40, 40), 7, np.uint8)) == 0).all()


@pytest.mark.parametrize("count", [0, 1, 8, 9, 30])
def test_places_are_looked_at_in_batches(count):
    """In order, as many as there are, open ones mirrored again; log-odds of both looks count."""
    seen = []

    def brightness(places):
        seen.append(len(places))
        return places[:, 0, 0, 0]

    grey = np.full((400, 400), 100, np.uint8)
    boxes = np.tile([100.0, 100, 140, 140], (count, 1))
    first = np.linspace(-4, 4, count)
    found = SecondLook(brightness, SETTINGS).confidence(grey, boxes, first)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-(0.5 * first - 1.0))))
    unsure = int((abs(0.5 * first - 1.0) < second_look.UNSURE).sum())
    batches = sum(-(-some // second_look.BATCH) for some in (count, unsure))
    assert seen == [second_look.BATCH] * batches


@pytest.mark.parametrize("log_odds, counts", [(-4.5, 0.0), (9.0, 4.0), (-9.0, 4.0)])
def test_what_is_open_is_looked_at_in_the_mirror_too(log_odds, counts):
    """A net that sees the left side alone sees both; where the first is sure it is as it was."""

    def left(places):
        return np.sign(places[:, 0, :, :15].mean(axis=(1, 2))) * 2.0

    grey = np.where(np.arange(400) < 200, 150, 50).astype(np.uint8)[None].repeat(400, axis=0)
    look = SecondLook(left, SecondSettings(1.0, 2.0, 0.0, 0.5, ""))
    found = look.confidence(grey, np.array([[180.0, 180, 220, 220]]), np.array([log_odds]))
    assert float(np.log(found / (1 - found))[0]) == pytest.approx(log_odds + counts)


def test_what_the_first_look_takes_for_a_face_may_be_none():
    """A bright square's edge is none to the second look, and its neighbour stays."""
    lent = net_weights.load_finder_net(findernet.FOLDER)
    picture = room([(64, 48)])
    picture[104:152, 192:320] = 255  # as bright, and no square of that size
    alone = net_weights.FinderNet(lent._grids_of, lent._settings).find(picture)
    found = lent.find(picture)
    assert len(alone.boxes) > 1 and len(found.boxes) == len(found.scores) == len(found.points) == 1
    np.testing.assert_allclose(found.boxes[0], [64, 48, 64 + SIDE_PX, 48 + SIDE_PX], atol=1e-3)


@pytest.fixture
def weights(tmp_path):
    """Return a folder with a copy of the stand-in's files."""
    return shutil.copytree(findernet.FOLDER, tmp_path / "weights")


def change(folder, **changes):
    """Change what is known of the second look; None takes a key away."""
    path = folder / "findernet.json"
    known = json.loads(path.read_text())
    second = {**known["second"], **changes}
    known["second"] = {key: value for key, value in second.items() if value is not None}
    path.write_text(json.dumps(known))


def cut_off(folder):
    """Leave half of the weights."""
    path = folder / second_look.FILE
    path.write_bytes(path.read_bytes()[:3000])


def other(folder):
    """Put another net there, with its sum."""
    path = folder / second_look.FILE
    shutil.copy(inference.ARTIFACTS / "smilenet.onnx", path)
    change(folder, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


WRONG = {
    "no weights": (lambda f: (f / second_look.FILE).unlink(), "cannot read"),
    "cut off": (cut_off, "is damaged, or not what"),
    "another net": (other, "not a second look"),
    "no sum": (lambda f: change(f, sha256=None), "second sha256 is None"),
    "no least": (lambda f: change(f, least=None), "second least is None"),
    "sure of all": (lambda f: change(f, least=0), "second least is 0"),
    "text": (lambda f: change(f, intercept="a"), "second intercept is 'a'"),
    "turned over": (lambda f: change(f, second=-1), "second second is -1"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_weights_are_refused(weights, what):
    """The file is named, and what to do."""
    spoilt, words = WRONG[what]
    spoilt(weights)
    with pytest.raises(ValueError, match=words) as error:
        net_weights.load_finder_net(weights)
    assert str(weights) in str(error.value) and "choose haar as the finder" in str(error.value)
