"""CSV files with a header: read with any common delimiter, written whole or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.spreadsheet import Writer, unguard


class Row(NamedTuple):
    """A row of a CSV file."""

    line: int  # its number in the file, from 1 on
    cells: dict[str, str]  # by column, without the cells that a short line lacks


def read(path: str | Path, needed: Iterable[str] = (), complete: bool = False) -> list[Row]:
    """Read a CSV file with a header; commas, semicolons or tabs between the columns.

    Parameters
    ----------
    path : path
    needed : iterable of str
        Columns that must be there.
    complete : bool
        Refuse a line that lacks cells: in a file of our own it was cut short.

    Returns
    -------
    list of Row

    Raises
    ------
    ValueError
        If the file cannot be read or lacks a column, naming it and the columns there are; or a
        line that lacks cells, naming that.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            header = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=header.count)
            reader = csv.DictReader(file, delimiter=delimiter)
            reader.fieldnames = [unguard(each) for each in reader.fieldnames or []]
            present = [name for name in reader.fieldnames or [] if name]
            lines = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise ValueError(f"no file {path}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8: save it as CSV in UTF-8") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except csv.Error as error:
        raise ValueError(f"cannot read {path}: after line {reader.line_num}, {error}") from None
    for name in needed:
        if name not in present:
            raise ValueError(
                f"{path} has no column {name!r}, only {', '.join(present) or 'nothing'}"
            )
    rows = [
        Row(line, {k: unguard(v).strip() for k, v in row.items() if k and v is not None})
        for line, row in lines
    ]
    for row in rows if complete else ():
        if len(row.cells) < len(set(present)):
            raise ValueError(
                f"{path}, line {row.line}: {len(row.cells)} cells, not {len(set(present))}: "
                "is it cut short?"
            )
    return rows


def write(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write a CSV file, whole or not at all: under another name first.

    Parameters
    ----------
    path : path
    columns : sequence of str
    rows : iterable of dict, one a row

    Raises
    ------
    OSError
        Naming it, if it cannot be written; what was there stays.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
            writer = Writer(file)
            writer.writerow(columns)
            writer.writerows([row.get(name, "") for name in columns] for row in rows)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from None
