"""A table as an Excel workbook: numbers as numbers, times as times, text as nothing but text.

What `edge.tables.spreadsheet` guards in CSV is guarded here by the cell's type: text is written as
text, with Excel's own mark for it, so that a cell beginning with = + - @ is no formula, also after
somebody edits it.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from laughtrack.edge.tables.spreadsheet import guard

if TYPE_CHECKING:
    import pandas as pd

# Of a sheet, its head included; and of a cell.
MOST_ROWS, MOST_CHARACTERS = 1_048_576, 32_767
_MOST_IN_NAME = 31
# What XML 1.0 cannot hold: openpyxl refuses some of it, and writes the rest into a broken file.
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Excel reads this in a text as the character of that number.
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\]")
_TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"


def workbook(table: pd.DataFrame, name: str) -> bytes:
    """Write a table as a workbook of one sheet.

    Parameters
    ----------
    table : DataFrame
        Missing cells are empty. Columns of text whose name ends in "_utc" and which hold times
        alone become times, in UTC.
    name : str
        The sheet's; what Excel does not take in one is replaced.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        It has more rows than a sheet.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    if len(table) >= MOST_ROWS:
        raise ValueError(
            f"{len(table):,} rows: a sheet holds {MOST_ROWS - 1:,}; write .csv or .parquet"
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(name))
    sheet.freeze_panes = "A2"
    for k, title in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(k)].width = min(max(len(str(title)) + 2, 10), 60)

    def cell(value: Any) -> Any:
        made = WriteOnlyCell(sheet)
        if isinstance(value, str):
            made.value = _text(value)
            # After the value, of which openpyxl makes a formula or an error where it looks so.
            made.data_type = "s"
            if guard(value) != value:
                made.quotePrefix = True
        else:
            made.value = value
            if isinstance(value, datetime):
                made.number_format = _TIME_FORMAT
        return made

    head = [cell(str(title)) for title in table.columns]
    for each in head:
        each.font = Font(bold=True)
    sheet.append(head)
    for row in _rows(table):
        # Numbers alone need no cell of their own, and are nearly all of a long table.
        sheet.append([cell(each) if isinstance(each, (str, datetime)) else each for each in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _rows(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    columns = [_cells(table.iloc[:, k]) for k in range(table.shape[1])]
    return zip(*columns, strict=True)


def _cells(column: pd.Series[Any]) -> list[Any]:
    """Return a column as Python's numbers, texts and times; None where missing."""
    cells = column.astype(object).where(column.notna(), None).tolist()
    if str(column.name).endswith("_utc"):
        times = [None if each is None else _time(each) for each in cells]
        if not any(time is None for time, each in zip(times, cells, strict=True) if each):
            return times
    return [_plain(each) for each in cells]


def _time(value: Any) -> datetime | None:
    """Return a time in UTC without a zone, which Excel's have not; None for what is none."""
    try:
        when = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    if when.tzinfo is not None:
        when = when.astimezone(timezone.utc).replace(tzinfo=None)
    # The first day that Excel counts as we do.
    return when if when >= datetime(1900, 3, 1) else None


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        # Excel's numbers are double ones: a longer one would lose its last figures.
        return value if not isinstance(value, int) or abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)


def _text(text: str) -> str:
    """Return a text as a cell can hold it: characters that none can are written as Python does."""
    text = _ILLEGAL.sub(lambda found: ascii(found.group())[1:-1], text)
    text = _CODED.sub("_x005F_", text)
    if len(text) <= MOST_CHARACTERS:
        return text
    kept = MOST_CHARACTERS - 40
    return f"{text[:kept]}... ({len(text) - kept:,} characters more)"


def _sheet_name(name: str) -> str:
    """Return a name that Excel takes for a sheet."""
    name = _NOT_IN_NAME.sub(" ", _ILLEGAL.sub(" ", name)).replace("\n", " ").replace("\t", " ")
    name = " ".join(name.split())[:_MOST_IN_NAME].strip("' ")
    return name if name and name.lower() != "history" else "table"
