"""Train FinderNet's second look and put it beside FinderNet.

`python -m laughtrack.models.finder.second.train --data FOLDER --teacher YUNET.onnx`, in the
finder's training environment, after `train` and `export`: it learns to tell what FinderNet takes
for a face. Writes `findernet_second.onnx`, and what must be known of it into `findernet.json`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from laughtrack.edge import console, inference
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.faces import second_look
from laughtrack.models.data.logistic import logistic_fit
from laughtrack.models.finder import pictures
from laughtrack.models.finder.batches import digest_of, hard_places_of, labelled, made_by
from laughtrack.models.finder.export import write_model
from laughtrack.models.finder.second import net as learning
from laughtrack.models.finder.second.places import Places, Source, gather
from laughtrack.models.finder.train import DEFAULT_WORK

# Pictures composed to learn from, and to calibrate on.
COMPOSED, COMPOSED_KEPT = 16_000, 2_000
# Of what is taken for a face less is one in rooms than in composed pictures, and a thing that is
# taken for one is there for the whole film: it counts as so many.
OTHERS = 5.0
# A place of less confidence is no face. The tracker asks for more of whom it does not know.
LEAST_SURE = 0.2
# How sure FinderNet itself must be for a second look.
THRESHOLD = 0.2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default="../shared/data", help="the sets' folder")
    parser.add_argument("--teacher", type=Path, required=True, help="YuNet's ONNX file")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="has findernet.pt")
    parser.add_argument("--negatives", type=Path, help="folder of pictures without faces")
    parser.add_argument("--composed", type=int, default=COMPOSED, help="pictures to learn from")
    parser.add_argument("--epochs", type=float, default=learning.EPOCHS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="processes that compose")
    parser.add_argument("--out", type=Path, default="models/artifacts", help="has findernet.json")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        kept = options.work / "kept" / "pictures.npz"
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            apart = pictures.natural_pictures(options.data, True, options.negatives)
            pictures.write_pack(kept, apart)
        start = options.work / "findernet.pt"
        learn, proof = (
            _places(pack, start, options.teacher, options.seed, count, options.workers)
            for pack, count in (
                (options.work / "pictures.npz", options.composed),
                (kept, max(1, options.composed * COMPOSED_KEPT // COMPOSED)),
            )
        )
        net = learning.train(learn, options.epochs, options.seed)
        write(net, calibration(net, proof), options.out)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.finder.second.train: {error}")
        return 1
    return 0


def _places(pack: Path, start: Path, teacher: Path, seed: int, count: int, workers: int) -> Places:
    """What `start` takes for a face in so many pictures of a pack, kept beside it."""
    made_of = f"{digest_of(start)} {seed} {count}"
    file = pack.with_name("places.npz")
    if not file.is_file() or made_by(file) != made_of:
        faces = labelled(pack, teacher, workers)
        hard = hard_places_of(pack, faces, start)
        found = gather(Source(pack, faces, hard, seed, teacher, start), count, workers)
        with replacing(file) as part, open(part, "wb") as stream:
            np.savez(stream, of=np.array(made_of), **found._asdict())
    with np.load(file) as stored:
        places = Places(*(stored[name] for name in Places._fields))
    logging.info("%s: %d places, %d of them faces", pack, len(places.faces), places.faces.sum())
    return places


def calibration(net: torch.nn.Module, kept: Places) -> np.ndarray:
    """Factors of the two looks' log-odds, and the intercept, to those of a face being there."""
    seen = learning.log_odds(net, kept.squares)
    use = kept.first >= np.log(THRESHOLD / (1 - THRESHOLD))
    columns = np.stack([kept.first, seen, np.ones_like(seen)], axis=1)[use]
    faces = kept.faces[use].astype(float)
    weights = np.where(faces > 0, 1.0, OTHERS)
    fit: np.ndarray = logistic_fit(columns, faces, weights)
    sure = columns @ fit > 0
    logging.info(
        "of %d faces %.3f are kept, of %d others %.3f",
        *(faces.sum(), sure[faces > 0].mean(), (1 - faces).sum(), sure[faces == 0].mean()),
    )
    return fit


def write(net: torch.nn.Module, fit: np.ndarray, out: Path) -> None:
    """Write the net, and what must be known of it into `findernet.json` there."""
    file, size = out / second_look.FILE, second_look.SIZE
    example = torch.zeros(second_look.BATCH, 1, size, size)
    write_model(net.eval(), example, file, ["log_odds"], {})
    first, second, intercept = (round(float(value), 4) for value in fit)
    settings = json.loads((out / "findernet.json").read_text(encoding="utf-8"))
    settings.pop("int8", None)  # of the weights before
    settings["threshold"] = THRESHOLD
    settings["second"] = {
        "sha256": inference.digest_of([file]),
        "first": first,
        "second": second,
        "intercept": intercept,
        "least": LEAST_SURE,
    }
    with replacing(out / "findernet.json") as part:
        part.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
