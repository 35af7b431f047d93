"""Export the trained SmileNet.

`python -m laughtrack.models.export.export`, in the training environment.

Writes MXNet's symbol and parameters, tidied for the DeepLens optimizer, the same net as ONNX that
OpenVINO 2022.3 opens, and the settings that `edge.smile.smilenet` checks, calibrated on validation
faces.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from laughtrack.edge import console
from laughtrack.edge.smile import selftest
from laughtrack.edge.smile.smilenet import ARTIFACTS, PREPARE, SIZE, WIDEN, prepare
from laughtrack.models.data import labels, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.data.logistic import logistic_fit
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import smilenet, train
from laughtrack.models.training.settings import DEFAULT_WORK

OPSET, IR_VERSION = 13, 7  # the newest that OpenVINO 2022.3 and ONNX Runtime 1.14 both open


class Calibration(NamedTuple):
    """From logits to a probability: sigmoid(difference / temperature + bias)."""

    temperature: float
    bias: float


def calibrate(logits: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Calibration:
    """Fit temperature and bias: the least weighted cross-entropy.

    Parameters
    ----------
    logits : ndarray, shape (N, 2), no smile and smile
    target : ndarray, shape (N,), in [0, 1]
    weight : ndarray, shape (N,)

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        If a larger difference doesn't mean a smile.
    """
    differences = np.diff(np.asarray(logits, np.float64))[:, 0]
    columns = np.stack([differences, np.ones_like(differences)], 1)
    slope, bias = logistic_fit(columns, target, weight)
    if slope <= 0:
        raise ValueError(f"calibration failed: slope {slope:.3f}, the network has learnt nothing")
    return Calibration(float(1 / slope), float(bias))


def write_mxnet(net: Any, folder: Path) -> None:
    """Write `smilenet-symbol.json` and `smilenet-0000.params`.

    Parameters
    ----------
    net : mxnet.gluon.HybridBlock, hybridized and run once
    folder : path

    Raises
    ------
    ValueError
        If there is a layer that the device lacks.
    """
    net.export(str(folder / "smilenet"), epoch=0)
    symbol = folder / "smilenet-symbol.json"
    symbol.write_text(smilenet.for_device(symbol.read_text()))


def write_onnx(folder: Path) -> None:
    """Turn the MXNet files in `folder` into `smilenet.onnx`, any number of crops at once."""
    import onnx

    mx = smilenet.import_mxnet()
    path = folder / "smilenet.onnx"
    shape = [(1, 1, SIZE, SIZE)]
    mx.onnx.export_model(
        str(folder / "smilenet-symbol.json"),
        str(folder / "smilenet-0000.params"),
        shape,
        np.float32,
        str(path),
        dynamic=True,
        dynamic_input_shapes=[("N", *shape[0][1:])],
    )
    model = onnx.load(str(path))
    model.ir_version = IR_VERSION
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx"):
            opset.version = OPSET
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [given for given in model.graph.input if given.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def _validation_logits(
    net: Any, pictures: Sequence[Picture], data: str | Path, work: str | Path
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits, truth and weight of the validation faces whose hand labels say yes or no.

    Of sets whose label means that a person would call it a smile; all of them weigh the same: what
    it means is none's alone.
    """
    nd = smilenet.import_mxnet().nd
    faces = wide_crops.load_faces(pictures, work)
    face_pictures = [pictures[i] for i in faces.picture_index]
    rows = [
        i
        for i, p in enumerate(face_pictures)
        if p.split == "val" and p.smile and p.source not in labels.KIN
    ]
    if not rows:
        raise ValueError(f"{data}: no labelled face of the validation people to calibrate with")
    truth = np.array([float(face_pictures[i].smile) for i in rows])
    sources = [face_pictures[i].source for i in rows]
    weight = np.array([1 / sources.count(source) for source in sources])
    return net(nd.array(wide_crops.network_input(faces.wide[rows]))).asnumpy(), truth, weight


@contextlib.contextmanager
def _staging_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write in, inside this one, and move all of it here once it is complete.

    Inside, since this may be the only place that can be written, and a disk of its own.
    """
    partial = folder / "export.partial"
    new_folder = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)  # of an export that was killed
        partial.mkdir()
    except OSError as error:
        raise ValueError(
            f"--out {folder}: cannot write there ({error.strerror}); name another folder"
        ) from error
    try:
        yield partial
        for file in sorted(partial.iterdir()):
            file.replace(folder / file.name)
        new_folder = False
    finally:
        shutil.rmtree(partial)
        if new_folder:
            folder.rmdir()


def export(data: str | Path, work: str | Path, folder: str | Path) -> None:
    """Write all files of the scorer from `work/best.params`: all of them, or none.

    Parameters
    ----------
    data, work, folder : path

    Raises
    ------
    ValueError
        If there are no weights or they cannot be calibrated, `folder` cannot be written, the net
        has a layer that the device lacks, or this is not the training environment.
    """
    folder = Path(folder)
    with _staging_folder(folder) as partial:
        calibration = _export(data, work, partial)
    logging.info("temperature %.3f, bias %.3f: %s", *calibration, folder)


def _export(data: str | Path, work: str | Path, folder: Path) -> Calibration:
    """Write the files into a folder; return the calibration."""
    mx = smilenet.import_mxnet()
    weights, progress = Path(work) / "best.params", Path(work) / "progress.json"
    if not (weights.is_file() and progress.is_file()):
        raise ValueError(
            f"no weights at {weights}: run python -m laughtrack.models.training.train first"
        )
    net = smilenet.build()
    net.load_parameters(str(weights))
    net.hybridize()
    pictures = load.training_pictures(data)
    calibration = calibrate(*_validation_logits(net, pictures, data, work))
    selftest_logits = net(mx.nd.array(prepare(selftest.pictures()))).asnumpy()
    write_mxnet(net, folder)
    write_onnx(folder)
    settings = {
        "size": SIZE,
        "widen": WIDEN,
        "prepare": PREPARE,
        "temperature": round(calibration.temperature, 4),
        "bias": round(calibration.bias, 4),
        "selftest": selftest_logits.astype(float).round(5).tolist(),
        "trained": {**json.loads(progress.read_text())["settings"], "sets": _sets(pictures)},
    }
    (folder / "smilenet.json").write_text(json.dumps(settings, indent=2) + "\n")
    shutil.copyfile(Path(work) / train.TRAINED, folder / train.TRAINED)
    return calibration


def _sets(pictures: Sequence[Picture]) -> list[str]:
    """Name the sets that trained, for the model card."""
    return list(dict.fromkeys(each.source for each in pictures if each.split == "train"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/, or is a table"
    )
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="where train left off")
    parser.add_argument("--out", type=Path, default=ARTIFACTS, help="folder for the files")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        export(options.data, options.work, options.out)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.export.export: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
