"""CSV files that people bring: a table of text with the file's line numbers, or a clear error."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import pandas as pd

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


def read(path):
    """Read a CSV file.

    Comma, semicolon or tab, whichever the first line has most of. Lines without any text are left
    out, and so is the line that PySceneDetect writes above its header.

    Parameters
    ----------
    path : Path

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
            lines = file.read().splitlines(keepends=True)
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not a text file in UTF-8") from None
    above = 1 if lines and lines[0].startswith("Timecode List") else 0
    header = lines[above] if len(lines) > above else ""
    reader = csv.reader(lines[above:], delimiter=max(",;\t", key=header.count))
    try:
        rows = [(reader.line_num + above, [cell.strip() for cell in row]) for row in reader]
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


def _check(path, columns, rows):
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{path}: two columns are called {twice!r}")
    for line, row in rows:
        if len(row) != len(columns):
            raise ValueError(
                f"{path}, line {line}: {len(row)} cells, the first line has {len(columns)}"
            )


def column(table, names, path):
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


def seconds(text, path, line):
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


def number(text, path, line, expected="a number"):
    """Return a finite number, or raise a ValueError naming the file and the line."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{path}, line {line}: {text!r}; expected {expected}")
    return value
