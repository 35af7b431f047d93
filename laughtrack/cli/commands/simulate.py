"""`laughtrack simulate` and `demo`: a simulated audience, and the whole way checked on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import progress, save, show


def simulate_command(
    output: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The film to write.")],
    viewers: Annotated[int, typer.Option(min=1, help="Faces in the room.")] = 12,
    seconds: options.Seconds = 60.0,
    size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Even pixels.")] = "1280x720",
    seed: options.Seed = 1,
) -> None:
    """Film a pretend audience, with its truth in files beside the film."""
    if not re.fullmatch(r"\d*[02468]x\d*[02468]", size):
        raise typer.BadParameter(f"--size {size}: expected even numbers, like 1280x720")
    if output.suffix != ".mp4":
        raise typer.BadParameter(f"{output}: expected a name ending in .mp4")
    width, height = map(int, size.split("x"))
    _film(output, viewers, seconds, (width, height), seed)


def demo(
    folder: Annotated[Path, typer.Argument(help="Everything goes here.")] = Path("demo"),
    viewers: Annotated[int, typer.Option(min=1, help="Faces in the room.")] = 12,
    seconds: options.Seconds = 60.0,
    seed: options.Seed = 1,
) -> None:
    """Simulate an audience, replay it, report it, and check the result against the truth."""
    import pandas as pd

    from laughtrack.analytics import simulation_check
    from laughtrack.analytics.brief_viewers import without_brief
    from laughtrack.analytics.report.session_page import report
    from laughtrack.analytics.store.sessions import load
    from laughtrack.cli.recordings.recording import record
    from laughtrack.cli.recordings.starting_point import Plan
    from laughtrack.edge.session.metadata import session_metadata
    from laughtrack.tracker.mot import files, idf1

    folder.mkdir(parents=True, exist_ok=True)
    film, store = folder / "audience.mp4", str(folder / "laughtrack-data")
    _film(film, viewers, seconds, (1280, 720), seed)
    described = session_metadata("Pretend audience", "screening", 0.0, str(film))
    plan = Plan(str(film), "audience", 10.0, 0.0, None, False, described)
    show(record(plan, store, overwrite=True))
    session, truth = load(store, "audience", "replay"), pd.read_csv(film.with_suffix(".truth.csv"))
    save(folder / "report.html", report(without_brief(session)).encode())
    show(folder / "report.html")
    seen = files.read_identities(film.with_suffix(".gt.txt"))
    expected, found = (
        {frame: files.Identities(*each) for frame, each in frames.items()}
        for frames in simulation_check.identities(session, truth, {**seen})
    )
    identity = idf1.score(expected, found)
    checks = simulation_check.audit(session, truth, identity)
    for check in checks:
        mark = "ok" if check.passed else "NOT OK"
        show(f"{mark:7}{check.name:24}{check.found:12}(asked: {check.asked})")
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


def _film(output: Path, viewers: int, seconds: float, size: tuple[int, int], seed: int) -> None:
    """Film the audience with a progress bar, and say where it is."""
    from laughtrack.edge.simulate.simulate import simulate

    with progress(f"filming {output.name}") as step:

        def filmed(frame: int, frames: int) -> None:
            step(seconds * frame / frames, seconds)

        simulate(output, viewers, seconds, size, seed=seed, progress=filmed)
    show(output)
