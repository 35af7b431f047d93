"""Load the labelled pictures of a label table, or of LFW and GENKI-4K in a data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from laughtrack.models.data import csv_files, label_table, labels
from laughtrack.models.data.labels import Picture


def load_pictures(data: str | Path) -> list[Picture]:
    """List the labelled pictures of a label table, or of LFW and GENKI-4K under a data folder.

    Parameters
    ----------
    data : path
        A table as `models.data.label_table` writes it, or a folder that has `lfw/labels.csv`,
        `lfw/images`, `genki4k/labels.csv` and `genki4k/files`, or one of the two sets.

    Returns
    -------
    list of Picture, LFW's first, in the files' order; also those without a hand label

    Raises
    ------
    ValueError
        If a label file is missing.
    """
    data = Path(data)
    if data.is_file():
        return label_table.read(data)
    found = [_lfw(data, row) for row in _read(data / "lfw" / "labels.csv")]
    found += [_genki(data, row) for row in _read(data / "genki4k" / "labels.csv")]
    if not found:
        raise ValueError(f"no labels under {data}: give the folder that holds lfw/ or genki4k/")
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
