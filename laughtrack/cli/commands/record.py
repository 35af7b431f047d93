"""`laughtrack replay` and `laughtrack live`: footage or a camera into the store."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import show, uninterrupted


def replay(
    footage: Annotated[str, typer.Argument(help="Video, animated gif, folder of pictures, URL.")],
    session: options.SessionOption = None,
    rate: options.Rate = 10.0,
    start: options.From = 0.0,
    to: options.To = None,
    preview: options.Preview = None,
    title: options.Title = None,
    media_offset: options.MediaOffset = 0.0,
    context: options.Context = "screening",
    overwrite: options.Overwrite = False,
    store: options.Store = options.STORE,
) -> None:
    """Score recorded footage into the store. Stopped at any point, it carries on from there."""
    with uninterrupted():
        from laughtrack.cli.recording import Plan, record, session_name
        from laughtrack.edge.session.metadata import session_metadata

    if to is not None and to <= start:
        raise typer.BadParameter(f"--to {to}: expected more than --from {start}")
    described = session_metadata(title, context, media_offset, footage)
    plan = Plan(footage, session or session_name(footage), rate, start, to, False, described)
    show(record(plan, store, overwrite, preview))


def live(
    source: Annotated[str, typer.Argument(help="Camera index, device path, RTSP or HTTP URL.")],
    session: options.SessionOption = None,
    rate: options.Rate = 10.0,
    duration: options.Duration = None,
    preview: options.Preview = None,
    title: options.Title = None,
    media_offset: options.MediaOffset = 0.0,
    context: options.Context = "screening",
    overwrite: options.Overwrite = False,
    store: options.Store = options.STORE,
) -> None:
    """Score a camera or a stream into the store, until Ctrl-C or for --duration seconds."""
    with uninterrupted():
        from laughtrack.cli.recording import Plan, record
        from laughtrack.edge.session.metadata import session_metadata

    name = session or datetime.now().strftime("live-%Y%m%d-%H%M%S")
    described = session_metadata(title, context, media_offset, source)
    plan = Plan(source, name, rate, 0.0, duration, True, described)
    show(record(plan, store, overwrite, preview))
