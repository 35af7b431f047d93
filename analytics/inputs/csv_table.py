"""CSV files that people make, as tables of text with the file's line numbers, or a clear error.

What programs write, of hundreds of columns and of 100 MB and more, is read by `csv_columns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from laughtrack.edge.tables.csv_rows import plain_name, read_rows
from laughtrack.tracker.mot import text_numbers

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)", re.ASCII)


def read(path: str | Path) -> pd.DataFrame:
    """Read a CSV file, as `edge.tables.csv_rows` does.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    DataFrame
        Of str, spaces around them removed; the index is each row's line in the file. Its `attrs`
        have `delimiter`, what parts its columns.

    Raises
    ------
    ValueError
        If it is no text, has no header, a column twice, or a line of another length; naming it.
    OSError
        If it cannot be read.
    """
    columns, rows, delimiter = read_rows(path)
    table = pd.DataFrame(
        [row for _, row in rows], columns=columns, index=[line for line, _ in rows], dtype=str
    )
    table.attrs["delimiter"] = delimiter
    return table


def column(table: pd.DataFrame, names: Sequence[str], path: str | Path) -> str:
    """Return the name of the column that is called one of `names`, however that is written.

    Raises
    ------
    ValueError
        If there is none, or several; it says which columns there are.
    """
    found = optional_column(table, names, path)
    if found is None:
        raise ValueError(
            f"{path}: no column {names[0]!r}; its columns are {', '.join(map(repr, table.columns))}"
        )
    return found


def optional_column(table: pd.DataFrame, names: Sequence[str], path: str | Path) -> str | None:
    """Return the name of the column that is called one of `names`, None where there is none.

    Raises
    ------
    ValueError
        If there are several.
    """
    wanted = [plain_name(each) for each in names]
    found = [each for each in table.columns if plain_name(each) in wanted]
    if len(found) > 1:
        raise ValueError(
            f"{path}: {' and '.join(map(repr, found))} may both be {names[0]!r}; rename or "
            "remove one"
        )
    return found[0] if found else None


def seconds(table: pd.DataFrame, name: str, path: str | Path) -> np.ndarray:
    """Return a column of times in seconds, each a number or a clock: 83.5, 1:23.5 or 0:01:23.5.

    Raises
    ------
    ValueError
        Naming the file, the line and what is there instead.
    """
    expected = "seconds, or a clock like 1:23:45.6"
    return _values(table, name, path, expected, lambda text: _clock(text) is not None)


def numbers(
    table: pd.DataFrame, name: str, path: str | Path, allow_empty: bool = False
) -> np.ndarray:
    """Return a column of finite numbers, with decimal points or commas, one kind in a column.

    Parameters
    ----------
    table : DataFrame
        From `read`.
    name : str
    path : str or Path
    allow_empty : bool
        An empty cell is NaN.

    Raises
    ------
    ValueError
        Naming the file, the line and what is there instead.
    """
    return _values(table, name, path, "a number", lambda text: allow_empty and not text)


def _values(
    table: pd.DataFrame, name: str, path: str | Path, expected: str, is_other: Callable[[str], bool]
) -> np.ndarray:
    cells = [(line, text) for line, text in table[name].items() if not is_other(text)]
    # Spreadsheets part columns by semicolons where decimals have commas.
    sure = table.attrs.get("delimiter") != ";"
    commas = [line for line, text in cells if text_numbers.has_decimal_comma(text, sure)]
    found: dict[int, float] = {}
    for line, text in cells:
        try:
            value = text_numbers.number(text, decimal_commas=bool(commas))
            if commas and "." in text:
                raise ValueError(f"{text!r} has a point, and line {commas[0]} a decimal comma")
        except ValueError as error:
            what = f"{error} (in {name!r})"
            raise ValueError(f"{path}, line {line}: {what}; expected {expected}") from None
        found[line] = value
    return np.array([found[k] if k in found else _other(text) for k, text in table[name].items()])


def _other(text: str) -> float:
    value = _clock(text)
    return np.nan if value is None else value


def _clock(text: str) -> float | None:
    """Return the seconds of a clock; None for what is none, and for 1:75."""
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    hours, minutes, rest = clock.groups()
    last = float(rest.replace(",", "."))
    if last >= 60 or (hours and int(minutes) >= 60):
        return None
    return int(hours or 0) * 3600 + int(minutes) * 60 + last
