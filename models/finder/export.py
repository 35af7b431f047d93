"""Export the trained FinderNet.

`python -m laughtrack.models.finder.export --data FOLDER --teacher YUNET.onnx`, in the finder's
training environment: `findernet.onnx`, and `findernet.json` with its threshold and calibration,
fitted on pictures composed of the parts kept for proof.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.special import logit

from laughtrack.edge import console, inference
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.faces import net as finding
from laughtrack.edge.faces import net_settings
from laughtrack.models.data.logistic import logistic_fit
from laughtrack.models.finder import pictures
from laughtrack.models.finder.compose import Composer
from laughtrack.models.finder.net import Confident, FinderNet, finder
from laughtrack.models.finder.teacher import Teacher, corners
from laughtrack.models.finder.train import DEFAULT_WORK
from laughtrack.tracker.boxes import overlap

OPSET, IR_VERSION = 13, 7  # SmileNet's: what OpenVINO 2022.3 and ONNX Runtime 1.14 both open
SMALLEST_PX = 12
THRESHOLD = 0.5
# Places are taken in from here on.
LEAST = 0.12
LESSONS = 400


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default="../shared/data", help="the sets' folder")
    parser.add_argument("--teacher", type=Path, required=True, help="YuNet's ONNX file")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="has findernet.pt")
    parser.add_argument("--negatives", type=Path, help="folder of pictures without faces")
    parser.add_argument("--out", type=Path, default="models/artifacts", help="folder to write to")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        kept = list(pictures.natural_pictures(options.data, True, options.negatives))
        export(options.work / "findernet.pt", kept, options.teacher, options.out)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.finder.export: {error}")
        return 1
    return 0


def export(weights: Path, kept: Sequence[tuple[np.ndarray, str]], teacher: Path, out: Path) -> None:
    """Write `findernet.onnx` and `findernet.json` into a folder.

    Parameters
    ----------
    weights : path
        Of `train.train`.
    kept : sequence of (picture, kind)
        The parts kept for proof, as `pictures.natural_pictures` yields them.
    teacher : path
        YuNet's ONNX file.
    out : path
    """
    net = FinderNet()
    net.load_state_dict(torch.load(weights, weights_only=True))
    net.eval()
    slope, intercept = _calibration(net, kept, teacher)
    onnx_path = out / "findernet.onnx"
    write_onnx(net, onnx_path)
    settings = {
        "version": net_settings.VERSION,
        "sha256": inference.digest_of([onnx_path]),
        "threshold": THRESHOLD,
        "smallest_px": SMALLEST_PX,
        "calibration": {"slope": round(slope, 4), "intercept": round(intercept, 4)},
    }
    with replacing(out / "findernet.json") as part:
        part.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def write_onnx(net: FinderNet, path: Path) -> None:
    """Write the net as ONNX, for pictures of any size."""
    names = [f"stride{stride}" for stride in finding.STRIDES]
    axes = {"picture": {2: "H", 3: "W"}} | {
        name: {2: f"H{stride}", 3: f"W{stride}"}
        for name, stride in zip(names, finding.STRIDES, strict=True)
    }
    write_model(Confident(net).eval(), torch.zeros(1, 1, 64, 96), path, names, axes)


def write_model(
    net: torch.nn.Module,
    picture: torch.Tensor,
    path: Path,
    outputs: list[str],
    axes: dict[str, dict[int, str]],
) -> None:
    """Write a net as ONNX, checked whole.

    Parameters
    ----------
    net : torch module
    picture : tensor
        What it may be given.
    path : path
    outputs : list of str
        Their names.
    axes : dict
        Names of the dimensions of any size, of "picture" and of the outputs.
    """
    import onnx

    with replacing(path) as part:
        torch.onnx.export(
            net,
            (picture,),
            str(part),
            input_names=["picture"],
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(str(part))
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, str(part))


def _calibration(
    net: FinderNet, kept: Sequence[tuple[np.ndarray, str]], teacher: Path
) -> tuple[float, float]:
    """Slope and intercept from the net's log-odds to those of a face being there.

    Judged are the surest cells about each place in pictures of the parts kept for proof; places
    that are not judged in training are not here.
    """
    some, watching = kept[::3], Teacher(teacher)
    composer = Composer(some, [watching.thorough(picture) for picture, _ in some], watching, 0)
    looking = finder(net, LEAST, SMALLEST_PX)
    logits, true = [], []
    for n in range(LESSONS):
        lesson = composer.lesson(n)
        found = looking.find(lesson.picture)
        alike = overlap(found.boxes, corners(lesson.faces))
        good = (alike * (lesson.faces[:, 14] > 0)).max(axis=1, initial=0.0) > 0.4
        doubtful = (alike * (lesson.faces[:, 14] < 0)).max(axis=1, initial=0.0) > 0.2
        use = good | ~doubtful
        logits.append(logit(found.scores[use]))
        true.append(good[use])
    x, y = np.concatenate(logits), np.concatenate(true).astype(float)
    logging.info("calibrated on %d places, %d of them faces", len(y), int(y.sum()))
    fit = logistic_fit(np.stack([x, np.ones_like(x)], 1), y, np.ones_like(y))
    return float(fit[0]), float(fit[1])


if __name__ == "__main__":
    raise SystemExit(main())
