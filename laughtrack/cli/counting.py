"""The progress bar of work that is counted: pictures, not seconds of footage."""

from __future__ import annotations

from contextlib import contextmanager


@contextmanager
def counting(what, count):
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

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=count)
        yield lambda done: bar.update(task, completed=done)
