"""Crops and their targets as MXNet's record files, and back: runs in the training environment.

A folder of records holds, for each split that has pictures, the three files of
`models.export.record_files`, and one `faces.csv`: the rows of the label table with `id` and
`split`. `mx.io.ImageRecordIter` reads it with a data_shape of (1, 64, 64), or (3, 64, 64) thrice
the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge import console
from laughtrack.models.data import csv_files, label_table, labels
from laughtrack.models.data.labels import Picture
from laughtrack.models.export.record_files import (
    ENDINGS,
    PART,
    CutShort,
    Record,
    crop_name,
    read,
    write_split,
)
from laughtrack.models.faces import crop_cache
from laughtrack.models.training import smilenet
from laughtrack.tracker.text_files import read_text

TABLE = "faces.csv"
COLUMNS = ("id", "split", *label_table.COLUMNS)


def pack(table: str | Path, folder: str | Path) -> dict[str, int]:
    """Write the records of a table's pictures, whose crops lie in the folder's file of crops.

    Parameters
    ----------
    table : path
        A label table.
    folder : path

    Returns
    -------
    dict
        From a split to how many records it has.
    """
    folder, done = Path(folder), crop_cache.load_crops(Path(folder) / crop_cache.FILE)
    pictures: list[Picture] = []
    records: list[Record] = []
    for picture in label_table.read(table):
        cached, target = done.get(crop_cache.picture_key(picture)), labels.target(picture)
        if cached and cached.png and target is not None:
            records.append(Record(len(records), target, cached.png))
            pictures.append(picture)
    counts = {}
    for path in folder.glob(PART + "*"):  # of a packing that was killed
        path.unlink()
    for split in labels.SPLITS:
        chosen = [r for r, p in zip(records, pictures, strict=True) if p.split == split]
        counts[split] = len(chosen)
        if chosen:
            write_split(folder, split, chosen)
    # Records without their table are unfinished: the old table goes first, the new one comes last.
    (folder / TABLE).unlink(missing_ok=True)
    for split, ending in ((split, ending) for split in labels.SPLITS for ending in ENDINGS):
        place = folder / f"{split}.{ending}"
        if counts[split]:
            (folder / (PART + place.name)).replace(place)
        else:
            place.unlink(missing_ok=True)
    rows = (
        {**label_table.to_row(p, folder), "id": n, "split": p.split} for n, p in enumerate(pictures)
    )
    csv_files.write(folder / TABLE, COLUMNS, rows)
    (folder / crop_cache.FILE).unlink()
    return counts


def check_place(table: str | Path, folder: str | Path) -> None:
    """Refuse a folder where packing would overwrite a label table.

    Parameters
    ----------
    table : path
        The table to be packed.
    folder : path
        Where to.

    Raises
    ------
    ValueError
        Naming the file that is in the way.
    """
    place = Path(folder) / TABLE
    if place.is_file():
        packed = read_text(place).startswith(",".join(COLUMNS[:2]))
        if not packed or place.samefile(table):
            raise ValueError(f"{place} is a label table, not packed faces: name another folder")


class Unpacked(NamedTuple):
    """How many crops were written, and what is wrong."""

    faces: int
    problems: list[str]


def unpack(folder: str | Path, out: str | Path) -> Unpacked:
    """Write each record's crop as a PNG file, and a label table of them.

    Parameters
    ----------
    folder : path
        What `pack` made.
    out : path
        Gets `SPLIT/ID.png` and `faces.csv`.

    Returns
    -------
    Unpacked

    Raises
    ------
    ValueError
        If the folder holds no packed records, or `out` has a label table.
    """
    folder, out = Path(folder), Path(out)
    table = folder / TABLE
    if (out / TABLE).exists():
        raise ValueError(f"{out / TABLE} is there already: name another folder, or remove it")
    if not table.is_file():
        unfinished = " is unfinished: pack again" if list(folder.glob("*.rec")) else ""
        raise ValueError(f"no {table}: {folder}{unfinished or ' holds no packed faces'}")
    known = _ids(table)
    written: list[Picture] = []
    problems: list[str] = []
    for split in labels.SPLITS:
        rows = known[split]
        try:
            for number, _, png in read(folder, split, len(rows)) if rows else ():
                wrong = ""
                if number not in rows:
                    wrong = f"is none of {table}'s"
                elif cv2.imdecode(np.frombuffer(png, np.uint8), 0) is None:
                    wrong = "holds a broken picture"
                if wrong:
                    problems.append(f"{folder / split}.rec: the record with id {number} {wrong}")
                    continue
                place = out / crop_name(split, number)
                _write(place, png)
                written.append(rows[number]._replace(path=place))
        except CutShort as error:
            problems.append(str(error))
    label_table.write(out / TABLE, written)
    return Unpacked(len(written), problems)


def _ids(table: Path) -> dict[str, dict[int, Picture]]:
    """Return split -> id -> Picture of a table that `pack` wrote."""
    lines = csv_files.read(table, ("id", "split"))
    known: dict[str, dict[int, Picture]] = {split: {} for split in labels.SPLITS}
    for (line, row), picture in zip(lines, label_table.read(table), strict=True):
        if not row["id"].isdecimal() or row["split"] not in known:
            raise ValueError(
                f"{table}, line {line}: id {row['id']!r} and split {row['split']!r}, expected a "
                f"number and one of {', '.join(known)}: pack again"
            )
        known[row["split"]][int(row["id"])] = picture
    return known


def _write(place: Path, data: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    except OSError as error:
        raise OSError(f"cannot write {place}: {error.strerror}") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Pack or unpack; the words are for the command line, which runs this.

    Parameters
    ----------
    argv : list of str, optional

    Returns
    -------
    int
        0 done, 1 could not do all.
    """
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["pack", "unpack"])
    parser.add_argument("source")
    parser.add_argument("out")
    words = parser.parse_args(argv)
    try:
        smilenet.import_mxnet()  # says how to get it
        if words.what == "pack":
            counts = pack(words.source, words.out)
            parts = ", ".join(f"{count:,} {split}" for split, count in counts.items())
            console.show(f"{words.out}: {sum(counts.values()):,} faces packed: {parts}")
            return 0
        count, problems = unpack(words.source, words.out)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack: {error}")
        return 1
    for problem in problems:
        console.say(problem)
    console.show(f"{words.out}: {count:,} faces unpacked, {Path(words.out) / TABLE} names them")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
