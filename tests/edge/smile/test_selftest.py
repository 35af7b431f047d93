"""The self-test lets the right network pass, and no other."""

import json
import shutil

import cv2
import numpy as np
import pytest

from laughtrack.edge.smile import selftest, smilenet

KNOWN = smilenet.load_settings(smilenet.ARTIFACTS)["selftest"]
# The sum of each picture's grey levels.
SUMS = [649541, 632809, 177740, 337212]


@pytest.fixture(scope="module")
def logits_of():
    """Open the shipped network, from crops to logits."""
    net = cv2.dnn.readNetFromONNX(str(smilenet.ARTIFACTS / "smilenet.onnx"))

    def logits(crops):
        net.setInput(smilenet.prepare(crops))
        return net.forward().astype(np.float64)

    return logits


def test_pictures_are_the_same_everywhere():
    """Whole numbers alone: what was known of them at the export holds on every machine."""
    pictures = selftest.pictures()
    assert pictures.shape == (len(selftest.NAMES), smilenet.SIZE, smilenet.SIZE)
    assert pictures.dtype == np.uint8
    assert [int(p.astype(int).sum()) for p in pictures] == SUMS
    assert len({round(p.mean() / 16) for p in pictures}) >= 3


def test_known_logits_tell_the_smile_from_the_frown():
    """The drawn smiles lean to a smile, and more so than the drawn frown, beyond any tolerance."""
    smile_lean, frown_lean, dark_lean, _ = np.diff(KNOWN)[:, 0]
    assert smile_lean > 1 and dark_lean > 0 and frown_lean < min(smile_lean, dark_lean) - 1


@pytest.mark.slow
def test_shipped_network_passes_in_both_engines(logits_of):
    """OpenCV and OpenVINO agree with MXNet to a thousandth."""
    openvino = smilenet._openvino(smilenet.ARTIFACTS / "smilenet.onnx")
    for logits in (logits_of, lambda crops: openvino(smilenet.prepare(crops))):
        selftest.check(logits, KNOWN, 1e-3)


def mirrored(crops):
    """Return crops as an engine that reads columns backwards sees them."""
    return np.ascontiguousarray(crops[:, :, ::-1])


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [selftest.TOLERANCE, selftest.HALF_TOLERANCE])
@pytest.mark.parametrize(
    "change",
    [
        # What is done to the crops, and to the logits that come back.
        pytest.param((lambda c: c.transpose(0, 2, 1).copy(), lambda a: a), id="transposed"),
        pytest.param((mirrored, lambda a: a), id="mirrored"),
        pytest.param((lambda c: c[:, ::-1].copy(), lambda a: a), id="upside down"),
        pytest.param((lambda c: 255 - c, lambda a: a), id="negative"),
        pytest.param((lambda c: c, lambda a: a[:, ::-1]), id="outputs swapped"),
        pytest.param((lambda c: c, lambda a: a[::-1]), id="pictures in another order"),
        pytest.param((lambda c: c, lambda a: 1 / (1 + np.exp(-a))), id="probabilities"),
        pytest.param((lambda c: c, lambda a: a * np.nan), id="not a number"),
        pytest.param((lambda c: c, lambda a: a + 0.06), id="a little off"),
    ],
)
def test_wrong_answers_are_refused(logits_of, change, tolerance):
    """The error names the picture, both answers, and the cure."""
    before, after = change
    says = r"self-test failed: a .*\(picture \d of 4\) has logits \[.*expected \[.*; turn it round"
    with pytest.raises(ValueError, match=says):
        selftest.check(lambda c: after(logits_of(before(c))), KNOWN, tolerance, "turn it round")


@pytest.mark.parametrize("answer", [np.zeros((4, 3)), np.zeros(8), None, "no", [[1], [2, 3]]])
def test_other_shapes_are_refused(answer):
    """Anything but two logits a picture."""
    with pytest.raises(ValueError, match="self-test failed: the answer is not two logits"):
        selftest.check(lambda crops: answer, KNOWN)


def copied(folder, **change):
    """Copy the shipped weights with their settings changed; None takes a key out."""
    shutil.copy(smilenet.ARTIFACTS / "smilenet.onnx", folder)
    settings = {**json.loads((smilenet.ARTIFACTS / "smilenet.json").read_text()), **change}
    settings = {key: value for key, value in settings.items() if value is not None}
    (folder / "smilenet.json").write_text(json.dumps(settings))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("known", [None, "none", [[1, 2]], [[1, 2], [3, 4], [5, 6], [7]]])
def test_settings_without_known_logits_are_refused(tmp_path, known):
    """Weights whose answers nobody wrote down are not trusted."""
    with pytest.raises(ValueError, match=r"smilenet\.onnx: no logits are known.*models\.export"):
        smilenet.load_scorer(copied(tmp_path, selftest=known))


@pytest.mark.slow
def test_weights_of_another_training_are_refused(tmp_path):
    """One weight in a hundred changed in the file: it loads, and the scorer does not open."""
    path = copied(tmp_path) / "smilenet.onnx"
    data = bytearray(path.read_bytes())
    weights = np.frombuffer(data, np.float32, 40_000, offset=len(data) * 3 // 10 // 4 * 4)
    weights[::100] = 0.5
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError, match=r"smilenet\.onnx: self-test failed: .*one export"):
        smilenet.load_scorer(tmp_path)
