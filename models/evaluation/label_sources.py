"""What each source of labels is worth.

`python -m laughtrack.models.evaluation.label_sources`, in the training environment.

The same net is trained plainly (no soft labels, no movement) on one source after another and
measured on the same faces. Two of the trainings are the original recipe's own comparison: its
train list with Rekognition's smile column and with hand labels, both tested on its validation list.

Conventions
-----------
- All figures but the lists' are of the split "test"; the lists are the original recipe's, which
  shares people between them.
- "right" is the share on the right side of one half, "auc" the area under the ROC curve.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from laughtrack.edge import console
from laughtrack.edge.smile.smilenet import ARTIFACTS
from laughtrack.models.data import labels, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.files import save
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import loop, smilenet, targets
from laughtrack.models.training.settings import DEFAULT_WORK, Settings, out_of_range
from laughtrack.models.training.work_folder import locked

# The probability of a smile, or None where this source has no label.
LabelOf = Callable[[Picture], "float | None"]
FILE = "sources.json"
EPOCHS = 10


def _probability(text: str) -> float | None:
    return float(text) if text else None


def _smile(picture: Picture) -> float | None:
    return _probability(picture.smile)


def _rekognition(picture: Picture) -> float | None:
    return _probability(picture.rekognition[0])


def _from_set(source: str, label_of: LabelOf) -> LabelOf:
    return lambda picture: label_of(picture) if picture.source == source else None


def _from_list(label_of: LabelOf) -> LabelOf:
    return lambda picture: label_of(picture) if picture.rekognition_list == "train" else None


class Source(NamedTuple):
    """Labels to train on, and whether the original recipe's list stands in for the split."""

    label_of: LabelOf
    by_list: bool = False


SOURCES = {
    "strict": Source(_from_set("lfw", lambda p: _probability(p.strict))),
    "emotion": Source(
        _from_set("lfw", lambda p: float(p.emotion == "happiness") if p.emotion else None)
    ),
    "lfw": Source(_from_set("lfw", labels.target)),
    "genki4k": Source(_from_set("genki4k", _smile)),
    "all": Source(labels.target),
    "list_rekognition": Source(_from_list(_rekognition), by_list=True),
    "list_hand": Source(_from_list(_smile), by_list=True),
}


def measure(data: str | Path, work: str | Path, epochs: int = EPOCHS) -> dict[str, Any]:
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
    settings = Settings(epochs=epochs, movement=0.0, points=0.0)
    error_text = out_of_range(settings)
    if error_text:
        raise ValueError(error_text)
    with locked(work):
        return _measure(data, work, settings)


def _measure(data: str | Path, work: str | Path, settings: Settings) -> dict[str, Any]:
    all_pictures = load.load_pictures(data, load.HAND_LABELLED)
    faces = wide_crops.load_faces(all_pictures, work)
    pictures = [all_pictures[i] for i in faces.picture_index]
    split = np.array([picture.split for picture in pictures])
    digest = targets.labels_digest(pictures)
    result: dict[str, Any] = {"epochs": settings.epochs}
    for name, (label_of, by_list) in SOURCES.items():
        all_targets = targets.from_one_source(pictures, faces, label_of)
        known = np.isfinite(all_targets.smile[:, 0])
        rows = known & (split != "val" if by_list else split == "train")
        validation_rows = known & (split == "val")
        if rows.sum() < loop.BATCH or not validation_rows.any():
            text = (
                "left out: %s, with %d faces to train on and %d to choose by; %d and 1 are needed"
            )
            logging.warning(text, name, rows.sum(), validation_rows.sum(), loop.BATCH)
            continue
        logging.info("trained on: %s", name)
        place = Path(work) / f"source-{name}"
        net = loop.run_training(
            place, settings, all_targets.pick(rows), all_targets.pick(validation_rows), digest
        )
        log_odds = net.log_odds(wide_crops.network_input(faces.wide))
        result[name] = {"faces": int(rows.sum()), **_figures(log_odds, pictures, split, by_list)}
    if len(result) == 1:
        raise ValueError(
            f"{data}: too few labelled faces of every source ({len(pictures)} faces were found): "
            f"{loop.BATCH} of the training people and 1 of the validation people are needed"
        )
    return result


def _figures(
    log_odds: np.ndarray, pictures: Sequence[Picture], split: np.ndarray, by_list: bool
) -> dict[str, Any]:
    """Figures of one net, from its log-odds (N,)."""
    if by_list:
        rows = np.array([p.rekognition_list == "val" for p in pictures])
        return {
            "list_rekognition": _against(log_odds, pictures, rows, _rekognition),
            "list_hand": _against(log_odds, pictures, rows, _smile),
        }
    test = split == "test"
    lfw = test & np.array([p.source == "lfw" for p in pictures])
    return {
        "genki4k": _against(log_odds, pictures, test & ~lfw, _smile),
        "lfw": _against(log_odds, pictures, lfw, _smile),
        "strict": _against(log_odds, pictures, lfw, lambda p: _probability(p.strict)),
    }


def _against(
    log_odds: np.ndarray, pictures: Sequence[Picture], rows: np.ndarray, label_of: LabelOf
) -> dict[str, Any]:
    labelled = {i: label_of(pictures[i]) for i in np.flatnonzero(rows).tolist()}
    known = {i: label for i, label in labelled.items() if label is not None}
    chosen, truth = log_odds[list(known)], np.array([label > 0.5 for label in known.values()], bool)
    right = float(((chosen > 0) == truth).mean()) if known else float("nan")
    auc = float(metrics.auc(chosen, truth))
    return {"faces": len(known), "right": round(right, 4), "auc": round(auc, 4)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/, or is a table"
    )
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="crops and checkpoints")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of each training")
    parser.add_argument("--out", type=Path, default=ARTIFACTS, help=f"folder for {FILE}")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        smilenet.import_mxnet()
        result = measure(options.data, options.work, options.epochs)
        save(options.out / FILE, json.dumps(result, indent=2) + "\n")
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.evaluation.label_sources: {error}")
        return 1
    console.show(*json.dumps(result, indent=2).splitlines())
    return 0


if __name__ == "__main__":
    sys.exit(main())
