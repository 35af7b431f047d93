"""The public sets as their users have them: Labeled Faces in the Wild, and GENKI-4K.

What a label file names and isn't there, or says twice and differently, is told as a problem; all
the rest is listed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from laughtrack.models.data import csv_files, label_table, labels, vocabulary
from laughtrack.models.data import image_files as pictures

LFW_NAME = re.compile(r"(.+)_\d{4}")  # Person_0001
GENKI_FILES = (
    "labels.csv",
    "labels.txt",
    "genki4k/labels.*",
    "GENKI-4K_Labels.txt",
    "Subsets/GENKI-4K/GENKI-4K_Labels.txt",
    "GENKI-R2009a/Subsets/GENKI-4K/GENKI-4K_Labels.txt",
)


class Found(NamedTuple):
    """What a set holds: its `pictures` (list of Picture), and what is wrong (list of str)."""

    pictures: list
    problems: list


def lfw(folder, label_files=()):
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
        said, wrong = _lfw_labels(Path(file))
        problems += wrong
        missing = sorted(said.keys() - known.keys())
        problems += [f"{name}: missing in {folder}, {file} names it" for name in missing]
        for name in said.keys() & known.keys():
            fields = {
                k: v for k, v in said[name].items() if any(v) and not any(getattr(known[name], k))
            }
            known[name] = known[name]._replace(**fields)
    found = [p._replace(smile=labels.lfw_smile(p.strict, p.emotion)) for p in known.values()]
    return Found(found, problems)


def _lfw_pictures(folder):
    """Return the pictures by name, and what is wrong: names that are there twice, for one."""
    paths, problems = pictures.listed(folder)
    known = {}
    for path in paths:
        name = LFW_NAME.fullmatch(path.stem)
        if name is None:
            continue
        if path.stem in known:
            problems.append(f"{path}: there is {known[path.stem].path} already, left out")
            continue
        person = name.group(1)
        known[path.stem] = labels.Picture(path, "lfw", person, labels.split_of(person))
    if not known:
        why = f": {problems[0]}" if problems else ""
        raise ValueError(f"no pictures like PERSON/PERSON_0001.jpg under {folder}: is it LFW?{why}")
    return known, problems


def _lfw_labels(file):
    """Return name -> fields of a Picture, and what is wrong, or said twice and differently."""
    lines = csv_files.read(file, ["image"])
    there = list(dict.fromkeys(name for _, row in lines for name in row))
    if lines and not {"emotion", "smile_human", "emotion_muxspace"} & set(there):
        raise ValueError(f"{file} has no column smile_human or emotion, only {', '.join(there)}")
    said, differ, problems = {}, set(), []
    for line, row in lines:
        name = re.sub(r"\.\w+$", "", row.get("image", ""))
        if not LFW_NAME.fullmatch(name):  # its other pictures: of the hands' own making
            continue
        try:
            fields = _lfw_fields(row)
        except ValueError as error:
            problems.append(f"{file}, line {line}: {error}")
            continue
        if said.setdefault(name, fields) != fields:
            differ.add(name)
    twice = sorted(differ)
    problems += [f"{name}: {file} labels it twice, and differently: left out" for name in twice]
    return {name: said[name] for name in said if name not in differ}, problems


def _lfw_fields(row):
    """Return fields of a Picture; ValueError says which cell is wrong."""
    said = row.get("smile_human", "")
    strict = vocabulary.meaning(said)
    if said and not strict:
        raise ValueError(f"smile_human is {said!r}: expected 0 or 1, yes or no")
    return {
        "strict": strict,
        "emotion": vocabulary.emotion(row.get("emotion_muxspace") or row.get("emotion") or ""),
        "rekognition": label_table.rekognition(row),
        "rekognition_list": row.get("rekognition_list", ""),
    }


def genki(folder):
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
    listed = _genki_csv(file) if file.suffix == ".csv" else _genki_text(file)
    there = [p for p in listed if p.path.is_file()]
    if not there:
        raise ValueError(f"none of the {len(listed)} pictures of {file} is there: {listed[0].path}")
    missing = [p for p in listed if not p.path.is_file()]
    return Found(there, [f"{p.path}: missing, {file} names it" for p in missing])


def _genki_csv(file):
    found = []
    for line, row in csv_files.read(file, ["file", "smile"]):
        cells = [row.get(name, "") for name in ("smile", *label_table.POSE)]
        path = file.parent / "files" / row["file"]
        found.append(_genki_picture(file, line, path, row["file"], cells))
    return found


def _genki_text(file):
    named = file.with_name("GENKI-4K_Images.txt")
    names = named.read_text("utf-8").split() if named.is_file() else []
    found = []
    for n, text in enumerate(file.read_text("utf-8", "replace").rstrip().split("\n"), 1):
        person = f"file{n:04d}.jpg"
        path = file.parent / "files" / person
        if not path.is_file() and n <= len(names):  # GENKI-R2009a keeps all in one folder
            path = file.parents[min(2, len(file.parents) - 1)] / "files" / names[n - 1]
        found.append(_genki_picture(file, n, path, person, text.split()))
    return found


def _genki_picture(file, line, path, person, cells):
    try:
        pose = tuple(float(cell or "nan") for cell in cells[1:4])
        if cells[0] not in ("0", "1") or len(pose) not in (0, 3):
            raise ValueError
    except (ValueError, IndexError):
        raise ValueError(
            f"{file}, line {line}: {' '.join(cells)!r}, expected smile (0 or 1) yaw pitch roll"
        ) from None
    picture = labels.Picture(path, "genki4k", person, labels.split_of(person), smile=cells[0])
    return picture._replace(pose=pose) if pose else picture
