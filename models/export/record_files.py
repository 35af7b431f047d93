"""MXNet's record files of one split: written, and read in order; for the training environment.

A split is `SPLIT.rec` with its index `SPLIT.idx` and its list `SPLIT.lst`. A record's label is
`labels.target`, its id that of the table's row; its picture is the crop as PNG, grey.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ENDINGS = ("rec", "idx", "lst")
PART = "partial-"


class CutShort(ValueError):
    """A record file that ends, or is broken, before its last record; the message says where."""


class Record(NamedTuple):
    """One face: the id of its row, the target, the crop as PNG."""

    id: int
    target: float
    png: bytes


def write_split(folder: Path, split: str, records: Sequence[Record]) -> None:
    """Write one split's three files under names of their own."""
    from mxnet import recordio
    from mxnet.base import MXNetError

    rec, idx, lst = (folder / f"{PART}{split}.{ending}" for ending in ENDINGS)
    lines = []
    try:
        writer = recordio.MXIndexedRecordIO(str(idx), str(rec), "w")
        try:
            for number, target, png in records:
                header = recordio.IRHeader(0, target, number, 0)
                writer.write_idx(number, recordio.pack(header, png))
                lines.append(f"{number}\t{target:g}\t{crop_name(split, number)}\n")
        finally:
            writer.close()
        lst.write_text("".join(lines), encoding="utf-8")
        for path in (rec, idx, lst):
            with path.open("rb") as file:
                os.fsync(file.fileno())
        deque(read(folder, PART + split, len(records)), 0)  # MXNet is silent about a lost last part
    except (OSError, MXNetError, CutShort):
        raise OSError(f"cannot write {rec} and its index whole: is the disk full?") from None


def crop_name(split: str, number: int) -> str:
    """Name a crop's file: the same in a list and where `unpack` puts it."""
    return f"{split}/{number:06d}.png"


def read(folder: str | Path, split: str, count: int) -> Iterator[Record]:
    """Read one split's records in order.

    Parameters
    ----------
    folder : path
    split : str
    count : int
        How many there must be.

    Yields
    ------
    Record

    Raises
    ------
    CutShort
        After the last whole record, naming the file and the record that isn't.
    """
    from mxnet import recordio
    from mxnet.base import MXNetError

    path = Path(folder) / f"{split}.rec"
    if not path.is_file():
        raise CutShort(f"{path}: missing, with its {count} records; pack them again")
    reader = recordio.MXRecordIO(str(path), "r")
    try:
        for number in range(count):
            try:
                record = reader.read()
            except MXNetError:
                record = None
            if record is None:
                raise CutShort(
                    f"{path}: cut short or broken at record {number + 1} of {count}; "
                    f"the {number} before it are whole"
                )
            header, png = recordio.unpack(record)
            yield Record(header.id, float(header.label), png)
    finally:
        reader.close()
