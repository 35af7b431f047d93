"""The same crops through every engine that runs SmileNet: how far their answers lie apart."""

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.edge import inference
from laughtrack.edge.simulate.faces import draw_people, with_smile
from laughtrack.edge.smile import selftest, smilenet
from tests import python37_release
from tests.tools import TRAIN_PYTHON

ROOT = Path(__file__).resolve().parents[3]
ONNX = smilenet.ARTIFACTS / "smilenet.onnx"
SETTINGS = smilenet.load_settings(smilenet.ARTIFACTS)

# The most that any crop's logits, and its probability, may differ from the loop's engine. All
# compute in float32 and add up in different orders, which has come to 2e-6 and 1e-6.
MOST_LOGIT, MOST_PROBABILITY = 1e-4, 5e-5
# Preparing rounds to whole numbers: another NumPy may fall on the other side of a half.
MOST_GREY = 1

# In another Python: its own crops prepared, and the logits of ours.
ELSEWHERE = """
import json, sys, numpy as np
from laughtrack.edge.smile import smilenet as smile
given, out = sys.argv[1:3]
with np.load(given) as given:
    crops, prepared = given["crops"], given["prepared"]
{logits}
np.savez(out, prepared=smile.prepare(crops), logits=logits)
print(json.dumps([name, sys.version.split()[0]]))
"""
IN_MXNET = """
import mxnet as mx
net = mx.gluon.SymbolBlock.imports(*[
    str(smile.ARTIFACTS / "smilenet-symbol.json"), ["data"],
    str(smile.ARTIFACTS / "smilenet-0000.params")])
logits = net(mx.nd.array(prepared)).asnumpy()
name = "MXNet " + mx.__version__
"""
IN_OPENVINO = """
import openvino.runtime
logits = smile._openvino(smile.ARTIFACTS / "smilenet.onnx")(prepared)
name = "OpenVINO " + openvino.runtime.get_version().split("-")[0]
"""


def faces():
    """Crops of people who don't exist, four sizes by three degrees of smile."""
    crops = []
    for width_px in (16, 24, 48, 96):
        for person in draw_people([width_px] * 3, seed=width_px):
            for degree in (0.02, 0.5, 0.98):
                picture = with_smile(person, degree)
                crops.append(smilenet.crop_faces(picture, np.array([person.box]))[0])
    return np.stack(crops)


def hard_cases():
    """Crops by name that stretch the arithmetic: flat, barely not, noise, all black and white."""
    rng = np.random.default_rng(11)
    size = (smilenet.SIZE, smilenet.SIZE)
    one_spot = np.full(size, 20, np.uint8)
    one_spot[24, 24] = 255
    middle = faces()[-1].astype(float)
    return {
        "black": np.zeros(size, np.uint8),
        "white": np.full(size, 255, np.uint8),
        "barely not flat": rng.integers(127, 129, size, dtype=np.uint8),
        "one spot": one_spot,
        "noise": rng.integers(0, 256, size, dtype=np.uint8),
        "coarse noise": cv2.resize(rng.integers(0, 256, (12, 12), dtype=np.uint8), size),
        "black and white": 255 * rng.integers(0, 2, size, dtype=np.uint8),
        "chequered": (255 * (np.indices(size).sum(axis=0) % 2)).astype(np.uint8),
        "half black": (255 * (np.indices(size)[1] >= smilenet.SIZE // 2)).astype(np.uint8),
        "face burnt out": np.clip(4 * middle, 0, 255).astype(np.uint8),
        "face in the dark": (middle / 20).astype(np.uint8),
        "noisy face": np.clip(middle + rng.normal(0, 60, size), 0, 255).astype(np.uint8),
    }


CROPS = np.concatenate([faces(), selftest.pictures(), np.stack([*hard_cases().values()])])


@pytest.fixture(scope="module")
def here():
    """Prepared crops, and their logits in the loop's engine."""
    prepared = smilenet.prepare(CROPS)
    return prepared, smilenet._openvino(ONNX)(prepared)


@pytest.fixture(scope="module")
def device_python(tmp_path_factory):
    """A Python 3.7 with what the device has, installed from a bundle, and where its code is."""
    release = python37_release.installed(tmp_path_factory)
    return release / "venv" / "bin" / "python", release


def elsewhere(python, code, here, folder, tmp_path):
    """Run a piece of code in another Python: its prepared crops, logits, name."""
    np.savez(tmp_path / "given.npz", crops=CROPS, prepared=here[0])
    words = [python, "-c", ELSEWHERE.replace("{logits}", code)]
    words += [tmp_path / "given.npz", tmp_path / "out.npz"]
    env = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        list(map(str, words)), check=True, env=env, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    with np.load(tmp_path / "out.npz") as out:
        name = "{} on Python {}".format(*json.loads(done.stdout.splitlines()[-1]))
        return out["prepared"], out["logits"], name


def check(name, logits, here, capsys):
    """Hold an engine's logits against the loop's; print how far they are apart."""
    ours = here[1]
    assert logits.shape == ours.shape == (len(CROPS), 2)
    logit = np.abs(logits - ours).max(axis=1)
    probability = np.abs(
        smilenet.probabilities(logits, SETTINGS) - smilenet.probabilities(ours, SETTINGS)
    )
    with capsys.disabled():
        print(
            f"\n{name}: of {len(CROPS)} crops, logits differ from the loop's by "
            f"{logit.max():.1e} at most, probabilities by {probability.max():.1e}"
        )
    # Not "above the bound": that would let NaN pass.
    assert logit.max() <= MOST_LOGIT
    assert probability.max() <= MOST_PROBABILITY


@pytest.mark.slow
def test_crops_say_different_things(here):
    """Equal answers prove nothing if all crops get the same one."""
    smiles = smilenet.probabilities(here[1], SETTINGS)
    assert np.isfinite(here[1]).all()
    assert smiles.min() < 0.2 and smiles.max() > 0.8
    assert len(np.unique(smiles.round(3))) > 20


@pytest.mark.slow
def test_onnx_runtime_agrees(here, capsys):
    """The same file in ONNX's own engine."""
    engine = pytest.importorskip("onnxruntime")
    session = engine.InferenceSession(str(ONNX), providers=["CPUExecutionProvider"])
    logits = session.run(None, {session.get_inputs()[0].name: here[0]})[0]
    check(f"ONNX Runtime {engine.__version__}", logits, here, capsys)


@pytest.mark.slow
def test_opencv_agrees(here, capsys):
    """The same file in OpenCV's dnn module."""
    net = cv2.dnn.readNetFromONNX(str(ONNX))
    net.setInput(here[0])
    check(f"OpenCV {cv2.__version__}", net.forward(), here, capsys)


@pytest.mark.train
def test_mxnet_agrees(here, tmp_path, capsys):
    """MXNet's own files, read by MXNet."""
    prepared, logits, name = elsewhere(TRAIN_PYTHON, IN_MXNET, here, ROOT, tmp_path)
    assert np.abs(prepared - here[0]).max() <= MOST_GREY
    check(name, logits, here, capsys)


@pytest.mark.python37
def test_device_agrees(device_python, here, tmp_path, capsys):
    """The last OpenVINO for Python 3.7, with the packages that the device has."""
    python, release = device_python
    prepared, logits, name = elsewhere(python, IN_OPENVINO, here, release, tmp_path)
    assert "OpenVINO 2022.3" in name and "Python 3.7" in name
    assert np.abs(prepared - here[0]).max() <= MOST_GREY
    check(name, logits, here, capsys)


def test_nothing_shipped_is_rounded_to_whole_numbers():
    """The net computes in float32: an INT8 one would need its own bounds here."""
    model = inference.read_model(ONNX, "SmileNet")
    kinds = {op.get_type_name() for op in model.get_ops()}
    assert not kinds & {"FakeQuantize", "Convert"}
    weights = [op for op in model.get_ops() if op.get_type_name() == "Constant"]
    big = {str(op.get_element_type().to_dtype()) for op in weights if np.prod(op.shape) > 100}
    assert big == {"float32"}
