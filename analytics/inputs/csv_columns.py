"""Some columns of a CSV file that a program wrote, of hundreds of columns and 100 MB and more.

The file is read twice and never held: once for its encoding and lines of another length, once by
pandas for what is wanted of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.edge.tables.csv_rows import check_names, spelled, start, wrong_length
from laughtrack.edge.tables.spreadsheet import unguard
from laughtrack.tracker.text_files import encoding_of

_SAMPLE_BYTES = 1 << 20
# Above a header there are a study's name, dates and sensors, not data.
_MOST_ABOVE = 500
# How other programs write that there is no number; pandas knows more, and `numbers` all.
_NANS = ["-nan(ind)", "nan(ind)", "-NaN(IND)", "NaN(IND)", "nan(snan)", "-nan(snan)", "1.#SNAN"]


class _Layout(NamedTuple):
    """`above`: lines down to the header's end. `lines`: where each row begins, if not each in one
    of its own."""

    encoding: str
    above: int
    columns: list[str]
    delimiter: str
    lines: list[int] | None


def read_columns(
    path: str | Path,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    pattern: str | None = None,
    is_header: Callable[[list[str]], bool] | None = None,
) -> pd.DataFrame:
    """Read some columns of a large CSV file.

    Parameters
    ----------
    path : str or Path
    needed, optional : sequence of str
        Columns, of these names in the result; case and spaces in the file do not count.
    pattern : str, optional
        Regular expression of further columns that are wanted where they are there.
    is_header : function, optional
        Tells the header, a line's cells, from what is above it; else it is the first line.

    Returns
    -------
    DataFrame
        Those columns, numbers where all of a column are numbers; the index `line` is each row's
        line in the file. Lines without anything are left out.

    Raises
    ------
    ValueError
        If it is no CSV, columns are missing (it names them and those there are) or there twice, or
        a line is of another length.
    OSError
        If it cannot be read.
    """
    layout = _layout(path, is_header)
    wanted = [*needed, *optional]
    columns = spelled(layout.columns, wanted)
    chosen = [
        k
        for k, name in enumerate(columns)
        if name in wanted or bool(pattern and re.fullmatch(pattern, name))
    ]
    check_names(path, [columns[k] for k in chosen])
    missing = [name for name in needed if name not in columns]
    if missing:
        shown = ", ".join(columns[:8]) + (", ..." if len(columns) > 8 else "")
        raise ValueError(f"{path} has no column {', '.join(missing)}: it has {shown}")
    options: dict[str, Any] = {"skipinitialspace": True, "skip_blank_lines": False}
    options |= {"header": None, "names": range(len(columns)), "usecols": chosen, "na_values": _NANS}
    with _opened(path, layout.encoding) as file:
        for _ in range(layout.above):
            file.readline()
        try:
            rows = pd.read_csv(file, sep=layout.delimiter, low_memory=False, **options)
        except pd.errors.EmptyDataError:
            rows = pd.DataFrame({k: [] for k in chosen})
        except (pd.errors.ParserError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is not CSV: {' '.join(str(error).split())}") from None
    rows.columns = pd.Index([columns[k] for k in chosen])
    for name in rows.columns[rows.dtypes.map(lambda kind: kind.kind == "O")]:
        rows[name] = [_text(each) for each in rows[name]]
    lines = layout.lines or range(layout.above + 1, layout.above + 1 + len(rows))
    rows.index = pd.Index(np.asarray(lines[: len(rows)], dtype=np.int64), name="line")
    return rows.dropna(how="all")


def _text(cell: object) -> object:
    """Return a cell of a column of texts; NaN for "", which pandas leaves beside a long number."""
    if not isinstance(cell, str):
        return cell
    return unguard(cell) if cell.strip() else np.nan


def column_names(
    path: str | Path, is_header: Callable[[list[str]], bool] | None = None
) -> list[str]:
    """Return the names of all columns of a large CSV file; see `read_columns`."""
    with _opened(path, _encoding(path)) as file:
        return _header(path, file, is_header)[0]


def _opened(path: str | Path, encoding: str) -> IO[str]:
    # Every end of line becomes a line feed.
    return open(path, encoding=encoding, newline=None)


def _encoding(path: str | Path) -> str:
    with open(path, "rb") as data:
        sample = data.read(_SAMPLE_BYTES + 1)
    if len(sample) > _SAMPLE_BYTES:
        # Not in the middle of a letter, be it of four bytes.
        end = max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1
        sample = sample[: (end or _SAMPLE_BYTES) // 4 * 4] if b"\0" in sample else sample[:end]
    return encoding_of(sample, path, "a CSV table")


def _layout(path: str | Path, is_header: Callable[[list[str]], bool] | None) -> _Layout:
    """Read a file through for what must be known of it; a ValueError names what is wrong."""
    encoding = _encoding(path)
    try:
        return _checked(path, encoding, is_header)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise ValueError(f"{path} is not CSV: {error}; save it again as UTF-8") from None
    try:
        return _checked(path, "cp1252", is_header)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is neither UTF-8 nor cp1252: {error}") from None


def _checked(
    path: str | Path, encoding: str, is_header: Callable[[list[str]], bool] | None
) -> _Layout:
    with open(path, "rb") as data:
        twice = b"\r\r\n" in data.read(_SAMPLE_BYTES).replace(b"\0", b"")
    with _opened(path, encoding) as file:
        columns, delimiter, above = _header(path, file, is_header)
        # A line end that was saved twice over, \r\r\n, is read as two.
        lines, number, split = [], above, twice
        while line := file.readline():
            number += 1
            first = number
            while line.count('"') % 2 and (more := file.readline()):
                line, number, split = line + more, number + 1, True
            first = (first + 1) // 2 if twice else first
            if "\0" in line:
                raise ValueError(f"{path} is not CSV: line {first} has a zero byte")
            if line.count(delimiter) + 1 != len(columns) or '"' in line:
                _check_length(path, first, line, len(columns), delimiter)
            lines.append(first)
    return _Layout(encoding, above, columns, delimiter, lines if split else None)


def _header(
    path: str | Path, file: IO[str], is_header: Callable[[list[str]], bool] | None
) -> tuple[list[str], str, int]:
    """Return the columns, what parts them, and how many lines there are to their end."""
    head: list[str] = []
    while len(head) < _MOST_ABOVE and (line := file.readline()):
        head.append(line.lstrip("\ufeff") if not head else line)
        above, delimiter = start(head)
        if above == len(head):
            continue
        if is_header is not None:
            above, delimiter = len(head) - 1, start(head[-1:])[1]
        while head[-1].count('"') % 2 and (more := file.readline()):
            head[-1] += more
        columns = [unguard(each).strip() for each in _cells(path, len(head), head[-1], delimiter)]
        if is_header is None or is_header(columns):
            return columns, delimiter, sum(max(each.count("\n"), 1) for each in head)
    what = "empty" if not "".join(head).strip() else "without a line of columns' names"
    raise ValueError(f"{path} is not CSV: {what}; expected a first line with the columns' names")


def _check_length(path: str | Path, line: int, text: str, count: int, delimiter: str) -> None:
    cells = [each.strip() for each in _cells(path, line, text, delimiter)]
    while len(cells) > count and not cells[-1]:
        cells.pop()
    if any(cells) and len(cells) != count:
        raise ValueError(f"{path}, line {line}: {wrong_length(cells, count)}")


def _cells(path: str | Path, line: int, text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise ValueError(f"{path} is not CSV: line {line}: {error}") from None
