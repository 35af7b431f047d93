"""`laughtrack export`: a session as a file of another program."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import save, say, write_table


class Form(str, Enum):
    """What a session can be written as."""

    openface = "openface"
    pyfeat = "pyfeat"
    affectiva = "affectiva"
    mot = "mot"
    otio = "otio"
    edl = "edl"
    fcpxml = "fcpxml"
    vtt = "vtt"
    premiere = "premiere"
    resolve = "resolve"


# The viewers' readings, and the audience's peaks; and which of each count in frames.
VIEWERS = ("openface", "pyfeat", "affectiva", "mot")
FRAMES = ("pyfeat", "mot")
TIMECODES = ("otio", "edl", "fcpxml", "premiere", "resolve")


def export(
    session: options.Session,
    form: Annotated[Form, typer.Option("--as", help="The viewers' readings, or peaks as markers.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Write it to this file.")],
    fps: options.FrameRate = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start-timecode",
            metavar="HH:MM:SS:FF",
            help="Of the film's first frame; drop-frame with ; before the frames. [00:00:00:00]",
        ),
    ] = None,
    min_viewers: options.MinViewers = 1,
    store: options.Store = options.STORE,
):
    """Write the viewers' readings, or the peaks as markers of the film, for another program."""
    clock = _checked(form.value, fps, start, min_viewers)
    from laughtrack.analytics.store.sessions import load

    found = load(store, session)
    if form.value in VIEWERS:
        said = _viewers(found, form.value, fps, output)
    else:
        said = _markers(found, form.value, clock, min_viewers, output)
    say(said)
    typer.echo(output)


def _checked(form, fps, start, min_viewers):
    """Refuse options that the form has no use for; return the film's clock, or None."""
    if form in (*FRAMES, *TIMECODES) and fps is None:
        whose = "footage's" if form in FRAMES else "film's"
        raise typer.BadParameter(f"--as {form} counts in frames: give --fps, the {whose}")
    if form not in (*FRAMES, *TIMECODES) and fps is not None:
        raise typer.BadParameter(f"--fps: --as {form} knows seconds, not frames")
    if form not in TIMECODES and start is not None:
        raise typer.BadParameter(f"--start-timecode: --as {form} has no time codes")
    if form in VIEWERS and min_viewers > 1:
        raise typer.BadParameter(f"--min-viewers: --as {form} is of single viewers")
    if form not in TIMECODES:
        return None
    from laughtrack.analytics.inputs.timecode import clock_of

    try:
        clock = clock_of(fps, start or "00:00:00:00")
    except ValueError as error:
        raise typer.BadParameter(f"--start-timecode {error}") from None
    if form == "edl" and clock.drop:
        raise typer.BadParameter(f"--start-timecode {start}: an EDL's locators are not drop-frame")
    return clock


def _viewers(session, form, rate, output):
    from laughtrack.analytics.interchange import face_exports

    if form == "affectiva":
        save(output, face_exports.affectiva(session).encode())
    elif form == "mot":
        from laughtrack.tracker.mot.export import mot_text

        save(output, mot_text(face_exports.identities(session, rate)).encode())
    else:
        openface = form == "openface"
        table = face_exports.openface(session) if openface else face_exports.pyfeat(session, rate)
        write_table(table, "csv", output)
    viewers = session.readings["viewer_id"].nunique()
    return f"{viewers:,} viewers, {len(session.readings):,} readings"


def _markers(session, form, clock, min_viewers, output):
    from laughtrack.analytics.interchange import markers
    from laughtrack.analytics.interchange.otio_markers import edit_list
    from laughtrack.analytics.timelines.session_tables import SessionTables

    table, before = markers.markers(SessionTables(session), min_viewers)
    if form == "vtt":
        data = markers.vtt(table).encode()
    elif form == "premiere":
        data = markers.premiere(table, clock)
    elif form == "resolve":
        data = markers.resolve(table, clock, session.info.get("title") or session.name).encode()
    else:
        data = edit_list(session, table, clock, form).encode()
    save(output, data)
    rest = f"; {before} before the film's beginning left out" if before else ""
    return f"{len(table)} peak{'' if len(table) == 1 else 's'}{rest}"
