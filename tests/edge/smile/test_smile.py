"""Crops, and the scorer on the shipped weights."""

import json
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from laughtrack.edge import inference
from laughtrack.edge.smile import smilenet
from tests.tools import ROOT

SIZE = smilenet.SIZE


def picture(height=200, width=300, seed=3):
    """Return a smooth colour picture: smooth, so that a wrong place shows as a wrong grey."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 20, width // 20, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def ramp(height, width):
    """Return a grey picture that rises by one a pixel from left to right."""
    return np.tile(np.arange(width, dtype=np.uint8), (height, 1))


@pytest.mark.parametrize(("left", "side"), [(30, 20), (30, 40), (30, 57.5), (61, 90), (20, 160)])
def test_crop_is_cut_to_a_fraction_of_a_pixel(left, side):
    """On a ramp each column shows the place it was cut from, small or large; no lean either way."""
    errors = []
    for part in np.arange(0, 1, 0.11):
        box = np.array([[left + part, 40, left + part + side, 40 + side]])
        shown = smilenet.WIDEN * side
        start = left + part + side / 2 - shown / 2
        wanted = start + (np.arange(SIZE) + 0.5) * shown / SIZE - 0.5
        rising = smilenet.crop_faces(ramp(250, 250), box)[0, 10].astype(float)
        falling = smilenet.crop_faces(255 - ramp(250, 250), box)[0, 10]
        errors.append((rising + 255 - falling) / 2 - wanted)  # so halves rounded up cancel out
    assert np.abs(errors).max() < 0.6
    assert abs(np.mean(errors)) < 0.03


@pytest.mark.parametrize(
    ("box", "column", "repeated"),
    [((-60, 20, 0, 80), 5, 0), ((240, 20, 300, 80), 42, 249), ((-500, -500, -460, -460), 5, 0)],
)
def test_crop_repeats_the_edge_outside_the_frame(box, column, repeated):
    """Whatever lies beyond the frame shows the nearest pixel of it."""
    crop = smilenet.crop_faces(ramp(250, 250), np.array([box], float))[0]
    assert (crop[:, column] == repeated).all()


def test_crop_of_colour_is_the_crop_of_its_grey():
    """Turning only the face to grey gives what turning the whole frame would."""
    image = picture()
    boxes = np.array([[30.2, 40.1, 90.2, 100.1], [100, 20, 260, 180], [-10, 150, 40, 210]], float)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    assert np.array_equal(smilenet.crop_faces(image, boxes), smilenet.crop_faces(grey, boxes))


def test_crop_of_a_doubled_picture_is_nearly_the_same():
    """A face twice as large gives the same crop but for rounding and sharpness."""
    image = picture()
    double = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    box = np.array([[60.0, 50.0, 160.0, 150.0]])
    one, two = smilenet.crop_faces(image, box)[0], smilenet.crop_faces(double, 2 * box)[0]
    assert np.abs(one.astype(int) - two).mean() < 2


def test_no_boxes_give_no_crops_scores_or_qualities():
    """Empty in, empty out, with the right shapes."""
    crops = smilenet.crop_faces(picture(), np.zeros((0, 4)))
    assert crops.shape == (0, SIZE, SIZE) and crops.dtype == np.uint8
    assert smilenet.quality(crops, np.zeros((0, 4)), np.zeros(0)).shape == (0,)


@pytest.mark.parametrize(
    ("image", "box", "words"),
    [
        (np.zeros((10, 10)), (1, 1, 5, 5), "uint8"),
        (np.zeros((10, 10, 4), np.uint8), (1, 1, 5, 5), "image"),
        (np.zeros((0, 10), np.uint8), (1, 1, 5, 5), "empty"),
        (np.zeros((10, 10), np.uint8), (5, 1, 5, 5), "no area"),
        (np.zeros((10, 10), np.uint8), (np.nan, 1, 5, 5), "finite"),
    ],
)
def test_bad_pictures_and_boxes_are_named(image, box, words):
    """What cannot be cut is a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match=words):
        smilenet.crop_faces(image, np.array([box], float))


@pytest.fixture(scope="module")
def score():
    """Open the shipped weights once."""
    return smilenet.load_scorer()


def faces(count, seed=7):
    """Return noise in place of faces: scores need not make sense, only agree."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 12, 12), dtype=np.uint8)
    return np.stack([cv2.resize(one, (SIZE, SIZE)) for one in coarse])


@pytest.mark.slow
def test_score_does_not_depend_on_the_rest_of_the_batch(score):
    """Alone, first, last or among 24: the same number, to the last bit."""
    crops = faces(25)
    together = score(crops)
    assert together.shape == (25,) and together.dtype == np.float64
    assert ((together >= 0) & (together <= 1)).all() and len(np.unique(together)) > 10
    assert np.array_equal(np.concatenate([score(crops[i : i + 1]) for i in range(25)]), together)
    assert np.array_equal(score(crops[::-1]), together[::-1])
    assert np.array_equal(score(crops[3:14]), together[3:14])


@pytest.mark.slow
def test_score_ignores_gain_and_offset(score):
    """Half the contrast, or a brighter picture, hardly moves a score."""
    crops = faces(20) // 2 + 64
    darker = crops // 2 + 20
    assert np.abs(score(crops) - score(darker)).max() < 0.1


def test_no_faces_have_no_scores(score):
    """An empty batch is an empty answer."""
    scores = score(np.zeros((0, SIZE, SIZE), np.uint8))
    assert scores.shape == (0,) and scores.dtype == np.float64


@pytest.mark.parametrize("shape", [(1, 32, 32), (SIZE, SIZE), (1, SIZE, SIZE, 3)])
def test_crops_of_another_shape_are_refused(score, shape):
    """The message names the shape that came."""
    with pytest.raises(ValueError, match="crops must be"):
        score(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 48}, "size 48"),
        ({"widen": 1.5}, "widen 1.5"),
        ({"prepare": None}, "prepare None"),
        ({"temperature": 0}, "temperature"),
        ({"bias": "none"}, "bias"),
    ],
)
def test_weights_for_other_crops_are_refused(tmp_path, change, words):
    """The error names the settings file, what it says and what was wanted."""
    shutil.copy(smilenet.ARTIFACTS / "smilenet.onnx", tmp_path)
    settings = json.loads((smilenet.ARTIFACTS / "smilenet.json").read_text())
    (tmp_path / "smilenet.json").write_text(json.dumps({**settings, **change}))
    with pytest.raises(ValueError, match=words) as error:
        smilenet.load_scorer(tmp_path)
    assert str(tmp_path / "smilenet.json") in str(error.value)


def test_missing_and_broken_weights_are_named(tmp_path):
    """No folder, no network, or something else under its name: the error says which file."""
    with pytest.raises(ValueError, match=r"smilenet\.json"):
        smilenet.load_scorer(tmp_path / "nowhere")
    shutil.copy(smilenet.ARTIFACTS / "smilenet.json", tmp_path)
    with pytest.raises(ValueError, match=r"smilenet\.onnx"):
        smilenet.load_scorer(tmp_path)
    (tmp_path / "smilenet.onnx").write_bytes(b"not a network")
    with pytest.raises(ValueError, match=r"smilenet\.onnx"):
        smilenet.load_scorer(tmp_path)


NETS_COME_AND_GO = """
import gc, os
from laughtrack.edge.smile.smilenet import load_scorer

for first in (0, 1):
    kept = [load_scorer(), load_scorer()]
    while kept:
        kept.pop(first if len(kept) > 1 else 0)
        gc.collect()
    try:
        os.kill(os.getpid(), 2)
    except KeyboardInterrupt:
        print("stopped")
"""


@pytest.mark.slow
def test_nets_that_are_gone_leave_signals_alone():
    """Each engine of OpenVINO's puts a stack for signals in place, and takes it away at its end."""
    words = [sys.executable, "-c", NETS_COME_AND_GO]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "stopped\n" * 2), done.stderr


def test_a_network_of_another_size_is_refused(tmp_path):
    """A network that isn't for these crops is refused when loading, not while scoring."""
    openvino = inference.import_openvino()
    shutil.copy(smilenet.ARTIFACTS / "smilenet.json", tmp_path)
    model = inference.read_model(smilenet.ARTIFACTS / "smilenet.onnx", "SmileNet")
    model.reshape([-1, 1, 32, 32])
    openvino.save_model(model, str(tmp_path / "other.xml"))
    for end in ("xml", "bin"):
        shutil.copy(tmp_path / f"other.{end}", tmp_path / f"smilenet.{end}")
    with pytest.raises(ValueError, match="not a SmileNet"):
        smilenet._openvino(tmp_path / "smilenet.xml")
