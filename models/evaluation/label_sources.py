"""What each source of labels is worth.

`python -m laughtrack.models.evaluation.label_sources`, in the training environment.

The same net is trained plainly (no teacher, no shape) on one source after another and measured on
the same faces. Two of the trainings are the original recipe's own comparison: its train list with
Rekognition's smile column and with hand labels, both tested on its validation list.

Conventions
-----------
- All figures but the lists' are of the split "test"; the lists are the original recipe's, which
  shares people between them.
- "right" is the share on the right side of one half, "auc" the area under the ROC curve.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

import numpy as np

from laughtrack.edge.smile.smilenet import ARTIFACTS
from laughtrack.models.data import labels, load
from laughtrack.models.evaluation import metrics
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import loop, smilenet, targets
from laughtrack.models.training.settings import DEFAULT_WORK, Settings, out_of_range
from laughtrack.models.training.work_folder import locked

FILE = "sources.json"
EPOCHS = 10


def _probability(text):
    return float(text) if text else None


def _smile(picture):
    return _probability(picture.smile)


def _rekognition(picture):
    return _probability(picture.rekognition[0])


def _from_set(source, said):
    return lambda picture: said(picture) if picture.source == source else None


def _from_list(said):
    return lambda picture: said(picture) if picture.rekognition_list == "train" else None


# What is trained on: whose word, and whether the list stands in for the split.
SOURCES = {
    "strict": (_from_set("lfw", lambda p: _probability(p.strict)), False),
    "emotion": (
        _from_set("lfw", lambda p: float(p.emotion == "happiness") if p.emotion else None),
        False,
    ),
    "lfw": (_from_set("lfw", labels.target), False),
    "genki4k": (_from_set("genki4k", _smile), False),
    "all": (labels.target, False),
    "list_rekognition": (_from_list(_rekognition), True),
    "list_hand": (_from_list(_smile), True),
}


def measure(data, work, epochs=EPOCHS):
    """Train on each source and measure.

    Parameters
    ----------
    data, work : path
        Checkpoints go into a folder each under `work`: a call cut short is carried on.
    epochs : int, of each training

    Returns
    -------
    dict
        `epochs`, and by source a dict of the figures. A source with too few faces is left out.

    Raises
    ------
    ValueError
        If all sources have too few faces, another training is at work in that folder, or one runs
        away.
    """
    settings = Settings(epochs=epochs, shape=0.0, points=0.0)
    wrong = out_of_range(settings)
    if wrong:
        raise ValueError(wrong)
    with locked(work):
        return _measured(data, work, settings)


def _measured(data, work, settings):
    listed = load.load_pictures(data)
    faces = wide_crops.load_faces(listed, work)
    shown = [listed[i] for i in faces.picture_index]
    split = np.array([picture.split for picture in shown])
    told = targets.labels_digest(shown)
    result = {"epochs": settings.epochs}
    for name, (said, by_list) in SOURCES.items():
        taught = targets.from_one_source(shown, faces, said)
        known = np.isfinite(taught.smile[:, 0])
        rows = known & (split != "val" if by_list else split == "train")
        choosing = known & (split == "val")
        if rows.sum() < loop.BATCH or not choosing.any():
            text = (
                "left out: %s, with %d faces to train on and %d to choose by; %d and 1 are needed"
            )
            logging.warning(text, name, rows.sum(), choosing.sum(), loop.BATCH)
            continue
        logging.info("trained on: %s", name)
        place = Path(work) / f"source-{name}"
        net = loop.run_training(place, settings, taught.pick(rows), taught.pick(choosing), told)
        lean = net.lean(wide_crops.network_input(faces.wide))
        result[name] = {"faces": int(rows.sum()), **_figures(lean, shown, split, by_list)}
    if len(result) == 1:
        raise ValueError(
            f"{data}: too few labelled faces of every source ({len(shown)} faces were found): "
            f"{loop.BATCH} of the training people and 1 of the validation people are needed"
        )
    return result


def _figures(lean, shown, split, by_list):
    """Figures of one net, from its log-odds (N,)."""
    if by_list:
        rows = np.array([p.rekognition_list == "val" for p in shown])
        return {
            "list_rekognition": _against(lean, shown, rows, _rekognition),
            "list_hand": _against(lean, shown, rows, _smile),
        }
    test = split == "test"
    lfw = test & np.array([p.source == "lfw" for p in shown])
    return {
        "genki4k": _against(lean, shown, test & ~lfw, _smile),
        "lfw": _against(lean, shown, lfw, _smile),
        "strict": _against(lean, shown, lfw, lambda p: _probability(p.strict)),
    }


def _against(lean, shown, rows, said):
    rows = [i for i in np.flatnonzero(rows) if said(shown[i]) is not None]
    truth = np.array([said(shown[i]) > 0.5 for i in rows], bool)
    right = float(((lean[rows] > 0) == truth).mean()) if rows else float("nan")
    auc = float(metrics.auc(lean[rows], truth))
    return {"faces": len(rows), "right": round(right, 4), "auc": round(auc, 4)}


def main(argv=None):
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/, or is a table"
    )
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="crops and checkpoints")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of each training")
    parser.add_argument("--out", type=Path, default=ARTIFACTS, help=f"folder for {FILE}")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        smilenet.import_mxnet()
        result = measure(options.data, options.work, options.epochs)
        (options.out / FILE).write_text(json.dumps(result, indent=2) + "\n")
    except (ValueError, OSError) as error:
        print(f"laughtrack.models.evaluation.label_sources: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
