"""Load the labelled pictures of a label table, or of the public sets in a data folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from laughtrack.models.data import csv_files, label_table, labels
from laughtrack.models.data.fairface import fairface
from laughtrack.models.data.ferplus import ferplus
from laughtrack.models.data.labels import Picture
from laughtrack.models.data.mtfl import mtfl
from laughtrack.models.data.public_datasets import Dataset

# Their folders under a data folder. The first two are labelled by hand with what the score means,
# and show more than the face.
HAND_LABELLED = ("lfw", "genki4k")
_OTHERS: dict[str, Callable[[Path], Dataset]] = {
    "mtfl": mtfl,
    "fairface": fairface,
    "ferplus": ferplus,
}
SETS = (*HAND_LABELLED, *_OTHERS)


def training_pictures(data: str | Path) -> list[Picture]:
    """List the pictures that a training uses: all, but of some sets so many in a hundred.

    Parameters
    ----------
    data : path
        As for `load_pictures`, which says what is raised.

    Returns
    -------
    list of Picture
        Of every split.
    """
    return [picture for picture in load_pictures(data) if labels.is_used(picture)]


def load_pictures(data: str | Path, sets: Collection[str] = SETS) -> list[Picture]:
    """List the labelled pictures of a label table, or of the public sets under a data folder.

    Parameters
    ----------
    data : path
        A table as `models.data.label_table` writes it, or a folder that has `lfw/labels.csv` with
        `lfw/images`, `genki4k/labels.csv` with `genki4k/files`, `mtfl`, `fairface` or `ferplus`,
        each as its reader wants it; one will do.
    sets : collection of str
        Which of `SETS` are wanted of a folder; a table is read whole.

    Returns
    -------
    list of Picture, in the order of `SETS` and of the files; also those without a hand label

    Raises
    ------
    ValueError
        If a label file is missing or wrong.
    """
    data = Path(data)
    if data.is_file():
        return label_table.read(data)
    found: list[Picture] = []
    if "lfw" in sets:
        found += [_lfw(data, row) for row in _read(data / "lfw" / "labels.csv")]
    if "genki4k" in sets:
        found += [_genki(data, row) for row in _read(data / "genki4k" / "labels.csv")]
    for name, read in _OTHERS.items():
        if name in sets and (data / name).is_dir():
            found += read(data / name).pictures
    if not found:
        raise ValueError(
            f"no labels under {data}: give the folder that holds {'/, '.join(SETS[:-1])}/ or "
            f"{SETS[-1]}/"
        )
    return found


def _lfw(data: Path, row: Mapping[str, str]) -> Picture:
    strict, emotion = row["smile_human"], row["emotion_muxspace"]
    return Picture(
        path=data / "lfw" / "images" / row["person"] / (row["image"] + ".jpg"),
        source="lfw",
        person=row["person"],
        split=labels.split_of(row["person"]),
        smile=labels.lfw_smile(strict, emotion),
        strict=strict,
        emotion=emotion,
        rekognition=tuple(row.get("rek_" + name) or "" for name in labels.REKOGNITION),
        rekognition_list=row.get("rekognition_list") or "",
    )


def _genki(data: Path, row: Mapping[str, str]) -> Picture:
    return Picture(
        path=data / "genki4k" / "files" / row["file"],
        source="genki4k",
        person=row["file"],
        split=labels.split_of(row["file"]),
        smile=row["smile"],
        pose=label_table.parse_pose(row),
    )


def _read(path: Path) -> list[dict[str, str]]:
    return [row.cells for row in csv_files.read(path)] if path.is_file() else []
