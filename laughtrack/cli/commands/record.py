"""`laughtrack replay` and `laughtrack live`: footage or a camera into the store."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import say, show, uninterrupted
from laughtrack.edge.settings import HOST_FINDER, HOST_SCORER, SCORE_HZ
from laughtrack.edge.tags import check_tags


def replay(
    footage: Annotated[
        list[str],
        typer.Argument(
            metavar="FOOTAGE",
            help="Films, animated gifs, folders of pictures or of films, URLs.",
        ),
    ],
    session: options.SessionOption = None,
    rate: options.Rate = 10.0,
    finder: options.Finder = HOST_FINDER,
    scorer: options.Scorer = HOST_SCORER,
    score_rate: options.ScoreRate = SCORE_HZ,
    start: options.From = 0.0,
    to: options.To = None,
    preview: options.Preview = None,
    title: options.Title = None,
    tag: options.Tags = None,
    media_offset: options.MediaOffset = 0.0,
    context: options.Context = "screening",
    overwrite: options.Overwrite = False,
    progress: options.Progress = None,
    store: options.Store = options.STORE,
) -> None:
    """Score recorded footage into the store. Stopped at any point, it carries on from there.

    Several films, or a folder of films, are a session each, named after their files; one that
    fails does not stop the rest. Films of a store that are whole in it are left as they are.
    """
    with uninterrupted():
        from laughtrack.cli.recordings.footage import footage_of
        from laughtrack.cli.recordings.replays import Options, Part, replay_many, replay_one

    if to is not None and to <= start:
        raise typer.BadParameter(f"--to {to}: expected more than --from {start}")
    found = footage_of(footage)
    for remark in found.remarks:
        say(remark)
    common = Options(store, rate, context, title, overwrite, finder, scorer, score_rate, tag)
    part = Part(session, start, to, media_offset, preview, progress)
    if len(found.places) == 1:
        replay_one(found.places[0], common, part)
        return
    _refuse_of_one(part, len(found.places))
    if not replay_many(found.places, common):
        raise typer.Exit(1)


def _refuse_of_one(part: tuple[object, ...], films: int) -> None:
    """Refuse options that make sense for one film alone."""
    names = ("--session", "--from", "--to", "--media-offset", "--preview", "--progress")
    given = [f"{name} {value}" for name, value in zip(names, part, strict=True) if value]
    if given:
        raise typer.BadParameter(
            f"{', '.join(given)}: for one film alone, and these are {films}: replay it by itself"
        )


def live(
    source: Annotated[
        str,
        # A stream's password in the command line would be seen by all users of the machine.
        typer.Argument(
            help="Camera index, device path, RTSP or HTTP URL.", envvar="LAUGHTRACK_SOURCE"
        ),
    ],
    session: options.SessionOption = None,
    rate: options.Rate = 10.0,
    finder: options.Finder = HOST_FINDER,
    scorer: options.Scorer = HOST_SCORER,
    score_rate: options.ScoreRate = SCORE_HZ,
    duration: options.Duration = None,
    preview: options.Preview = None,
    title: options.Title = None,
    tag: options.Tags = None,
    media_offset: options.MediaOffset = 0.0,
    context: options.Context = "screening",
    overwrite: options.Overwrite = False,
    events: options.Events = None,
    commands: options.Commands = None,
    min_viewers: options.MinViewers = 1,
    store: options.Store = options.STORE,
) -> None:
    """Score a camera or a stream into the store, until Ctrl-C or for --duration seconds.

    Stopped by Ctrl-C it ends with 130 and by SIGTERM with 143, as all commands do; the session is
    whole. A film is played at its own pace, as a camera would show it.
    """
    if events is not None:
        options.refuse_singles("--events", min_viewers)
    with uninterrupted():
        from laughtrack.cli.recordings.event_lines import EventLines
        from laughtrack.cli.recordings.live_feed import LiveFeed
        from laughtrack.cli.recordings.recording import record
        from laughtrack.cli.recordings.starting_point import Plan
        from laughtrack.edge.session.metadata import session_metadata

    name = session or datetime.now().strftime("live-%Y%m%d-%H%M%S")
    described = session_metadata(title, context, media_offset, source, finder, scorer)
    if tag:
        described["tags"] = check_tags(tag)
    how = finder, scorer, score_rate
    plan = Plan(source, name, rate, 0.0, duration, True, described, *how)
    feed = LiveFeed(EventLines(events) if events else None, 0 if commands else None)
    told = record(plan, store, overwrite, preview, feed=feed)
    (say if events == "-" else show)(told)
