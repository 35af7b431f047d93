"""FinderNet and its second look in whole numbers of eight bits.

`python -m laughtrack.models.finder.quantize`, where NNCF is (`make quantize-env`), after a
training. NNCF looks at how large the values within the nets become on mosaics of training pictures;
nothing is trained. How many faces are found otherwise is measured on the parts kept for proof and
written into `findernet.json`. What gives confidence, boxes and points stays in float32.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from laughtrack.edge import console, inference
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.faces import net_settings, net_weights, second_look
from laughtrack.edge.faces.net import VALUES, FinderNet
from laughtrack.models.export.quantize import rounded, save
from laughtrack.models.finder import pictures
from laughtrack.tracker.boxes import overlap

MOSAICS, HEIGHT, WIDTH = 300, 384, 640
CELLS_PX = 96, 128, 192, 384
# Batches of places that the second look is calibrated on.
BATCHES = 150
# One in so many pictures kept for proof, each looked at in these sizes.
EVERY, SCALES = 3, (1.0, 0.3)
SAME = 0.5


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default="../shared/data", help="the sets' folder")
    parser.add_argument(
        "--weights", type=Path, default=inference.ARTIFACTS, help="folder of findernet.onnx"
    )
    options = parser.parse_args(argv)
    try:
        parity = quantize(options.data, options.weights)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.finder.quantize: {error}")
        return 1
    console.say(*json.dumps(parity, indent=2).splitlines())
    return 0


def quantize(data: Path, folder: Path) -> dict[str, Any]:
    """Write int8's files into the folder of the weights, and what must be known into its settings.

    Parameters
    ----------
    data, folder : path

    Returns
    -------
    dict
        On the parts kept for proof: `faces` found by float32, how many of these int8 misses
        (`missed`), how many it finds besides (`more`), and the median `overlap` of both's boxes.

    Raises
    ------
    ValueError
        The pictures or the weights cannot be read, there is no second look, or no NNCF.
    """
    settings = json.loads((folder / net_settings.SETTINGS).read_text(encoding="utf-8"))
    settings.pop("int8", None)
    _write_settings(folder, settings)
    whole = net_weights.load_finder_net(folder)
    shown = _mosaics([picture for picture, _ in pictures.natural_pictures(data)])
    places = _places(whole, shown)
    with tempfile.TemporaryDirectory() as made:
        first, _, second, _ = (Path(made) / name for name in net_settings.INT8_FILES)
        net = inference.read_model(folder / "findernet.onnx", "FinderNet")
        inputs = [each[None, None].astype(np.float32) for each in shown]
        save(rounded(net, inputs, {"names": _answers(net)}), first)
        net = inference.read_model(folder / second_look.FILE, "FinderNet")
        save(rounded(net, places, {"types": ["MatMul"]}), second)
        for name in net_settings.INT8_FILES:
            with replacing(folder / name) as part:
                part.write_bytes((Path(made) / name).read_bytes())
    digest = inference.digest_of([folder / name for name in net_settings.INT8_FILES])
    settings["int8"] = {"sha256": digest}
    # Once without, to be opened; then with what was measured.
    _write_settings(folder, settings)
    kept = [picture for picture, _ in pictures.natural_pictures(data, kept_apart=True)][::EVERY]
    settings["int8"]["parity"] = _parity(whole, net_weights.load_finder_net(folder), kept)
    _write_settings(folder, settings)
    parity: dict[str, Any] = settings["int8"]["parity"]
    return parity


def _write_settings(folder: Path, settings: dict[str, Any]) -> None:
    with replacing(folder / net_settings.SETTINGS) as part:
        part.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _mosaics(sources: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Pictures side by side in several sizes, in more and less light, (HEIGHT, WIDTH) uint8."""
    rng, found = np.random.default_rng(1), []
    for _ in range(MOSAICS):
        mosaic, side = np.zeros((HEIGHT, WIDTH), np.uint8), int(rng.choice(CELLS_PX))
        for top in range(0, HEIGHT, side):
            for left in range(0, WIDTH, side):
                cell = mosaic[top : top + side, left : left + side]
                one = sources[int(rng.integers(len(sources)))]
                cell[:] = cv2.resize(one, cell.shape[::-1], interpolation=cv2.INTER_AREA)
        light, black = rng.uniform(0.4, 1.2), rng.uniform(-30, 30)
        found.append(np.clip(light * mosaic + black, 0, 255).astype(np.uint8))
    return found


def _places(whole: FinderNet, shown: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What the second look is given of mosaics, in batches."""
    cut = [second_look.cut(each, whole.find(each).boxes) for each in shown]
    squares = second_look.normalised(np.concatenate(cut))[:, None]
    most = min(len(squares) // second_look.BATCH, BATCHES)
    if not most:
        raise ValueError("too few faces in the pictures to calibrate with")
    return np.split(squares[: most * second_look.BATCH], most)


def _answers(net: Any) -> list[str]:
    """Names of the convolutions that give the maps' answers."""
    convolutions = (each for each in net.get_ops() if each.get_type_name() == "Convolution")
    return [
        each.get_friendly_name() for each in convolutions if each.input(1).get_shape()[0] == VALUES
    ]


def _parity(whole: FinderNet, other: FinderNet, kept: Sequence[np.ndarray]) -> dict[str, Any]:
    """How many faces are found by one and not by the other, and how alike boxes are."""
    faces, missed, more, alike = 0, 0, 0, []
    for picture in kept:
        for scale in SCALES:
            seen = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            both = overlap(whole.find(seen).boxes, other.find(seen).boxes)
            best = both.max(axis=1, initial=0.0)
            faces += len(best)
            missed += int((best < SAME).sum())
            more += int((both.max(axis=0, initial=0.0) < SAME).sum())
            alike += best[best >= SAME].tolist()
    middle = round(float(np.median(alike)), 3)
    return {"faces": faces, "missed": missed, "more": more, "overlap": middle}


if __name__ == "__main__":
    sys.exit(main())
