"""FER+ (Barsoum et al., 2016): ten votes each on FER2013's pictures, 48 x 48 grey.

Happiness is a smile's cousin: the share of votes for it is the target, six of ten are a smile, none
is no smile, and in between nothing is said. A face that most didn't know, or took for none, has no
label. FER2013 has many pictures twice, some in several of its own splits: a copy is the same person
as the first, so that both are on one side here; its own splits are not kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from laughtrack.models.data import csv_files, labels, packs
from laughtrack.models.data.labels import Picture
from laughtrack.models.data.public_datasets import Dataset

VOTES = "fer2013new.csv"
TABLES = ("fer2013.csv", "icml_face_data.csv")  # its pixels, as Kaggle hands them out
FOLDERS = {
    "Training": "FER2013Train",
    "PublicTest": "FER2013Valid",
    "PrivateTest": "FER2013Test",
}
EMOTIONS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"),
    "contempt",
)
SMILE_FROM = 0.6  # share of votes
AGREED_FROM = 0.5  # share of votes that makes an emotion, or no face of it


def ferplus(folder: str | Path) -> Dataset:
    """List FER+'s pictures.

    Parameters
    ----------
    folder : path
        `fer2013new.csv` (the votes) beside `fer2013.csv` or `icml_face_data.csv` (the pictures), or
        beside the folders `FER2013Train`, `FER2013Valid` and `FER2013Test`, also under `images` or
        `data`. Or packed: `pictures.npz` and `labels.csv`.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is neither, the two files are not of the same pictures, or a line is wrong.
    """
    folder = Path(folder)
    pack = folder / "pictures.npz"
    if pack.is_file():
        return _packed(pack)
    file = folder / VOTES
    if not file.is_file():
        raise ValueError(f"no {VOTES} or {pack.name} in {folder}: is it FER+?")
    table = next((folder / name for name in TABLES if (folder / name).is_file()), None)
    rows = csv_files.read(file, ["Usage", "Image name", *EMOTIONS, "unknown", "NF"])
    return _from_folders(folder, file, rows) if table is None else _from_table(table, file, rows)


def _packed(pack: Path) -> Dataset:
    file = pack.with_name("labels.csv")
    needed = ["name", *EMOTIONS, "unknown", "not_a_face", "copy_of"]
    rows = csv_files.read(file, needed, complete=True)
    if len(rows) != packs.count(pack):
        raise ValueError(f"{file}: {len(rows):,} rows, and {packs.count(pack):,} in {pack.name}")
    found = []
    for index, (line, row) in enumerate(rows):
        votes = _votes(file, line, row, "not_a_face")
        found.append(_picture(pack / str(index), row["copy_of"] or row["name"], votes))
    return Dataset(found, [])


def _from_table(table: Path, file: Path, rows: Sequence[csv_files.Row]) -> Dataset:
    """Join votes and pixels, which are in the same order."""
    found, first, faceless = [], dict[str, str](), 0
    for index, (row, pixels) in enumerate(zip_longest(rows, packs.pixel_rows(table))):
        if row is None or pixels is None:
            longer = table if row is None else file
            raise ValueError(
                f"{longer} has more rows than {(file if row is None else table).name}: they are "
                "not of the same pictures"
            )
        usage = pixels.get("Usage", "").strip()
        if usage != row.cells["Usage"]:
            raise ValueError(
                f"{file}, line {row.line}: of {row.cells['Usage']!r}, and {table.name} has "
                f"{usage!r} there: they are not in the same order"
            )
        name = row.cells["Image name"]
        if not name:
            faceless += 1
            continue
        digest = hashlib.sha256(pixels["pixels"].strip().encode()).hexdigest()
        votes = _votes(file, row.line, row.cells, "NF")
        found.append(_picture(table / str(index), first.setdefault(digest, name), votes))
    if not found:
        raise ValueError(f"{file}: no row names a picture")
    return Dataset(found, [], _note(faceless))


def _from_folders(folder: Path, file: Path, rows: Sequence[csv_files.Row]) -> Dataset:
    """Join votes and pictures, which have names."""
    places = [folder / name for name in ("", "images", "data")]
    place = next((p for p in places if any((p / f).is_dir() for f in FOLDERS.values())), None)
    if place is None:
        raise ValueError(
            f"no {', '.join(TABLES)} and no {', '.join(FOLDERS.values())} beside {file}: it has "
            "the votes alone"
        )
    found, problems, first, faceless = [], [], dict[str, str](), 0
    for line, row in rows:
        name, usage = row["Image name"], row["Usage"]
        if not name:
            faceless += 1
            continue
        if usage not in FOLDERS:
            raise ValueError(f"{file}, line {line}: Usage {usage!r}: expected {', '.join(FOLDERS)}")
        path = place / FOLDERS[usage] / name
        if not path.is_file():
            problems.append(f"{path}: missing, {file} names it")
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        votes = _votes(file, line, row, "NF")
        found.append(_picture(path, first.setdefault(digest, name), votes))
    if not found:
        why = f": {problems[0]}" if problems else ""
        raise ValueError(f"none of the pictures of {file} is there{why}")
    return Dataset(found, problems, _note(faceless))


def _note(faceless: int) -> tuple[str, ...]:
    return (f"{faceless:,} pictures without a face left out, as FER+ says",) if faceless else ()


def _votes(file: Path, line: int, row: Mapping[str, str], no_face: str) -> dict[str, int]:
    names = (*EMOTIONS, "unknown", no_face)
    try:
        votes = {name: int(row[name]) for name in names}
        if min(votes.values()) < 0 or not sum(votes.values()):
            raise ValueError
    except ValueError:
        cells = ",".join(row[name] for name in names)
        raise ValueError(f"{file}, line {line}: votes {cells!r}, expected ten counts") from None
    return votes


def _picture(path: Path, person: str, votes: Mapping[str, int]) -> Picture:
    picture = Picture(path, "ferplus", person, labels.split_of(person, "ferplus"))
    given = sum(votes.values())
    if sum(votes[name] for name in EMOTIONS) < AGREED_FROM * given:
        return picture
    share = votes["happiness"] / given
    smile = "1" if share >= SMILE_FROM else "" if share else "0"
    best = max(EMOTIONS, key=lambda name: votes[name])
    emotion = best if votes[best] >= AGREED_FROM * given else ""
    return picture._replace(smile=smile, emotion=emotion, happiness=f"{share:.3g}")
