"""What the commands show: progress and remarks on standard error, tables on standard output."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path


def say(text):
    """Write a remark to standard error."""
    print(text, file=sys.stderr)


@contextmanager
def progress(what):
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
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[done]}  {task.fields[speed]:.1f}x real time  {task.fields[text]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None, done="", speed=0.0, text="")
        began_s, first_s = time.monotonic(), None

        def step(done_s, all_s, text=""):
            nonlocal first_s
            first_s = done_s if first_s is None else first_s
            speed = (done_s - first_s) / max(time.monotonic() - began_s, 0.001)
            done = clock(done_s) if all_s is None else f"{clock(done_s)} of {clock(all_s)}"
            bar.update(task, completed=done_s, total=all_s, done=done, speed=speed, text=text)

        yield step


def clock(seconds):
    """Write seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def save(path, data):
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
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def write_table(table, form, path=None):
    """Write a data frame.

    Parameters
    ----------
    table : DataFrame
    form : str
        "table" for people, "csv", "json" (a list of objects) or "parquet".
    path : Path, optional
        A file; standard output otherwise.
    """
    if form == "parquet":
        data = table.to_parquet(index=False)
    elif form == "csv":
        data = table.to_csv(index=False, lineterminator="\n").encode()
    elif form == "json":
        data = (table.to_json(orient="records", indent=1) + "\n").encode()
    else:
        data = (_for_people(table) + "\n").encode()
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        save(path, data)


def _for_people(table):
    if table.empty:
        return f"nothing: no rows of {', '.join(table.columns)}"
    return table.to_string(index=False, na_rep="-", float_format=lambda value: f"{value:.2f}")
