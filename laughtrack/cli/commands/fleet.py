"""`laughtrack fleet ...`: the same of many sessions at once, on all cores or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from laughtrack.cli import looks, options
from laughtrack.cli.commands.screenings.compare import ByMarkers, Least
from laughtrack.cli.commands.screenings.norms import By
from laughtrack.cli.store_list import Where, chosen_sessions, conditions, listed_sessions
from laughtrack.cli.terminal import counting, say, show, write_table

if TYPE_CHECKING:
    import pandas as pd

    from laughtrack.analytics.fleet.jobs import Done, Each

app = typer.Typer(
    help="Measure, set in order, report or compare many sessions at once.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Only these: names, or patterns like 'night*'."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="tcp://HOST:PORT", help="A Dask scheduler to work on. [processes of this machine]"
    ),
]
Processes = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=1024, help="Of this machine. [as many as cores]"),
]
Memory = Annotated[
    float,
    typer.Option(
        "--worker-memory", min=0.3, max=1024, help="GB that each may have; above, it begins anew."
    ),
]


class Chosen(NamedTuple):
    """Sessions that are meant, as a list has them, and how many could not be listed at all."""

    rows: pd.DataFrame
    broken: int


class Progress:
    """Counts jobs that are done, and says which failed."""

    def __init__(self, step: Callable[[int], None], failed: int) -> None:
        self._step = step
        self.done, self.failed = 0, failed

    def __call__(self, done: Done) -> None:
        """Tell of one job."""
        self.done += 1
        self._step(self.done)
        if done.reason:
            self.failed += 1
            say(f"{done.job.text}: left out: {done.reason}")


@contextmanager
def _working(what: str, many: int, broken: int) -> Iterator[Progress]:
    """Show progress; at the end, exit with 1 where something was left out."""
    with counting(what, many) as step:
        progress = Progress(step, broken)
        yield progress
    if progress.failed:
        say(f"{progress.failed:,} of {many + broken:,} left out; the same command tries them again")
        raise typer.Exit(1)


def _workers(scheduler: str | None, processes: int | None, memory_gb: float) -> Each:
    from laughtrack.analytics.fleet.workers import Workers, each_on

    if scheduler is not None and processes is not None:
        raise typer.BadParameter("--scheduler and --workers: expected one of them")
    return each_on(Workers(scheduler, processes, memory_gb), say)


def _chosen(
    store: str,
    names: list[str] | None,
    where: list[str] | None,
    min_viewers: int = 1,
    uncorrected: bool = False,
) -> Chosen:
    """Return the sessions that are meant."""
    from laughtrack.analytics.fleet.listing import without_broken
    from laughtrack.analytics.store.delta_table import StoreError, require
    from laughtrack.analytics.store.selection import Wanted

    broken: list[str] = []
    require(store)
    try:
        known = listed_sessions(store)
    except StoreError:
        known = without_broken(store, broken.append)
    for remark in broken:
        say(remark)
    wanted = Wanted(tuple(names or ()), where=conditions(where))
    found = chosen_sessions(store, known, wanted, min_viewers, uncorrected)
    return Chosen(found, len(broken))


def _pairs(sessions: pd.DataFrame) -> list[tuple[str, str]]:
    return [*zip(sessions["session"], sessions["device"], strict=True)]


def _ended(store: str, sessions: pd.DataFrame) -> list[tuple[str, str]]:
    """Return those that have ended, and say how many have not."""
    from laughtrack.analytics.fleet.others import ended, not_ended

    found = ended(store, sessions)
    if more := len(sessions) - len(found):
        say(not_ended(more))
    return found


@app.command()
def summarize(
    names: Names = None,
    where: Where = None,
    min_viewers: options.MinViewers = 1,
    uncorrected: options.Uncorrected = False,
    scheduler: Scheduler = None,
    processes: Processes = None,
    memory_gb: Memory = 1.5,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
) -> None:
    """Measure sessions that have ended, a row each; those alone that are new or changed."""
    from laughtrack.analytics.fleet.summaries import Kind, summaries

    chosen = _chosen(store, names, where, min_viewers, uncorrected)
    pairs = _ended(store, chosen.rows)
    each = _workers(scheduler, processes, memory_gb)
    with _working("measuring sessions", len(pairs), chosen.broken) as told:
        found = summaries(store, pairs, Kind(min_viewers, uncorrected), each, told)
        write_table(found, format.value, output)


@app.command()
def norms(
    names: Names = None,
    where: Where = None,
    by: By = "",
    min_viewers: options.MinViewers = 1,
    uncorrected: options.Uncorrected = False,
    scheduler: Scheduler = None,
    processes: Processes = None,
    memory_gb: Memory = 1.5,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
) -> None:
    """Show where each session stands among all others of these: a line a score."""
    from laughtrack.analytics.fleet.others import described, norms_of_each
    from laughtrack.analytics.fleet.summaries import Kind, summaries
    from laughtrack.analytics.norms.strata import keys_of, remarks

    chosen = _chosen(store, names, where, min_viewers, uncorrected)
    keys = keys_of(by, chosen.rows)
    pairs = _ended(store, chosen.rows)
    each = _workers(scheduler, processes, memory_gb)
    with _working("measuring sessions", len(pairs), chosen.broken) as told:
        found = summaries(store, pairs, Kind(min_viewers, uncorrected), each, told)
        table = described(found, chosen.rows)
        for remark in remarks(table, keys):
            say(remark)
        write_table(norms_of_each(table, keys), format.value, output)


@app.command()
def reports(
    folder: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FOLDER", file_okay=False, help="For the pages."),
    ],
    names: Names = None,
    where: Where = None,
    min_viewers: options.MinViewers = 1,
    uncorrected: options.Uncorrected = False,
    logo: looks.Logo = None,
    lang: looks.Language = looks.Lang.en,
    summary: Annotated[
        bool, typer.Option("--summary", help="Only what fits one printed sheet.")
    ] = False,
    scheduler: Scheduler = None,
    processes: Processes = None,
    memory_gb: Memory = 1.5,
    store: options.Store = options.STORE,
) -> None:
    """Make sessions' pages, SESSION@DEVICE.html; those alone that are missing or changed."""
    from laughtrack.analytics.fleet.pages import Pages, pages
    from laughtrack.analytics.fleet.summaries import Kind

    look = looks.look(lang, "", logo, summary)
    chosen = _chosen(store, names, where, min_viewers, uncorrected)
    pairs = _pairs(chosen.rows)
    each = _workers(scheduler, processes, memory_gb)
    with _working("making pages", len(pairs), chosen.broken) as told:
        wanted = Pages(folder, Kind(min_viewers, uncorrected), look)
        for path in pages(store, pairs, wanted, each, told):
            show(path)


@app.command()
def compare(
    names: Names = None,
    where: Where = None,
    with_one: Annotated[
        str | None,
        typer.Option("--with", metavar="SESSION", help="Each with this. [each with each other]"),
    ] = None,
    by_markers: ByMarkers = False,
    min_viewers: Least = None,
    scheduler: Scheduler = None,
    processes: Processes = None,
    memory_gb: Memory = 1.5,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
) -> None:
    """Compare many pairs of sessions, as `laughtrack compare` does two, in one table."""
    from laughtrack.analytics.fleet.pairs import Settings, comparisons, pairs_of
    from laughtrack.analytics.store.sessions import device_of

    one = None
    if with_one is not None:
        name, device = options.key_of(with_one)
        one = (name, device_of(store, name, device))
    chosen = _chosen(store, names, where, min_viewers or 1)
    pairs = pairs_of(_pairs(chosen.rows), one)
    each = _workers(scheduler, processes, memory_gb)
    with _working("comparing", len(pairs), chosen.broken) as told:
        found = comparisons(store, pairs, Settings(min_viewers or 0, by_markers), each, told)
        write_table(found, format.value, output)
