"""SmileNet in whole numbers of eight bits: `python -m laughtrack.models.export.quantize`.

In an environment of its own (`make quantize-env`). NNCF looks at how large the values within the
net become on faces of people who trained it, and rounds; nothing is trained, and nobody of the
validation or the test part is seen. What the rounding does to probabilities is measured on the test
part and written beside the weights, for the model card. Weights are kept to seven bits of the
eight: processors without VNNI would overflow, and score otherwise than others.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.stats import mannwhitneyu

from laughtrack.edge import console, inference
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.smile import precision, selftest, smilenet
from laughtrack.models.data import image_files, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces.wide_crops import main_face

CALIBRATION_FACES = 500


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/, or is a table"
    )
    parser.add_argument(
        "--weights", type=Path, default=smilenet.ARTIFACTS, help="folder of smilenet.onnx"
    )
    options = parser.parse_args(argv)
    try:
        quantize(options.data, options.weights)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.export.quantize: {error}")
        return 1
    return 0


def quantize(data: Path, folder: Path) -> None:
    """Write int8's files into the folder of the weights, and what must be known into its settings.

    Parameters
    ----------
    data, folder : path

    Raises
    ------
    ValueError
        The labels or the weights cannot be read, no face is found, or there is no NNCF.
    """
    settings = {**smilenet.load_settings(folder)}
    settings.pop("int8", None)
    pictures = load.load_pictures(data)
    learnt = [each for each in pictures if each.split == "train"]
    learnt = learnt[:: max(1, len(learnt) // CALIBRATION_FACES)]
    crops, _ = _faces(learnt)
    with tempfile.TemporaryDirectory() as made:
        model = Path(made) / precision.INT8_FILES[0]
        given, whole = smilenet.prepare(crops), folder / precision.F32_FILE
        # The last layer is small: in float32 it is quicker, and the logits are finer.
        net = inference.read_model(whole, "SmileNet")
        save(rounded(net, np.split(given, len(given)), {"types": ["MatMul"]}), model)
        logits = smilenet._openvino(model)
        known = logits(smilenet.prepare(selftest.pictures())).astype(float).round(5).tolist()
        tested, shown = _faces([each for each in pictures if each.split == "test" and each.smile])
        parity = _parity(folder, logits, settings, (tested, shown))
        # The settings go last: without them nobody opens what is there.
        for name in precision.INT8_FILES:
            with replacing(folder / name) as part:
                part.write_bytes((Path(made) / name).read_bytes())
    digest = precision.digest_of(folder)
    entry = {"sha256": digest, "selftest": known, "calibrated_on": len(crops), "parity": parity}
    with replacing(folder / "smilenet.json") as part:
        part.write_text(json.dumps({**settings, "int8": entry}, indent=2) + "\n", encoding="utf-8")
    console.say(*json.dumps(parity, indent=2).splitlines())


def _faces(pictures: Sequence[Picture]) -> tuple[np.ndarray, list[Picture]]:
    """Cut the face that each picture is of, as hosts find it; and the pictures that have one."""
    finder = finder_maker("net")()
    crops, shown = [], []
    for picture in pictures:
        grey = cv2.cvtColor(image_files.read(picture.path), cv2.COLOR_BGR2GRAY)
        box = main_face(*finder.scan(grey), grey.shape)
        if box is not None:
            crops.append(smilenet.crop_faces(grey, box[None])[0])
            shown.append(picture)
    if not crops:
        raise ValueError("no face in any picture to measure with")
    return np.stack(crops), shown


def rounded(model: Any, given: Sequence[np.ndarray], left: dict[str, list[str]]) -> Any:
    """Quantise a net by what its values become on inputs; weights have seven bits of the eight.

    Parameters
    ----------
    model : openvino.Model
    given : sequence of ndarray
        Inputs.
    left : dict
        What stays in float32: `types` or `names` of operations.

    Returns
    -------
    openvino.Model

    Raises
    ------
    ValueError
        There is no NNCF here.
    """
    try:
        import nncf
        from nncf.quantization.advanced_parameters import (
            AdvancedQuantizationParameters,
            OverflowFix,
        )
    except ImportError as error:
        raise ValueError(
            f"no NNCF here ({error}): run this in .venv-int8 (make quantize-env)"
        ) from None
    return nncf.quantize(
        model,
        nncf.Dataset(list(given)),
        preset=nncf.QuantizationPreset.PERFORMANCE,
        target_device=nncf.TargetDevice.CPU,
        subset_size=len(given),
        ignored_scope=nncf.IgnoredScope(**left),
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
    )


def save(model: Any, target: Path) -> None:
    """Write a net in OpenVINO's own form: `target`, and beside it a `.bin`."""
    inference.import_openvino().save_model(model, str(target), compress_to_fp16=False)


def _parity(
    folder: Path, logits: Any, settings: dict[str, Any], faces: tuple[np.ndarray, list[Picture]]
) -> dict[str, Any]:
    """How far int8's probabilities are from those of float32, on faces of the test part."""
    crops, pictures = faces
    whole = smilenet.load_scorer(folder, "f32")(crops)
    rounded = smilenet.probabilities(logits(smilenet.prepare(crops)), settings)
    off = np.abs(whole - rounded)
    sources = np.array([each.source for each in pictures])
    smiles = np.array([each.smile == "1" for each in pictures])
    sets = {}
    for source in dict.fromkeys(sources.tolist()):
        rows = sources == source
        if len(np.unique(smiles[rows])) < 2:
            continue  # of one kind alone there is no area
        areas = [_area(each[rows], smiles[rows]) for each in (whole, rounded)]
        right = [
            round(float(((each[rows] > 0.5) == smiles[rows]).mean()), 4)
            for each in (whole, rounded)
        ]
        sets[source] = {"faces": int(rows.sum()), "auc": areas, "right": right}
    return {
        "faces": len(crops),
        "mean": round(float(off.mean()), 4),
        "most": round(float(off.max()), 4),
        "decided_otherwise": round(float(((whole > 0.5) != (rounded > 0.5)).mean()), 4),
        "sets": sets,
    }


def _area(scores: np.ndarray, smiles: np.ndarray) -> float:
    """Area under the ROC curve."""
    above = mannwhitneyu(scores[smiles], scores[~smiles]).statistic
    return round(float(above) / (smiles.sum() * (~smiles).sum()), 4)


if __name__ == "__main__":
    sys.exit(main())
