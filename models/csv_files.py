"""CSV files with a header: read whatever the columns are parted by, written whole or not at all."""

from __future__ import annotations

import csv
import os
from pathlib import Path


def read(path, needed=()):
    """Read a CSV file with a header; commas, semicolons or tabs between the columns.

    Parameters
    ----------
    path : path
    needed : iterable of str
        Columns that must be there.

    Returns
    -------
    list of (line, row)
        The line's number in the file, from 1 on; a dict of text, without the cells that a short
        line lacks.

    Raises
    ------
    ValueError
        If the file cannot be read or lacks a column, naming it and the columns there are.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            header = file.readline()
            file.seek(0)
            mark = max(",;\t", key=header.count)
            reader = csv.DictReader(file, delimiter=mark)
            there = [name for name in reader.fieldnames or [] if name]
            lines = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise ValueError(f"no file {path}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8: save it as CSV in UTF-8") from None
    except (OSError, csv.Error) as error:
        raise ValueError(f"cannot read {path}: {error}") from None
    for name in needed:
        if name not in there:
            raise ValueError(f"{path} has no column {name!r}, only {', '.join(there) or 'nothing'}")
    return [
        (line, {k: v.strip() for k, v in row.items() if k and v is not None}) for line, row in lines
    ]


def write(path, columns, dicts):
    """Write a CSV file, whole or not at all: under another name first.

    Parameters
    ----------
    path : path
    columns : sequence of str
    dicts : iterable of dict, one a row

    Raises
    ------
    OSError
        If it cannot be written; what was there stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(dicts)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
