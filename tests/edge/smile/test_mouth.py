"""A face whose mouth is covered is found and followed, and not scored."""

import json
import shutil

import cv2
import numpy as np
import pytest

from laughtrack.edge.faces.haar import Faces
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.still_faces import still_faces
from laughtrack.edge.simulate.faces import draw_people, with_smile
from laughtrack.edge.smile import mouth
from laughtrack.edge.smile.crops import MIN_QUALITY, crop_faces, quality
from laughtrack.edge.sources.frames import Frame
from laughtrack.tracker.detections import Detections

SIDE = 240
BOX = np.array([[60.0, 60.0, 180.0, 180.0]])
SHADES = (20, 90, 150, 235)


def person(seed, smile=0.9):
    """Return a grey picture with a pretend person's face in `BOX`."""
    (face,) = draw_people([BOX[0, 2] - BOX[0, 0]], seed)
    head = cv2.cvtColor(with_smile(face, smile), cv2.COLOR_BGR2GRAY)
    picture = np.full((SIDE, SIDE), 100, np.float32)
    x, y = (round(BOX[0, i] - face.box[i]) for i in (0, 1))
    there = picture[y : y + head.shape[0], x : x + head.shape[1]]
    there += (head - there) * face.alpha
    return np.rint(picture).astype(np.uint8)


def masked(picture, shade):
    """Return the picture with a mask of some grey from nose to chin, with pleats and straps."""
    picture = picture.copy()
    outline = np.array([[76, 122], [120, 108], [164, 122], [158, 168], [120, 190], [82, 168]])
    for end in (76, 164):
        strap = (round(120 + (end - 120) * 1.3), 104)
        cv2.line(picture, (end, 126), strap, int(shade * 0.9), 2, cv2.LINE_AA)
    cv2.fillPoly(picture, [outline], shade, cv2.LINE_AA)
    for y in (132, 146, 160):
        cv2.line(picture, (82, y), (158, y), int(shade * 0.8), 2, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def quality_of(picture):
    """Return the quality of the face in `BOX`."""
    return float(quality(crop_faces(picture, BOX), BOX, np.array([0.9]))[0])


@pytest.mark.parametrize("shade", SHADES)
def test_a_masked_face_is_not_judged_and_a_smiling_one_is(shade):
    """Whatever the mask's grey, nothing is said of the smile behind it."""
    for seed in range(6):
        assert quality_of(person(seed)) >= MIN_QUALITY
        assert quality_of(masked(person(seed), shade)) == 0


def test_small_faces_with_masks_are_not_judged_either():
    """The same at 26 px, as in the back rows."""
    scale = 26 / (BOX[0, 2] - BOX[0, 0])
    for shade in (20, 235):
        pictures = [person(3), masked(person(3), shade)]
        boxes, found = BOX * scale, []
        for each in pictures:
            small = cv2.resize(each, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            found.append(quality(crop_faces(small, boxes), boxes, np.array([0.9]))[0])
        assert found[0] >= MIN_QUALITY and found[1] == 0


class Seen:
    """A finder that finds the face in `BOX` in every picture."""

    def find(self, image, expected, t_s):
        """Find it."""
        return Detections(BOX.copy(), np.array([0.95]))

    def scan(self, image):
        """Find it."""
        return Faces(BOX.copy(), np.array([0.95]))


def test_who_puts_a_mask_on_stays_and_has_no_smile():
    """The viewer keeps the number; the smile is empty while the mask is on, and soon back."""
    looks = FramePipeline(lambda crops: np.full(len(crops), 0.9), Seen())
    free, covered = person(1), masked(person(1), 200)
    readings = []
    for number in range(40):
        image = covered if 15 <= number < 30 else free
        image = cv2.cvtColor(np.roll(image, number % 2, axis=1), cv2.COLOR_GRAY2BGR)
        readings += looks.process(Frame(number, number * 0.1, image)).readings
    assert len(readings) >= 35 and {each.viewer_id for each in readings} == {1}
    for each in readings:
        if 2.95 < each.t_s < 3.45:
            continue  # the last looks say what this one does not
        hidden = 1.5 <= each.t_s < 2.95
        assert (each.smile is None) == (each.raw is None) == hidden
        assert (each.quality < MIN_QUALITY) == hidden


def test_looks_together_tell_a_mask_that_one_of_them_misses(monkeypatch):
    """Which looks come before decides; and a free mouth before does not hide a hand for long."""
    leans = {"mask": [0.5, 0.4, -0.2, 0.6, -0.3, 0.5], "free": [-9.0, -12.0, 0.6, -8.0, -9.0, -7.0]}
    leans["hand"] = [-15.0, -9.0, -10.0] + [0.7] * 12
    monkeypatch.setattr(mouth, "hidden_log_odds", lambda net, crops: crops[:, 0, 0])
    for who, expected in (("mask", [True] * 6), ("free", [False] * 6)):
        mouths = mouth.Mouths()
        told = [
            bool(mouths.hidden([1], k * 0.1, np.full((1, 2, 2), lean))[0])
            for k, lean in enumerate(leans[who])
        ]
        assert told == expected
    mouths, told = mouth.Mouths(), []
    for k, lean in enumerate(leans["hand"]):
        again = mouth.Mouths()
        again.restore(json.loads(json.dumps(mouths.state())))
        crops = np.full((2, 2, 2), lean) * np.array([1, -1])[:, None, None]
        told.append(mouths.hidden([1, 2], k * 0.1, crops).tolist())
        assert again.hidden([1, 2], k * 0.1, crops).tolist() == told[-1]
    assert [one for one, _ in told[:3]] == [False] * 3 and told[-1][0]


def test_what_hid_a_mouth_for_seconds_is_there_while_looks_miss_it(monkeypatch):
    """A mask of 4 s is missed for 1 s; off, it is told in 2 s; a hand of 1 s in half a second."""
    monkeypatch.setattr(mouth, "hidden_log_odds", lambda net, crops: crops[:, 0, 0])

    def told(leans):
        mouths = mouth.Mouths()
        found = []
        for k, lean in enumerate(leans):
            found.append(bool(mouths.hidden([1], k * 0.1, np.full((1, 2, 2), lean))[0]))
        return found

    assert all(told([2.0] * 40 + [-1.5] * 10))
    assert not any(told([2.0] * 40 + [-9.0] * 30)[60:])
    hand = told([-9.0] * 30 + [2.0] * 10 + [-9.0] * 20)
    assert all(hand[35:40]) and not any(hand[45:])


def test_a_picture_of_a_masked_face_has_its_box_and_no_smile():
    """So has `laughtrack faces`."""
    (face,) = still_faces(masked(person(2), 60), lambda crops: np.ones(len(crops)), Seen())
    assert face.smile is None and face.box == (60, 60, 180, 180)


def test_a_face_is_judged_alone_as_among_others():
    """In batches of any size, also none."""
    crops = np.concatenate([crop_faces(person(seed), BOX) for seed in range(3)] * 30)
    net = mouth.shipped()
    together = mouth.hidden_log_odds(net, crops)
    alone = [mouth.hidden_log_odds(net, crops[[i]])[0] for i in (0, 1, 2, 89)]
    assert together[[0, 1, 2, 89]] == pytest.approx(alone, abs=1e-3)
    assert mouth.mouth_is_hidden(crops[:0]).shape == (0,)


def _without(path, name):
    with np.load(path) as found:
        arrays = {key: found[key] for key in found.files if key != name}
    np.savez(path, **arrays)


def _with(path, **changes):
    with np.load(path) as found:
        arrays = {key: found[key] for key in found.files}
    np.savez(path, **{**arrays, **changes})


FAULTS = {
    "missing": lambda path: path.unlink(),
    "no archive": lambda path: path.write_bytes(b"no archive"),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "a part missing": lambda path: _without(path, "w2"),
    "another version": lambda path: _with(path, version=9),
    "another shape": lambda path: _with(path, b0=np.zeros(3, np.float32)),
    "no threshold": lambda path: _with(path, threshold=np.nan),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_damaged_weights_are_named(fault, tmp_path):
    """The file, and what to do."""
    path = tmp_path / mouth.FILE
    shutil.copy(mouth.ARTIFACTS / mouth.FILE, path)
    FAULTS[fault](path)
    with pytest.raises(ValueError, match="install laughtrack again") as error:
        mouth.load(path)
    assert str(path) in str(error.value)
