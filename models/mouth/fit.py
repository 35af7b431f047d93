"""Train MouthNet, in the training environment.

`.venv-train/bin/python -m laughtrack.models.mouth.fit --data FOLDER`.

Covers are drawn on faces, and the net learns to tell hidden mouths from those that are to be seen.
Its threshold leaves all but `MOST_LOST` of the faces of people who neither trained nor are for
proof. What is logged at the end is of people for proof, and of covers of other kinds than trained.
"""

from __future__ import annotations

import argparse
import logging
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from laughtrack.edge import console, inference
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.smile import mouth
from laughtrack.models.finder.pictures import packed_pictures
from laughtrack.models.mouth import bases, covers, net
from laughtrack.models.mouth.lessons import Base, Lesson, lesson, seen_in_a_room, stacked
from laughtrack.models.mouth.sheet import Drawer

EPOCHS = 60
SEEN_WEIGHT = 2.0  # a face in full view that counts as covered is worse than the other mistake
MOST_LOST = 0.0075  # of faces in full view
KEPT_AS = np.float16  # the weights: half of the file
SCENES_LEAST_PX = 48
PRETEND_PEOPLE = 500

# What is drawn on each face: kinds, their name in the table, and how often.
Plan = Sequence[tuple[Sequence[Drawer], str, float]]
TRAINED: Plan = (
    ((), "seen", 1.0),
    ((), "seen", 1.0),
    (covers.NEAR, "near", 0.8),
    (covers.KINDS, "hidden", 1.0),
    (covers.KINDS, "hidden", 0.8),
)
PROVED: Plan = (
    ((), "seen", 1.0),
    ((), "seen", 1.0),
    (covers.NEAR, "near", 1.0),
    (covers.KINDS, "hidden", 1.0),
    (covers.PROOF_KINDS, "hidden", 1.0),
)


class Part:
    """The lessons of one split, and in which rows of the table each counts."""

    def __init__(self) -> None:
        self.lessons: list[Lesson] = []
        self.rows: list[tuple[str, ...]] = []

    def add(self, found: Lesson | None, rows: tuple[str, ...]) -> None:
        """Take in a lesson, if it is one."""
        if found is not None:
            self.lessons.append(found)
            self.rows.append(rows)


def draw(data: Path, seed: int) -> dict[str, Part]:
    """Draw the lessons of all splits: the same for the same sets and seed.

    Parameters
    ----------
    data : path
        Has `fairface`, `genki4k`, `lfw`, `mtfl` and `scenes`; what is missing is left out.
    seed : int

    Returns
    -------
    dict of Part, by split: "train", "val", "test"
    """
    parts = {split: Part() for split in ("train", "val", "test")}
    for number, (base, split, groups) in enumerate(bases.bases(data)):
        if number % 1000 == 0:
            logging.info("drawing: %d faces", number)
        rng = np.random.default_rng([seed, number])
        for found, rows in _drawn(base, TRAINED if split == "train" else PROVED, groups, rng):
            parts[split].add(found, rows)
    for number, base in enumerate(bases.pretend_people(PRETEND_PEOPLE, seed)):
        found = lesson(base, (), np.random.default_rng([seed, 2, number]))
        parts["train" if number % 5 else "test"].add(found, ("the pretend audience",))
    for number, patch in enumerate(_scenes(data / "scenes" / "pictures.npz")):
        rng = np.random.default_rng([seed, 1, number])
        parts["train" if number % 5 else "test"].add(
            seen_in_a_room(patch, False, rng), ("no face at all",)
        )
    return parts


def fit(parts: dict[str, Part], epochs: int, seed: int) -> mouth.MouthNet:
    """Train the net on "train" and choose its threshold on "val"."""
    crops, hidden, _ = stacked(parts["train"].lessons)
    weight = np.where(hidden, 1.0, SEEN_WEIGHT)
    logging.info("training on %d crops, %.2f of them hidden", len(crops), hidden.mean())
    trained = _as_written(net.train(crops, hidden, weight, epochs, seed))
    crops, _, _ = stacked(parts["val"].lessons)
    plain = np.array(["seen" in rows for rows in parts["val"].rows])
    lean = mouth.hidden_log_odds(trained, crops[plain])
    return trained._replace(threshold=float(np.quantile(lean, 1 - MOST_LOST)))


def write(path: str | Path, fitted: mouth.MouthNet) -> None:
    """Write the weights as `mouth.load` reads them, whole or not at all.

    Parameters
    ----------
    path : path
    fitted : mouth.MouthNet
    """
    arrays: dict[str, Any] = {
        f"w{i}": each.astype(KEPT_AS) for i, each in enumerate(fitted.weights)
    }
    arrays.update((f"b{i}", each.astype(np.float32)) for i, each in enumerate(fitted.biases))
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, version=mouth.VERSION, threshold=fitted.threshold, **arrays)


def table(part: Part, fitted: mouth.MouthNet) -> list[str]:
    """Lines of Markdown: of each group, how many crops, and how many are taken to be hidden."""
    crops, _, widths = stacked(part.lessons)
    found = mouth.hidden_log_odds(fitted, crops) > fitted.threshold
    rows = [
        (*row, f"{row[0]}, {_size(width)}") for row, width in zip(part.rows, widths, strict=True)
    ]
    names = sorted({name for row in rows for name in row})
    lines = ["| group | crops | taken to be hidden |", "| --- | --- | --- |"]
    for name in names:
        there = np.array([name in row for row in rows])
        lines.append(f"| {name} | {there.sum():,} | {100 * found[there].mean():.1f} % |")
    return lines


def _as_written(trained: mouth.MouthNet) -> mouth.MouthNet:
    weights = tuple(each.astype(KEPT_AS).astype(np.float32) for each in trained.weights)
    return trained._replace(weights=weights)


def _drawn(
    base: Base, plan: Plan, groups: tuple[str, ...], rng: np.random.Generator
) -> Iterator[tuple[Lesson | None, tuple[str, ...]]]:
    for kinds, name, chance in plan:
        if rng.random() > chance:
            continue
        if not kinds:
            yield lesson(base, (), rng), (name, *groups)
            continue
        drawer = kinds[int(rng.integers(len(kinds)))]
        found = lesson(base, (drawer,), rng)
        if found is not None and found.hidden == (name == "hidden"):
            yield found, (name, f"{name}: {drawer.__name__}")


def _scenes(pack: Path) -> Iterator[np.ndarray]:
    """Two squares of each picture without people, as large as bases are."""
    for number, picture in packed_pictures(pack) if pack.is_file() else ():
        rng = np.random.default_rng([zlib.crc32(pack.name.encode()), number])
        for _ in range(2):
            side = int(rng.integers(SCENES_LEAST_PX, min(picture.shape)))
            y, x = (int(rng.integers(0, length - side + 1)) for length in picture.shape)
            square = picture[y : y + side, x : x + side]
            size = (bases.PATCH_PX, bases.PATCH_PX)
            yield cv2.resize(square, size, interpolation=cv2.INTER_AREA)


def _size(width_px: float) -> str:
    return "under 24 px" if width_px < 24 else "24 to 40 px" if width_px < 40 else "from 40 px"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--data", type=Path, default="../shared/data", help="the sets' folder")
    parser.add_argument("--out", type=Path, default=inference.ARTIFACTS / mouth.FILE, help="file")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        parts = draw(options.data, options.seed)
        fitted = fit(parts, options.epochs, options.seed)
        write(options.out, fitted)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.mouth.fit: {error}")
        return 1
    logging.info("%s", "\n".join(table(parts["test"], mouth.load(options.out))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
