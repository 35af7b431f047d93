"""The command line: each command calls into edge, tracker and analytics, and says what came of it.

Results go to standard output, talk to standard error. Exit codes: 0 done (an empty audience is a
result), 1 could not, 2 usage.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.commands import dataset, deploy
from laughtrack.cli.commands.audience import curve, peaks
from laughtrack.cli.commands.compare import compare
from laughtrack.cli.commands.control import tell_command
from laughtrack.cli.commands.evaluate import evaluate
from laughtrack.cli.commands.export import export
from laughtrack.cli.commands.import_ import import_command
from laughtrack.cli.commands.ingest import ingest
from laughtrack.cli.commands.report import report
from laughtrack.cli.commands.statistics import dial, groups, norms, scenes, synchrony
from laughtrack.cli.commands.track import track
from laughtrack.cli.commands.train import train
from laughtrack.cli.terminal import progress, say, stopping, uninterrupted, write_table
from laughtrack.edge.device import logs

app = typer.Typer(
    help="Measure an audience's smiles from a camera on the room.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(dataset.app, name="dataset")
app.add_typer(deploy.app, name="deploy")
app.command()(compare)
app.command()(curve)
app.command()(dial)
app.command()(evaluate)
app.command()(export)
app.command()(groups)
app.command("import")(import_command)
app.command()(ingest)
app.command()(norms)
app.command()(peaks)
app.command()(report)
app.command()(scenes)
app.command()(synchrony)
app.command("tell")(tell_command)
app.command()(track)
app.command()(train)


@app.command()
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
):
    """Score recorded footage into the store. Stopped at any point, it carries on from there."""
    with uninterrupted():
        from laughtrack.cli.recording import Plan, name_of
        from laughtrack.edge.session.metadata import facts

    if to is not None and to <= start:
        raise typer.BadParameter(f"--to {to}: expected more than --from {start}")
    said = facts(title, context, media_offset, footage)
    plan = Plan(footage, session or name_of(footage), rate, start, to, False, said)
    _record(plan, store, overwrite, preview)


@app.command()
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
):
    """Score a camera or a stream into the store, until Ctrl-C or for --duration seconds."""
    from datetime import datetime

    with uninterrupted():
        from laughtrack.cli.recording import Plan
        from laughtrack.edge.session.metadata import facts

    name = session or datetime.now().strftime("live-%Y%m%d-%H%M%S")
    said = facts(title, context, media_offset, source)
    _record(Plan(source, name, rate, 0.0, duration, True, said), store, overwrite, preview)


@app.command()
def sessions(store: options.Store = options.STORE, format: options.Format = options.Format.table):
    """List what the store holds."""
    from laughtrack.analytics.store.batches import sessions

    write_table(sessions(store), format.value)


@app.command()
def timelines(
    session: options.Session,
    viewer: Annotated[int | None, typer.Option(min=1, help="Only this viewer.")] = None,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
):
    """Show every reading of each viewer, in order of time."""
    from laughtrack.analytics.store.batches import load
    from laughtrack.analytics.timelines.viewers import timelines

    write_table(timelines(load(store, session), viewer), format.value, output)


@app.command()
def viewers(
    session: options.Session,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
):
    """Show one line a viewer: when seen, how long, and how much they smiled."""
    from laughtrack.analytics.store.batches import load
    from laughtrack.analytics.timelines.viewers import viewers

    write_table(viewers(load(store, session)), format.value, output)


@app.command()
def forget(session: options.Session, store: options.Store = options.STORE):
    """Remove a session for good, with the files that held it."""
    from laughtrack.analytics.store.batches import forget

    forget(store, session)
    typer.echo(f"{session} is gone from {store}")


@app.command("simulate")
def simulate_command(
    output: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The film to write.")],
    viewers: Annotated[int, typer.Option(min=1, help="Faces in the room.")] = 12,
    seconds: options.Seconds = 60.0,
    size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Even pixels.")] = "1280x720",
    seed: options.Seed = 1,
):
    """Film a pretend audience, with its truth in files beside the film."""
    from laughtrack.edge.simulate.simulate import simulate

    if not re.fullmatch(r"\d*[02468]x\d*[02468]", size):
        raise typer.BadParameter(f"--size {size}: expected even numbers, like 1280x720")
    if output.suffix != ".mp4":
        raise typer.BadParameter(f"{output}: expected a name ending in .mp4")
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
    seconds: options.Seconds = 60.0,
    seed: options.Seed = 1,
):
    """Simulate an audience, replay it, report it, and check the result against the truth."""
    import pandas as pd

    from laughtrack.analytics.audience import simulation_check
    from laughtrack.analytics.store.batches import load
    from laughtrack.tracker.mot import export as mot

    folder.mkdir(parents=True, exist_ok=True)
    film, store = folder / "audience.mp4", str(folder / "laughtrack-data")
    simulate_command(film, viewers=viewers, seconds=seconds, seed=seed)
    replay(str(film), title="Pretend audience", overwrite=True, store=store)
    report("audience", output=folder / "report.html", store=store)
    session, truth = load(store, "audience"), pd.read_csv(film.with_suffix(".truth.csv"))
    seen = mot.read_identities(film.with_suffix(".gt.txt"))
    identity = mot.score(*simulation_check.identities(session, truth, seen))
    checks = simulation_check.audit(session, truth, identity)
    for check in checks:
        mark = "ok" if check.passed else "NOT OK"
        typer.echo(f"{mark:7}{check.name:24}{check.found:12}(asked: {check.asked})")
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


class Stopped(Exception):
    """The user stopped it; the message says how to go on."""


def _record(plan, store, overwrite, preview):
    """Record with a progress bar; say in one line what is in the store then."""
    from laughtrack.analytics.store.batches import sessions
    from laughtrack.cli.recording import Recording

    recording = Recording(plan, store, overwrite, preview)
    with progress(plan.session) as step:

        def looked(t_s, seen):
            step(t_s, recording.source.duration_s, f"{seen} viewers now")

        def stop():
            # A live session ends there; a replay is left for the same command to carry on.
            if not plan.live:
                raise KeyboardInterrupt
            recording.source.stop()

        try:
            with stopping(stop):
                recording.run(looked)
        except KeyboardInterrupt:
            rest = "" if plan.live else ": the same command carries on from here"
            raise Stopped(f"stopped{rest}") from None
        for remark in recording.remarks():
            say(remark)
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
    logs.hush()
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
    from laughtrack.analytics.store.batches import StoreError
    from laughtrack.cli.recording import SessionExists
    from laughtrack.edge.sources.frames import SourceError

    return SourceError, StoreError, SessionExists, Stopped, ValueError, OSError


if __name__ == "__main__":
    sys.exit(main())
