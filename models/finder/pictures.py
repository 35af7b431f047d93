"""What pictures are composed from: natural pictures, most of them of people.

Two parts of every set are kept apart, by person where people are named: the pictures here are the
training part, and `is_kept_apart` says of any other whether it is for proof.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.tables.csv_rows import read_rows

# One in so many pictures, or people, is kept for proof.
PARTS = 5
# Films whose frames are trained on; all others are for proof.
TRAINING_CLIPS = (
    "backs_walk.mp4", "banner_talk.mp4", "masks_four.mp4", "meeting_green.mp4",
    "sitcom_group.mp4", "sofa_long.mp4", "sofa_photos.mp4",
)  # fmt: skip
FRAMES_PER_CLIP = 40
LFW_PER_PERSON = 2
QUALITY = 70  # of JPEG


def is_kept_apart(key: str | int) -> bool:
    """Say whether a picture (by its number) or a person (by name) is kept for proof."""
    number = key if isinstance(key, int) else zlib.crc32(key.encode())
    return number % PARTS == 0


def write_pack(path: Path, pictures: Iterable[tuple[np.ndarray, str]]) -> int:
    """Keep grey pictures and their kinds in one file, as JPEG; return how many."""
    packed, kinds = [], []
    for picture, kind in pictures:
        packed.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
        kinds.append(kind)
    if packed:
        with replacing(path) as part, open(part, "wb") as file:
            start = np.cumsum([0, *map(len, packed)])
            np.savez(file, jpeg=np.concatenate(packed), start=start, kind=np.array(kinds))
    return len(packed)


def read_pack(path: Path) -> list[tuple[np.ndarray, str]]:
    """Read what `write_pack` kept."""
    with np.load(path) as pack:
        kinds = pack["kind"]
    return [(picture, str(kinds[i])) for i, picture in packed_pictures(path)]


def has_kind(path: Path, kind: str) -> bool:
    """Say whether a file of `write_pack` holds pictures of a kind."""
    with np.load(path) as pack:
        return kind in pack["kind"]


def packed_pictures(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Number and grey picture of each JPEG in a file, end to end in `jpeg`, begun at `start`."""
    with np.load(path) as pack:
        jpeg, start = pack["jpeg"], pack["start"]
    for i in range(len(start) - 1):
        picture = cv2.imdecode(jpeg[start[i] : start[i + 1]], cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise ValueError(f"{path}: picture {i} cannot be read; fetch the file again")
        yield i, picture


def natural_pictures(
    data: Path, kept_apart: bool = False, negatives: Path | None = None
) -> Iterator[tuple[np.ndarray, str]]:
    """The training part of every set in a folder, or the parts that are kept for proof.

    Parameters
    ----------
    data : path
        Has `fairface`, `scenes`, `genki4k`, `lfw`, `mtfl` and `clips`; what is missing is left out.
    kept_apart : bool
        Those for proof instead, without `mtfl` and `clips`.
    negatives : path, optional
        A folder of pictures (.jpg, .png) in which nobody is to be seen.

    Yields
    ------
    picture : (H, W) uint8
    kind : str
        "people": a face in its surroundings; "close": a tightly cut face; "empty": one of the
        negatives; "scene": all else.

    Raises
    ------
    ValueError
        A picture cannot be read, or the folder of negatives has none.
    """
    for name, kind in (("fairface", "close"), ("scenes", "scene")):
        pack = data / name / "pictures.npz"
        for i, picture in packed_pictures(pack) if pack.is_file() else ():
            if is_kept_apart(i) == kept_apart:
                yield picture, kind
    for path in _people(data, kept_apart):
        yield _read(path), "people"
    if not kept_apart:
        yield from _turned_faces(data / "mtfl")
        for name in TRAINING_CLIPS:
            if (data / "clips" / name).is_file():
                for picture in _frames(data / "clips" / name):
                    yield picture, "scene"
    for path in _negatives(negatives, kept_apart) if negatives else ():
        yield _read(path), "empty"


def _read(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ValueError(f"{path}: cannot be read as a picture; take it out or fetch it again")
    return picture


def _negatives(folder: Path, kept_apart: bool) -> list[Path]:
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".jpg", ".png"))
    if not paths:
        raise ValueError(f"{folder}: no pictures (.jpg, .png) there; name a folder that has some")
    return [path for i, path in enumerate(paths) if is_kept_apart(i) == kept_apart]


def _people(data: Path, kept_apart: bool) -> Iterator[Path]:
    """Files of GENKI's, and of a few pictures of each person of LFW."""
    for i, path in enumerate(sorted((data / "genki4k" / "files").glob("*.jpg"))):
        if is_kept_apart(i) == kept_apart:
            yield path
    for person in sorted((data / "lfw" / "images").glob("*")):
        if is_kept_apart(person.name) == kept_apart:
            yield from sorted(person.glob("*.jpg"))[:LFW_PER_PERSON]


def _turned_faces(folder: Path) -> Iterator[tuple[np.ndarray, str]]:
    """MTFL's faces in profile, of its training part: the other sets have few."""
    if not folder.is_dir():
        return
    table = read_rows(folder / "labels.csv")
    split, pose = (table.columns.index(name) for name in ("split", "pose"))
    rows = [cells for _, cells in table.rows]
    for i, picture in packed_pictures(folder / "pictures.npz"):
        if rows[i][split] == "train" and rows[i][pose] in "15" and not is_kept_apart(i):
            yield picture, "close"


def _frames(path: Path) -> list[np.ndarray]:
    """Some frames of a film, evenly spread, at most 640 pixels wide."""
    film = cv2.VideoCapture(str(path))
    every = max(1, int(film.get(cv2.CAP_PROP_FRAME_COUNT)) // FRAMES_PER_CLIP)
    frames: list[np.ndarray] = []
    index = 0
    while True:
        there, frame = film.read()
        if not there:
            return frames
        if index % every == every // 2:
            grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
            scale = min(1.0, 640 / grey.shape[1])
            frames.append(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        index += 1
