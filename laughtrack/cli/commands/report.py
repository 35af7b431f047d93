"""`laughtrack report`: the audience's page, with what may come beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.cli import looks, options, outputs
from laughtrack.cli.commands.screenings.norms import Others, norms_of
from laughtrack.cli.room_footage import known_by
from laughtrack.cli.terminal import save_page, show

if TYPE_CHECKING:
    from laughtrack.analytics.session import Session


def report(
    session: options.Session,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            callback=outputs.named(*outputs.PAGES),
            help="A .html file, or .pdf, printed. [SESSION.html, SESSION@DEVICE.html]",
        ),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    min_viewers: options.MinViewers = 1,
    media: Annotated[
        Path | None,
        typer.Option(metavar="FILM", help="The film that was shown; it plays beside the curve."),
    ] = None,
    scenes: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="Its scenes: .csv, .vtt, .srt, .edl or .otio."),
    ] = None,
    fps: options.FrameRate = None,
    dial: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Dials turned at the film: times, and a column each."),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(metavar="row|side|named|FILE.csv[:COLUMN]", help="Groups to compare."),
    ] = None,
    norms: Annotated[
        bool, typer.Option("--norms", help="Set it among the store's other sessions.")
    ] = False,
    norms_by: Annotated[
        str, typer.Option(metavar="KEY,...", help="Norms among those alike, as norms --by.")
    ] = "",
    title: looks.Title = "",
    logo: looks.Logo = None,
    lang: looks.Language = looks.Lang.en,
    summary: Annotated[
        bool, typer.Option("--summary", help="Only what fits one printed sheet.")
    ] = False,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Make the audience's page: one HTML file that opens anywhere, or a PDF."""
    from laughtrack.analytics.fleet.summaries import Kind
    from laughtrack.analytics.inputs.dial_recordings import read_dial
    from laughtrack.analytics.inputs.scene_lists import read_scenes
    from laughtrack.analytics.report.film import Room, film_of
    from laughtrack.analytics.report.session_page import Extras, report

    look = looks.look(lang, title, logo, summary)
    known = options.load_session(store, session, device, keep_ids, uncorrected)
    path = output or Path(_file_name(known, options.key_of(session, device)))
    film = None
    if media is not None:
        room = Room(known.readings, *known_by(known.info))
        film = film_of(media, known.info, path, room)
    parts = None if scenes is None else read_scenes(scenes, None if fps is None else float(fps))
    others = Others(store, Kind(min_viewers, uncorrected), norms_by)
    extras = Extras(
        film,
        parts,
        None if dial is None else read_dial(dial),
        None if groups is None else options.groups_in(known, groups),
        norms_of(others, known.name, known.device) if norms or norms_by else None,
    )
    tables = options.tables_of(known, min_viewers)
    save_page(path, report(tables, extras=extras, look=look))
    show(path)
    if open_it:
        typer.launch(path.resolve().as_uri())


def _file_name(session: Session, named: options.Key) -> str:
    """Name the page: with the device where that was named, so that no device's takes another's."""
    # No name holds an @.
    return f"{session.name}@{session.device}.html" if named.device else f"{session.name}.html"
