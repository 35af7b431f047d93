"""CSV files with a header: read with any common delimiter, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.tables.csv_rows import check_names, read_rows, spelled
from laughtrack.edge.tables.spreadsheet import Writer


class Row(NamedTuple):
    """A row of a CSV file."""

    line: int  # its number in the file, from 1 on
    cells: dict[str, str]  # by column; a short line lacks none, they are empty


def read(
    path: str | Path,
    needed: Iterable[str] = (),
    complete: bool = False,
    known: Iterable[str] = (),
) -> list[Row]:
    """Read a CSV file with a header; commas, semicolons or tabs between the columns.

    Parameters
    ----------
    path : path
    needed : iterable of str
        Columns that must be there; the cells have these names, however the file writes them.
    known : iterable of str
        Further columns that are to have these names where they are there.
    complete : bool
        Refuse a line that lacks cells: in a file of our own it was cut short.

    Returns
    -------
    list of Row

    Raises
    ------
    ValueError
        If the file cannot be read or lacks a column, naming it and the columns there are; or a
        line is of another length, naming that.
    """
    try:
        columns, rows, _ = read_rows(path, allow_short=not complete)
    except FileNotFoundError:
        raise ValueError(f"no file {path}") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    needed = [*needed]
    columns = spelled(columns, [*needed, *known])
    for name in needed:
        if name not in columns:
            raise ValueError(
                f"{path} has no column {name!r}, only {', '.join(columns) or 'nothing'}"
            )
    check_names(path, columns)
    return [Row(line, dict(zip(columns, cells, strict=True))) for line, cells in rows]


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
