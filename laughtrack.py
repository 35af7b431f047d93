"""The command line: each command calls into edge, tracker and analytics, and says what came of it.

Results go to standard output, talk to standard error. Exit codes: 0 done (an empty audience is a
result), 1 could not, 2 usage.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from terminal import progress, save, say, write_table

app = typer.Typer(
    help="Measure an audience's smiles from a camera on the room.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(str, Enum):
    """How a table is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def _context(value):
    if value.lower() in ("workplace", "education"):
        raise typer.BadParameter(
            f"{value}: inferring emotions of people at work or in education is prohibited in the "
            "European Union (AI Act, Article 5(1)(f)), so such sessions are not recorded"
        )
    return value


def _preview(value):
    if value is not None and not (value.isdigit() or value.lower().endswith(".mp4")):
        raise typer.BadParameter(f"{value}: expected a file ending in .mp4, or a port number")
    return value


StoreOption = Annotated[
    str,
    typer.Option(
        "--store", envvar="LAUGHTRACK_STORE", help="Folder or URL (s3://...) of readings."
    ),
]
Rate = Annotated[float, typer.Option(help="Looks a second.", min=0.1, max=120)]
SessionOption = Annotated[str | None, typer.Option(help="Its name in the store; else made up.")]
Title = Annotated[str | None, typer.Option(help="What was shown: the report's heading.")]
MediaOffset = Annotated[float, typer.Option(help="The film's time at the session's start, s.")]
Context = Annotated[str, typer.Option(callback=_context, help="What kind of event this was.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a session of that name.")]
Preview = Annotated[
    str | None,
    typer.Option(
        callback=_preview,
        metavar="FILE.mp4|PORT",
        help="Write the annotated picture to a film, or show it on http://127.0.0.1:PORT/.",
    ),
]
Session = Annotated[str, typer.Argument(metavar="SESSION", help="A session's name.")]
STORE = "./laughtrack-data"


@app.command()
def replay(
    footage: Annotated[str, typer.Argument(help="Video, animated gif, folder of pictures, URL.")],
    session: SessionOption = None,
    rate: Rate = 10.0,
    start: Annotated[float, typer.Option("--from", min=0, help="Begin here, s.")] = 0.0,
    to: Annotated[float | None, typer.Option(min=0, help="End before this, s.")] = None,
    preview: Preview = None,
    title: Title = None,
    media_offset: MediaOffset = 0.0,
    context: Context = "screening",
    overwrite: Overwrite = False,
    store: StoreOption = STORE,
):
    """Score recorded footage into the store. Stopped at any point, it carries on from there."""
    from recorder import Plan, facts

    if to is not None and to <= start:
        raise typer.BadParameter(f"--to {to}: expected more than --from {start}")
    name = session or re.sub(r"[^A-Za-z0-9._ -]", "_", Path(footage).stem).strip("._ -")
    said = facts(title, context, media_offset, Path(footage).name)
    _record(Plan(footage, name, rate, start, to, False, said), store, overwrite, preview)


@app.command()
def live(
    source: Annotated[str, typer.Argument(help="Camera index, device path, RTSP or HTTP URL.")],
    session: SessionOption = None,
    rate: Rate = 10.0,
    duration: Annotated[float | None, typer.Option(help="Stop after this, s.")] = None,
    preview: Preview = None,
    title: Title = None,
    media_offset: MediaOffset = 0.0,
    context: Context = "screening",
    overwrite: Overwrite = False,
    store: StoreOption = STORE,
):
    """Score a camera or a stream into the store, until Ctrl-C or for --duration seconds."""
    from datetime import datetime

    from recorder import Plan, facts

    name = session or datetime.now().strftime("live-%Y%m%d-%H%M%S")
    # Without the user and password that a stream's URL may hold.
    said = facts(title, context, media_offset, re.sub(r"//[^/@]*@", "//", source))
    _record(Plan(source, name, rate, 0.0, duration, True, said), store, overwrite, preview)


@app.command()
def sessions(store: StoreOption = STORE, format: Format = Format.table):
    """List what the store holds."""
    from analytics.store import sessions

    write_table(sessions(store), format.value)


@app.command()
def timelines(
    session: Session,
    viewer: Annotated[int | None, typer.Option(min=1, help="Only this viewer.")] = None,
    format: Format = Format.table,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write it here.")] = None,
    store: StoreOption = STORE,
):
    """Show every reading of each viewer, in order of time."""
    from analytics.store import load
    from analytics.timelines import timelines

    write_table(timelines(load(store, session), viewer), format.value, output)


@app.command()
def viewers(
    session: Session,
    format: Format = Format.table,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write it here.")] = None,
    store: StoreOption = STORE,
):
    """Show one line a viewer: when seen, how long, and how much they smiled."""
    from analytics.store import load
    from analytics.timelines import viewers

    write_table(viewers(load(store, session)), format.value, output)


@app.command()
def report(
    session: Session,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="[SESSION.html]")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    min_viewers: Annotated[int, typer.Option(min=1, help="Withhold figures of fewer.")] = 1,
    store: StoreOption = STORE,
):
    """Make the audience's page: one HTML file that opens anywhere."""
    from analytics.report import report
    from analytics.store import load

    path = output or Path(f"{session}.html")
    save(path, report(load(store, session), min_viewers).encode())
    typer.echo(path)
    if open_it:
        typer.launch(path.resolve().as_uri())


@app.command()
def forget(session: Session, store: StoreOption = STORE):
    """Remove a session for good, with the files that held it."""
    from analytics.store import forget

    forget(store, session)
    typer.echo(f"{session} is gone from {store}")


@app.command("simulate")
def simulate_command(
    output: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The film to write.")],
    viewers: Annotated[int, typer.Option(min=1, help="Faces in the room.")] = 12,
    seconds: Annotated[float, typer.Option(help="Length of the film.")] = 60.0,
    size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Pixels.")] = "1280x720",
    seed: Annotated[int, typer.Option(help="Another seed is another audience.")] = 1,
):
    """Film a pretend audience, with its truth in files beside the film."""
    from edge.simulate import simulate

    if not re.fullmatch(r"\d+x\d+", size):
        raise typer.BadParameter(f"--size {size}: expected like 1280x720")
    width, height = map(int, size.split("x"))
    with progress(f"filming {output.name}") as step:

        def filmed(frame, frames):
            step(seconds * frame / frames, seconds)

        simulate(output, viewers, seconds, (width, height), seed=seed, progress=filmed)
    typer.echo(output)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Everything goes here.")] = Path("demo"),
    viewers: Annotated[int, typer.Option(min=1, help="Faces in the room.")] = 12,
    seconds: Annotated[float, typer.Option(help="Length of the film.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Another seed is another audience.")] = 1,
):
    """Simulate an audience, replay it, report it, and check the result against the truth."""
    import pandas as pd

    from analytics import audit
    from analytics.store import load
    from tracker import mot

    folder.mkdir(parents=True, exist_ok=True)
    film, store = folder / "audience.mp4", str(folder / "laughtrack-data")
    simulate_command(film, viewers=viewers, seconds=seconds, seed=seed)
    replay(str(film), title="Pretend audience", overwrite=True, store=store)
    report("audience", output=folder / "report.html", store=store)
    session, truth = load(store, "audience"), pd.read_csv(film.with_suffix(".truth.csv"))
    seen = mot.read_identities(film.with_suffix(".gt.txt"))
    identity = mot.score(*audit.identities(session, truth, seen))
    checks = audit.audit(session, truth, identity)
    for check in checks:
        mark = "ok" if check.passed else "NOT OK"
        typer.echo(f"{mark:7}{check.name:24}{check.found:12}(asked: {check.asked})")
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


class Stopped(Exception):
    """The user stopped it; the message says how to go on."""


def _record(plan, store, overwrite, preview):
    """Record with a progress bar; say in one line what is in the store then."""
    from analytics.store import sessions
    from recorder import record

    with progress(plan.session) as step:

        def looked(t_s, seen, source):
            # Ctrl-C ends a live session as its end would; only a replay can be carried on.
            if plan.live and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, lambda *_: source.stop())
            step(t_s, source.duration_s, f"{seen} viewers now")

        try:
            outcome = record(plan, store, overwrite, preview, looked)
        except KeyboardInterrupt:
            raise Stopped("stopped: the same command carries on from here") from None
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if outcome.resumed_s:
        say(f"carried on from {outcome.resumed_s:.1f} s")
    if outcome.missing_s:
        say(f"{plan.place} is cut short: the last {outcome.missing_s:.1f} s are missing")
    known = sessions(store)
    row = known[known["session"] == plan.session].iloc[0]
    typer.echo(
        f"{row.session}: {row.seconds:.1f} s, {row.viewers} viewers, {row.readings} readings"
    )


def main(argv=None):
    """Run a command.

    Parameters
    ----------
    argv : list of str, optional
        Its words; those of the process by default.

    Returns
    -------
    int
        The exit code: 0 done, 1 could not, 2 usage.
    """
    # Decoders' remarks on damaged films come out as our own, one line each.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    try:
        app(args=argv, prog_name="laughtrack")
    except SystemExit as stop:
        return int(stop.code or 0)
    except _expected() as error:
        say(f"laughtrack: {error}")
        return 1
    return 0


def _expected():
    """Errors that say all there is to say: of the footage, the store, the options, the disk."""
    from analytics.store import StoreError
    from edge.frames import SourceError
    from recorder import SessionExists

    return SourceError, StoreError, SessionExists, Stopped, ValueError, OSError


if __name__ == "__main__":
    sys.exit(main())
