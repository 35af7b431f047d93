"""CSV files as tables with the file's line numbers, or a clear error.

`read` is for tables that people make: text, whatever the columns are parted by. `read_columns` is
for what programs write: some of hundreds of columns, of 100 MB and more.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from laughtrack.edge.spreadsheet import unguard

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


def read(path: str | Path) -> pd.DataFrame:
    """Read a CSV file.

    Comma, semicolon or tab, whichever the first line has most of. Lines without any text are left
    out, and so is the line that PySceneDetect writes above its header.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    DataFrame
        Of str, spaces around them removed; the index is each row's line in the file.

    Raises
    ------
    ValueError
        If it is no text, has no header, a column twice, or a line of another length; naming it.
    OSError
        If it cannot be read.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            # Not splitlines, which also parts lines inside of cells.
            lines = file.readlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not a text file in UTF-8") from None
    above = 1 if lines and lines[0].startswith("Timecode List") else 0
    header = lines[above] if len(lines) > above else ""
    reader = csv.reader(lines[above:], delimiter=max(",;\t", key=header.count))
    try:
        rows = [
            (reader.line_num + above, [unguard(cell).strip() for cell in row]) for row in reader
        ]
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num + above}: {error}") from None
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise ValueError(f"{path}: empty; expected a first line with the columns' names")
    (_, columns), *rows = rows
    _check(path, columns, rows)
    return pd.DataFrame(
        [row for _, row in rows], columns=columns, index=[line for line, _ in rows], dtype=str
    )


def _check(path: str | Path, columns: list[str], rows: list[tuple[int, list[str]]]) -> None:
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{path}: two columns are called {twice!r}")
    for line, row in rows:
        if len(row) != len(columns):
            raise ValueError(
                f"{path}, line {line}: {len(row)} cells, the first line has {len(columns)}"
            )


def read_columns(
    path: str | Path,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    pattern: str | None = None,
) -> pd.DataFrame:
    """Read some columns of a large CSV file; lines of another length are allowed.

    Parameters
    ----------
    path : str or Path
    needed, optional : sequence of str
        Columns; spaces around their names in the file do not count.
    pattern : str, optional
        Regular expression of further columns that are wanted where they are there.

    Returns
    -------
    DataFrame
        Those columns, numbers where all of a column are numbers; the index `line` is each row's
        line in the file. Lines without anything are left out.

    Raises
    ------
    ValueError
        If it is no CSV, or columns are missing: it names them and those there are.
    OSError
        If it cannot be read.
    """
    wanted = {*needed, *optional}

    def is_wanted(name: str) -> bool:
        name = name.strip()
        return name in wanted or bool(pattern and re.fullmatch(pattern, name))

    options: dict[str, Any] = {
        "skipinitialspace": True,
        "skip_blank_lines": False,
        "encoding": "utf-8-sig",
    }
    try:
        there = [*pd.read_csv(path, nrows=0, **options).columns]
        rows = pd.read_csv(path, usecols=is_wanted, low_memory=False, **options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not CSV: {' '.join(str(error).split())}") from None
    rows.columns = rows.columns.str.strip()
    twice = rows.columns[rows.columns.duplicated()]
    if len(twice):
        raise ValueError(f"{path}: two columns are called {twice[0]!r}")
    if not isinstance(rows.index, pd.RangeIndex):
        # pandas would take the first cells for names of lines, and move all others.
        raise ValueError(f"{path}: lines have more cells than the first line names columns")
    missing = [name for name in needed if name not in rows]
    if missing:
        shown = ", ".join(name.strip() for name in there[:8]) + (", ..." if len(there) > 8 else "")
        raise ValueError(f"{path} has no column {', '.join(missing)}: it has {shown}")
    for name in rows.columns[rows.dtypes.map(lambda kind: kind.kind == "O")]:
        rows[name] = [unguard(each) if isinstance(each, str) else each for each in rows[name]]
    rows.index = pd.RangeIndex(2, len(rows) + 2, name="line")
    return rows.dropna(how="all")


def column(table: pd.DataFrame, names: Sequence[str], path: str | Path) -> str:
    """Return the name of the column that is called one of `names`, in either case.

    Raises
    ------
    ValueError
        If there is none; it says which columns there are.
    """
    found = [each for each in table.columns if each.lower() in names]
    if not found:
        raise ValueError(
            f"{path}: no column {names[0]!r}; its columns are {', '.join(map(repr, table.columns))}"
        )
    return found[0]


def seconds(text: str, path: str | Path, line: int) -> float:
    """Return a time in seconds from a number or a clock: 83.5, 1:23.5 or 0:01:23.5.

    Raises
    ------
    ValueError
        Naming the file and the line.
    """
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    return number(text, path, line, "seconds, or a clock like 1:23:45.6")


def number(text: str, path: str | Path, line: int, expected: str = "a number") -> float:
    """Return a finite number, or raise a ValueError naming the file and the line."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{path}, line {line}: {text!r}; expected {expected}")
    return value
