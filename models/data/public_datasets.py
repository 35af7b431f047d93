"""The public sets as their users have them: Labeled Faces in the Wild, and GENKI-4K.

What a label file names and isn't there, or labels twice and differently, is reported as a problem;
all the rest is listed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from laughtrack.models.data import csv_files, image_files, label_table, labels, vocabulary
from laughtrack.models.data.labels import Picture
from laughtrack.tracker.mot.text_numbers import number
from laughtrack.tracker.text_files import read_text

LFW_NAME = re.compile(r"(.+)_\d{4}")  # Person_0001
GENKI_FILES = (
    "labels.csv",
    "labels.txt",
    "genki4k/labels.*",
    "GENKI-4K_Labels.txt",
    "Subsets/GENKI-4K/GENKI-4K_Labels.txt",
    "GENKI-R2009a/Subsets/GENKI-4K/GENKI-4K_Labels.txt",
)


class Dataset(NamedTuple):
    """The pictures of a set, and what is wrong with it."""

    pictures: list[Picture]
    problems: list[str]
    notes: tuple[str, ...] = ()  # what was left out on purpose, and why


def lfw(folder: str | Path, label_files: Sequence[str | Path] = ()) -> Dataset:
    """List LFW's pictures, with the labels that files give them.

    Parameters
    ----------
    folder : path
        The release as it is downloaded (PERSON/PERSON_0001.jpg), of any size and however deep.
    label_files : sequence of path
        Each with the columns `image` and `smile_human` and its like, or `image` and `emotion` (as
        muxspace's `legend.csv`). Without any, `labels.csv` in the folder, if it is there.

    Returns
    -------
    Found
        Pictures without a label are there too.

    Raises
    ------
    ValueError
        If there are no such pictures, or a label file is none.
    """
    folder = Path(folder)
    known, problems = _lfw_pictures(folder)
    own = folder / "labels.csv"
    for file in label_files or ([own] if own.is_file() else []):
        by_name, errors = _lfw_labels(Path(file))
        problems += errors
        missing = sorted(by_name.keys() - known.keys())
        problems += [f"{name}: missing in {folder}, {file} names it" for name in missing]
        for name in by_name.keys() & known.keys():
            fields = {
                k: v
                for k, v in by_name[name].items()
                if any(v) and not any(getattr(known[name], k))
            }
            known[name] = known[name]._replace(**fields)
    found = [p._replace(smile=labels.lfw_smile(p.strict, p.emotion)) for p in known.values()]
    return Dataset(found, problems)


def _lfw_pictures(folder: Path) -> tuple[dict[str, Picture], list[str]]:
    """Return the pictures by name, and what is wrong: names that are there twice, for one."""
    paths, problems = image_files.list_images(folder)
    by_name: dict[str, Picture] = {}
    for path in paths:
        name = LFW_NAME.fullmatch(path.stem)
        if name is None:
            continue
        if path.stem in by_name:
            problems.append(f"{path}: there is {by_name[path.stem].path} already, left out")
            continue
        person = name.group(1)
        by_name[path.stem] = Picture(path, "lfw", person, labels.split_of(person))
    if not by_name:
        why = f": {problems[0]}" if problems else ""
        raise ValueError(f"no pictures like PERSON/PERSON_0001.jpg under {folder}: is it LFW?{why}")
    return by_name, problems


def _lfw_labels(file: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return name -> fields of a Picture, and what is wrong, or labelled twice and differently."""
    lines = csv_files.read(file, ["image"])
    columns = list(dict.fromkeys(name for _, row in lines for name in row))
    if lines and not {"emotion", "smile_human", "emotion_muxspace"} & set(columns):
        raise ValueError(f"{file} has no column smile_human or emotion, only {', '.join(columns)}")
    by_name: dict[str, dict[str, Any]] = {}
    conflicts: set[str] = set()
    problems: list[str] = []
    for line, row in lines:
        name = re.sub(r"\.\w+$", "", row.get("image", ""))
        if not LFW_NAME.fullmatch(name):  # its other pictures: of the hands' own making
            continue
        try:
            fields = _lfw_fields(row)
        except ValueError as error:
            problems.append(f"{file}, line {line}: {error}")
            continue
        if by_name.setdefault(name, fields) != fields:
            conflicts.add(name)
    conflicting = sorted(conflicts)
    problems += [
        f"{name}: {file} labels it twice, and differently: left out" for name in conflicting
    ]
    return {name: by_name[name] for name in by_name if name not in conflicts}, problems


def _lfw_fields(row: dict[str, str]) -> dict[str, Any]:
    """Return fields of a Picture; ValueError names the cell that is wrong."""
    cell = row.get("smile_human", "")
    strict = vocabulary.smile_label(cell)
    if cell and not strict:
        raise ValueError(f"smile_human is {cell!r}: expected 0 or 1, yes or no")
    return {
        "strict": strict,
        "emotion": vocabulary.emotion_label(
            row.get("emotion_muxspace") or row.get("emotion") or ""
        ),
        "rekognition": label_table.parse_rekognition(row),
        "rekognition_list": row.get("rekognition_list", ""),
    }


def genki(folder: str | Path) -> Dataset:
    """List GENKI-4K's pictures.

    Parameters
    ----------
    folder : path
        Holds `files` with `labels.csv` or, as downloaded, with `labels.txt` (a line a picture:
        smile, yaw, pitch, roll in radians); or is the release GENKI-R2009a.

    Returns
    -------
    Found
        Only pictures that are there. Whichever the layout, the Nth is the "person" fileN.jpg.

    Raises
    ------
    ValueError
        If there is no label file, or a line of it is wrong.
    """
    folder = Path(folder)
    files = [file for pattern in GENKI_FILES for file in sorted(folder.glob(pattern))]
    if not files:
        raise ValueError(f"no labels.txt, labels.csv or Subsets/GENKI-4K in {folder}: is it GENKI?")
    file = files[0]
    pictures = _genki_csv(file) if file.suffix == ".csv" else _genki_text(file)
    present = [p for p in pictures if p.path.is_file()]
    if not present:
        raise ValueError(
            f"none of the {len(pictures)} pictures of {file} is there: {pictures[0].path}"
        )
    missing = [p for p in pictures if not p.path.is_file()]
    return Dataset(present, [f"{p.path}: missing, {file} names it" for p in missing])


def _genki_csv(file: Path) -> list[Picture]:
    found = []
    for line, row in csv_files.read(file, ["file", "smile"]):
        cells = [row.get(name, "") for name in ("smile", *label_table.POSE)]
        path = file.parent / "files" / row["file"]
        found.append(_genki_picture(file, line, path, row["file"], cells))
    return found


def _genki_text(file: Path) -> list[Picture]:
    named = file.with_name("GENKI-4K_Images.txt")
    names = read_text(named).split() if named.is_file() else []
    found = []
    for n, text in enumerate(read_text(file).rstrip().split("\n"), 1):
        person = f"file{n:04d}.jpg"
        path = file.parent / "files" / person
        if not path.is_file() and n <= len(names):  # GENKI-R2009a keeps all in one folder
            path = file.parents[min(2, len(file.parents) - 1)] / "files" / names[n - 1]
        found.append(_genki_picture(file, n, path, person, text.split()))
    return found


def _genki_picture(file: Path, line: int, path: Path, person: str, cells: list[str]) -> Picture:
    try:
        pose = tuple((number(cell) if cell else math.nan) for cell in cells[1:4])
        if cells[0] not in ("0", "1") or len(pose) not in (0, 3):
            raise ValueError
    except (ValueError, IndexError):
        raise ValueError(
            f"{file}, line {line}: {' '.join(cells)!r}, expected smile (0 or 1) yaw pitch roll"
        ) from None
    picture = Picture(path, "genki4k", person, labels.split_of(person), smile=cells[0])
    return picture._replace(pose=(pose[0], pose[1], pose[2])) if pose else picture
