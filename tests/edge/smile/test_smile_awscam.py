"""The DeepLens's engine scores as OpenVINO does, by stand-ins with the real modules' habits."""

import importlib
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from laughtrack.edge.smile import selftest, smilenet, smilenet_awscam

STANDINS = Path(__file__).parents[2] / "standins"
SHIPPED = smilenet.ARTIFACTS


@pytest.fixture
def device(tmp_path, monkeypatch):
    """Return the optimizer's folder and the list of its calls, on a machine like a DeepLens."""
    monkeypatch.syspath_prepend(str(STANDINS))
    for name in ("awscam", "mo"):
        monkeypatch.setitem(sys.modules, name, None)
        del sys.modules[name]
    monkeypatch.setenv("LAUGHTRACK_AWSCAM_ARTIFACTS", str(tmp_path / "artifacts"))
    (tmp_path / "artifacts").mkdir()
    mo, calls = importlib.import_module("mo"), []
    optimize = mo.optimize

    def counted(*args, **options):
        calls.append((args, options))
        return optimize(*args, **options)

    monkeypatch.setattr(mo, "optimize", counted)
    return tmp_path / "artifacts", calls


@pytest.mark.slow
def test_scores_are_openvinos(device):
    """To within half precision, for faces one after the other and for none."""
    rng = np.random.default_rng(4)
    crops = rng.integers(0, 256, (5, smilenet.SIZE, smilenet.SIZE), dtype=np.uint8)
    crops = np.concatenate([crops, selftest.pictures()])
    score = smilenet_awscam.load_scorer()
    scores = score(crops)
    assert (
        scores.dtype == np.float64
        and np.abs(scores - smilenet.load_scorer(precision="f32")(crops)).max() < 2e-3
    )
    assert score(crops[:0]).shape == (0,)


@pytest.mark.slow
def test_optimizer_gets_our_files_and_grey(device):
    """The network's own size, one channel, half precision, nothing reversed."""
    folder, calls = device
    smilenet_awscam.load_scorer()
    ((args, options),) = calls
    assert args == ("smilenet", 64, 64, "mxnet")
    assert options["aux_inputs"]["--img-channels"] == 1
    assert options["aux_inputs"]["--img-format"] == "RGB"
    assert options["aux_inputs"]["--precision"] == "FP16"
    for name in smilenet_awscam.PARTS:
        assert (folder / name).read_bytes() == (SHIPPED / name).read_bytes()
        assert os.stat(folder / name).st_mode & 0o777 == 0o644


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "calls_wanted"),
    [
        pytest.param(lambda folder: None, 1, id="all there"),
        pytest.param(lambda folder: (folder / "smilenet.xml").unlink(), 2, id="no xml"),
        pytest.param(lambda folder: (folder / "smilenet.bin").unlink(), 2, id="no bin"),
        pytest.param(lambda folder: (folder / "smilenet.xml").write_text("<?x"), 2, id="cut xml"),
        pytest.param(
            lambda folder: (folder / "smilenet-laughtrack.json").write_text("{"), 2, id="cut note"
        ),
        pytest.param(
            lambda folder: (folder / "smilenet-laughtrack.json").write_text("[]"), 2, id="odd note"
        ),
    ],
)
def test_optimised_file_is_used_again(device, spoil, calls_wanted):
    """A second start does not optimise anew, unless something is missing or broken."""
    folder, calls = device
    smilenet_awscam.load_scorer()
    spoil(folder)
    smilenet_awscam.load_scorer()
    assert len(calls) == calls_wanted


@pytest.mark.slow
def test_other_parameters_are_optimised(device, tmp_path):
    """What was made of other weights is not used."""
    folder, calls = device
    smilenet_awscam.load_scorer()
    for name in (*smilenet_awscam.PARTS, "smilenet.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    with open(tmp_path / "smilenet-0000.params", "ab") as file:
        file.write(b"\0")
    smilenet_awscam.load_scorer(tmp_path)
    assert len(calls) == 2
    assert (folder / "smilenet.bin").read_bytes()[-1:] == b"\0"


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        ("1", r"did not take SmileNet: it does not know MXNet \(1\)"),
        ("2", r"did not take SmileNet: it failed \(2\)"),
        ("TypeError", r"optimizer failed: TypeError: .*\(its own error is lost in this one\)"),
        ("bad_alloc", "optimizer failed: MemoryError: std::bad_alloc"),
    ],
)
def test_failing_optimizer_is_one_error(device, monkeypatch, failure, says):
    """Whatever way it fails, the message says so and what to do."""
    monkeypatch.setenv("LAUGHTRACK_STANDIN_MO", failure)
    with pytest.raises(ValueError, match=says + ".*; install on the device the MXNet"):
        smilenet_awscam.load_scorer()
    assert not (device[0] / "smilenet-laughtrack.json").exists()


def test_symbol_that_the_optimizer_cannot_read_is_refused(device, tmp_path):
    """As Gluon names its layers: the stand-in fails on them as the real one does."""
    for name in (*smilenet_awscam.PARTS, "smilenet.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    symbol = json.loads((tmp_path / "smilenet-symbol.json").read_text())
    symbol["nodes"][-1]["name"] += "_fwd"
    (tmp_path / "smilenet-symbol.json").write_text(json.dumps(symbol))
    with pytest.raises(ValueError, match="TypeError"):
        smilenet_awscam.load_scorer(tmp_path)


def test_without_gpu_the_cpu_scores(device, monkeypatch, caplog):
    """The GPU's failure is in the log; nothing is optimised twice for it."""
    monkeypatch.setenv("LAUGHTRACK_STANDIN_GPU", "none")
    assert smilenet_awscam.load_scorer()(selftest.pictures()).shape == (4,)
    assert "{'GPU': 1}: Failed to load model" in caplog.text and len(device[1]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("swapped", "self-test failed: a smile"),
        ("transposed", "self-test failed"),
        ("two", r"expected one output, the network has \['smilenet_dense0/.*', 'smilenet_pool3'\]"),
        ("raises", "doInference failed"),
    ],
)
def test_wrong_engine_is_refused(device, monkeypatch, fault, says):
    """The device stops; and what was optimised is not trusted the next time."""
    calls = device[1]
    monkeypatch.setenv("LAUGHTRACK_STANDIN_FAULT", fault)
    with pytest.raises(ValueError, match=rf"cannot score with .*smilenet\.xml: .*{says}"):
        smilenet_awscam.load_scorer()
    monkeypatch.delenv("LAUGHTRACK_STANDIN_FAULT")
    smilenet_awscam.load_scorer()
    assert len(calls) == 2


@pytest.mark.parametrize(("call_s", "most"), [(0.02, 3), (0.001, 60), (0.5, 1)])
def test_faces_a_look_fit_the_budget(device, monkeypatch, call_s, most):
    """As many as the measured time of a call allows, and never none."""
    monkeypatch.setattr(smilenet_awscam, "_call_s", lambda logits: call_s)
    assert smilenet_awscam.load_scorer(budget_s=0.0601).max_faces == most


@pytest.mark.slow
def test_time_of_a_call_is_measured():
    """The middle of several calls: a slow first one does not count."""
    calls = []

    def logits(crops):
        calls.append(len(crops))
        if len(calls) == 1:
            smilenet_awscam.time.sleep(0.3)

    assert smilenet_awscam._call_s(logits) < 0.1
    assert set(calls) == {1} and len(calls) > 4


@pytest.mark.parametrize("name", ["awscam", "mo"])
def test_missing_module_is_named(device, monkeypatch, name):
    """No DeepLens: the message says what to choose instead."""
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ValueError, match=rf"cannot import {name} .*openvino"):
        smilenet_awscam.load_scorer()


def test_missing_files_and_folders_are_named(device, tmp_path, monkeypatch):
    """The network's folder, and the optimizer's."""
    with pytest.raises(ValueError, match=r"nowhere/smilenet\.json"):
        smilenet_awscam.load_scorer(tmp_path / "nowhere")
    monkeypatch.setenv("LAUGHTRACK_AWSCAM_ARTIFACTS", str(tmp_path / "missing"))
    with pytest.raises(ValueError, match=r"cannot copy the network .*/missing.*writable"):
        smilenet_awscam.load_scorer()


def test_unknown_answers_are_refused_at_once(device, tmp_path):
    """Without the known logits nothing is optimised."""
    settings = json.loads((SHIPPED / "smilenet.json").read_text())
    del settings["selftest"]
    (tmp_path / "smilenet.json").write_text(json.dumps(settings))
    with pytest.raises(ValueError, match="no logits are known"):
        smilenet_awscam.load_scorer(tmp_path)
    assert device[1] == []
