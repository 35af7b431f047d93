"""Sets of one's own: a folder of pictures for each class, or any CSV file with a column of paths.

What is missing, wrong or labelled twice and differently is reported as a problem; all the rest is
listed.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.sources.pictures import SUFFIXES, is_hidden
from laughtrack.models.data import (
    csv_files,
    image_files,
    label_table,
    labels,
    packs,
    vocabulary,
)
from laughtrack.models.data.labels import Picture
from laughtrack.models.data.public_datasets import Dataset


class Columns(NamedTuple):
    """What a CSV file's columns are called; "" for one that isn't there."""

    picture: str = "picture"
    smile: str = "smile"
    person: str = ""
    strict: str = ""
    emotion: str = ""


COLUMNS = Columns()


def from_folders(folder: str | Path, source: str = "", smiles: Collection[str] = ()) -> Dataset:
    """List the pictures of a folder that has one folder for each class.

    Parameters
    ----------
    folder : path
    source : str
        The set's name; the folder's own by default.
    smiles : sequence of str
        Classes that are smiles; then all others are none. Without any, the classes' names decide.

    Returns
    -------
    Found
        Each picture is a person of its own: who is in it is not known.

    Raises
    ------
    ValueError
        If there are no such folders, or a class's name doesn't show whether it is a smile.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}")
    within = [p for p in folder.iterdir() if not is_hidden(p.name)]
    classes = sorted(p.name for p in within if p.is_dir())
    _check_classes(folder, classes, smiles)
    source = source or folder.resolve().name
    pictures: list[Picture] = []
    problems: list[str] = []
    for name in classes:
        paths, errors = image_files.list_images(folder / name)
        problems += errors
        if not (paths or errors):
            problems.append(f"{folder / name}: no picture in this class")
        for path in paths:
            person = path.relative_to(folder).as_posix()
            smile = vocabulary.smile_label(name, smiles)
            pictures.append(Picture(path, source, person, labels.split_of(person), smile=smile))
    for kind, what in (("1", "smile"), ("0", "don't smile")):
        if kind not in {vocabulary.smile_label(name, smiles) for name in classes}:
            problems.append(f"{folder}: no class of pictures that {what}")
    stray = sum(p.suffix.lower() in SUFFIXES and p.is_file() for p in within)
    if stray:
        problems.append(f"{folder}: {stray} pictures are in no class's folder, left out")
    return Dataset(pictures, problems)


def _check_classes(folder: Path, classes: list[str], smiles: Collection[str]) -> None:
    if not classes:
        raise ValueError(f"no folders in {folder}: expected one a class, like smile and no_smile")
    for name in smiles:
        if name not in classes:
            raise ValueError(f"no class {name!r} in {folder}, only {', '.join(classes)}")
    for name in classes:
        if not vocabulary.smile_label(name, smiles):
            raise ValueError(
                f"{folder / name}: nothing says whether this class is a smile; name each class "
                f"that is one with --smile; there are {', '.join(classes)}"
            )


def from_csv(
    file: str | Path,
    columns: Columns = COLUMNS,
    folder: str | Path | None = None,
    source: str = "",
    smiles: Collection[str] = (),
) -> Dataset:
    """List the pictures that a CSV file names.

    Parameters
    ----------
    file : path
    columns : Columns
    folder : path, optional
        Where the pictures lie; beside the file by default.
    source : str
        The set's name; the file's own by default.
    smiles : sequence of str
        Cells that mean a smile; then all others mean none. Common words are known without.

    Returns
    -------
    Found
        Without a column of persons each picture is a person of its own.

    Raises
    ------
    ValueError
        If the file cannot be read or lacks a column.
    """
    file = Path(file)
    folder = file.parent if folder is None else Path(folder)
    source = source or file.stem
    by_path: dict[Path, Picture] = {}
    problems: list[str] = []
    conflicts: set[Path] = set()
    for line, row in csv_files.read(file, filter(None, columns)):
        try:
            picture = _parse_picture(row, columns, folder, smiles)._replace(source=source)
        except ValueError as error:
            problems.append(f"{file}, line {line}: {error}")
            continue
        if label_table.to_row(by_path.setdefault(picture.path, picture), ".") != label_table.to_row(
            picture, "."
        ):
            conflicts.add(picture.path)
    conflicting = [p for p in by_path if p in conflicts]
    problems += [
        f"{path}: {file} labels it twice, and differently: left out" for path in conflicting
    ]
    return Dataset([p for p in by_path.values() if p.path not in conflicts], problems)


def _parse_picture(
    row: dict[str, str], columns: Columns, folder: Path, smiles: Collection[str]
) -> Picture:
    """Make a picture of a row; ValueError names what is wrong with it."""
    cell = {name: row.get(column, "") for name, column in columns._asdict().items()}
    if not cell["picture"]:
        raise ValueError(f"no {columns.picture}: is the file cut short?")
    path = folder / cell["picture"]
    if not packs.file_of(path).is_file():
        path = folder / cell["picture"].replace("\\", "/")
    if not packs.file_of(path).is_file():
        raise ValueError(f"{folder / cell['picture']}: missing")
    for name in ("smile", "strict"):
        label = (
            vocabulary.smile_label(cell[name], smiles if name == "smile" else ())
            if cell[name]
            else ""
        )
        if cell[name] and not label:
            raise ValueError(
                f"{getattr(columns, name)} is {cell[name]!r}: expected 0 or 1, yes or no, or a "
                "word named with --yes"
            )
        cell[name] = label
    person = cell["person"] or cell["picture"]
    return Picture(
        path=path,
        source="",
        person=person,
        split=labels.split_of(person),
        smile=cell["smile"],
        strict=cell["strict"],
        emotion=vocabulary.emotion_label(cell["emotion"]),
        pose=label_table.parse_pose(row),
    )
