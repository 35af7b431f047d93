"""Covered mouths in real clips: ``python -m tests.bench.mouths [--finder haar|net|both]``.

Each clip is looked at so many times a second, without following anybody; a face is somebody's as
`tests.bench.clips` says. A line a person: looks at their face that are scored but for MouthNet, the
share that it takes to be covered, and the share of these that SmileNet calls a smile. By what
`smile_intervals.csv` says, faces under masks and all others are apart. ``--sheet PNG`` draws the
crops that are taken to be covered, but are of nobody masked, for eyes to judge; commit none.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.smile import mouth, smilenet
from laughtrack.edge.smile.crops import MIN_QUALITY, SIZE, crop_faces
from laughtrack.edge.smile.quality import trust
from tests.bench.clips.judge import SMILING
from tests.bench.clips.truth import Clip, clips, whose
from tests.bench.tables import say, table

HEADS = ("clip", "who", "looks scored", "covered, %", "of the covered smiling, %")
SHEET_COLUMNS = 24


class Look(NamedTuple):
    """One face at one moment, scored but for MouthNet: its crop, whose it is, if it is masked."""

    crop: np.ndarray
    name: str
    masked: bool


def looks(clip: Clip, finder: Any, rate_hz: float) -> Iterator[Look]:
    """Find the faces of a clip so many times a second; those of nobody are left out."""
    film = cv2.VideoCapture(str(clip.path))
    step = max(1, round(film.get(cv2.CAP_PROP_FPS) / rate_hz))
    number = 0
    while True:
        there, frame = film.read()
        if not there:
            return
        t_s = number / film.get(cv2.CAP_PROP_FPS)
        number += 1
        if (number - 1) % step:
            continue
        found = finder.scan(frame)
        crops = crop_faces(frame, found.boxes)
        side_px = (found.boxes[:, 2:] - found.boxes[:, :2]).mean(axis=1)
        scored = 2 * trust(crops, side_px, found.scores) - 1 >= MIN_QUALITY
        for crop, box in zip(crops[scored], found.boxes[scored], strict=True):
            name = whose(clip, t_s, box)
            if name is not None:
                spans = clip.masked_s.get(name, ())
                masked = any(first <= t_s <= last for first, last in spans)
                yield Look(crop, name, masked)


def main() -> None:
    """Look at the clips that are asked for and print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    data = os.environ.get("LAUGHTRACK_DATA", "../shared/data")
    options.add_argument("--data", type=Path, default=Path(data), help="folder (LAUGHTRACK_DATA)")
    options.add_argument("--finder", default="net", choices=("haar", "net", "both"))
    options.add_argument("--looks", type=float, default=5.0, help="a second (5)")
    options.add_argument("--sheet", type=Path, help="PNG of the crops to be judged by eye")
    options.add_argument("clips", nargs="*", help="words of the clips' names (all)")
    given = options.parse_args()
    score, lines, doubtful = smilenet.load_scorer(), [], []
    for clip in clips(given.data):
        if given.clips and not any(word in clip.path.name for word in given.clips):
            continue
        say(clip.path.name)
        groups = defaultdict(list)
        for look in looks(clip, finder_maker(given.finder)(), given.looks):
            groups[look.name + (", masked" if look.masked else "")].append(look.crop)
        for who, crops in sorted(groups.items()):
            stack = np.array(crops)
            covered = mouth.mouth_is_hidden(stack)
            smiling = (score(stack[covered]) >= SMILING) if covered.any() else np.zeros(0)
            of_those = f"{100 * smiling.mean():.0f}" if len(smiling) else ""
            lines.append((clip.path.name, who, len(crops), f"{100 * covered.mean():.0f}", of_those))
            doubtful += [] if "masked" in who else list(stack[covered])
    print(table(HEADS, lines))
    if given.sheet and doubtful:
        cv2.imwrite(str(given.sheet), _sheet(doubtful))


def _sheet(crops: list[np.ndarray]) -> np.ndarray:
    crops = crops + [np.zeros((SIZE, SIZE), np.uint8)] * (-len(crops) % SHEET_COLUMNS)
    columns = range(0, len(crops), SHEET_COLUMNS)
    return np.vstack([np.hstack(crops[i : i + SHEET_COLUMNS]) for i in columns])


if __name__ == "__main__":
    main()
