"""int8's weights: used where they are known, whole, and as near to float32 as the card says."""

import json
import shutil

import numpy as np
import pytest

from laughtrack.edge import inference
from laughtrack.edge.session.metadata import session_metadata
from laughtrack.edge.settings import SCORERS
from laughtrack.edge.smile import precision, selftest, smilenet
from laughtrack.edge.smile.scorer import weights_of
from tests.edge.smile.test_smile import faces

SETTINGS = smilenet.load_settings(inference.ARTIFACTS)
NAMES = ("smilenet.json", precision.F32_FILE, *precision.INT8_FILES)


@pytest.fixture
def folder(tmp_path):
    """Copy the weights."""
    for name in NAMES:
        shutil.copy(inference.ARTIFACTS / name, tmp_path)
    return tmp_path


def chosen(folder, wanted="int8"):
    """The weights of a folder, with its own settings."""
    return precision.choose_weights(folder, smilenet.load_settings(folder), wanted)


def test_hosts_use_int8_and_float32_on_request(folder, monkeypatch):
    """OpenVINO 2022.3, which a DeepLens has, gets float32."""
    assert chosen(folder).path.name == "smilenet-int8.xml"
    assert chosen(folder, "f32").path.name == "smilenet.onnx"
    monkeypatch.setattr(inference, "is_current", lambda: False)
    assert chosen(folder).path.name == "smilenet.onnx"


def test_new_weights_have_no_int8_of_the_old_ones(folder):
    """A training writes settings that know none: what is left in the folder is not used."""
    path = folder / "smilenet.json"
    kept = {name: value for name, value in SETTINGS.items() if name != "int8"}
    path.write_text(json.dumps(kept))
    assert chosen(folder).path.name == "smilenet.onnx"


@pytest.mark.parametrize("name", precision.INT8_FILES)
def test_damage_is_told(folder, name):
    """One bit, a file that is cut off, and one of two that is gone: each with what to do."""
    whole = (folder / name).read_bytes()
    for data in (whole[:500] + bytes([whole[500] ^ 1]) + whole[501:], whole[: len(whole) // 2]):
        (folder / name).write_bytes(data)
        with pytest.raises(ValueError, match=r"damaged.*choose f32"):
            chosen(folder)
    (folder / name).unlink()
    with pytest.raises(ValueError, match=rf"{name}.*choose f32"):
        chosen(folder)
    assert chosen(folder, "f32").name.startswith("f32 ")
    for other in precision.INT8_FILES:
        (folder / other).unlink(missing_ok=True)
    assert chosen(folder).name.startswith("f32 ")  # a folder of float32 alone is whole


def test_no_such_precision_is_told():
    """The message names what there is."""
    with pytest.raises(ValueError, match=r"int4.*int8, f32"):
        chosen(inference.ARTIFACTS, "int4")


def test_a_session_says_which_weights_scored(monkeypatch):
    """Precision and digest, for each scorer that a device or a host may have."""
    said = {scorer: weights_of(scorer) for scorer in (*SCORERS, "int8")}
    assert said["awscam"] == "SmileNet f16 by awscam"
    digest = precision.digest_of(inference.ARTIFACTS)[:12]
    assert said["openvino"] == said["auto"] == said["int8"] == f"SmileNet int8 {digest}"
    assert said["f32"].startswith("SmileNet f32 ") and len(said["f32"]) == len("SmileNet f32 ") + 12
    described = session_metadata(None, "screening", 0.0, "film.mp4", "haar", "f32")
    assert described["model"]["network"] == said["f32"]


@pytest.mark.slow
def test_int8_is_near_float32():
    """On drawn pictures and noise, which are no faces: the card has the figures on faces."""
    crops = np.concatenate([selftest.pictures(), faces(40)])
    whole, rounded = (smilenet.load_scorer(precision=kind)(crops) for kind in ("f32", "int8"))
    assert not np.array_equal(whole, rounded)
    assert np.abs(whole - rounded).mean() < 0.02 and np.abs(whole - rounded).max() < 0.15


def test_the_card_has_its_figures():
    """What was measured lies within what int8 was taken for, and was on enough faces."""
    parity = SETTINGS["int8"]["parity"]
    assert parity["faces"] > 1000 and parity["mean"] < 0.01 and parity["decided_otherwise"] < 0.01
    for each in parity["sets"].values():
        assert abs(each["auc"][0] - each["auc"][1]) < 0.002
        assert abs(each["right"][0] - each["right"][1]) < 0.01
    card = (inference.ARTIFACTS / "README.md").read_text(encoding="utf-8")
    assert f"{parity['mean']:.4f} in" in card and f"and {parity['most']:.2f} at most" in card


@pytest.mark.slow
def test_threads_and_batches_change_no_score():
    """The same face, the same number, to the last bit, on one thread or many, alone or among 24."""
    openvino = inference.import_openvino()
    core, path = openvino.Core(), str(inference.ARTIFACTS / precision.INT8_FILES[0])
    pictures, found = smilenet.prepare(faces(24)), []
    for threads in (1, 2, 4):
        settings = {**inference._SETTINGS, "INFERENCE_NUM_THREADS": threads}
        request = core.compile_model(path, "CPU", settings).create_infer_request()
        for size in (24, 8, 1):
            parts = [pictures[i : i + size] for i in range(0, 24, size)]
            found.append([next(iter(request.infer({0: p}).values())).copy() for p in parts])
    rows = [np.concatenate(each) for each in found]
    assert all(np.array_equal(rows[0], each) for each in rows[1:])
