"""CSV files as people and spreadsheets save them: a header, and rows with the file's line numbers.

Excel's own kinds among them: `sep=;` above the header, semicolons, tabs, empty columns and rows at
the end, lines within cells, Unicode text. Every row is right, or its line is named.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Iterable, NamedTuple

from laughtrack.edge.tables.spreadsheet import unguard
from laughtrack.tracker.text_files import Path, read_text

DELIMITERS = ",;\t"
_SEPARATOR = re.compile(r'"?sep=(.|\\t)"?[,;\t]*', re.I)


class CsvRows(NamedTuple):
    """A table of text: `rows` have a cell for each of `columns`, and the line each begins in."""

    columns: list[str]
    rows: list[tuple[int, list[str]]]
    delimiter: str


def read_rows(path: Path, expected: str = "a CSV table", allow_short: bool = False) -> CsvRows:
    """Read a CSV file of a size that people make.

    Comma, semicolon or tab, whichever the header has most of. Rows without any text are left out,
    and so are columns without name or text, numbers of rows in a first column without a name, and
    the line that PySceneDetect writes above its header.

    Parameters
    ----------
    path : str or Path
    expected : str
        What the file should be, for errors.
    allow_short : bool
        Take cells that a row lacks at its end as empty.

    Raises
    ------
    ValueError
        If it is no text, has no header, a column twice, a row of another length, or a quotation
        mark that is not closed; naming the line and what to do.
    OSError
        If it cannot be read.
    """
    # Lines as csv wants them: their ends, too, may be within cells.
    text = read_text(path, expected, keep_ends=True).replace("\r\r\n", "\r\n")
    lines = [*io.StringIO(text, newline="")]
    above, delimiter = start(lines)
    if above == len(lines):
        raise ValueError(f"{path}: empty; expected a first line with the columns' names")
    rows = _parsed(path, lines[above:], above, delimiter)
    columns, rows = _without_unnamed(path, rows[0][1], rows[1:])
    check_names(path, columns)
    return CsvRows(columns, [_fit(path, columns, row, allow_short) for row in rows], delimiter)


def plain_name(name: str) -> str:
    """Return a column's name without what people write in different ways: case, blanks, dashes."""
    return re.sub(r"[\s_-]+", "_", name.strip()).casefold()


def spelled(columns: list[str], names: Iterable[str]) -> list[str]:
    """Return columns, those that are `names` but for case, blanks and dashes under these names."""
    found = list(columns)
    for name in names:
        alike = [k for k, each in enumerate(columns) if plain_name(each) == plain_name(name)]
        if name not in columns and len(alike) == 1:
            found[alike[0]] = name
    return found


def start(lines: list[str]) -> tuple[int, str]:
    """Return how many lines are above the header, and what parts the columns."""
    above, delimiter = 0, ""
    while above < len(lines):
        line = lines[above].strip("\r\n")
        separator = _SEPARATOR.fullmatch(line.strip(" "))
        if separator:
            delimiter = "\t" if separator[1] == "\\t" else separator[1]
        elif line.strip(" ,;\t") and not line.startswith("Timecode List"):
            break
        above += 1
    return above, delimiter or delimiter_of(lines[above] if above < len(lines) else "")


def delimiter_of(header: str) -> str:
    """Return what parts a header's columns: comma, semicolon or tab, quoted ones not counted."""
    plain = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=plain.count)


def _parsed(
    path: Path, lines: list[str], above: int, delimiter: str
) -> list[tuple[int, list[str]]]:
    """Return the header and the rows that have any text, each with the line it begins in."""
    # Strict: else all that follows an open quotation mark is one cell.
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    rows, began = [], above + 1
    try:
        for row in reader:
            cells = [unguard(cell).strip() for cell in row]
            if any(cells):
                rows.append((began, cells))
            began = above + reader.line_num + 1
    except csv.Error as error:
        why = "larger than any cell" if "limit" in str(error) else "a quotation mark is not closed"
        if "expected after" in str(error):
            why = "text follows a closed quotation mark; write a mark inside of a cell twice"
        raise ValueError(
            f"{path}, line {began}: {why}: {lines[began - above - 1][:60]!r}"
        ) from None
    return rows


def _without_unnamed(
    path: Path, columns: list[str], rows: list[tuple[int, list[str]]]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Leave out columns without a name that hold nothing, or the rows' numbers."""
    drop = []
    for k in [k for k, name in enumerate(columns) if not name]:
        cells = [(line, row[k]) for line, row in rows if k < len(row)]
        first = next(((line, cell) for line, cell in cells if cell), None)
        if first is not None and not (k == 0 and _counts(cells)):
            raise ValueError(
                f"{path}, line {first[0]}: {first[1][:60]!r} is in column {k + 1}, which the first "
                "line gives no name: name it there, or put a cell with commas in quotes"
            )
        drop.append(k)
    if not drop:
        return columns, rows
    return [name for k, name in enumerate(columns) if k not in drop], [
        (line, [cell for k, cell in enumerate(row) if k not in drop]) for line, row in rows
    ]


def _counts(cells: list[tuple[int, str]]) -> bool:
    texts = [cell for _, cell in cells]
    return any(texts == [str(k + first) for k in range(len(texts))] for first in (0, 1))


def check_names(path: Path, columns: list[str]) -> None:
    """Refuse two columns of the same name; a ValueError names both."""
    for k, name in enumerate(columns):
        if name in columns[:k]:
            raise ValueError(
                f"{path}: columns {columns.index(name) + 1} and {k + 1} are both called {name!r}; "
                "rename or remove one"
            )


def _fit(
    path: Path, columns: list[str], row: tuple[int, list[str]], allow_short: bool
) -> tuple[int, list[str]]:
    """Return a row as long as the header; a ValueError says what is in a line of another length."""
    line, cells = row
    while len(cells) > len(columns) and not cells[-1]:
        cells = cells[:-1]
    if len(cells) < len(columns) and allow_short:
        cells = cells + [""] * (len(columns) - len(cells))
    if len(cells) != len(columns):
        raise ValueError(f"{path}, line {line}: {wrong_length(cells, len(columns))}")
    return line, cells


def wrong_length(cells: list[str], count: int) -> str:
    """Say that a row has not `count` cells, what is in it, and what to do."""
    shown = ", ".join(repr(cell[:30]) for cell in cells[:6]) + (", ..." if len(cells) > 6 else "")
    cure = "is the line cut short?"
    if len(cells) > count:
        cure = "put cells with commas in quotes, or semicolons between the columns"
    return f"{len(cells)} cells, the first line has {count}: {shown}; {cure}"
