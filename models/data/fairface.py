"""FairFace (Karkkainen and Joo, WACV 2021): sex, age and race of faces from the web.

It says nothing of smiles: see `models.data.agreement` for the labels that its pictures get.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from laughtrack.models.data import agreement, csv_files, labels, packs
from laughtrack.models.data.labels import Picture
from laughtrack.models.data.public_datasets import Dataset

LISTS = ("fairface_label_train.csv", "fairface_label_val.csv")
RACES = (
    "Black",
    "East Asian",
    "Indian",
    "Latino_Hispanic",
    "Middle Eastern",
    "Southeast Asian",
    "White",
)
AGES = (
    *("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69"),
    "more than 70",
)
SEXES = {"Male": "male", "Female": "female"}
EXPECTED = {"age": AGES, "gender": tuple(SEXES), "race": RACES}


def fairface(folder: str | Path) -> Dataset:
    """List FairFace's pictures.

    Parameters
    ----------
    folder : path
        As it is downloaded: `fairface_label_train.csv` and `fairface_label_val.csv` beside `train`
        and `val`; one list will do. Or packed: `pictures.npz` and `labels.csv`.

    Returns
    -------
    Dataset
        Each picture is a person of its own, by its name in the lists. A row whose sex, age or race
        is no such word is a problem: a spreadsheet makes a date of "3-9".

    Raises
    ------
    ValueError
        If there is neither, or none of the pictures is there.
    """
    folder = Path(folder)
    pack = folder / "pictures.npz"
    if pack.is_file():
        return _packed(pack)
    files = [folder / name for name in LISTS if (folder / name).is_file()]
    if not files:
        raise ValueError(f"no {LISTS[0]}, {LISTS[1]} or {pack.name} in {folder}: is it FairFace?")
    found: list[Picture] = []
    problems: list[str] = []
    for file in files:
        for line, row in csv_files.read(file, ["file", *EXPECTED]):
            path = folder / row["file"]
            wrong = _wrong(row) or ("" if path.is_file() else f"{path}: missing")
            if wrong:
                problems.append(f"{file}, line {line}: {wrong}")
            else:
                found.append(_picture(path, row["file"], row))
    if not found:
        raise ValueError(f"no picture of {files[0]} can be used{_first(problems)}")
    return Dataset(agreement.apply(found), problems)


def _packed(pack: Path) -> Dataset:
    file = pack.with_name("labels.csv")
    rows = csv_files.read(file, ["picture", *EXPECTED], complete=True)
    if len(rows) != packs.count(pack):
        raise ValueError(f"{file}: {len(rows):,} rows, and {packs.count(pack):,} in {pack.name}")
    checked = [(index, *row, _wrong(row.cells)) for index, row in enumerate(rows)]
    problems = [f"{file}, line {line}: {wrong}" for _, line, _, wrong in checked if wrong]
    found = [
        _picture(pack / str(index), row["picture"], row)
        for index, _, row, wrong in checked
        if not wrong
    ]
    if not found:
        raise ValueError(f"no picture of {file} can be used{_first(problems)}")
    return Dataset(agreement.apply(found), problems)


def _first(problems: list[str]) -> str:
    return f": {problems[0]}" if problems else ": it has no rows"


def _wrong(row: Mapping[str, str]) -> str:
    """Say what is wrong with a row, "" for nothing."""
    for name, words in EXPECTED.items():
        if row[name] not in words:
            return f"{name} is {row[name]!r}: expected one of {', '.join(words)}"
    return ""


def _picture(path: Path, name: str, row: Mapping[str, str]) -> Picture:
    split = labels.split_of(name, "fairface")
    picture = Picture(path, "fairface", name, split, sex=SEXES[row["gender"]])
    return picture._replace(age=row["age"], race=row["race"])
