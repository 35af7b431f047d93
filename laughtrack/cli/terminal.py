"""What the commands show: progress and remarks on standard error, tables on standard output."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.console import printable
from laughtrack.edge.console import say as say
from laughtrack.edge.console import show as show
from laughtrack.edge.stop_signals import Stopped as Stopped
from laughtrack.edge.stop_signals import stopping as stopping
from laughtrack.edge.stop_signals import uninterrupted as uninterrupted

if TYPE_CHECKING:
    import pandas as pd


# A title or a name; one long cell makes all lines of a table as long.
_MOST_IN_CELL = 200


class Step(Protocol):
    """Says how far the work is: see `progress`."""

    def __call__(self, done_s: float, all_s: float | None, text: str = "") -> None:
        """Seconds of footage done, of how many, and what else there is to say."""


def confirmed(question: str) -> bool:
    """Ask on standard error, and return whether the answer is yes."""
    return typer.confirm(printable(question), err=True)


@contextmanager
def progress(what: str) -> Iterator[Step]:
    """Show how far the work is.

    Parameters
    ----------
    what : str
        What is being worked on.

    Yields
    ------
    function
        ``step(done_s, all_s, text)``: seconds of footage done, of how many (None: no end known).
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn(
            "{task.fields[done]}  {task.fields[speed]:.1f}x real time  {task.fields[text]}",
            markup=False,
        ),
    )
    bar = Progress(*columns, console=Console(stderr=True))
    task = bar.add_task(printable(what, _MOST_IN_CELL), total=None, done="", speed=0.0, text="")
    began_s, first_s = time.monotonic(), None

    def step(done_s: float, all_s: float | None, text: str = "") -> None:
        nonlocal first_s
        if first_s is None:
            # Not before there is progress: what is refused needs no bar.
            first_s = done_s
            bar.start()
        speed = (done_s - first_s) / max(time.monotonic() - began_s, 0.001)
        done = clock(done_s) if all_s is None else f"{clock(done_s)} of {clock(all_s)}"
        bar.update(
            task, completed=done_s, total=all_s, done=done, speed=speed, text=printable(text)
        )

    try:
        yield step
    finally:
        bar.stop()


@contextmanager
def counting(what: str, count: int) -> Iterator[Callable[[int], None]]:
    """Show how many of something are done, and how long the rest will take.

    Parameters
    ----------
    what : str
        What is being worked on.
    count : int
        How many there are.

    Yields
    ------
    function
        ``step(done)``: so many are done.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(printable(what, _MOST_IN_CELL), total=count)
        yield lambda done: bar.update(task, completed=done)


def clock(seconds: float) -> str:
    """Write seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def save(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
    data : bytes

    Raises
    ------
    OSError
        Naming the file.
    """
    path = Path(path)
    try:
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from None


def save_page(path: Path, html: str) -> None:
    """Write a page whole or not at all: as it is, or for a name ending in .pdf, printed.

    Raises
    ------
    ValueError
        The name ends in neither .html nor .pdf.
    OSError
        It cannot be written, or there is no browser to print it; naming the file.
    """
    from laughtrack.cli import browser, outputs

    path = Path(path)
    outputs.check_ending(path, outputs.PAGES)
    data = html.encode()
    save(path, browser.pdf(data, path) if outputs.ending(path) == ".pdf" else data)


def write_table(table: pd.DataFrame, form: str, path: Path | None = None) -> None:
    """Write a data frame.

    Parameters
    ----------
    table : DataFrame
    form : str
        "table" for people, "csv", "json" (a list of objects) or "parquet". For a file, "table"
        means what its name's ending says (`outputs.TABLES`), and another form is refused. Texts in
        CSV and xlsx are guarded: see `edge.tables.spreadsheet`. On standard output they are
        `printable`, too; a file has them whole.
    path : Path, optional
        A file; standard output otherwise.

    Raises
    ------
    ValueError
        The form is not for where it goes, or the table is too long for it.
    OSError
        It cannot be written; the message names the file.
    """
    from laughtrack.analytics.interchange.table_forms import table_bytes

    form = form if path is None else _form_of(path, form)
    if form == "parquet" and path is None and sys.stdout.isatty():
        raise ValueError("parquet is not for a terminal: name a file, or give another --format")
    if form == "xlsx" and path is not None:
        data = _workbook(table.round(6), path)
    elif form == "csv" and path is None:
        data = table_bytes(_harmless(table.round(6)), form)
    elif form == "table":
        data = (_for_people(_harmless(table.round(6))) + "\n").encode("utf-8", "backslashreplace")
    else:
        data = table_bytes(table, form)
    if path is None:
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OSError(f"cannot write to standard output: {error.strerror}") from None
    else:
        save(path, data)


def _form_of(path: Path, form: str) -> str:
    """Return what a file's name says it is to be, which must be what was asked for."""
    from laughtrack.cli import outputs

    if form != "table" and not outputs.ending(path):
        return form
    try:
        outputs.check_ending(path, [*outputs.TABLES])
    except ValueError as error:
        raise typer.BadParameter(f"--output {error}") from None
    by_name = outputs.TABLES[outputs.ending(path)]
    if form not in ("table", by_name):
        raise typer.BadParameter(f"--format {form} and --output {path}: expected one of them")
    return by_name


def _workbook(table: pd.DataFrame, path: Path) -> bytes:
    from laughtrack.cli.workbook import workbook

    try:
        return workbook(table, path.stem)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    except OSError as error:
        # It is put together in the folder for temporary files.
        raise OSError(f"cannot write {path}: {error.strerror}") from None


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose names and cells do nothing to a terminal."""
    table = table.rename(columns=lambda name: printable(name, _MOST_IN_CELL)).copy()
    for k, kind in enumerate(table.dtypes):
        # Numbers are millions, and do nothing.
        if getattr(kind, "kind", "O") not in "iufb":
            table.isetitem(k, [_harmless_cell(each) for each in table.iloc[:, k]])
    return table


def _harmless_cell(cell: object) -> object:
    is_text = isinstance(cell, str | bytes | list | dict | tuple)
    return printable(cell, _MOST_IN_CELL) if is_text else cell


def _for_people(table: pd.DataFrame) -> str:
    if table.empty:
        return f"nothing: no rows of {', '.join(table.columns)}"
    # Two decimals would write a p of 0.004 as 0.
    small = {
        name: _three for name in table.columns if name in ("p", "p_holm", "p_value", "least_p")
    }
    return table.to_string(
        index=False, na_rep="-", float_format=lambda value: f"{value:.2f}", formatters=small
    )


def _three(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
