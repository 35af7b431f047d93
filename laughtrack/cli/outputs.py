"""What `-o/--output` may name: a file's ending says what is written, and no other is taken.

Checked while the words are read, so that nothing is worked out for a file that cannot be written.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from laughtrack.cli import browser

# What a table is written as, by its file's ending; "table" is the one for people.
TABLES = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".parquet": "parquet",
    ".txt": "table",
}
PAGES = (".html", ".htm", ".pdf")


def ending(path: Path) -> str:
    """Return a file name's ending in small letters, with its dot; "" for none."""
    return path.suffix.lower()


def check_ending(path: Path, endings: Sequence[str]) -> None:
    """Raise ValueError where a file's name ends in none of `endings`, or what writes it is missing.

    Raises
    ------
    ValueError
        Naming the endings.
    OSError
        The ending is right, but the program or library that writes it is not installed.
    """
    if ending(path) not in endings:
        *others, last = endings
        known = f"{', '.join(others)} or {last}" if others else last
        found = f"{ending(path)} is not written" if ending(path) else "a name without an ending"
        raise ValueError(f"{path}: {found}; expected a name ending in {known}")
    if ending(path) == ".xlsx" and importlib.util.find_spec("openpyxl") is None:
        raise OSError(f"{path}: xlsx needs openpyxl: pip install 'laughtrack[excel]'; or name .csv")
    if ending(path) == ".pdf":
        browser.find(path)


def named(*endings: str, or_folder: bool = False, or_none: bool = False) -> Callable[..., Any]:
    """Return the check of an option that names a file with one of some endings.

    Parameters
    ----------
    endings : str
        With their dots, in small letters; any capitals are taken.
    or_folder : bool
        Whether a folder that is there will do, too.
    or_none : bool
        Whether a name without an ending will do: where another option says what is written.
    """

    def check(path: Path | None) -> Path | None:
        if path is None or (or_folder and path.is_dir()) or (or_none and not ending(path)):
            return path
        try:
            check_ending(path, endings)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        return path

    return check


Table = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        callback=named(*TABLES, or_none=True),
        help="Write it to this file: .csv, .xlsx, .json, .parquet or .txt.",
    ),
]
