"""CSV that a spreadsheet program can open without running any of it, and the way back.

A spreadsheet takes a cell that begins with = + - @ for a formula, which may fetch and send. Cells
of text that begin so get an apostrophe in front, as the spreadsheet itself would have it typed;
plain numbers stay. `unguard` takes it away again, and every reader of CSV here does so: what is
written and read back is the same text.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Iterable

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Also as East Asian spreadsheets write them.
_SIGNS = "=+\\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
_BLANK = " \u00a0\u00ad\u2000-\u200f\u202a-\u202f\u205f-\u2069\u3000\ufeff"
_CONTROL = "\\x00-\\x1f\\x7f-\\x9f\u2028\u2029"
_FORMULA = f"'*[{_BLANK}]*[{_SIGNS}]"
_STARTS = f"'*[{_BLANK}]*[{_CONTROL}{_SIGNS}]"
# Where the file's columns are taken to be parted by something else, a cell may begin inside ours.
_PARTS = "(?<=[;\\t\\n\\r\\x0b\\x0c\\x85\u2028\u2029])"
_UNSAFE = re.compile(f"^(?={_STARTS})|{_PARTS}(?={_FORMULA})")
_GUARDED = re.compile(f"^'(?={_STARTS})|{_PARTS}'(?={_FORMULA})")


def guard(value: Any) -> Any:
    """Return what to write into a cell: text that no spreadsheet takes for a formula.

    Parameters
    ----------
    value : object
        Anything but text is returned as it is; numbers are no formulas.
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return _UNSAFE.sub("'", value)


def unguard(text: str) -> str:
    """Return the text of a cell that `guard` or a spreadsheet wrote."""
    return _GUARDED.sub("", text)


class Writer:
    """Writes rows of CSV, guarded.

    Parameters
    ----------
    file : text file
        Opened with ``newline=""``.
    sep, end : str
        What parts the columns, and what ends a line.
    """

    def __init__(self, file: Any, sep: str = ",", end: str = "\n") -> None:
        self._rows = csv.writer(_Lines(file, end), delimiter=sep, lineterminator="\r\n")

    def writerow(self, row: Iterable[Any]) -> None:
        """Write a row."""
        self._rows.writerow([guard(each) for each in row])

    def writerows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write rows."""
        for row in rows:
            self.writerow(row)


class _Lines:
    """Gives lines another end. csv puts quotes around what its own is made of: all ends, so."""

    def __init__(self, file: Any, end: str) -> None:
        self._file, self._end = file, end

    def write(self, row: str) -> None:
        self._file.write(row[:-2] + self._end)


def csv_text(table: pd.DataFrame, sep: str = ",", end: str = "\n") -> str:
    """Write a data frame as CSV.

    Parameters
    ----------
    table : DataFrame
        Columns and cells of text are guarded; missing ones are empty.
    sep, end : str
        What parts the columns, and what ends a line.

    Returns
    -------
    str
    """
    text = io.StringIO()
    rows = csv.writer(_Lines(text, end), delimiter=sep, lineterminator="\r\n")
    rows.writerow([guard(name) for name in table.columns])
    # By columns: a session's numbers are millions, and need no guard.
    rows.writerows(zip(*(_cells(table.iloc[:, k]) for k in range(table.shape[1]))))
    return text.getvalue()


def _cells(column: pd.Series[Any]) -> list[Any]:
    """Return a column as what csv writes: missing ones empty, text guarded."""
    cells = column.astype(object).where(column.notna(), "").tolist()
    is_number = getattr(column.dtype, "kind", "O") in "iufb"
    return cells if is_number else [guard(each) for each in cells]
