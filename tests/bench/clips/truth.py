"""Who is where in the clips, by eye: people and printed faces, when and where.

`whereabouts.csv` has a row for a moment of somebody: clip, who, kind (`person`; `aside` for one who
is hidden too much to be counted; `printed`), t_s, the middle of the face x, y and its width,
pixels, and `gone` 1 where nothing is to be seen of them from then on until their next row.

Between two rows the place is interpolated. The boxes that they were made from are YuNet's, given
their names by eye.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

HERE = Path(__file__).parent
# A box is somebody's whose face's middle is so near, in widths of that face, and that is from so
# many to so many times as wide.
NEAR = 0.7
SIZES = 0.4, 2.6
# A face is so much of the width of the square that the program puts on it.
BOX_OF_FACE = 0.8
LEAST_S = 1.0
# So far apart were the frames that were looked at by eye.
MARGIN_S = 0.3
# First frames of new shots in the footage, which has no list of them.
CUTS = {
    "short_hamilton_clip.mp4": (21, 83, 212),
    "face_noface.mov": (73,),
    "noface_face.mov": (97,),
}


class Someone(NamedTuple):
    """Somebody, of a kind: times (K,), places (K, 3) x y width in px, and `gone` (K,)."""

    name: str
    kind: str
    t_s: np.ndarray
    places: np.ndarray
    gone: np.ndarray

    def at(self, t_s: float) -> np.ndarray | None:
        """Return x, y and width at a time, None while not to be seen."""
        last = int(np.searchsorted(self.t_s, t_s + 1e-6)) - 1
        if last < 0 or self.gone[last]:
            coming = last + 1 < len(self.t_s) and self.t_s[last + 1] - t_s <= MARGIN_S
            return self.places[last + 1] if coming else None
        if t_s > self.t_s[-1] + MARGIN_S:
            return None
        return np.array([np.interp(t_s, self.t_s, column) for column in self.places.T])

    @property
    def seen_s(self) -> float:
        """For how long they can be seen, seconds."""
        return float(np.diff(self.t_s, append=self.t_s[-1])[~self.gone].sum())


class Clip(NamedTuple):
    """A clip: who is in it, the people counted by eye, the times of its cuts, masked intervals."""

    path: Path
    people: int
    someone: list[Someone]
    cuts_s: list[float]
    masked_s: dict[str, list[tuple[float, float]]]


def clips(data: Path) -> list[Clip]:
    """Return all clips and footage whose people are known, by folder and name."""
    rows = defaultdict(lambda: defaultdict(list))
    for row in _rows(HERE / "whereabouts.csv"):
        rows[row["clip"]][row["who"], row["kind"]].append(row)
    told = {row["clip"]: row for row in _rows(data / "clips/people.csv")}
    smiles = _rows(data / "clips/smile_intervals.csv")
    result = []
    for folder in ("clips", "footage"):
        for path in sorted((data / folder).iterdir()):
            if path.suffix == ".csv" or path.name == "README.md":
                continue
            someone = [_someone(*key, moments) for key, moments in rows[path.name].items()]
            people = sum(each.kind == "person" and each.seen_s > LEAST_S for each in someone)
            cuts = told.get(path.name, {}).get("cut_frames", "").split(";")
            cuts = CUTS.get(path.name, [int(frame) for frame in cuts if frame])
            rate = cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS)
            masked = defaultdict(list)
            for row in smiles:
                if (row["clip"], row["label"]) == (path.name, "masked"):
                    ends = int(row["first_frame"]) / rate, int(row["last_frame"]) / rate
                    masked[row["person"]].append(ends)
            known = int(told[path.name]["people"]) if path.name in told else people
            cuts_s = [frame / rate for frame in cuts]
            result.append(Clip(path, known, someone, cuts_s, dict(masked)))
    return result


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _someone(name: str, kind: str, rows: list[dict[str, str]]) -> Someone:
    values = np.array([[float(row[key]) for key in ("t_s", "x", "y", "width")] for row in rows])
    gone = np.array([row["gone"] == "1" for row in rows])
    return Someone(name, kind, values[:, 0], values[:, 1:], gone)


def whose(clip: Clip, t_s: float, box: np.ndarray) -> str | None:
    """Return whose face a box is, None where nobody is; printed faces have names too."""
    middle, width = (box[:2] + box[2:]) / 2, box[2] - box[0]
    best, name = NEAR, None
    for each in clip.someone:
        place = each.at(t_s)
        if place is None or not SIZES[0] < width / place[2] < SIZES[1]:
            continue
        off = float(np.hypot(*(middle - place[:2]))) / max(place[2], BOX_OF_FACE * width)
        if off < best:
            best, name = off, each.name
    return name
