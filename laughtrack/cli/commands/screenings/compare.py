"""`laughtrack compare`: two screenings or two cuts, and what their audiences did otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.analytics.defaults import MIN_VIEWERS
from laughtrack.cli import looks, options, outputs
from laughtrack.cli.terminal import save_page, say, show, write_table

if TYPE_CHECKING:
    import pandas as pd

    from laughtrack.analytics.comparison.alignment import Alignment
    from laughtrack.analytics.timelines.session_tables import SessionTables

EDITS = (
    "Which of A is which of B: a CSV, an EDL or .otio of B made from A, or --edits twice: one of "
    "each cut, from the same reels."
)


def _least(context: typer.Context, value: int | None) -> int | None:
    """Refuse fewer than 2 on the command line; a 1 of the environment withholds nothing."""
    if value is None or value > 1:
        return value
    source = context.get_parameter_source("min_viewers")
    if value == 1 and source is not None and source.name == "ENVIRONMENT":
        return None
    raise typer.BadParameter(f"{value}: expected 2 or more")


Least = Annotated[
    int | None,
    typer.Option(
        envvar=MIN_VIEWERS,
        callback=_least,
        help="Withhold figures of fewer, and compare no fewer in either. [5 are compared]",
    ),
]

ByMarkers = Annotated[
    bool, typer.Option("--by-markers", help="Lay marks of the same text on each other.")
]
PageOrTable = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        callback=outputs.named(*outputs.PAGES, *outputs.TABLES, or_none=True),
        help="Make the page, .html or .pdf; or write the table: .csv, .xlsx, .json, .parquet.",
    ),
]


# A command's options are its arguments.
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A session's name, or DEVICE/NAME.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another's.")],
    edits: Annotated[list[Path] | None, typer.Option(metavar="FILE", help=EDITS)] = None,
    by_markers: ByMarkers = False,
    scenes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare A's scenes one by one, too.")
    ] = None,
    fps: options.FrameRate = None,
    min_viewers: Least = None,
    block: Annotated[
        int | None,
        typer.Option(min=1, help="Neighbours kept together. [as many as leave 6 blocks, to 10]"),
    ] = None,
    output: PageOrTable = None,
    format: options.TableFormat = options.Format.table,
    title: looks.Title = "",
    logo: looks.Logo = None,
    lang: looks.Language = looks.Lang.en,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Compare two screenings or two cuts: where their audiences differed by more than chance.

    Without --edits or --by-markers the same film time is compared.
    """
    from laughtrack.analytics.comparison.compare import Settings, compare
    from laughtrack.analytics.comparison.table import compare_table, for_people
    from laughtrack.analytics.defaults import LEAST_COMPARED
    from laughtrack.analytics.inputs.scene_lists import read_scenes
    from laughtrack.analytics.report.comparison_page import compare_page
    from laughtrack.analytics.report.comparison_summary import summary

    look = looks.look(lang, title, logo)
    if edits and by_markers:
        raise typer.BadParameter("--edits and --by-markers: expected one of them")
    if edits and len(edits) > 2:
        raise typer.BadParameter(f"--edits {len(edits)} times: expected one file, or one a cut")
    if options.key_of(a) == options.key_of(b):
        raise typer.BadParameter(f"{a} and {b}: expected two different sessions")
    rate = None if fps is None else float(fps)
    first, second = (
        options.tables_of(
            options.load_session(
                store, each, device if "/" not in each else None, keep_ids, uncorrected
            ),
            min_viewers or 1,
        )
        for each in (a, b)
    )
    if (first.name, first.session.device) == (second.name, second.session.device):
        raise typer.BadParameter(f"{a} and {b}: expected two different sessions")
    found = _align(first, second, (edits, rate), by_markers)
    listed = read_scenes(scenes, rate) if scenes else None
    for remark in listed.attrs["remarks"] if listed is not None else ():
        say(f"{scenes}: {remark}")
    settings = Settings(min_viewers=min_viewers or LEAST_COMPARED, block=block)
    result = compare(first, second, found, listed, settings)
    table, is_page = compare_table(result), output and outputs.ending(output) in outputs.PAGES
    if output and is_page:
        save_page(output, compare_page(result, look))
    for note in result.facts.notes:
        say(note)
    if output and not is_page:
        write_table(table, format.value, output)
    elif format == options.Format.table:
        show_in_parts(for_people(table), summary(result))
    else:
        write_table(table, format.value)


def _align(
    first: SessionTables,
    second: SessionTables,
    lists: tuple[list[Path] | None, float | None],
    by_markers: bool,
) -> Alignment:
    from laughtrack.analytics.comparison.alignment import by_film_time
    from laughtrack.analytics.comparison.edit_alignment import by_edits
    from laughtrack.analytics.comparison.mark_pairs import by_marks

    edits, rate = lists
    if edits:
        return by_edits(first, second, edits, rate)
    return by_marks(first, second) if by_markers else by_film_time(first, second)


def show_in_parts(parts: Iterable[pd.DataFrame], sentences: Iterable[str]) -> None:
    """Write the tables for people, then the summary."""
    for part in parts:
        write_table(part, "table")
        show("")
    for sentence in sentences:
        show(sentence)
